"""What a cheating organiser with all keys could publish, and the sentence with which each is rejected."""

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

from django.test import TestCase

from voting.keeper import ballot_leaf
from voting.ledger.canonical import canonical, parse_canonical
from voting.ledger.checkpoint import Checkpoint
from voting.ledger.commitment import commitment
from voting.ledger.head import sign_head
from voting.ledger.headline import format_headline, parse_headline
from voting.ledger.note import decode_base64, encode_base64, parse_note
from voting.ledger.pledge import parse_pledge
from voting.ledger.tree import leaf_hash, root_of
from voting.ledger.verify import ballots, entries, tree, verify
from voting.ledger.verify.plan import read_plan
from voting.ledger.verify.selections import Selections
from voting.ledger.verify.source import open_bundle

from .counted import make_counted
from .factories import temporary_keys
from .forger import Forger
from .homes import at_home

load_tests = at_home("sqlite", __name__)


def check(folder, **options):
    """Verify a bundle and return the report."""
    with open_bundle(folder) as bundle:
        return verify(bundle, **options)


def sentences(report):
    """Return what failed, in English."""
    return [line.en for line in report.lines if line.state == "failed"]


def commitment_of(line):
    """Return the commitment that a line of reveals is about."""
    return decode_base64(json.loads(line)["commitment"])


