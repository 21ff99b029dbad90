"""What the clock decides, and what it must not: a known ballot gets its answer at any time."""

from datetime import UTC, datetime, timedelta

from django.test import TestCase
from django.utils import timezone

from voting.casting import CastRefused, cast_ballot, has_voted
from voting.keyring import load_keyring
from voting.lifecycle import close_poll, pause_poll, resume_poll
from voting.models import PendingEnvelope

from .factories import make_open_poll, make_post, temporary_keys


@temporary_keys
class TheClock(TestCase):
    def refused(self, code, **post):
        with self.assertRaises(CastRefused) as caught:
            cast_ballot(**post)
        self.assertEqual(caught.exception.code, code)

    def test_the_last_moment_counts_and_the_closing_moment_does_not(self):
        poll = make_open_poll()
        before = poll.closes_at - timedelta(seconds=1)
        self.assertTrue(cast_ballot(**make_post(poll, at=before), at=before).pledge)
        self.refused("not_open", **make_post(poll, at=before), at=poll.closes_at)

    def test_before_the_opening_nothing_is_taken(self):
        poll = make_open_poll(opens_at=timezone.now() + timedelta(hours=1))
        self.assertEqual(poll.phase(), "waiting")
        self.refused("not_open", **make_post(poll))

    def test_a_pause_refuses_new_ballots_and_knows_old_ones(self):
        poll = make_open_poll()
        post = make_post(poll)
        first = cast_ballot(**post)
        poll = pause_poll(by=["Clerk"], poll=poll, reason="Repair")
        self.refused("not_open", **make_post(poll))
        self.assertEqual(cast_ballot(**{**post, "poll": poll}), first)
        poll = resume_poll(by=["Clerk"], poll=poll)
        self.assertTrue(cast_ballot(**make_post(poll)).pledge)

    def test_after_closing_a_repeated_post_still_gets_its_pledge(self):
        poll = make_open_poll()
        post = make_post(poll)
        first = cast_ballot(**post)
        poll = close_poll(by=["Clerk"], poll=poll)
        self.assertEqual(cast_ballot(**{**post, "poll": poll}), first)
        self.refused("not_open", **make_post(poll))

    def test_a_close_that_the_request_has_not_noticed_is_noticed_by_the_statement(self):
        poll = make_open_poll()
        post = make_post(poll)
        close_poll(by=["Clerk"], poll=poll)
        self.assertTrue(post["poll"].may_vote(), "the control: this request still believes it is open")
        self.refused("not_open", **post)
        self.assertFalse(PendingEnvelope.objects.filter(poll=poll).exists())

    def test_an_expired_ticket_is_refused_unless_the_ballot_is_known(self):
        poll = make_open_poll()
        now = timezone.now()
        post = make_post(poll, at=now)
        late = now + timedelta(hours=1)
        self.refused("expired", **post, at=late)
        first = cast_ballot(**post, at=now)
        self.assertEqual(cast_ballot(**post, at=late), first)

    def test_a_daily_poll_takes_one_ballot_a_local_day(self):
        before = datetime(2030, 5, 1, 15, 50, tzinfo=UTC)  # 23:50 in Shanghai
        after = before + timedelta(minutes=20)
        poll = make_open_poll(daily=True, closes_at=before + timedelta(days=9))
        voter = {"credential": b"one voter"}
        post = make_post(poll, **voter, at=before)
        first = cast_ballot(**post, at=before)
        self.refused("already", **make_post(poll, **voter, at=before), at=before)
        self.assertEqual(cast_ballot(**post, at=after), first, "the same ballot, across midnight")
        self.assertEqual(PendingEnvelope.objects.count(), 1)
        self.assertTrue(cast_ballot(**make_post(poll, **voter, at=after), at=after).pledge)
        self.assertEqual(PendingEnvelope.objects.count(), 2)

    def test_a_ticket_from_before_midnight_counts_for_its_own_day(self):
        before = datetime(2030, 5, 1, 15, 50, tzinfo=UTC)
        after = before + timedelta(minutes=15)
        poll = make_open_poll(daily=True, closes_at=before + timedelta(days=9))
        keys = load_keyring(poll.uid)
        cast_ballot(**make_post(poll, credential=b"one voter", at=before), at=after)
        self.assertTrue(has_voted(poll, keys, b"one voter", before))
        self.assertFalse(has_voted(poll, keys, b"one voter", after))
