"""Several people at one phone: the page that hands it on, and what the pages before it say."""

from datetime import timedelta
from unittest import mock

import time_machine
from django.test import Client, TestCase
from django.utils import timezone

from voting.lifecycle import close_poll
from voting.models import Participation

from .factories import make_open_poll, make_poll, temporary_keys
from .pages import address, confirm, english, hidden_fields, post_ballot, vote

ONLY_ONE = "This vote takes one ballot per device; family members please use a device of their own."


@temporary_keys
class SeveralBallotsTest(TestCase):
    def setUp(self):
        self.poll = make_open_poll(ballots_per_device=3)

    def next_voter(self):
        answer = self.client.post(english("next", self.poll))
        self.assertEqual(
            (answer.status_code, answer["Location"]), (303, english("next", self.poll) + "#cleared")
        )
        return self.client.get(english("next", self.poll))

    def test_three_people_vote_one_after_the_other_and_a_fourth_reads_why_not(self):
        for used in (1, 2):
            self.assertEqual(vote(self.client, self.poll, "101").status_code, 303)
            page = self.next_voter()
            self.assertContains(page, "The next voter may begin")
            self.assertContains(page, f"Cast from this device: {used} of at most 3 ballots.")
            self.assertContains(page, "This limits devices, not persons.")
        self.assertEqual(vote(self.client, self.poll, "101").status_code, 303)
        page = self.next_voter()
        self.assertContains(page, "All 3 ballots were cast from this device; it can cast no more.")
        self.assertNotContains(page, "may begin")
        page = post_ballot(self.client, self.poll, "102")
        self.assertContains(page, "All 3 ballots were cast from this device", status_code=409)
        self.assertEqual(Participation.objects.count(), 3)

    def test_who_comes_back_is_told_to_press_next_voter_and_gets_no_second_ballot_without(self):
        vote(self.client, self.poll, "101")
        page = post_ballot(self.client, self.poll, "102")
        self.assertContains(page, "Family members press “Next voter”.", status_code=409)
        self.assertContains(page, f'action="{english("next", self.poll)}"', status_code=409)
        self.assertContains(self.client.get(english("next", self.poll)), "Family members press “Next voter”.")

    def test_pressing_it_before_voting_uses_up_nothing(self):
        post_ballot(self.client, self.poll, "101")
        for _press in range(5):
            page = self.next_voter()
        self.assertContains(page, "No ballot was cast from this device yet")
        for _voter in range(3):
            self.assertEqual(vote(self.client, self.poll, "101").status_code, 303)
            self.next_voter()
        self.assertEqual(Participation.objects.count(), 3)

    def test_it_takes_the_receipt_from_the_device(self):
        vote(self.client, self.poll, "101")
        self.assertContains(self.client.get(english("receipt", self.poll)), "Your vote is in")
        page = self.next_voter()
        self.assertContains(page, "Choices and receipt of the one before are cleared")
        self.assertContains(self.client.get(english("receipt", self.poll)), "This device holds no receipt")

    def test_a_lost_reply_is_still_recognised_by_who_stays_at_the_turn(self):
        vote(self.client, self.poll, "101")
        self.next_voter()
        fields = hidden_fields(post_ballot(self.client, self.poll, "102"))
        answers = [confirm(self.client, self.poll, fields).status_code for _try in range(2)]
        self.assertEqual(answers, [303, 303])
        self.assertEqual(Participation.objects.count(), 2)

    def test_a_daily_vote_begins_anew_with_every_turn_and_knows_a_lost_reply_after_midnight(self):
        self.poll = make_open_poll(
            ballots_per_device=2, daily=True, closes_at=timezone.now() + timedelta(days=9)
        )
        day = timezone.now() + timedelta(days=2)
        night = day.astimezone(timezone.get_fixed_timezone(480)).replace(hour=23, minute=59, second=50)
        with time_machine.travel(night, tick=False) as clock:
            vote(self.client, self.poll, "101")
            self.next_voter()
            fields = hidden_fields(post_ballot(self.client, self.poll, "102"))
            self.assertEqual(confirm(self.client, self.poll, fields).status_code, 303)
            self.assertContains(self.next_voter(), "All 2 ballots of today were cast from this device.")
            clock.shift(20)
            self.assertEqual(confirm(self.client, self.poll, fields).status_code, 303)
            self.assertEqual(Participation.objects.count(), 2)
            for _voter in range(2):
                self.assertEqual(vote(self.client, self.poll, "103").status_code, 303)
                page = self.next_voter()
            self.assertContains(page, "All 2 ballots of today were cast from this device.")
        self.assertEqual(Participation.objects.count(), 4)

    def test_a_token_is_asked_for(self):
        client = Client(enforce_csrf_checks=True)
        vote(client, self.poll, "101")
        self.assertEqual(client.post(english("next", self.poll)).status_code, 403)

    def test_a_get_changes_nothing(self):
        vote(self.client, self.poll, "101")
        before = {name: morsel.value for name, morsel in self.client.cookies.items()}
        page = self.client.get(english("next", self.poll))
        self.assertEqual(set(page.cookies), {"csrftoken"})
        self.assertEqual(page["Cache-Control"], "private, no-store")
        after = {name: morsel.value for name, morsel in self.client.cookies.items() if name != "csrftoken"}
        self.assertEqual(after.items() - before.items(), set())

    def test_a_stranger_to_the_address_and_other_methods_are_refused(self):
        self.assertEqual(self.client.get("/p/no-such-vote/next/").status_code, 404)
        self.assertEqual(self.client.put(address("next", self.poll)).status_code, 405)


@temporary_keys
class OneBallotTest(TestCase):
    def setUp(self):
        self.poll = make_open_poll()
        vote(self.client, self.poll, "101")

    def test_clearing_takes_the_receipt_and_gives_no_second_ballot(self):
        self.assertContains(
            self.client.get(english("receipt", self.poll)), "Clear the receipt from this device"
        )
        page = self.client.get(self.client.post(english("next", self.poll))["Location"].partition("#")[0])
        self.assertContains(page, ONLY_ONE)
        self.assertNotContains(page, "Next voter</button>")
        self.assertContains(self.client.get(english("receipt", self.poll)), "This device holds no receipt")
        self.assertContains(post_ballot(self.client, self.poll, "102"), ONLY_ONE, status_code=409)
        self.assertEqual(Participation.objects.count(), 1)

    def test_the_control_a_page_that_forgets_the_number_would_admit_the_next(self):
        with mock.patch("voting.eligibility.device.ballots", return_value=2):
            self.client.post(english("next", self.poll))
            self.assertEqual(vote(self.client, self.poll, "102").status_code, 303)
        self.assertEqual(Participation.objects.count(), 2)

    def test_after_the_close_the_receipt_can_still_be_cleared(self):
        close_poll(by=["Clerk"], poll=self.poll)
        self.assertContains(self.client.get(english("next", self.poll)), "Clear the receipt from this device")
        self.client.post(english("next", self.poll))
        self.assertContains(self.client.get(english("next", self.poll)), "Voting has closed.")
        self.assertContains(self.client.get(english("receipt", self.poll)), "This device holds no receipt")

    def test_before_the_opening_it_says_when_and_asks_for_no_key(self):
        later = make_open_poll(opens_at=timezone.now() + timedelta(hours=1))
        self.assertContains(self.client.get(english("next", later)), "Voting has not begun.")
        draft = make_poll()
        self.assertEqual(self.client.get(english("next", draft)).status_code, 404)
