"""The verifier finds a sentence for whatever a bundle's members hold, and adds up in bounded memory."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from unittest import TestCase as PlainTestCase
from unittest import mock

from django.test import TestCase

from voting.ledger.canonical import canonical, parse_canonical
from voting.ledger.verify import LISTING, ballots, selections, verify
from voting.ledger.verify.ballots import Commitments
from voting.ledger.verify.selections import Selections
from voting.ledger.verify.source import open_bundle

from .counted import make_counted
from .factories import temporary_keys
from .forger import Forger
from .homes import at_home

load_tests = at_home("sqlite", __name__)

STRANGE = (None, True, -1, "../../x", [[]], {"": 0})


def places(value, at=()):
    """Yield the path to every member and item inside a JSON value."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*at, key)
        if isinstance(item, dict | list):
            yield from places(item, (*at, key))


# Reasons and names may be any text.
FREE_TEXT = {("reason",), ("by", 0)}


def value_at(data, path):
    """Return what stands at a place."""
    value = parse_canonical(data)
    for key in path:
        value = value[key]
    return value


def with_strange_values(data):
    """Yield paths, and canonical JSON with the member there replaced by each strange value.

    Of every list the first item stands for all.
    """
    original = parse_canonical(data)
    for path in places(original):
        if any(isinstance(key, int) and key for key in path):
            continue
        for strange in STRANGE:
            value = parse_canonical(data)
            inner = value
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = strange
            changed = canonical(value)
            if changed != data:
                yield path, changed


