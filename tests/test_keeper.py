"""Acknowledged ballots into the ledger: all of them, once, in an order that tells nothing."""

import base64
import json
import secrets
from datetime import timedelta
from unittest.mock import patch

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from voting import keeper
from voting.casting import cast_ballot
from voting.keeper import has_entry, keep_poll, run_batch
from voting.ledger.canonical import canonical, parse_canonical
from voting.ledger.code import receipt_code
from voting.lifecycle import check_countable, close_poll, count_poll, pause_poll
from voting.management.commands.keep_ledger import keep_all
from voting.models import Ballot, Entry, Manifest, PendingEnvelope, Poll
from voting.refusals import ActRefused

from .factories import cast, make_open_poll, make_post, temporary_keys
from .threads import at_once


def leaves(poll, kind=None):
    """Return the ledger's leaves, read, in order."""
    entries = Entry.objects.filter(poll=poll, **({"type": kind} if kind else {}))
    return [parse_canonical(entry.leaf) for entry in entries]


def round_of_keeper(poll, *, at=None, closings=None):
    """Do one round for one poll as `keep_ledger` does."""
    keep_poll(Poll.objects.get(pk=poll.pk), at or timezone.now(), {} if closings is None else closings)


@temporary_keys
class Batches(TestCase):
    def test_every_acknowledged_commitment_becomes_one_leaf(self):
        poll = make_open_poll()
        promised = {value for _ in range(30) for value in cast(poll).commitments.values()}
        run_batch(poll)
        self.assertEqual({leaf["commitment"] for leaf in leaves(poll, "ballot")}, {b64(v) for v in promised})
        self.assertEqual(len(leaves(poll, "ballot")), len(promised))
        self.assertFalse(PendingEnvelope.objects.exists())

    def test_leaves_hold_type_category_and_commitment_and_nothing_else(self):
        poll = make_open_poll()
        cast(poll)
        run_batch(poll)
        for leaf in leaves(poll, "ballot"):
            self.assertEqual(leaf.keys(), {"type", "category", "commitment"})

    def test_leaves_of_a_batch_are_sorted_and_ballots_follow_their_smallest_commitment(self):
        poll = make_open_poll()
        for _ in range(30):
            cast(poll)
        run_batch(poll)
        raw = [bytes(entry.leaf) for entry in Entry.objects.filter(poll=poll, type="ballot")]
        self.assertEqual(raw, sorted(raw))
        smallest = [
            min(bytes(row.commitments)[:32], bytes(row.commitments)[32:])
            for row in Ballot.objects.filter(poll=poll).order_by("number")
        ]
        self.assertEqual(smallest, sorted(smallest))

    def test_a_batch_takes_five_hundred_at_most(self):
        poll = make_open_poll()
        for _ in range(5):
            cast(poll)
        with patch.object(keeper, "BATCH", 3):
            self.assertEqual(run_batch(poll), 3)
        self.assertEqual(Ballot.objects.filter(poll=poll).count(), 3)
        self.assertEqual(PendingEnvelope.objects.count(), 2)

    def test_indexes_and_numbers_have_no_gap(self):
        poll = make_open_poll()
        for _ in range(3):
            cast(poll)
            run_batch(poll)
        self.assertEqual([e.index for e in Entry.objects.filter(poll=poll)], list(range(2 + 3 * 2)))
        self.assertEqual(sorted(Ballot.objects.filter(poll=poll).values_list("number", flat=True)), [1, 2, 3])

    def test_a_ballot_is_found_by_its_receipt_code(self):
        poll = make_open_poll()
        receipt = cast(poll)
        run_batch(poll)
        self.assertTrue(Ballot.objects.filter(poll=poll, code=receipt_code(receipt.commitments)).exists())

    def test_sealed_ballots_have_no_marks_and_unsealed_ones_have(self):
        for sealed, marks in ((True, 0), (False, 1)):
            poll = make_open_poll(sealed=sealed)
            cast(poll)
            run_batch(poll)
            self.assertEqual(Ballot.objects.filter(poll=poll, marks__isnull=False).count(), marks)

    def test_an_envelope_that_cannot_be_opened_is_kept_aside_and_stops_nothing(self):
        poll = make_open_poll()
        cast(poll)
        PendingEnvelope.objects.create(poll=poll, sealed=b"broken")
        with self.assertLogs("voting.keeper", "ERROR"):
            run_batch(poll)
        self.assertEqual(Ballot.objects.filter(poll=poll).count(), 1)
        self.assertEqual(PendingEnvelope.objects.get().damaged, True)

    def test_a_ballots_leaf_is_canonical_json(self):
        for value in (bytes(32), b"\xff" * 32, secrets.token_bytes(32)):
            told = base64.b64encode(value).decode()
            whole = canonical({"type": "ballot", "category": "3", "commitment": told})
            self.assertEqual(keeper.ballot_leaf("3", value), whole)