@temporary_keys
class WrongBundles(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.home = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.poll, cls.honest, cls.pledge, cls.proof = make_counted(cls.home)
        cls.newspaper = format_headline(cls.printed(20))

    @classmethod
    def printed(cls, size):
        """Return the head that a newspaper printed when the ledger had so many entries."""
        forger = Forger(cls.honest)
        return Checkpoint(forger.origin, size, root_of([leaf_hash(leaf) for leaf in forger.leaves[:size]]))

    def setUp(self):
        self.forger = Forger(self.honest)
        self.folder = self.home / self.id().rpartition(".")[2]

    def assert_rejected(self, *words, unless=(), **options):
        """The forged bundle is rejected for this reason alone: with the check off it would pass."""
        self.forger.write(self.folder)
        report = check(self.folder, **options)
        said = sentences(report)
        self.assertEqual(len(said), 1, said)
        for word in words:
            self.assertIn(word, said[0])
        self.assertTrue(any(line.zh.endswith("。") for line in report.lines if line.state == "failed"))
        with ExitStack() as stack:
            for target, name, stand_in in unless:
                stack.enter_context(mock.patch.object(target, name, stand_in))
            if unless:
                self.assertEqual(sentences(check(self.folder, **options)), [])

    def test_the_honest_bundle_is_accepted_with_all_that_voters_bring(self):
        papers = {"pledges": [self.pledge], "proofs": [self.proof], "heads": [self.newspaper]}
        report = check(self.honest, manifest=self.poll.manifest_sha256, **papers)
        self.assertEqual(sentences(report), [])
        checks = {line.check for line in report.lines if line.state == "passed"}
        expected = "files manifest heads tree typed entries pledge proof reveals marks tally"
        self.assertEqual(checks, set(expected.split()))

    def test_the_forger_changes_nothing_by_itself(self):
        self.forger.enter_documents()
        self.forger.write(self.folder)
        for path in self.honest.rglob("*"):
            if path.is_file():
                self.assertEqual(
                    path.read_bytes(), (self.folder / path.relative_to(self.honest)).read_bytes()
                )

    def add_ballot(self, picks=(["101"], ["201"])):
        """Add a ballot to the ledger, in the right order of its batch; return its reveals by category."""
        found = {}
        for category, codes in zip("12", picks, strict=True):
            nonce = bytes(31) + category.encode()
            value = commitment(self.forger.uid, category, list(codes), nonce)
            leaf = ballot_leaf(category, value)
            batch = range(self.forger.heads[2].size, self.forger.heads[3].size)
            at = next((at for at in batch if self.forger.leaves[at] > leaf), batch.stop)
            self.forger.leaves.insert(at, leaf)
            self.forger.heads = [
                head._replace(size=head.size + (number >= 3)) for number, head in enumerate(self.forger.heads)
            ]
            found[category] = codes, nonce, value
        (close,) = self.forger.acts("close")
        self.forger.change("close", ballots=parse_canonical(self.forger.leaves[close])["ballots"] + 1)
        return found

    def count_anew(self, found):
        """Let reveals, marks and tally say what they would with one ballot more."""
        for category, (codes, nonce, value) in found.items():
            line = {"commitment": encode_base64(value), "codes": list(codes), "nonce": nonce.hex()}
            self.put(f"reveals-{category}.jsonl", canonical(line), key=commitment_of)
            self.put(f"marks-{category}.txt", " ".join(codes).encode() or b"-", key=None)
        self.recount(43)

    def put(self, name, line, key):
        lines = self.forger.documents[name].split(b"\n")[:-1] + [line]
        self.forger.documents[name] = b"".join(item + b"\n" for item in sorted(lines, key=key))

    def plan(self):
        return read_plan(self.forger.manifest)

    def test_a_ballot_added_to_the_ledger(self):
        self.add_ballot()
        self.assert_rejected("holds 43 ballots", "are 42")

    def test_a_ballot_added_everywhere_contradicts_what_a_newspaper_printed(self):
        self.count_anew(self.add_ballot())
        self.forger.change("close", participations=43)
        self.forger.write(self.folder)
        # Whoever holds all keys and every file can do this: the printed head is what tells.
        self.assertEqual(sentences(check(self.folder)), [])
        printed = Checkpoint(
            self.forger.origin, 50, root_of([leaf_hash(leaf) for leaf in Forger(self.honest).leaves[:50]])
        )
        said = sentences(check(self.folder, heads=[format_headline(printed)]))
        self.assertEqual(said, ["The entries do not lead to the head that was typed in."])

    def test_a_ballot_dropped_breaks_a_promise(self):
        papers = parse_pledge(parse_note(self.pledge)[0]).commitments
        for category, value in papers.items():
            self.forger.remove(self.forger.leaves.index(ballot_leaf(category, value)))
        self.forger.change("close", ballots=41, participations=41)
        for category, value in papers.items():
            name = f"reveals-{category}.jsonl"
            lines = self.forger.documents[name].split(b"\n")[:-1]
            gone = next(line for line in lines if commitment_of(line) == value)
            self.forger.documents[name] = b"".join(line + b"\n" for line in lines if line != gone)
            codes = " ".join(json.loads(gone)["codes"]).encode() or b"-"
            marks = self.forger.documents[f"marks-{category}.txt"].split(b"\n")[:-1]
            marks.remove(codes)
            self.forger.documents[f"marks-{category}.txt"] = b"".join(line + b"\n" for line in marks)
        self.recount(41)
        self.forger.write(self.folder)
        self.assertEqual(sentences(check(self.folder)), [])
        self.forger.delay(days=1)
        self.assert_rejected("not in the ledger: the promise was broken", pledges=[self.pledge])

    def recount(self, number):
        tally = parse_canonical(self.forger.documents["tally.json"])
        tally["ballots"] = tally["channels"]["web"] = number
        for at, section in enumerate(self.plan().sections):
            lines = self.forger.documents[f"marks-{section.code}.txt"].decode().split("\n")[:-1]
            tally["categories"][at] = ballots.counted_section(self.plan(), section, Selections(lines))
        self.forger.documents["tally.json"] = canonical(tally)
        self.forger.enter_documents()

    def test_a_ballot_dropped_from_the_count_alone(self):
        for category in "12":
            name = f"marks-{category}.txt"
            self.forger.documents[name] = self.forger.documents[name].split(b"\n", 1)[1]
        self.recount(41)
        self.assert_rejected("marks-1.txt does not say what the reveals say")

    def test_a_ballot_moved_into_another_batch(self):
        first, second = self.forger.heads[1].size, self.forger.heads[3].size + 3
        leaf = self.forger.leaves[first]
        self.forger.remove(first)
        self.forger.insert(second, leaf)
        keep = mock.Mock()
        self.assert_rejected("breaks the order of its batch", unless=[(tree.Order, "finish", keep)])

    def test_a_ballot_counted_twice(self):
        for category in "12":
            name = f"reveals-{category}.jsonl"
            lines = self.forger.documents[name].split(b"\n")[:-1]
            self.put(name, lines[4], key=commitment_of)
            codes = " ".join(json.loads(lines[4])["codes"]).encode() or b"-"
            self.put(f"marks-{category}.txt", codes, key=None)
        self.recount(43)
        self.assert_rejected("or for one twice")

    def test_a_vote_changed_in_the_reveals(self):
        lines = self.forger.documents["reveals-1.jsonl"].split(b"\n")[:-1]
        content = json.loads(lines[0])
        content["codes"] = ["103"] if content["codes"] != ["103"] else ["104"]
        lines[0] = canonical(content)
        self.forger.documents["reveals-1.jsonl"] = b"".join(line + b"\n" for line in lines)
        marks = sorted(" ".join(json.loads(line)["codes"]) or "-" for line in lines)
        self.forger.documents["marks-1.txt"] = "".join(f"{line}\n" for line in marks).encode()
        self.recount(42)
        self.assert_rejected("does not open its commitment")

    def test_too_many_picks_in_a_category(self):
        marks = self.forger.documents["marks-1.txt"].split(b"\n")[:-1]
        marks[-1] = b"101 102 103 104"
        self.forger.documents["marks-1.txt"] = b"".join(line + b"\n" for line in sorted(marks))
        del self.forger.documents["reveals-1.jsonl"], self.forger.documents["reveals-2.jsonl"]
        self.forger.change(
            "tally",
            documents=[self.forger.described(name) for name in ("tally.json", "marks-1.txt", "marks-2.txt")],
        )
        self.assert_rejected("4 picks where 0 to 3 are allowed")

    def test_a_tally_that_says_something_else(self):
        tally = parse_canonical(self.forger.documents["tally.json"])
        tally["categories"][0]["rows"][0]["votes"] += 1
        self.forger.documents["tally.json"] = canonical(tally)
        self.forger.enter_documents()
        self.assert_rejected("is not what the marks add up to")

    def test_a_candidates_text_changed_after_the_opening(self):
        content = json.loads(self.forger.manifest)
        content["list"]["categories"][0]["candidates"][0]["body"] += "更多"
        self.forger.manifest = canonical(content)
        self.assert_rejected("another manifest than the one given")
        self.forger.change("manifest", **self.describe_manifest())
        self.forger.change("open", manifest=self.describe_manifest()["sha256"])
        tally = parse_canonical(self.forger.documents["tally.json"])
        tally["manifest"] = self.describe_manifest()["sha256"]
        self.forger.documents["tally.json"] = canonical(tally)
        self.forger.enter_documents()
        self.folder = self.folder.with_name("signed-anew")
        said = "The manifest's check code is"
        self.assert_rejected(said, manifest=self.poll.manifest_sha256)
        self.assert_rejected("given under another manifest", pledges=[self.pledge])

    def describe_manifest(self):
        self.forger.documents["manifest.json"] = self.forger.manifest
        found = self.forger.described("manifest.json")
        del self.forger.documents["manifest.json"]
        return found

    def test_two_heads_that_disagree(self):
        head = self.forger.heads[3]
        hashes = [leaf_hash(leaf) for leaf in self.forger.leaves[: head.size]]
        hashes[7], hashes[8] = hashes[8], hashes[7]
        other = Checkpoint(self.forger.origin, head.size, root_of(hashes))
        self.forger.notes[head.size] = sign_head(other, self.forger.key, head.at)
        self.assert_rejected(f"do not lead to the head of {head.size}")

    def test_a_head_in_a_newspaper_that_disagrees(self):
        printed = parse_headline(self.newspaper)
        line = format_headline(printed._replace(root=bytes(32)))
        self.assert_rejected("the head that was typed in", heads=[line])

    def test_a_pledge_that_was_kept_too_late(self):
        self.forger.delay(hours=2)
        self.assert_rejected("after", pledges=[self.pledge])

    def test_heads_that_run_backwards(self):
        heads = self.forger.heads
        heads[2] = heads[2]._replace(at=heads[1].at.replace(year=2001))
        self.assert_rejected("is older than the one before")

    def test_more_ballots_than_credentials(self):
        numbers = {"issued": 50, "void": 9, "reason": "Lost"}
        self.forger.insert(2, canonical({"type": "credentials", "at": "2026-11-24T01:00:00Z", **numbers}))
        finish = mock.Mock()
        self.assert_rejected("only 41 credentials were issued", unless=[(entries.History, "finish", finish)])

    def test_a_ballot_before_the_opening_or_after_the_boxes_were_opened(self):
        value = {category: bytes([7]) * 32 for category in "12"}
        for place in (1, len(self.forger.leaves) - 1):
            self.forger = Forger(self.honest)
            for category in "21":
                self.forger.insert(place, ballot_leaf(category, value[category]))
            self.folder = self.home / f"misplaced-{place}"
            self.assert_rejected("may not stand there")

    def test_a_file_that_belongs_to_nothing(self):
        self.forger.documents["notes.txt"] = b"Trust us."
        self.assert_rejected("belong to no entry: documents/notes.txt")
