"""The parts of the benchmarks: what they fill a poll with is real, they can say no, their load is exact."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from django.conf import settings
from django.db import connection
from django.test import SimpleTestCase, TransactionTestCase

from benchmarks import fill, soak
from benchmarks.chart import Panel, write_chart
from benchmarks.stage import judge
from config.postgres import binaries
from tests.factories import make_open_poll, secret_of, temporary_keys
from tests.homes import at_home
from voting.heads import latest_head, sign_entries, signer_here
from voting.keeper import ballot_leaf
from voting.ledger.proof import parse_proof, verify_proof
from voting.manifest import plan_of
from voting.models import Ballot
from voting.opening import open_ballots
from voting.proofs import proof_file

load_tests = at_home("postgresql", __name__)
NUMBER = 300


@temporary_keys
class FilledPolls(TransactionTestCase):
    """A poll filled by COPY is one that the product itself can open, sign and prove."""

    def setUp(self):
        if connection.vendor != "postgresql":
            self.skipTest("COPY is PostgreSQL's: the run on postgresql has it.")
        self.poll = make_open_poll()
        self.plan = plan_of(self.poll)

    def test_sealed_ballots_open_without_fault_and_one_that_was_changed_does_not(self):
        fill.fill_ballots(self.poll, self.plan, NUMBER, sealed=True)
        changed = Ballot.objects.filter(poll=self.poll, number=7)
        changed.update(commitments=bytes(len(bytes(changed.get().commitments))))
        self.assertEqual(sum(open_ballots(self.poll, self.plan, secret_of(self.poll))), NUMBER)
        ballots = Ballot.objects.filter(poll=self.poll)
        self.assertEqual(ballots.filter(fault="").exclude(marks=None).count(), NUMBER - 1)
        self.assertEqual(changed.get().fault, "commitment")

    def test_ledgers_have_a_proof_for_every_ballot(self):
        fill.fill_ballots(self.poll, self.plan, NUMBER)
        fill.fill_ledger(self.poll, self.plan, 1, NUMBER)
        self.assertTrue(sign_entries(self.poll, self.plan, signer_here()))
        self.assertEqual(latest_head(self.poll).size, 1 + NUMBER * len(self.plan.sections))
        public = bytes.fromhex(self.plan.keys["ledger"])
        for ballot in Ballot.objects.filter(poll=self.poll, number__in=(1, 150, NUMBER)):
            for at, category in enumerate(self.plan.sections):
                value = bytes(ballot.commitments)
                proof = parse_proof(proof_file(self.poll, self.plan, value, category.code))
                leaf = ballot_leaf(category.code, value[32 * at : 32 * at + 32])
                verify_proof(proof, leaf, self.plan.origin, public)
                with self.assertRaises(ValueError):
                    verify_proof(proof, leaf + b" ", self.plan.origin, public)


class Verdicts(SimpleTestCase):
    def judged(self, found):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            kept = judge(found, {"rate": ("≥", 2), "errors": ("≤", 0)})
        return kept, said.getvalue()

    def test_what_misses_its_limit_is_called_so(self):
        kept, said = self.judged({"rate": 2, "errors": 0})
        self.assertTrue(kept)
        self.assertNotIn("NO", said)
        for missed in ({"rate": 1.99, "errors": 0}, {"rate": 2, "errors": 1}):
            kept, said = self.judged(missed)
            self.assertFalse(kept)
            self.assertEqual(said.count("NO"), 1)

    def test_a_chart_holds_every_point_of_every_line(self):
        lines = {"p50": [(1, 4.0), (2, 5.0), (3, 4.5)], "p99 <all>": [(1, 9.0), (3, 30.0)]}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "chart.svg")
            write_chart(path, "Latency & memory", [Panel("Milliseconds", "minutes", lines, limit=50)])
            drawn = ElementTree.parse(path)
        space = "{http://www.w3.org/2000/svg}"
        points = [line.get("points").split() for line in drawn.iter(f"{space}polyline")]
        self.assertEqual([len(each) for each in points], [3, 2])
        # The larger a value, the higher it stands.
        self.assertGreater(*(float(place.partition(",")[2]) for place in points[1]))
        words = [text.text for text in drawn.iter(f"{space}text")]
        self.assertLessEqual({"Milliseconds", "minutes", "p50", "p99 <all>"}, set(words))


class ShortLoad(SimpleTestCase):
    """Some seconds of what `benchmarks/soak.py` does for half an hour."""

    def test_voters_under_load_meet_no_error_and_every_ballot_is_there_once(self):
        if not binaries():
            self.skipTest("PostgreSQL is not installed, so that the load had nothing to run on.")
        command = [sys.executable, settings.BASE_DIR / "benchmarks" / "soak.py", "0.3", "--short"]
        environment = {**os.environ, "PYTHONPATH": str(settings.BASE_DIR)}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for what in (soak.ERRORS, soak.INEXACT):
            self.assertRegex(done.stdout, rf"{what} +0 +≤ 0 +yes")
        self.assertRegex(done.stdout, r"'cast': [1-9]\d")

    def test_the_control_a_lost_ballot_or_an_error_is_found(self):
        sample = {"seconds": 1, "at": 1, "p50_ms": 1, "p99_ms": 2, "casts": 5, "pending": 0, "keeper_mb": 80}
        samples = [{**sample, "workers_mb": [90], "worker_ids": [at]} for at in range(3)]
        whole = {"whole": {"cast": 15}, "errors": {}, "p99_ms": 2, "cpu": 1, "seconds": 3}

        def found(stored=15, **changes):
            with contextlib.redirect_stdout(io.StringIO()):
                return soak.judged(1, 10, 1, samples, {**whole, **changes}, stored, 15)

        self.assertEqual((found()[soak.ERRORS], found()[soak.INEXACT]), (0, 0))
        self.assertEqual(found(stored=14)[soak.INEXACT], 1)
        self.assertEqual(found(stored=16)[soak.INEXACT], 1)
        self.assertEqual(found(errors={"cast: 503": 2})[soak.ERRORS], 2)
