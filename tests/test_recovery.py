"""A restored backup stops the ledger; a public copy makes it whole; there is never a second history."""

import io
import tempfile
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import TransactionTestCase, override_settings
from django.utils import timezone
from django.utils.translation import override

from voting import heads
from voting.heads import (
    latest_head,
    node_of,
    size_of,
)
from voting.keeper import keep_poll
from voting.ledger.canonical import parse_canonical
from voting.ledger.head import open_head
from voting.ledger.tree import Frontier, leaf_hash, root_at
from voting.lifecycle import close_poll, pause_poll
from voting.manifest import plan_of
from voting.models import Checkpoint, Entry, PendingEnvelope, Poll, Tally
from voting.refusals import ActRefused, LedgerStopped

from .backup import back_up, mirror, restore
from .factories import cast, make_open_poll, temporary_keys
from .tallies import count, settle


@temporary_keys
class ARestoredBackup(TransactionTestCase):
    def setUp(self):
        super().setUp()
        self.enterContext(override("en"))
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.copy = Path(folder.name)
        self.poll = make_open_poll()
        self.keep()
        for _ in range(3):
            cast(self.poll)
        self.keep()
        self.waiting = cast(self.poll)
        self.backup = back_up(self.poll)

    def keep(self):
        poll = Poll.objects.get(pk=self.poll.pk)
        keep_poll(poll, timezone.now() + timedelta(minutes=1), {})

    def recover(self, *options):
        out = io.StringIO()
        call_command("recover_ledger", self.poll.slug, *options, stdout=out)
        return out.getvalue()

    def go_on_and_lose_it(self):
        """Enter the waiting ballot and one more behind it, publish all that, then restore the backup."""
        self.keep()
        self.lost = cast(self.poll)
        self.keep()
        mirror(self.poll, self.copy)
        self.published = latest_head(self.poll)
        restore(self.poll, self.backup)

    def assert_one_history(self):
        """The heads that were published and the tree of the database are one history."""
        plan = plan_of(self.poll)
        for head in [self.published, *Checkpoint.objects.filter(poll=self.poll)]:
            opened = open_head(head.note, plan.origin, bytes.fromhex(plan.keys["ledger"])).checkpoint
            self.assertEqual(root_at(opened.size, node_of(self.poll)), opened.root)
        tree = Frontier()
        for leaf in Entry.objects.filter(poll=self.poll).values_list("leaf", flat=True):
            tree.append(leaf_hash(bytes(leaf)))
        self.assertEqual(root_at(size_of(self.poll), node_of(self.poll)), tree.root())

    def test_the_ledger_stops_with_an_alarm_and_ballots_wait(self):
        self.go_on_and_lose_it()
        cast(self.poll)
        size = size_of(self.poll)
        with self.assertLogs("voting.heads", "ERROR"), self.assertRaisesMessage(LedgerStopped, "was signed"):
            self.keep()
        self.poll.refresh_from_db()
        self.assertIn("was signed, but the database holds", self.poll.ledger_alarm)
        self.assertEqual(size_of(self.poll), size)
        self.assertEqual(PendingEnvelope.objects.count(), 2)
        self.assertTrue(self.poll.may_vote())

    def test_the_control_a_signer_without_memory_of_it_would_fork(self):
        self.go_on_and_lose_it()
        with override_settings(SIGNER_DIR=self.copy / "forgetful"):
            heads.signer_here().memory.mkdir()
            (settings.SIGNER_DIR / f"{self.poll.uid}.head").write_text(latest_head(self.poll).note)
            cast(self.poll)
            self.keep()
        with self.assertRaises(AssertionError):
            self.assert_one_history()

    @override_settings(LEDGER_STOPPED="pause")
    def test_voting_pauses_where_the_settings_say_so(self):
        self.go_on_and_lose_it()
        with self.assertLogs("voting.heads", "ERROR"), self.assertRaises(LedgerStopped):
            self.keep()
        self.poll.refresh_from_db()
        self.assertEqual(self.poll.phase(), "paused")
        self.recover("--from", str(self.copy))
        acts = [
            parse_canonical(bytes(e.leaf))
            for e in Entry.objects.filter(poll=self.poll).exclude(type="ballot")
        ]
        self.assertEqual([act["type"] for act in acts[-2:]], ["audit", "pause"])

    def test_nobody_can_add_an_act_to_a_stopped_ledger(self):
        self.go_on_and_lose_it()
        with self.assertLogs("voting.heads", "ERROR"), self.assertRaises(LedgerStopped):
            self.keep()
        with self.assertRaisesMessage(ActRefused, "recover_ledger"):
            pause_poll(by=["Clerk"], poll=self.poll, reason="A reason")
        self.assertEqual(Poll.objects.get(pk=self.poll.pk).state, "open")

    def test_the_command_explains_and_changes_nothing_without_a_copy(self):
        self.go_on_and_lose_it()
        before = back_up(self.poll)[0]
        with self.assertLogs("voting.heads", "ERROR"):
            said = self.recover()
        self.assertIn("recover_ledger", said)
        self.assertEqual(back_up(self.poll)[0], before)

    def test_a_copy_makes_it_whole_and_says_what_is_lost(self):
        self.go_on_and_lose_it()
        with self.assertLogs("voting.heads", "ERROR"):
            said = self.recover("--from", str(self.copy))
        self.assertIn("1 ballots were found in their envelopes; the content of 1 ballots is lost", said)
        self.assert_one_history()
        audit = parse_canonical(bytes(Entry.objects.filter(poll=self.poll, type="audit").get().leaf))
        self.assertEqual((audit["act"], audit["found"], audit["lost"]), ("recovered", 1, 1))
        self.assertGreater(latest_head(self.poll).size, self.published.size)
        self.assertIn("nothing to do", self.recover())
        cast(self.poll)
        self.keep()
        self.assert_one_history()

    def test_the_count_after_a_repair_accounts_for_every_ballot_of_the_ledger(self):
        self.go_on_and_lose_it()
        with self.assertLogs("voting.heads", "ERROR"):
            self.recover("--from", str(self.copy))
        poll = Poll.objects.get(pk=self.poll.pk)
        poll.parts = self.poll.parts
        poll = count(settle(poll))
        tally = parse_canonical(bytes(Tally.objects.get(poll=poll).data))
        leaves = Entry.objects.filter(poll=poll, type="ballot").count()
        self.assertEqual(tally["ballots"], 4)
        self.assertEqual(tally["not_counted"], {"lost": 1})
        self.assertEqual(leaves, 2 * 5)

    def test_the_close_comes_back_with_its_state(self):
        self.keep()
        close_poll(by=["Clerk"], poll=self.poll)
        self.keep()
        mirror(self.poll, self.copy)
        self.published = latest_head(self.poll)
        restore(self.poll, self.backup)
        with self.assertLogs("voting.heads", "ERROR"):
            self.recover("--from", str(self.copy))
        self.poll.refresh_from_db()
        self.assertEqual(self.poll.state, "closed")
        self.assertIsNotNone(self.poll.closed_at)
        self.assert_one_history()

    def test_acts_whose_files_the_backup_lacks_are_not_made_up(self):
        poll = self.poll
        parts = poll.parts
        poll = settle(poll)
        poll.parts = parts
        count(poll)
        self.keep()
        mirror(poll, self.copy)
        restore(poll, self.backup)
        with (
            self.assertLogs("voting.heads", "ERROR"),
            self.assertRaisesMessage(CommandError, "Restore a later"),
        ):
            self.recover("--from", str(self.copy))

    def test_an_act_that_slipped_in_before_the_alarm_comes_behind_the_repair(self):
        self.go_on_and_lose_it()
        pause_poll(by=["Clerk"], poll=self.poll, reason="Slipped in")
        with self.assertLogs("voting.heads", "ERROR"):
            self.recover("--from", str(self.copy))
        self.assert_one_history()
        leaf = Entry.objects.get(poll=self.poll, type="pause")
        self.assertGreaterEqual(leaf.index, self.published.size)

    def test_a_copy_that_ends_too_early_or_was_altered_repairs_nothing(self):
        early = self.copy / "early"
        mirror(self.poll, early)
        self.go_on_and_lose_it()
        before = back_up(self.poll)[0]
        self.assert_repairs_nothing(early, "ends before")
        bundle = next(path for path in (self.copy / "tile").rglob("*") if path.is_file())
        data = bundle.read_bytes()
        bundle.write_bytes(data[:-5] + bytes([data[-5] ^ 1]) + data[-4:])
        self.assert_repairs_nothing(self.copy, "do not lead to the head")
        bundle.write_bytes(data[:-1])
        self.assert_repairs_nothing(self.copy, "is damaged")
        self.assertEqual(back_up(self.poll)[0], before)

    def assert_repairs_nothing(self, copy, sentence):
        refused = self.assertRaisesMessage(CommandError, sentence)
        with self.assertLogs("voting.heads", "ERROR"), refused:
            self.recover("--from", str(copy))

    def test_a_lost_memory_stops_the_ledger_until_a_published_head_takes_its_place(self):
        self.keep()
        mirror(self.poll, self.copy)
        self.published = latest_head(self.poll)
        (settings.SIGNER_DIR / f"{self.poll.uid}.head").unlink()
        with self.assertLogs("voting.heads", "ERROR"), self.assertRaisesMessage(LedgerStopped, "no memory"):
            self.keep()
        with self.assertLogs("voting.heads", "ERROR"):
            self.recover("--from", str(self.copy), "--restore-memory")
        self.keep()
        self.assert_one_history()
