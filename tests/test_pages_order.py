"""A rotated order is in the address: each one a stored copy, kept by every link, sealed with the ballot."""

import re

from django.test import Client, TestCase
from nacl.public import SealedBox

from voting.envelope import open_envelope, open_inner
from voting.keyring import load_keyring
from voting.manifest import plan_of
from voting.models import PendingEnvelope

from .factories import make_open_poll, secret_of, temporary_keys
from .pages import address, english, hidden_fields

CODES = re.compile(r'value="(\d{3})"')


@temporary_keys
class RotatedPages(TestCase):
    def setUp(self):
        self.poll = make_open_poll(order_rule="rotated", order_variants=4)

    def at(self, name, variant, *arguments):
        return f"{address(name, self.poll, *arguments)}?order={variant}"

    def codes(self, page):
        return [code for code in CODES.findall(page.content.decode()) if code[0] == "1"]

    def test_a_reader_without_an_order_is_sent_to_one_and_from_then_on_to_the_same(self):
        first = self.client.get(address("list", self.poll))
        self.assertEqual(first.status_code, 302)
        self.assertRegex(first["Location"], rf"^{address('list', self.poll)}\?order=[1-4]$")
        self.assertEqual(first["Cache-Control"], "private, no-store")
        for _again in range(8):
            for name in ("list", "ballot"):
                order = self.client.get(address(name, self.poll))["Location"].rpartition("=")[2]
                self.assertEqual(order, first["Location"][-1])

    def test_chance_sends_different_readers_to_every_order(self):
        orders = {Client().get(address("list", self.poll))["Location"][-1] for _reader in range(80)}
        self.assertEqual(orders, set("1234"))

    def test_an_order_that_does_not_exist_leads_to_one_that_does(self):
        for wrong in ("0", "5", "x", "-1", "1.0", "１"):
            page = self.client.get(address("ballot", self.poll), {"order": wrong})
            self.assertRegex(page["Location"], r"\?order=[1-4]$")

    def test_a_search_keeps_its_words_on_the_way(self):
        page = self.client.get(address("list", self.poll), {"q": "Title 1"}, follow=True)
        self.assertRegex(page.redirect_chain[0][0], r"\?q=Title\+1&order=[1-4]$")
        self.assertRegex(page.content.decode(), r'type="hidden" name="order" value="[1-4]"')

    def test_every_page_shows_the_order_of_its_address(self):
        ballots = [self.codes(self.client.get(self.at("ballot", number))) for number in (1, 2, 3, 4)]
        self.assertEqual([codes[0] for codes in ballots], ["101", "102", "103", "104"])
        self.assertEqual({tuple(sorted(codes)) for codes in ballots}, {("101", "102", "103", "104", "105")})
        listed = self.client.get(self.at("list", 3)).content.decode()
        self.assertLess(listed.index("/103/"), listed.index("/101/"))

    def test_next_and_previous_follow_it(self):
        page = self.client.get(self.at("candidate", 3, "105"))
        body = page.content.decode()
        self.assertRegex(body, rf'rel="next" href="{address("candidate", self.poll, "101")}\?order=3"')
        self.assertRegex(body, rf'rel="prev" href="{address("candidate", self.poll, "104")}\?order=3"')

    def test_each_order_is_a_copy_of_its_own_and_the_same_for_everyone(self):
        copies = [Client().get(self.at("ballot", number)) for number in (1, 2, 1)]
        self.assertEqual(copies[0].content, copies[2].content)
        self.assertNotEqual(copies[0]["ETag"], copies[1]["ETag"])
        for page in copies:
            self.assertFalse(page.cookies)
            self.assertEqual(page["Cache-Control"], "public, max-age=60, stale-while-revalidate=30")

    def test_links_to_the_list_the_ballot_and_the_other_language_keep_it(self):
        for name, *more in (("list",), ("ballot",), ("candidate", "101")):
            body = self.client.get(self.at(name, 2, *more)).content.decode()
            links = re.findall(
                r'href="(/(?:en/)?p/[^/"]+/(?:ballot/|\d{3}/)?(?:\?[^"#]*)?)(?:#[^"]*)?"', body
            )
            self.assertTrue(links)
            self.assertIn(f"{english(name, self.poll, *more)}?order=2", links)
            others = [link for link in links if not link.endswith(("?order=2", "?shared=0"))]
            self.assertEqual(others, [])

    def test_review_and_the_way_back_from_it_keep_it(self):
        review = self.client.post(self.at("review", 3), {"picks-1": ["101", "104"]})
        self.assertContains(review, f'action="{self.at("cast", 3)}"')
        self.assertContains(review, f'formaction="{self.at("review", 3)}"')
        body = review.content.decode()
        self.assertLess(body.index(">104<"), body.index(">101<"))
        back = self.client.post(self.at("review", 3), {"edit": "1", "codes": "101"})
        self.assertEqual(self.codes(back)[0], "103")

    def sealed_variant(self, order):
        """Cast a ballot from a page with this order and return the one found under its seal."""
        PendingEnvelope.objects.all().delete()
        voter = Client()
        query = {"QUERY_STRING": f"order={order}"} if order else {}
        review = voter.post(address("review", self.poll), {"picks-1": ["101"]}, **query)
        self.assertEqual(review.status_code, 200)
        voter.post(address("cast", self.poll), hidden_fields(review))
        sealed = PendingEnvelope.objects.get().sealed
        plan = plan_of(self.poll)
        inner = open_envelope(load_keyring(self.poll.uid), bytes(sealed)).inner
        box = SealedBox(secret_of(self.poll))
        return open_inner(box, inner, marks_bytes=plan.marks_bytes, categories=len(plan.sections)).variant

    def test_it_is_sealed_with_the_ballot_and_a_made_up_one_is_not(self):
        found = {order: self.sealed_variant(order) for order in (1, 4, 0, 5, 255, "x")}
        self.assertEqual(found, {1: 1, 4: 4, 0: 0, 5: 0, 255: 0, "x": 0})

    def test_the_rules_say_so(self):
        self.assertContains(self.client.get(f"{english('list', self.poll)}?order=1"), "in 4 rotated orders")
        strokes = make_open_poll(order_rule="strokes")
        self.assertContains(self.client.get(english("list", strokes)), "by the strokes of their titles")

    def test_the_control_a_fixed_order_sends_nobody_away_and_ignores_the_question(self):
        fixed = make_open_poll()
        plain = self.client.get(address("list", fixed))
        asked = self.client.get(address("list", fixed), {"order": "3"})
        self.assertEqual((plain.status_code, asked.status_code), (200, 200))
        self.assertEqual(plain.content, asked.content)
        self.assertNotContains(plain, "?order=")
