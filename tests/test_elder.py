"""Elder mode is a part of the address: the same pages in large print, which nobody leaves by a link."""

import re
from threading import Thread
from unittest import mock

from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory, TestCase
from django.urls import get_script_prefix, reverse
from django.utils import timezone

from config.middleware import elder_mode
from voting.lifecycle import pause_poll
from voting.models import Participation

from .factories import make_list, make_open_poll, temporary_keys
from .homes import at_home
from .pages import address, english, hidden_fields

load_tests = at_home("postgresql", __name__)

ELDER = '<html lang="zh-Hans" class="elder">'
LINK = re.compile(r'(?:href|action|formaction)="(/[^"]*)"')
PAGES = (("list",), ("candidate", "101"), ("ballot",), ("find",), ("result",), ("ledger",), ("compare",))


def elder(name, poll, *arguments, language="zh-hans"):
    return "/elder" + address(name, poll, *arguments, language=language)


@temporary_keys
class ElderPages(TestCase):
    def setUp(self):
        self.poll = make_open_poll()

    def links(self, page):
        return LINK.findall(page.content.decode())

    def test_every_page_has_one_in_both_languages(self):
        for language, opening in (("zh-hans", ELDER), ("en", '<html lang="en" class="elder">')):
            for name in PAGES:
                page = self.client.get(elder(name[0], self.poll, *name[1:], language=language))
                self.assertContains(page, opening)
        self.assertContains(self.client.get("/elder/"), ELDER)

    def test_the_control_a_plain_page_is_none(self):
        self.assertNotContains(self.client.get(address("list", self.poll)), 'class="elder"')

    def test_whoever_is_inside_stays_inside_but_for_the_one_link(self):
        for name in PAGES:
            plain = address(name[0], self.poll, *name[1:])
            page = self.client.get(elder(name[0], self.poll, *name[1:]))
            self.assertContains(page, f'<a class="mode" href="{plain}"')
            outside = {link for link in self.links(page) if not link.startswith(("/elder/", "/static/"))}
            self.assertEqual(outside, {plain}, name)

    def test_plain_pages_lead_inside_by_one_link_alone(self):
        for name in PAGES:
            page = self.client.get(address(name[0], self.poll, *name[1:]))
            inside = [link for link in self.links(page) if link.startswith("/elder")]
            self.assertEqual(inside, [elder(name[0], self.poll, *name[1:])])

    def test_the_language_link_stays_in_the_mode(self):
        page = self.client.get(elder("candidate", self.poll, "101"))
        self.assertIn(elder("candidate", self.poll, "101", language="en"), self.links(page))
        back = self.client.get(elder("candidate", self.poll, "101", language="en"))
        self.assertIn(elder("candidate", self.poll, "101"), self.links(back))

    def test_stylesheets_and_scripts_are_those_of_all_pages(self):
        static = re.compile(r'(?:href|src)="([^"]*/ballot/[^"]+)"')
        body = self.client.get(elder("ballot", self.poll)).content.decode()
        names = static.findall(body)
        self.assertIn("/static/ballot/elder.css", names)
        self.assertTrue(all(name.startswith("/static/ballot/") for name in names), names)

    def test_each_mode_is_a_stored_copy_of_its_own_and_the_same_for_everyone(self):
        plain, large = (Client().get(at("ballot", self.poll)) for at in (address, elder))
        again = Client().get(elder("ballot", self.poll))
        self.assertNotEqual(plain["ETag"], large["ETag"])
        self.assertEqual(large.content, again.content)
        self.assertFalse(large.cookies)
        self.assertEqual(large["Cache-Control"], "public, max-age=60, stale-while-revalidate=30")
        self.assertEqual(large["Vary"], "Accept-Encoding")
        self.assertEqual(Client().get(address("ballot", self.poll)).content, plain.content)

    def test_the_whole_vote_stays_inside_and_counts_with_votes_from_outside(self):
        voter = Client(enforce_csrf_checks=True)
        review = voter.post(elder("review", self.poll), {"picks-1": ["101"]})
        self.assertContains(review, f'action="{elder("cast", self.poll)}"')
        done = voter.post(elder("cast", self.poll), hidden_fields(review))
        self.assertEqual((done.status_code, done["Location"]), (303, elder("receipt", self.poll)))
        for at in (address, elder):
            self.assertContains(voter.get(at("receipt", self.poll)), 'class="receipt')
        # The cookies are for the whole site, so that one device is one device in both modes.
        self.assertEqual({morsel["path"] for morsel in voter.cookies.values()}, {"/"})
        again = voter.post(address("review", self.poll), {"picks-1": ["102"]})
        self.assertEqual(again.status_code, 409)
        self.assertEqual(Participation.objects.count(), 1)

    def test_a_confirmation_without_its_token_comes_back_inside(self):
        voter = Client(enforce_csrf_checks=True)
        fields = hidden_fields(voter.post(elder("review", self.poll), {"picks-1": ["101"]}))
        page = voter.post(elder("cast", self.poll), {**fields, "csrfmiddlewaretoken": "x" * 32})
        self.assertContains(page, f'action="{elder("cast", self.poll)}"', status_code=403)

    def test_a_ballot_with_too_many_picks_comes_back_inside_with_all_of_them(self):
        page = self.client.post(elder("review", self.poll), {"picks-1": ["101", "102", "103", "104"]})
        self.assertContains(page, " checked>", 4, status_code=422)
        self.assertContains(page, 'class="choice screen"', 9, status_code=422)
        self.assertContains(page, 'class="picks wrong"', 1, status_code=422)

    def test_a_missing_slash_and_a_missing_page_are_answered_inside(self):
        page = self.client.get(elder("list", self.poll)[:-1])
        self.assertRedirects(page, elder("list", self.poll), 301)
        missing = self.client.get("/elder/p/no-such-poll/")
        self.assertContains(missing, ELDER, status_code=404)
        self.assertIn("/elder/", self.links(missing))

    def test_a_rotated_order_is_kept_inside(self):
        poll = make_open_poll(order_rule="rotated", order_variants=3)
        page = self.client.get(elder("ballot", poll))
        self.assertRegex(page["Location"], rf"^{elder('ballot', poll)}\?order=[123]$")
        shown = self.client.get(f"{elder('ballot', poll)}?order=2")
        self.assertIn(f"{address('ballot', poll)}?order=2", self.links(shown))
        self.assertIn(f"{elder('review', poll)}?order=2", self.links(shown))

    def test_a_closed_vote_says_so_in_large_print(self):
        pause_poll(by=["Clerk"], poll=self.poll, reason="test", at=timezone.now())
        self.assertContains(self.client.get(elder("ballot", self.poll)), ELDER)


