"""What the order on the page did is published in sums alone, and the sums are those of the tally."""

import json
from unittest import mock

from django.test import Client, SimpleTestCase, TestCase
from django.utils import timezone

from voting.casting import cast_ballot
from voting.keyring import load_keyring
from voting.ledger.canonical import parse_canonical
from voting.manifest import plan_of
from voting.models import Ballot, Entry, Tally
from voting.publication import ORDER, document_path
from voting.tally import effect
from voting.ticket import issue_ticket
from voting.unsealing import unseal

from .factories import make_list, make_open_poll, make_post, secret_of, temporary_keys
from .pages import address
from .tallies import count, settle

VARIANTS = 3


def cast_in(poll, variant, codes):
    """Cast a ballot whose voter saw this order."""
    post = make_post(poll, codes=codes)
    keys = load_keyring(poll.uid, post["plan"].keys)
    post["ticket"] = issue_ticket(poll, keys, post["credential"], at=timezone.now(), variant=variant)
    return cast_ballot(**post)


@temporary_keys
class OrderEffectTest(TestCase):
    def counted(self, ballots=24, **fields):
        fields = {"order_rule": "rotated", "order_variants": VARIANTS, **fields}
        poll = make_open_poll(shortlist=make_list(candidates=(6, 3)), **fields)
        first = {1: "101", 2: "103", 3: "105"}
        for number in range(ballots):
            variant = number % VARIANTS + 1 if poll.order_rule == "rotated" else 0
            # Everybody picks whoever stands on top, and half of them 202 as well.
            picks = [first.get(variant, "101")] + (["202"] if number % 2 else [])
            cast_in(poll, variant, picks)
        return count(settle(poll))

    def document(self, poll):
        return json.loads(document_path(poll, ORDER).read_bytes())

    def assert_sums_are_the_tallys(self, poll):
        told = {part["code"]: part for part in self.document(poll)["categories"]}
        for category in json.loads(bytes(Tally.objects.get(poll=poll).data))["categories"]:
            thirds = told[category["code"]]["thirds"]
            self.assertEqual(
                sum(third["votes"] for third in thirds), sum(row["votes"] for row in category["rows"])
            )

    def test_votes_are_told_by_the_third_in_which_the_candidate_stood(self):
        document = self.document(self.counted())
        self.assertEqual(document["ballots"], 24)
        first, other = (part["thirds"] for part in document["categories"])
        self.assertEqual([third["votes"] for third in first], [24, 0, 0])
        self.assertEqual([third["shown"] for third in first], [48, 48, 48])
        # 202 stands second, first and third in turn: 4 of its 12 votes each.
        self.assertEqual([third["votes"] for third in other], [4, 4, 4])

    def test_the_sums_are_those_of_the_tally_and_the_control_fails_with_one_vote_more(self):
        poll = self.counted()
        self.assert_sums_are_the_tallys(poll)
        path = document_path(poll, ORDER)
        document = self.document(poll)
        document["categories"][0]["thirds"][1]["votes"] += 1
        path.write_text(json.dumps(document))
        self.assertRaises(AssertionError, self.assert_sums_are_the_tallys, poll)

    def test_nothing_is_said_of_fewer_than_twenty_ballots(self):
        document = self.document(self.counted(ballots=19))
        self.assertEqual((document["ballots"], document["categories"]), (19, []))
        self.assertTrue(self.document(self.counted(ballots=20))["categories"])

    def test_the_ledger_names_the_document_with_the_tally(self):
        poll = self.counted()
        leaf = parse_canonical(bytes(Entry.objects.get(poll=poll, type="tally").leaf))
        names = [document["name"] for document in leaf["documents"]]
        self.assertEqual(names, ["tally.json", "marks-1.txt", "marks-2.txt", ORDER])

    def test_the_result_page_shows_it_and_the_file_can_be_had(self):
        poll = self.counted()
        page = Client().get(address("result", poll))
        self.assertContains(page, 'id="order-effect"')
        self.assertContains(page, "50.0 %")
        file = Client().get(address("document", poll, ORDER))
        self.assertEqual(json.loads(b"".join(file.streaming_content)), self.document(poll))

    def test_it_stays_in_the_house_until_marks_may_leave_it(self):
        poll = self.counted(publish="chosen")
        self.assertNotContains(Client().get(address("result", poll)), "order-effect")
        self.assertEqual(Client().get(address("document", poll, ORDER)).status_code, 404)

    def test_it_stays_in_the_house_while_the_opened_ballots_wait_for_the_count(self):
        poll = make_open_poll(order_rule="rotated", order_variants=VARIANTS)
        cast_in(poll, 2, ["101"])
        poll = settle(poll)
        list(unseal(poll, plan_of(poll), secret_of(poll)))
        self.assertTrue(document_path(poll, ORDER).exists())
        self.assertEqual(Client().get(address("document", poll, ORDER)).status_code, 404)
        self.assertNotContains(Client().get(address("result", poll)), "order-effect")

    def test_a_fixed_order_has_none_and_its_tally_entry_is_as_before(self):
        poll = self.counted(order_rule="fixed", order_variants=1)
        self.assertFalse(document_path(poll, ORDER).exists())
        leaf = parse_canonical(bytes(Entry.objects.get(poll=poll, type="tally").leaf))
        self.assertNotIn(ORDER, [document["name"] for document in leaf["documents"]])
        self.assertNotContains(Client().get(address("result", poll)), "order-effect")
        self.assertEqual(Client().get(address("document", poll, ORDER)).status_code, 404)

    def test_no_column_of_a_ballot_could_tell_which_order_it_came_from(self):
        names = {field.name for field in Ballot._meta.get_fields()}
        self.assertEqual([name for name in names if "order" in name or "variant" in name], [])


class FewOfOtherChannels(SimpleTestCase):
    """The tally less these sums must not tell of a handful of paper ballots."""

    def document(self, paper):
        plan = mock.Mock(rules={"order_rule": "rotated", "order_variants": 2}, uid="u", sha256="s")
        plan.sections, plan.candidates = (), ()
        sums = effect.OrderEffect(plan)
        sums._category = lambda part: {}
        plan.sections = [mock.Mock()]
        sums.ballots.update({0: paper, 1: 30, 2: 30})
        return sums.document()

    def test_a_handful_withholds_all_and_none_or_many_do_not(self):
        shown = [bool(self.document(paper)["categories"]) for paper in (0, 1, 19, 20, 500)]
        self.assertEqual(shown, [True, False, False, True, True])
