"""The entrance: a voter learns whether they can vote, and no pick is lost on the way."""

from datetime import timedelta
from unittest import mock

from django.test import Client, TestCase, override_settings
from django.utils import timezone

from voting.codes import void_code
from voting.eligibility import right
from voting.lifecycle import close_poll, pause_poll
from voting.models import Participation, PendingEnvelope, Poll

from .cards import CheapCodes, make_code_poll
from .factories import make_open_poll, temporary_keys
from .pages import address, confirm, english, hidden_fields, post_ballot, vote


@temporary_keys
class EntranceCase(CheapCodes, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.poll, cls.cards = make_code_poll(count=2)

    def enter(self, code, client=None, **fields):
        return (client or self.client).post(english("enter", self.poll), {"code": code, **fields})

    def assert_ballots(self, count):
        self.assertEqual(Participation.objects.filter(poll_id=self.poll.pk).count(), count)
        self.assertEqual(PendingEnvelope.objects.filter(poll_id=self.poll.pk).count(), count)


class TheWayIn(EntranceCase):
    def test_with_a_code_one_learns_that_one_can_vote_before_picking(self):
        self.assertContains(self.client.get(english("enter", self.poll)), "Can I vote?")
        answer = self.enter(self.cards[0].typed.lower())
        self.assertRedirects(answer, english("enter", self.poll), 303)
        self.assertContains(self.client.get(english("enter", self.poll)), "You can vote")
        self.assertContains(post_ballot(self.client, self.poll, "101"), "not sent yet")

    def test_list_and_ballot_lead_to_it(self):
        for name in ("list", "ballot"):
            self.assertContains(self.client.get(english(name, self.poll)), english("enter", self.poll))
            device = make_open_poll()
            self.assertNotContains(self.client.get(english(name, device)), english("enter", device))

    def test_review_without_a_code_draws_it_and_the_picks_go_all_the_way(self):
        page = post_ballot(self.client, self.poll, "101", "202")
        self.assertContains(page, "Your choices are kept", status_code=403)
        fields = hidden_fields(page)
        self.assertEqual(fields["codes"], "101 202")
        page = self.enter(self.cards[0].link, **fields)
        self.assertContains(page, "not sent yet")
        self.assertEqual(hidden_fields(page)["codes"], "101 202")
        self.assertEqual(confirm(self.client, self.poll, hidden_fields(page)).status_code, 303)
        self.assert_ballots(1)

    def test_a_wrong_code_keeps_what_was_typed_and_the_picks(self):
        for wrong in ("ABC", self.cards[0].typed[:-1] + "?", "2" * 27):
            page = self.enter(wrong, codes="101 202")
            self.assertContains(page, f'value="{wrong}"', status_code=422)
            self.assertEqual(hidden_fields(page)["codes"], "101 202")
            self.assertContains(page, "Back to my choices", status_code=422)
        self.assertContains(self.enter(""), "Type the code that stands on your card", status_code=422)

    def test_unknown_candidates_do_not_come_through(self):
        page = self.enter("ABC", codes="101 999 <b>")
        self.assertEqual(hidden_fields(page)["codes"], "101")

    @override_settings(SITE={"url": "", "telephone": "0351-1234567"})
    def test_the_sentence_for_no_good_codes_is_the_agreed_one(self):
        page = self.client.post(address("enter", self.poll), {"code": "2" * 27})
        self.assertContains(page, "0351-1234567", status_code=422)

    def test_a_device_poll_has_none(self):
        poll = make_open_poll()
        self.assertRedirects(self.client.get(english("enter", poll)), english("ballot", poll))

    def test_a_post_without_a_token_draws_it_again_with_the_picks(self):
        client = Client(enforce_csrf_checks=True)
        page = self.enter(self.cards[0].link, client, codes="101")
        self.assertContains(page, "out of date", status_code=403)
        self.assertEqual(hidden_fields(page)["codes"], "101")
        self.assertNotIn(right.PREFIX + self.poll.uid, client.cookies)

    def test_while_nobody_can_vote_it_says_so_and_takes_no_code(self):
        pause_poll(poll=self.poll, reason="Test", by=["Clerk"])
        self.assertContains(self.enter(self.cards[0].link, codes="101"), "paused", status_code=409)
        Poll.objects.filter(pk=self.poll.pk).update(state="open")
        close_poll(poll=self.poll, by=["Clerk"])
        page = self.client.get(english("enter", self.poll), follow=True)
        self.assertContains(page, "Voting has closed")
        self.assertNotIn(right.PREFIX + self.poll.uid, self.client.cookies)

    def test_the_code_stands_in_no_address_no_page_and_no_cookie(self):
        card = self.cards[0]
        answer = self.enter(card.link, codes="101")
        pages = [answer, self.client.get(english("enter", self.poll))]
        for text in (card.link, card.typed):
            for page in pages:
                self.assertNotIn(text, page.content.decode())
            self.assertNotIn(text, self.client.cookies.output())
        self.assertEqual(self.client.get(english("enter", self.poll) + f"?code={card.link}").status_code, 200)


class TheRight(EntranceCase):
    def cookie(self):
        return right.PREFIX + self.poll.uid

    def test_it_rides_in_a_sealed_cookie_for_an_hour(self):
        self.enter(self.cards[0].link)
        morsel = self.client.cookies[self.cookie()]
        self.assertTrue(morsel["httponly"])
        self.assertEqual((morsel["samesite"], morsel["max-age"]), ("Lax", right.MAX_AGE))
        self.assertLessEqual(right.MAX_AGE, 3600)
        with mock.patch.object(right.time, "time", return_value=right.time.time() + right.MAX_AGE + 1):
            self.assertEqual(post_ballot(self.client, self.poll, "101").status_code, 403)

    def test_forged_cookies_and_those_of_another_vote_are_none(self):
        other, cards = make_code_poll()
        client = Client()
        client.post(english("enter", other), {"code": cards[0].link})
        for value in ("", "x", "AAAA" * 30, client.cookies[right.PREFIX + other.uid].value):
            self.client.cookies[self.cookie()] = value
            self.assertEqual(post_ballot(self.client, self.poll, "101").status_code, 403, value)

    def test_a_code_voided_meanwhile_gives_it_no_more(self):
        self.enter(self.cards[0].link)
        page = post_ballot(self.client, self.poll, "101")
        void_code(poll=self.poll, serial=1, reason="Lost", who="clerk")
        answer = confirm(self.client, self.poll, hidden_fields(page))
        self.assertContains(answer, "This voting code is void", status_code=403)
        self.assertEqual(hidden_fields(answer)["codes"], "101")
        self.assert_ballots(0)

    def test_a_ticket_of_one_code_is_refused_with_another(self):
        self.enter(self.cards[0].link)
        fields = hidden_fields(post_ballot(self.client, self.poll, "101"))
        self.enter(self.cards[1].link)
        self.assertEqual(confirm(self.client, self.poll, fields).status_code, 409)
        self.assert_ballots(0)


class Afterwards(EntranceCase):
    def setUp(self):
        super().setUp()
        self.enter(self.cards[0].link)
        self.assertEqual(vote(self.client, self.poll, "101").status_code, 303)

    def test_the_voter_is_told_that_the_code_has_voted_and_what_to_do_about_it(self):
        for page in (
            self.client.get(english("enter", self.poll)),
            post_ballot(self.client, self.poll, "102"),
        ):
            self.assertContains(page, "This voting code has voted", status_code=409)
            self.assertContains(page, "The system says that I have voted", status_code=409)
        self.assert_ballots(1)

    def test_whoever_comes_with_the_same_card_reads_the_one_sentence(self):
        for text in (self.cards[0].link, self.cards[0].typed):
            self.assertContains(self.enter(text, Client()), "used already", status_code=422)

    def test_the_next_voter_comes_with_a_code_of_their_own(self):
        page = self.client.post(english("next", self.poll), follow=True)
        self.assertContains(page, "The next voter may begin")
        self.assertEqual(post_ballot(self.client, self.poll, "101").status_code, 403)
        self.enter(self.cards[1].link)
        self.assertEqual(vote(self.client, self.poll, "102").status_code, 303)
        self.assert_ballots(2)


@temporary_keys
class DailyPolls(CheapCodes, TestCase):
    def test_a_code_casts_once_a_day(self):
        poll, (card,) = make_code_poll(daily=True, closes_at=timezone.now() + timedelta(days=3))
        tomorrow = timezone.now() + timedelta(days=1)
        for moment in (timezone.now(), tomorrow):
            client = Client()
            with mock.patch("voting.views.public.timezone.now", return_value=moment):
                for name in ("ballots", "casting", "entrance"):
                    self.enterContext(mock.patch(f"voting.views.{name}.now", return_value=moment))
                client.post(english("enter", poll), {"code": card.link})
                self.assertEqual(vote(client, poll, "101").status_code, 303)
                again = client.post(english("enter", poll), {"code": card.link})
                self.assertContains(again, "used already", status_code=422)
        periods = Participation.objects.filter(poll_id=poll.pk).values_list("period", flat=True)
        self.assertEqual(len(set(periods)), 2)
