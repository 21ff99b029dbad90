"""Two verifiers that share no line, ours in Python and one in Go written from SPEC.md, agree on a count."""

import random
import string
import subprocess
import tempfile
from pathlib import Path

from django.test import TestCase

from voting.ledger.canonical import canonical, parse_canonical
from voting.ledger.verify import verify
from voting.ledger.verify.source import open_bundle

from .counted import make_counted
from .factories import temporary_keys
from .forger import Forger
from .golang import build_checker, need_go
from .homes import at_home

load_tests = at_home("sqlite", __name__)

LETTERS = string.digits + string.ascii_letters


@temporary_keys
class TwoVerifiers(TestCase):
    @classmethod
    def setUpClass(cls):
        need_go()
        super().setUpClass()
        cls.checker = build_checker(cls.home)

    @classmethod
    def setUpTestData(cls):
        cls.home = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        _poll, cls.honest, _pledge, _proof = make_counted(cls.home)

    def ours(self, folder):
        with open_bundle(folder) as bundle:
            return verify(bundle).good

    def theirs(self, folder):
        return subprocess.run([self.checker, "recount", folder], capture_output=True, text=True)

    def test_both_accept_the_honest_bundle_and_find_the_same_number(self):
        self.assertTrue(self.ours(self.honest))
        self.assertEqual(self.theirs(self.honest).stdout, "42 ballots counted again in 2 categories\n")

    def forged(self, name, change):
        forger = Forger(self.honest)
        change(forger)
        forger.enter_documents()
        return forger.write(self.home / name)

    def test_both_reject_what_was_forged_in_the_count(self):
        def tally(forger):
            content = parse_canonical(forger.documents["tally.json"])
            rows = content["categories"][1]["rows"]
            rows[0]["votes"] += 1
            forger.documents["tally.json"] = canonical(content)

        def marks(forger):
            first, rest = forger.documents["marks-1.txt"].split(b"\n", 1)
            forger.documents["marks-1.txt"] = b"101\n" + rest if first != b"101" else b"102\n" + rest

        def reveals(forger):
            lines = forger.documents["reveals-2.jsonl"].split(b"\n")
            forger.documents["reveals-2.jsonl"] = b"\n".join([lines[0], *lines])

        def missing(forger):
            forger.documents["reveals-1.jsonl"] = forger.documents["reveals-1.jsonl"].split(b"\n", 1)[1]

        for change in (tally, marks, reveals, missing):
            folder = self.forged(change.__name__, change)
            with self.subTest(change.__name__):
                self.assertFalse(self.ours(folder))
                self.assertEqual(self.theirs(folder).returncode, 1)

    def test_neither_accepts_a_document_with_a_changed_digit_or_letter(self):
        chance = random.Random(3)
        names = ["marks-1.txt", "marks-2.txt", "reveals-1.jsonl", "reveals-2.jsonl"]
        for number in range(60):
            name = chance.choice(names)

            def change(forger, name=name):
                forger.documents[name] = with_another_letter(forger.documents[name], chance)

            folder = self.forged(f"changed-{number}", change)
            self.assertFalse(self.ours(folder), name)
            self.assertEqual(self.theirs(folder).returncode, 1, (number, name))


def with_another_letter(data, chance):
    """Return data with one digit or letter changed; Go's JSON looks past a change of case."""
    places = [at for at, byte in enumerate(data) if chr(byte) in LETTERS]
    at = chance.choice(places)
    other = chance.choice([letter for letter in LETTERS if letter.lower() != chr(data[at]).lower()])
    return data[:at] + other.encode() + data[at + 1 :]