@temporary_keys
class ElderBallot(TestCase):
    def setUp(self):
        self.poll = make_open_poll()
        self.body = self.client.get(elder("ballot", self.poll)).content.decode()

    def test_links_lead_from_candidate_to_candidate_and_at_last_to_the_end(self):
        here, way = "pick-101", ["pick-101"]
        while here != "done":
            part = self.body[self.body.index(f'id="{here}"') :]
            here = re.findall(r'href="#([\w-]+)"', part[: part.index("</li>")])[-1]
            way.append(here)
        picks = [f"pick-{code}" for code in (101, 102, 103, 104, 105)]
        more = [f"pick-{code}" for code in (201, 202, 203, 204)]
        self.assertEqual(way, [*picks, "none-1", *more, "none-2", "done"])

    def test_the_way_back_is_the_same_way(self):
        for here, before in (("pick-102", "pick-101"), ("pick-201", "none-1")):
            part = self.body[self.body.index(f'id="{here}"') :]
            self.assertEqual(re.findall(r'href="#([\w-]+)"', part[: part.index("</li>")])[0], before)
        first = self.body[self.body.index('id="pick-101"') : self.body.index('id="pick-102"')]
        self.assertEqual(re.findall(r'href="#([\w-]+)"', first), ["pick-102"])

    def test_a_category_that_must_not_stay_empty_offers_no_none(self):
        poll = make_open_poll(shortlist=make_list(min_choices=1))
        self.assertNotContains(self.client.get(elder("ballot", poll)), 'value="none"')


@temporary_keys
class ElderAndTheRest(TestCase):
    def test_the_desk_cannot_be_reached_in_it(self):
        staff = get_user_model().objects.create_superuser("boss", password="x")
        self.client.force_login(staff)
        self.assertEqual(self.client.get("/admin/").status_code, 200)
        for path in ("/elder/admin/", "/elder/en/admin/", "/elder/admin/login/", "/elder/elder/"):
            self.assertEqual(self.client.get(path).status_code, 404, path)

    def test_the_prefix_is_gone_after_every_request(self):
        poll = make_open_poll()
        for path in (elder("list", poll), "/elder/p/none/", "/elder/"):
            self.client.get(path)
            self.assertEqual(get_script_prefix(), "/")
            self.assertEqual(reverse("voting:home"), "/")

    def test_it_is_gone_even_where_a_view_breaks(self):
        def broken(request):
            self.assertEqual(get_script_prefix(), "/elder/")
            raise RuntimeError

        with self.assertRaises(RuntimeError):
            elder_mode(broken)(RequestFactory().get("/elder/p/x/"))
        self.assertEqual(get_script_prefix(), "/")

    def test_the_control_without_taking_it_back_the_next_request_would_keep_it(self):
        with mock.patch("config.middleware.set_script_prefix") as kept:
            elder_mode(lambda request: None)(RequestFactory().get("/elder/p/x/"))
        self.assertEqual([call.args[0] for call in kept.call_args_list], ["/elder/", "/"])

    def test_threads_do_not_see_each_others_mode(self):
        seen = {}

        def inside(request):
            other = Thread(target=lambda: seen.update(other=get_script_prefix()))
            other.start()
            other.join()
            seen["own"] = get_script_prefix()

        elder_mode(inside)(RequestFactory().get("/elder/p/x/"))
        self.assertEqual(seen, {"own": "/elder/", "other": "/"})

    def test_english_pages_are_inside_too(self):
        poll = make_open_poll()
        self.assertContains(self.client.get("/elder" + english("list", poll)), 'class="elder"')
