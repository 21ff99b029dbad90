"""What SPEC.md says is true: its example's numbers, its table of entries, and the bundle made of both."""

import re
import tempfile
from pathlib import Path
from unittest import TestCase

from voting.ledger.tree import verify_consistency
from voting.ledger.verify import verify
from voting.ledger.verify.entries import AUDITS, FORMS
from voting.ledger.verify.source import open_bundle

from . import naive
from . import spec_example as example

TEXT = example.SPEC.read_text()
ROW = re.compile(r"^\| `(\w+)`(?: `(\w+)`)? \| (.*?) \|", re.MULTILINE)
KINDS = {"documents": "files"}


def members_of(cell):
    """Return the members that a cell of the entries' table names, with what they hold."""
    return {name: KINDS.get(what, what) for name, what in re.findall(r"`(\w+)` ([a-z ]+)", cell)}


class Example(TestCase):
    def test_every_block_is_what_the_code_computes(self):
        self.assertEqual(example.read_blocks(TEXT), example.blocks())

    def test_the_control_one_changed_digit_in_the_text_is_seen(self):
        for name, block in example.blocks().items():
            changed = TEXT.replace(f" {name}\n{block}", f" {name}\n{block[:-2]}~\n")
            self.assertNotEqual(example.read_blocks(changed), example.blocks(), name)

    def test_its_tree_is_that_of_the_definitions(self):
        self.assertEqual(naive.tree_hash(example.LEAVES), example.ROOT)
        self.assertEqual(naive.tree_hash(example.LEAVES[:2]), example.FIRST_TWO)
        verify_consistency(2, 3, [example.HASHES[2]], example.FIRST_TWO, example.ROOT)

    def test_the_verifier_accepts_its_bundle_pledge_proof_and_printed_line(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, data in example.bundle_files().items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            with open_bundle(Path(folder)) as bundle:
                known = {
                    "manifest": example.SHA256,
                    "heads": [example.HEADLINE],
                    "pledges": [example.PLEDGE],
                    "proofs": [example.PROOF],
                }
                report = verify(bundle, **known)
                control = verify(bundle, **{**known, "manifest": example.COMMITMENT.hex()})
        passed = {line.check for line in report.lines if line.state == "passed"}
        wanted = {"files", "manifest", "heads", "tree", "typed", "entries", "pledge", "proof"}
        self.assertTrue(report.good, report.text("en"))
        self.assertEqual(passed, wanted)
        self.assertFalse(control.good)


class Entries(TestCase):
    def setUp(self):
        section = TEXT.partition("\n## 4. Entries\n")[2].partition("\n## 5.")[0]
        self.rows = {(kind, act): members_of(cell) for kind, act, cell in ROW.findall(section)}

    def test_the_table_names_every_type_with_its_members(self):
        known = {(kind, ""): form for kind, form in FORMS.items()}
        known |= {("audit", act): form for act, form in AUDITS.items()}
        self.assertEqual(self.rows.pop(("ballot", "")).keys(), {"category", "commitment"})
        self.assertEqual(self.rows, known)

    def test_a_ballot_has_category_and_commitment_alone(self):
        self.assertEqual(len(example.LEAVES[2]), 92)
        shape = re.sub(rb'(?<=":")(1|[^"]{44})(?=")', "…".encode(), example.LEAVES[2]).decode()
        self.assertIn(f"```\n{shape}\n```", TEXT)
