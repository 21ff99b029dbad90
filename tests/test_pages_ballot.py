"""The ballot and the page to confirm. Neither records anything of a vote."""

from datetime import timedelta
from unittest import mock

from django.test import Client, TestCase
from django.utils import timezone

from voting.keyring import KeyringError
from voting.lifecycle import close_poll, pause_poll
from voting.models import Participation, PendingEnvelope

from .factories import make_list, make_open_poll, temporary_keys
from .pages import address, english, hidden_fields, post_ballot, vote


@temporary_keys
class BallotTest(TestCase):
    def test_it_holds_a_box_for_each_candidate_and_one_for_none(self):
        page = self.client.get(english("ballot", make_open_poll()))
        self.assertContains(page, 'type="checkbox"', 9 + 2)
        self.assertContains(page, "None in this category", 2)

    def test_a_category_that_must_be_picked_from_offers_no_none(self):
        page = self.client.get(english("ballot", make_open_poll(shortlist=make_list(min_choices=1))))
        self.assertNotContains(page, "None in this category")
        self.assertContains(page, "at least 1")

    def test_before_and_after_the_time_there_is_no_form(self):
        later = make_open_poll(opens_at=timezone.now() + timedelta(hours=1))
        self.assertContains(self.client.get(english("ballot", later)), "Voting has not begun.")
        closed = close_poll(by=["Clerk"], poll=make_open_poll())
        page = self.client.get(english("ballot", closed))
        self.assertContains(page, "Voting has closed.")
        self.assertNotContains(page, "checkbox")

    def test_a_stranger_to_the_address_gets_404_and_a_post_405(self):
        poll = make_open_poll()
        self.assertEqual(self.client.get("/p/no-such-vote/ballot/").status_code, 404)
        self.assertEqual(self.client.post(address("ballot", poll)).status_code, 405)