@temporary_keys
class WhenABatchIsDue(TestCase):
    def test_enough_ballots_are_entered_at_once(self):
        poll = make_open_poll(batch_minimum=3, merge_delay=3600)
        for expected in (0, 0, 3):
            cast(poll)
            round_of_keeper(poll)
            self.assertEqual(Ballot.objects.filter(poll=poll).count(), expected)

    def test_fewer_are_entered_when_the_merge_delay_has_passed(self):
        poll = make_open_poll(batch_minimum=20, merge_delay=3600)
        cast(poll)
        round_of_keeper(poll, at=poll.opens_at + timedelta(seconds=3599))
        self.assertFalse(Ballot.objects.filter(poll=poll).exists())
        round_of_keeper(poll, at=poll.opens_at + timedelta(seconds=3600))
        self.assertTrue(Ballot.objects.filter(poll=poll).exists())

    def test_when_the_delay_has_passed_all_that_waits_is_entered_however_much(self):
        poll = make_open_poll(batch_minimum=20, merge_delay=3600)
        for _ in range(5):
            cast(poll)
        with patch.object(keeper, "BATCH", 2):
            round_of_keeper(poll, at=poll.opens_at + timedelta(seconds=3600))
        self.assertEqual(Ballot.objects.filter(poll=poll).count(), 5)

    def test_every_ballot_is_entered_by_the_time_that_its_pledge_names(self):
        poll = make_open_poll(batch_minimum=20, merge_delay=600)
        due = cast(poll).due
        at = poll.opens_at
        while not Ballot.objects.filter(poll=poll).exists():
            at += timedelta(seconds=1)
            round_of_keeper(poll, at=at)
        self.assertLessEqual(at, due)

    def test_a_delay_without_ballots_starts_the_next_delay(self):
        poll = make_open_poll(batch_minimum=20, merge_delay=3600)
        round_of_keeper(poll, at=poll.opens_at + timedelta(seconds=3600))
        cast(poll)
        round_of_keeper(poll, at=poll.opens_at + timedelta(seconds=3700))
        self.assertFalse(Ballot.objects.filter(poll=poll).exists())


@temporary_keys
class OpeningAndClosing(TestCase):
    def test_the_clock_opens_and_the_keeper_enters_it_once(self):
        poll = make_open_poll(opens_at=timezone.now() + timedelta(hours=1))
        round_of_keeper(poll)
        self.assertFalse(has_entry(poll, "open"))
        for minutes in (0, 1):
            round_of_keeper(poll, at=poll.opens_at + timedelta(minutes=minutes))
        (entry,) = leaves(poll, "open")
        self.assertEqual(entry["manifest"], poll.manifest_sha256)

    def test_staff_who_are_quicker_than_the_keeper_find_the_opening_entered_first(self):
        poll = make_open_poll()
        pause_poll(by=["Clerk"], poll=poll, reason="At once")
        self.assertEqual([leaf["type"] for leaf in leaves(poll)], ["manifest", "open", "pause"])
        round_of_keeper(poll)
        self.assertEqual(len(leaves(poll, "open")), 1)

    def test_at_the_closing_time_the_rest_is_entered_and_then_the_closing(self):
        poll = make_open_poll(batch_minimum=20, merge_delay=3600)
        cast(poll)
        closings = {}
        for second in range(2):
            round_of_keeper(poll, at=poll.closes_at + timedelta(seconds=second), closings=closings)
        self.assertEqual(Poll.objects.get(pk=poll.pk).state, "closed")
        numbers = {"ballots": 1, "participations": 1, "reason": "", "by": []}
        self.assertEqual(leaves(poll)[-1], {"type": "close", "at": leaves(poll)[-1]["at"], **numbers})
        round_of_keeper(poll, closings=closings)
        self.assertEqual(len(leaves(poll, "close")), 1)

    def test_the_count_waits_for_the_closing_entry(self):
        poll = close_poll(by=["Clerk"], poll=make_open_poll())
        with self.assertRaises(ActRefused):
            check_countable(poll)
        round_of_keeper(poll)
        check_countable(poll)

    def test_the_count_refuses_ballots_under_seal(self):
        poll = make_open_poll()
        cast(poll)
        poll = close_poll(by=["Clerk"], poll=poll)
        round_of_keeper(poll)
        with self.assertRaises(ActRefused):
            count_poll(poll=poll)

    def test_one_round_keeps_every_poll_though_one_has_lost_its_keys(self):
        lost, good = make_open_poll(), make_open_poll()
        for poll in (lost, good):
            cast(poll)
        (settings.KEY_DIR / lost.uid / "keeper.key").unlink()
        with self.assertLogs("voting", "ERROR") as logs:
            Poll.objects.update(opens_at=timezone.now() - timedelta(hours=2))
            keep_all({})
        self.assertTrue(Ballot.objects.filter(poll=good).exists())
        self.assertIn(lost.uid, logs.output[0])


@temporary_keys
class FrozenRows(TestCase):
    def test_the_database_refuses_to_change_an_entry_or_a_manifest(self):
        poll = make_open_poll()
        for rows in (Entry.objects.filter(poll=poll), Manifest.objects.filter(poll=poll)):
            with self.assertRaises(DatabaseError) as caught, transaction.atomic():
                rows.update(**{"leaf" if rows.model is Entry else "data": b"other"})
            self.assertIn("frozen", str(caught.exception))

    def test_control_without_the_trigger_it_would_be_changed(self):
        poll = make_open_poll()
        on = " ON voting_entry" if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER voting_entry_is_frozen{on}")
        self.assertEqual(Entry.objects.filter(poll=poll).update(leaf=b"other"), 1)


@temporary_keys
class KeepersAtOnce(TransactionTestCase):
    def test_two_keepers_and_many_voters_lose_and_double_nothing(self):
        poll = make_open_poll()
        posts = [make_post(poll) for _ in range(40)]

        def act(item):
            return run_batch(poll) if item is None else cast_ballot(**item)

        work = [item for pair in zip(posts, [None] * len(posts), strict=True) for item in pair]
        results = at_once(act, work)
        self.assertEqual([r for r in results if isinstance(r, Exception)], [])
        while run_batch(poll):
            pass
        self.assertEqual(Ballot.objects.filter(poll=poll).count(), len(posts))
        indexes = list(Entry.objects.filter(poll=poll).values_list("index", flat=True))
        self.assertEqual(indexes, list(range(2 + 2 * len(posts))))


def b64(value):
    return json.loads(keeper.ballot_leaf("1", value))["commitment"]
