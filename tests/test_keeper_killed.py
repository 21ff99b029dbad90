"""Keeper and signer are killed at random points while ballots come in: one history, no gap, nothing twice.

The long run kills 200 times: KILLS=200 python3 manage.py test tests.test_keeper_killed
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone

from voting.bundle import Folder, write_bundle
from voting.heads import node_of, signer_here, size_of
from voting.keeper import keep_poll
from voting.ledger.canonical import parse_canonical
from voting.ledger.head import open_head
from voting.ledger.tree import root_at
from voting.ledger.verify import verify
from voting.ledger.verify.source import open_bundle
from voting.manifest import plan_of
from voting.models import Ballot, Checkpoint, Entry, PendingEnvelope, Poll

from .factories import cast, make_open_poll, temporary_keys

KILLS = int(os.environ.get("KILLS", "4"))
LONGEST = 0.5  # seconds between the keeper's first work and its end
PATIENCE = 60  # seconds until a keeper must have entered something


@temporary_keys
class Killed(TransactionTestCase):
    def setUp(self):
        super().setUp()
        self.poll = make_open_poll()
        keep_poll(self.poll, timezone.now(), {})
        self.plan = plan_of(self.poll)
        self.cast = []
        self.chance = random.Random(KILLS)

    def start_keeper(self):
        names = {"sqlite": "sqlite:///{NAME}", "postgresql": "postgres://{USER}@/{HOST}/{NAME}"}
        environment = {
            **os.environ,
            "MODE": "test",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": names[connection.vendor].format(**connection.settings_dict),
            "LOG_LEVEL": "ERROR",
        }
        for name in ("VAR_DIR", "KEY_DIR", "KEY_COPY_DIR", "SIGNER_DIR"):
            environment[name] = str(getattr(settings, name))
        command = [sys.executable, "-m", "django", "keep_ledger", "--interval", "0"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, **quiet)

    def children(self, process):
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            return [int(number) for number in text.split()]
        return []

    def one_round(self):
        """Let ballots come in, wait till the keeper works, then kill keeper, signer or both somewhere."""
        keeper, stop = self.start_keeper(), threading.Event()
        voters = threading.Thread(target=self.vote, args=[stop])
        before = size_of(self.poll)
        voters.start()
        try:
            deadline = time.monotonic() + PATIENCE
            while size_of(self.poll) == before and time.monotonic() < deadline:
                time.sleep(0.005)
            self.assertGreater(size_of(self.poll), before, "The keeper did not enter anything.")
            time.sleep(self.chance.random() * LONGEST)
            which = self.chance.choice(["keeper", "signer", "both"])
            if which in ("signer", "both"):
                for number in self.children(keeper):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(number, signal.SIGKILL)
            if which == "signer":
                time.sleep(self.chance.random() * LONGEST)
        finally:
            # The keeper is killed without a chance to tidy up, whichever was killed first.
            keeper.kill()
            keeper.wait()
            stop.set()
            voters.join()

    def vote(self, stop):
        try:
            while not stop.is_set():
                self.cast.append(cast(self.poll))
                time.sleep(0.01)
        finally:
            connection.close()

    def check(self):
        """Look at all that must hold whatever was killed."""
        indexes = list(Entry.objects.filter(poll=self.poll).values_list("index", flat=True))
        self.assertEqual(indexes, list(range(len(indexes))))
        rows = Entry.objects.filter(poll=self.poll, type="ballot").values_list("leaf", flat=True)
        entered = [parse_canonical(bytes(leaf))["commitment"] for leaf in rows]
        self.assertEqual(len(entered), len(set(entered)))
        ballots = Ballot.objects.filter(poll=self.poll).count()
        self.assertEqual(len(entered), 2 * ballots)
        self.assertEqual(ballots + PendingEnvelope.objects.count(), len(self.cast))
        public, node = bytes.fromhex(self.plan.keys["ledger"]), node_of(self.poll)
        notes = list(Checkpoint.objects.filter(poll=self.poll).values_list("note", flat=True))
        for note in [*notes, signer_here().last(self.poll.uid)]:
            head = open_head(note, self.plan.origin, public).checkpoint
            self.assertEqual(root_at(head.size, node), head.root)

    def test_there_is_one_history_without_gap_and_nothing_twice(self):
        for _kill in range(KILLS):
            self.one_round()
            self.check()
        call_command("keep_ledger", once=True)
        self.check()
        self.assertFalse(PendingEnvelope.objects.exists())
        with tempfile.TemporaryDirectory() as folder:
            for _count in write_bundle(self.poll, self.plan, Folder(Path(folder, "bundle"))):
                pass
            with open_bundle(Path(folder, "bundle")) as bundle:
                report = verify(bundle, pledges=[done.pledge for done in self.cast])
        self.assertTrue(report.good, report.text("en"))
        if KILLS > 50:
            heads = Checkpoint.objects.filter(poll=self.poll).count()
            print(f"{KILLS} kills, {len(self.cast)} ballots, {heads} heads, one history", file=sys.stderr)
        self.assertEqual(Poll.objects.get(pk=self.poll.pk).ledger_alarm, "")