@temporary_keys
class ReviewTest(TestCase):
    def setUp(self):
        self.poll = make_open_poll()

    def assert_kept(self, page, *codes):
        for code in codes:
            self.assertContains(page, f'value="{code}" checked', status_code=page.status_code)

    def test_it_draws_the_picks_to_be_confirmed_and_records_nothing(self):
        page = post_ballot(self.client, self.poll, "101", "103")
        self.assertContains(page, "Check your ballot (not sent yet)")
        for words in (
            "101",
            "Title 103",
            "Nothing chosen in this category",
            "Once sent it cannot be changed",
        ):
            self.assertContains(page, words)
        self.assertNotContains(page, "Title 102")
        fields = hidden_fields(page)
        self.assertEqual(fields["codes"], "101 103")
        self.assertRegex(fields["nonce-1"], "^[0-9a-f]{64}$")
        self.assertNotEqual(fields["nonce-1"], fields["nonce-2"])
        self.assertEqual(page["Cache-Control"], "private, no-store")
        self.assertFalse(Participation.objects.exists() or PendingEnvelope.objects.exists())

    def test_it_needs_no_token_and_the_device_keeps_its_number(self):
        client = Client(enforce_csrf_checks=True)
        self.assertEqual(post_ballot(client, self.poll, "101").status_code, 200)
        number = client.cookies["device"].value
        post_ballot(client, self.poll, "102")
        self.assertEqual(client.cookies["device"].value.partition(":")[0], number.partition(":")[0])

    def test_too_many_are_refused_by_category_and_number_with_all_picks_kept(self):
        page = post_ballot(self.client, self.poll, "101", "102", "103", "104", "201")
        self.assertContains(page, "You chose 4 in “Category 1”, 1 too many", status_code=422)
        self.assertContains(page, 'href="#id_picks-1"', status_code=422)
        self.assertContains(page, 'aria-describedby="id_picks-1_rule id_picks-1_error"', status_code=422)
        self.assert_kept(page, "101", "102", "103", "104", "201")
        self.assertNotIn("device", page.cookies)

    def test_too_few_are_refused_with_the_picks_kept(self):
        self.poll = make_open_poll(shortlist=make_list(min_choices=2))
        page = post_ballot(self.client, self.poll, "101", "201", "202")
        self.assertContains(page, "Choose at least 2 in “Category 1”: 1 is missing.", status_code=422)
        self.assert_kept(page, "101", "201", "202")

    def test_none_alone_is_an_empty_category_and_none_with_picks_is_a_contradiction(self):
        at = english("review", self.poll)
        page = self.client.post(at, {"picks-1": ["none"], "picks-2": ["201"]})
        self.assertEqual(hidden_fields(page)["codes"], "201")
        page = self.client.post(at, {"picks-1": ["none", "101"]})
        self.assertContains(page, "“None in this category” and candidates as well", status_code=422)
        self.assert_kept(page, "101", "none")

    def test_odd_picks_get_a_sentence_never_a_fault_of_ours(self):
        at = english("review", self.poll)
        for odd in (
            ["999"],
            ["1\0"],
            ["x" * 100_000],
            ["201"],
            ["<b>"],
            ["\ud800".encode("utf-8", "replace")],
        ):
            page = self.client.post(at, {"picks-1": [*odd, "101"]})
            self.assertContains(page, "There is no candidate", status_code=422)
            self.assert_kept(page, "101")
        twice = self.client.post(at, {"picks-1": ["101", "101"], "picks-9": ["901"]})
        self.assertEqual(hidden_fields(twice)["codes"], "101")
        body = b"picks-1=%ff%fe\xff&picks-1=101"
        form = "application/x-www-form-urlencoded"
        page = self.client.generic("POST", at, body, content_type=form)
        self.assertEqual(page.status_code, 422)
        page = self.client.generic("POST", at, body, content_type=f"{form}; charset=nonsense")
        self.assertEqual(page.status_code, 422)

    def test_going_back_redraws_the_ballot_with_the_picks(self):
        page = self.client.post(english("review", self.poll), {"edit": "1", "codes": "101 999 202"})
        self.assertEqual(page.status_code, 200)
        self.assert_kept(page, "101", "202")

    def test_who_has_voted_is_told_so(self):
        vote(self.client, self.poll, "101")
        page = post_ballot(self.client, self.poll, "102")
        self.assertContains(page, "A ballot was already cast from this device.", status_code=409)

    def test_a_daily_vote_says_when_one_may_come_again(self):
        self.poll = make_open_poll(daily=True)
        vote(self.client, self.poll, "101")
        page = post_ballot(self.client, self.poll, "102")
        self.assertContains(page, "You can vote again tomorrow.", status_code=409)

    def test_a_closed_and_a_paused_vote_say_that_nothing_was_sent(self):
        pause_poll(by=["Clerk"], poll=self.poll, reason="test")
        page = post_ballot(self.client, self.poll, "101")
        self.assertContains(page, "Voting is paused.", status_code=409)
        self.assertContains(page, "Your choices are kept here", status_code=409)
        self.assertEqual(hidden_fields(page)["codes"], "101")
        close_poll(by=["Clerk"], poll=self.poll)
        page = post_ballot(self.client, self.poll, "101")
        self.assertContains(page, "What you just chose was not sent.", status_code=409)

    def test_a_foreign_site_cannot_give_the_device_another_number(self):
        page = self.client.post(
            english("review", self.poll), {"picks-1": ["101"]}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        self.assertFalse(page.cookies)
        self.assert_kept(page, "101")

    def test_lost_keys_keep_the_picks(self):
        fault = KeyringError("a key is missing")
        with (
            mock.patch("voting.views.ballots.keys_of", side_effect=fault),
            self.assertLogs("voting", "ERROR") as log,
        ):
            page = post_ballot(self.client, self.poll, "101")
        self.assertContains(page, "The system is busy", status_code=503)
        self.assert_kept(page, "101")
        self.assertEqual(
            log.records[0].getMessage(), f"Keys of poll {self.poll.uid} cannot be used: a key is missing"
        )

    def test_a_get_is_refused(self):
        self.assertEqual(self.client.get(address("review", self.poll)).status_code, 405)