@temporary_keys
class StrangeValues(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.home = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.poll, cls.honest, _pledge, _proof = make_counted(cls.home, batches=2, each=6)

    def setUp(self):
        self.forger = Forger(self.honest)
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def good(self):
        """Say whether the bundle as it lies there is accepted; whatever is raised is the test's failure."""
        with open_bundle(self.folder) as bundle:
            return verify(bundle).good

    def test_in_the_tally_are_refused(self):
        tally = self.forger.documents["tally.json"]
        for path, changed in with_strange_values(tally):
            self.forger.documents["tally.json"] = changed
            self.forger.enter_documents()
            self.forger.write(self.folder)
            self.assertFalse(self.good(), path)

    def test_in_entries_are_refused(self):
        leaves = list(self.forger.leaves)
        for kind in ("manifest", "open", "close", "reveals", "tally"):
            (at,) = self.forger.acts(kind)
            for path, changed in with_strange_values(leaves[at]):
                if path in FREE_TEXT and isinstance(value_at(changed, path), str):
                    continue
                self.forger.leaves = [*leaves[:at], changed, *leaves[at + 1 :]]
                self.forger.write(self.folder)
                self.assertFalse(self.good(), (kind, path))

    def test_in_the_listing_and_the_heads_are_refused(self):
        self.forger.write(self.folder)
        for name in (LISTING, "heads.jsonl"):
            data = (self.folder / name).read_bytes()
            first, end, rest = data.partition(b"\n")
            for path, changed in with_strange_values(first):
                (self.folder / name).write_bytes(changed + end + rest)
                self.assertFalse(self.good(), path)
            (self.folder / name).write_bytes(data)
        self.assertTrue(self.good())

    def test_in_the_manifest_get_a_sentence(self):
        manifest = self.forger.manifest
        read = ("format", "poll", "origin", "keys", "opens_at", "closes_at", "rehearsal", "rules")
        tried = 0
        for path, changed in with_strange_values(manifest):
            if path[0] in read or (path[:2] == ("list", "categories") and path[-1] not in ("title", "body")):
                self.forger.manifest = changed
                self.describe_manifest()
                self.forger.write(self.folder)
                self.good()
                tried += 1
        self.assertGreater(tried, 100)

    def describe_manifest(self):
        self.forger.documents["manifest.json"] = self.forger.manifest
        described = self.forger.described("manifest.json")
        del self.forger.documents["manifest.json"]
        self.forger.change("manifest", **described)
        self.forger.change("open", manifest=described["sha256"])

    def test_a_ballot_that_is_called_lost_cannot_be_counted(self):
        """An organiser who adds a ballot could explain it by a repair that never was."""
        self.forger.change("close", participations=11)
        (reveals,) = self.forger.acts("reveals")
        repair = {"type": "audit", "act": "recovered", "at": "2026-01-01T00:00:00Z"}
        repair |= {"first": 2, "entries": 4, "found": 1, "lost": 1}
        self.forger.insert(reveals, canonical(repair))
        self.forger.write(self.folder)
        with open_bundle(self.folder) as bundle:
            report = verify(bundle)
        self.assertEqual(
            [line.en for line in report.lines if line.state == "failed"],
            ["The ledger calls 1 ballots lost, but tally.json leaves out only 0."],
        )
        self.assertIn("4 entries were put back, and 1 ballots are lost", report.text("en"))

    def test_in_lines_of_marks_and_reveals_are_refused(self):
        documents = dict(self.forger.documents)
        nested = b"[" * 100_000 + b"]" * 100_000
        lines = [
            b"",
            b" ",
            b"101  102",
            b"101 ",
            b"999",
            b"101 101",
            b"102 101",
            b"\xff",
            b"{}",
            b"null",
            nested,
        ]
        lines += [b"- ", "１０１".encode(), documents["reveals-1.jsonl"].split(b"\n")[0] + b" "]
        for name in ("marks-1.txt", "reveals-1.jsonl"):
            for line in lines:
                rest = documents[name].split(b"\n", 1)[1]
                self.forger.documents = {**documents, name: line + b"\n" + rest}
                self.forger.enter_documents()
                self.forger.write(self.folder)
                self.assertFalse(self.good(), (name, line[:20]))
            self.forger.documents = {**documents, name: documents[name][:-1]}
            self.forger.enter_documents()
            self.forger.write(self.folder)
            self.assertFalse(self.good(), f"{name} without its last line's end")


class AddingUp(PlainTestCase):
    lines = ["101 103", "-", "101", "-", "102", "101 103", "101"]

    def test_selections_are_the_same_in_any_order_and_however_little_fits_into_memory(self):
        whole = Selections(self.lines)
        with mock.patch.object(selections, "MOST_WAITING", 1):
            parts = Selections(reversed(self.lines))
        self.assertEqual(whole, parts)
        self.assertEqual((whole.total, whole.blank), (parts.total, parts.blank), (7, 2))
        self.assertEqual(parts.votes, {"101": 4, "102": 1, "103": 2})

    def test_selections_differ_where_one_is_another_or_the_same_votes_are_on_other_ballots(self):
        for lines in (
            [*self.lines[:-1], "102"],
            self.lines[:-1],
            [*self.lines, "-"],
            ["101", "-", "101", "-", "102 103", "101 103", "101"],
        ):
            self.assertNotEqual(Selections(self.lines), Selections(lines))
        self.assertEqual(Selections(["101 102", "103"]).votes, Selections(["101 103", "102"]).votes)
        self.assertNotEqual(Selections(["101 102", "103"]), Selections(["101 103", "102"]))

    def test_commitments_come_back_sorted_and_as_often_as_they_went_in(self):
        values = [bytes([at * 37 % 256, at % 5]) + bytes(30) for at in range(3000)]
        sections = [SimpleNamespace(code="1"), SimpleNamespace(code="2")]
        for piece in (ballots.PIECE, 64):
            with ExitStack() as stack, mock.patch.object(ballots, "PIECE", piece):
                kept = Commitments(stack, sections)
                for at, value in enumerate(values):
                    kept.add("12"[at % 2], value)
                self.assertEqual(list(kept.of("1")), sorted(values[::2]))
                self.assertEqual(list(kept.of("2")), sorted(values[1::2]))
