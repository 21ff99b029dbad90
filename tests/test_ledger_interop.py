"""Programs that others wrote read the ledger: Go's golang.org/x/mod note and tlog packages."""

import base64
import json
import random
import subprocess
import tempfile
from pathlib import Path

from django.test import TestCase
from django.utils import timezone

from voting.bundle import Folder, write_bundle
from voting.heads import append_entries, latest_head, node_of, sign_entries, signer_here
from voting.keeper import ballot_leaf, keep_poll
from voting.ledger.note import format_vkey
from voting.ledger.proof import Proof, format_proof
from voting.ledger.tree import consistency_proof, inclusion_proof, root_at
from voting.manifest import plan_of
from voting.models import Entry

from .factories import make_open_poll, temporary_keys
from .golang import build_checker, need_go
from .homes import at_home

load_tests = at_home("sqlite", __name__)

LEAVES = 100_000
CHUNK = 2_000
# A line of a kind that nobody knows yet, which every reader passes over.
STRANGE = "— witness.example/w9 " + base64.b64encode(b"\x07" * 60).decode() + "\n"


def b64(value):
    return base64.b64encode(value).decode()


@temporary_keys
class ReadByGo(TestCase):
    @classmethod
    def setUpClass(cls):
        need_go()
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.checker = build_checker(cls.folder)

    @classmethod
    def setUpTestData(cls):
        cls.poll = make_open_poll()
        keep_poll(cls.poll, timezone.now(), {})
        chance = random.Random(1)
        plan, signer = plan_of(cls.poll), signer_here()
        written = 2
        while written < LEAVES:
            count = min(CHUNK, LEAVES - written)
            leaves = sorted(ballot_leaf("1", chance.randbytes(32)) for _ in range(count))
            append_entries(cls.poll, [("ballot", leaf) for leaf in leaves])
            sign_entries(cls.poll, plan, signer)
            written += count

    def setUp(self):
        self.ledger = self.folder / self.id().rpartition(".")[2]
        for _count in write_bundle(self.poll, plan_of(self.poll), Folder(self.ledger)):
            pass
        checkpoint = self.ledger / "checkpoint"
        checkpoint.write_text(checkpoint.read_text() + STRANGE, newline="")
        self.tasks = self.make_tasks(random.Random(2))

    def make_tasks(self, chance):
        plan, node, head = plan_of(self.poll), node_of(self.poll), latest_head(self.poll)
        pairs = [sorted(chance.sample(range(1, LEAVES + 1), 2)) for _ in range(49)] + [[1, LEAVES]]
        index = LEAVES // 3
        proof = Proof(index, inclusion_proof(index, LEAVES, node), head.note)
        return {
            "Verifier": format_vkey(plan.origin, bytes.fromhex(plan.keys["ledger"])),
            "Inclusion": [
                {"Index": at, "Hashes": list(map(b64, inclusion_proof(at, LEAVES, node)))}
                for at in [0, LEAVES - 1, *chance.sample(range(LEAVES), 998)]
            ],
            "Consistency": [
                {
                    "Old": old,
                    "New": new,
                    "OldRoot": b64(root_at(old, node)),
                    "NewRoot": b64(root_at(new, node)),
                    "Hashes": list(map(b64, consistency_proof(old, new, node))),
                }
                for old, new in pairs
            ],
            "ProofFile": format_proof(proof),
            "ProofLeaf": b64(bytes(Entry.objects.get(poll=self.poll, index=index).leaf)),
        }

    def run_checker(self):
        path = self.folder / "tasks.json"
        path.write_text(json.dumps(self.tasks))
        return subprocess.run([self.checker, self.ledger, path], capture_output=True, text=True)

    def test_every_tile_entry_and_proof_of_a_hundred_thousand_is_accepted(self):
        done = self.run_checker()
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout, "100000 entries, 1000 inclusions, 50 consistencies, 1 proof file\n")

    def test_the_control_one_changed_byte_anywhere_is_refused(self):
        for name in ("tile/0/200", "tile/1/000", "tile/entries/123", "checkpoint"):
            path = self.ledger / name
            data = path.read_bytes()
            path.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
            self.assertEqual(self.run_checker().returncode, 1, name)
            path.write_bytes(data)
        proof = self.tasks["Inclusion"][5]["Hashes"]
        proof[3], kept = proof[4], proof[3]
        self.assertIn("inclusion", self.run_checker().stderr)
        proof[3] = kept
        for name, wrong in (
            ("ProofLeaf", b64(b"another leaf")),
            ("ProofFile", self.tasks["ProofFile"].replace("index 3", "index 4", 1)),
            ("ProofFile", self.tasks["ProofFile"].replace("=\n", "=\n" + b64(bytes(32)) + "\n", 1)),
        ):
            kept, self.tasks[name] = self.tasks[name], wrong
            self.assertIn("proof file", self.run_checker().stderr)
            self.tasks[name] = kept
        self.assertEqual(self.run_checker().returncode, 0)
