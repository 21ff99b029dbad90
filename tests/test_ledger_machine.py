"""A poll driven at random: what the model expects, what the database holds and what the verifier finds agree.

The long run: MACHINE_STEPS=5000 python3 manage.py test --sqlite tests.test_ledger_machine
"""

import os
import secrets
import sys
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from unittest import mock

from django.conf import settings as django_settings
from django.test import TransactionTestCase
from django.utils import timezone, translation
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from voting import heads
from voting.bundle import Folder, write_bundle
from voting.casting import CastRefused, cast_ballot
from voting.channels import import_channel_file
from voting.keeper import keep_poll
from voting.ledger.canonical import parse_canonical
from voting.ledger.verify import verify
from voting.ledger.verify.source import open_bundle
from voting.lifecycle import close_poll, count_poll, pause_poll, resume_poll
from voting.manifest import plan_of
from voting.models import Ballot, PendingEnvelope, Poll, Tally
from voting.recovery import open_copy, remembered, repair_ledger
from voting.refusals import LedgerStopped
from voting.unsealing import unseal

from .backup import back_up, mirror, restore
from .factories import make_open_poll, make_post, secret_of, temporary_keys

STEPS = int(os.environ.get("MACHINE_STEPS", "60"))
A_RUN = 30
SELECTIONS = ([], ["101"], ["101", "102"], ["103", "201"], ["105", "202", "203"], ["204"])
done = Counter()


class Killed(Exception):
    """The keeper ends here, as if it had been killed."""


class Machine(RuleBasedStateMachine):
    """The model: which ballots were cast, which of them an unlucky backup lost, and the poll's state."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.files = iter(range(10**6))

    @initialize()
    def open(self):
        self.poll = make_open_poll(rehearsal=True)
        self.parts = self.poll.parts
        self.state = "open"
        self.posts, self.pledges, self.picks = [], [], []
        self.lost_posts, self.imported = set(), []
        self.backup = None
        self.lost = 0
        self.minutes = 0

    def teardown(self):
        self.folder.cleanup()

    def now(self):
        return Poll.objects.get(pk=self.poll.pk)

    def keep(self):
        self.minutes += 1
        keep_poll(self.now(), timezone.now() + timedelta(minutes=self.minutes), {})

    @precondition(lambda self: self.state == "open")
    @rule(picks=st.sampled_from(SELECTIONS))
    def cast(self, picks):
        """A voter casts a ballot."""
        post = make_post(self.now(), codes=picks)
        self.pledges.append(cast_ballot(**post).pledge)
        self.posts.append(post)
        self.picks.append(picks)

    @precondition(lambda self: self.posts and self.state in ("open", "paused", "closed"))
    @rule(data=st.data())
    def cast_again(self, data):
        """The very same post comes again, in whatever state: the same pledge, no second ballot."""
        number = data.draw(st.sampled_from(range(len(self.posts))))
        if number in self.lost_posts:
            return
        again = cast_ballot(**{**self.posts[number], "poll": self.now()})
        assert again.pledge == self.pledges[number]

    @precondition(lambda self: self.posts and self.state == "open")
    @rule(data=st.data())
    def cast_another(self, data):
        """The same voter tries a second, different ballot: refused."""
        number = data.draw(st.sampled_from(range(len(self.posts))))
        if number in self.lost_posts:
            return
        nonces = {category: secrets.token_bytes(32) for category in "12"}
        try:
            cast_ballot(**{**self.posts[number], "poll": self.now(), "nonces": nonces})
        except CastRefused as refused:
            assert refused.code == "already"
        else:
            raise AssertionError("A second ballot was taken.")

    @precondition(lambda self: self.state in ("open", "closed") and not self.poll_has("reveals"))
    @rule(rows=st.lists(st.sampled_from(SELECTIONS), min_size=1, max_size=4))
    def import_file(self, rows):
        """A file of another channel comes in; nothing is lost of it afterwards."""
        if self.state == "closed":
            self.keep_fully()
        number = next(self.files)
        lines = [f"{' '.join(row) or '-'}" for row in rows] + [f"no-code-{number}"]
        path = Path(self.folder.name, f"slips-{number}.csv")
        path.write_text("picks\n" + "".join(f"{line}\n" for line in lines))
        for _step in import_channel_file(poll=self.now(), path=path, channel="paper"):
            pass
        self.imported += rows
        self.backup = None

    @rule()
    def batch(self):
        """The keeper does a round."""
        self.keep()

    @rule(place=st.sampled_from(["after the entries", "before the signer", "after the signer"]))
    def crash(self, place):
        """The keeper is killed at a bad moment; its transaction is kept or not, its memory is gone."""
        target = {
            "after the entries": mock.patch.object(heads, "durably", side_effect=Killed),
            "before the signer": mock.patch("voting.signer.Signer.sign", side_effect=Killed),
            "after the signer": mock.patch.object(heads, "_store", side_effect=Killed),
        }[place]
        with target:
            try:
                self.keep()
            except Killed:
                done[f"crash {place}"] += 1

    @precondition(lambda self: self.state in ("open", "paused") and not self.imported)
    @rule()
    def make_backup(self):
        """Somebody makes a backup."""
        self.backup = (back_up(self.poll), len(self.posts), self.state, self.lost, set(self.lost_posts))

    @precondition(lambda self: self.backup and self.state in ("open", "paused", "closed"))
    @rule()
    def restore_backup(self):
        """The backup is put back; what was cast behind it is lost; the ledger is repaired from a mirror."""
        rows, known, state, lost, lost_posts = self.backup
        self.keep()
        copy = Path(self.folder.name, f"mirror-{next(self.files)}")
        mirror(self.poll, copy)
        before = self.ledger_ballots()
        restore(self.poll, rows)
        signer, plan = heads.signer_here(), plan_of(self.poll)
        try:
            heads.check_memory(self.now(), plan, signer)
        except LedgerStopped:
            head = remembered(plan, signer.last(self.poll.uid))
            with open_copy(copy) as read:
                repair_ledger(poll=self.now(), plan=plan, head=head, read=read, at=timezone.now())
            done["repair"] += 1
        gone = set(range(known, len(self.posts)))
        self.lost_posts = lost_posts | gone
        self.keep()
        assert self.ledger_ballots() == before
        self.lost = Ballot.objects.filter(poll=self.poll, fault="lost").count()
        assert self.lost == len(self.lost_posts)
        self.state = self.now().state
        self.backup = None

    @precondition(lambda self: self.state == "open")
    @rule()
    def pause(self):
        pause_poll(by=["Clerk"], poll=self.now(), reason="At random")
        self.state = "paused"

    @precondition(lambda self: self.state == "paused")
    @rule()
    def resume(self):
        resume_poll(by=["Clerk"], poll=self.now())
        self.state = "open"

    @precondition(lambda self: self.state in ("open", "paused") and len(self.posts) > 3)
    @rule()
    def close(self):
        close_poll(by=["Clerk"], poll=self.now())
        self.state = "closed"

    @precondition(lambda self: self.state == "closed")
    @rule()
    def count(self):
        """The ballots are opened and counted; nothing more can be restored."""
        self.keep_fully()
        poll = self.now()
        poll.parts = self.parts
        for _step in unseal(poll, plan_of(poll), secret_of(poll)):
            pass
        count_poll(poll=poll)
        self.state, self.backup = "counted", None
        self.keep()

    def keep_fully(self):
        for _round in range(2):
            self.keep()

    def poll_has(self, kind):
        from voting.keeper import has_entry

        return has_entry(self.poll, kind)

    def ledger_ballots(self):
        from voting.models import Entry

        return Entry.objects.filter(poll=self.poll, type="ballot").count()

    def expected(self):
        """Return the selections that should be counted."""
        kept = [picks for number, picks in enumerate(self.picks) if number not in self.lost_posts]
        return kept + self.imported

    @invariant()
    def the_model_the_database_and_the_verifier_agree(self):
        done["steps"] += 1
        pending = PendingEnvelope.objects.filter(poll_id=self.poll.pk).count()
        ballots = Ballot.objects.filter(poll=self.poll).exclude(fault="lost").count()
        assert pending + ballots == len(self.expected()), (pending, ballots, len(self.expected()))
        if heads.latest_head(self.poll) is None:
            return
        with tempfile.TemporaryDirectory() as folder:
            for _count in write_bundle(self.now(), plan_of(self.poll), Folder(Path(folder, "b")), "auditor"):
                pass
            with open_bundle(Path(folder, "b")) as bundle:
                report = verify(bundle)
        assert report.good, report.text("en")
        if self.state == "counted":
            tally = parse_canonical(bytes(Tally.objects.get(poll=self.poll).data))
            votes = {row["code"]: row["votes"] for part in tally["categories"] for row in part["rows"]}
            model = Counter(code for picks in self.expected() for code in picks)
            assert {code: count for code, count in votes.items() if count} == dict(model)
            assert tally["not_counted"] == ({"lost": self.lost} if self.lost else {})
            done["counted"] += 1


@temporary_keys
class AtRandom(TransactionTestCase):
    def test_model_database_and_verifier_agree_at_every_step(self):
        done.clear()
        with translation.override("en"), self.settings(SECRET_KEY=django_settings.SECRET_KEY):
            run_state_machine_as_test(
                Machine,
                settings=settings(
                    max_examples=max(1, STEPS // A_RUN),
                    stateful_step_count=A_RUN,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                    database=None,
                    derandomize=STEPS < 1000,
                ),
            )
        self.assertGreaterEqual(done["steps"], STEPS // 2)
        if STEPS >= 1000:
            print(f"At random: {dict(done)}", file=sys.stderr)
