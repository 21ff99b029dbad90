"""The tree agrees with RFC 6962 and with vectors, of others and our own; what is wrong is refused."""

import base64
import json
from pathlib import Path
from unittest import SkipTest, TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from voting.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)

from . import naive
from .homes import at_home

load_tests = at_home("sqlite", __name__)

HERE = Path(__file__).resolve().parent
OTHERS = HERE.parent.parent / "shared" / "vectors" / "merkle"
OWN = HERE / "vectors" / "tree.json"
LEAVES = [f"leaf {number}".encode() for number in range(70)]
sizes = st.integers(1, 70)


def said(case) -> bool:
    """Return whether our code accepts a case, of inclusion or of consistency."""

    def data(text):
        return base64.b64decode(text or "")

    proof = [data(step) for step in case["proof"] or []]
    try:
        if "leafIdx" in case:
            verify_inclusion(
                data(case["leafHash"]), case["leafIdx"], case["treeSize"], proof, data(case["root"])
            )
        else:
            verify_consistency(case["size1"], case["size2"], proof, data(case["root1"]), data(case["root2"]))
    except ValueError:
        return False
    return True


class AgainstTheDefinitions(TestCase):
    @settings(deadline=None)
    @given(sizes)
    def test_roots(self, size):
        leaves, tree = LEAVES[:size], Frontier()
        for leaf in leaves:
            tree.append(leaf_hash(leaf))
        root = naive.tree_hash(leaves)
        self.assertEqual(tree.root(), root)
        self.assertEqual(root_of(map(leaf_hash, leaves)), root)
        self.assertEqual(root_at(size, naive.node_of(leaves)), root)

    def test_the_root_of_nothing(self):
        self.assertEqual(EMPTY_ROOT, naive.tree_hash([]))
        self.assertEqual(Frontier().root(), EMPTY_ROOT)
        self.assertEqual(root_of([]), EMPTY_ROOT)

    @settings(deadline=None)
    @given(sizes, st.data())
    def test_inclusion(self, size, data):
        leaves = LEAVES[:size]
        index = data.draw(st.integers(0, size - 1))
        proof = inclusion_proof(index, size, naive.node_of(leaves))
        self.assertEqual(proof, naive.audit_path(index, leaves))
        verify_inclusion(leaf_hash(leaves[index]), index, size, proof, naive.tree_hash(leaves))

    @settings(deadline=None)
    @given(sizes, st.data())
    def test_consistency(self, size, data):
        leaves = LEAVES[:size]
        old = data.draw(st.integers(1, size))
        proof = consistency_proof(old, size, naive.node_of(leaves))
        self.assertEqual(proof, naive.extension_proof(old, leaves))
        roots = naive.tree_hash(leaves[:old]), naive.tree_hash(leaves)
        verify_consistency(old, size, proof, *roots)

    @settings(deadline=None)
    @given(sizes, st.data())
    def test_a_proof_with_one_bit_changed_is_refused(self, size, data):
        leaves = LEAVES[:size]
        index = data.draw(st.integers(0, size - 1))
        proof = naive.audit_path(index, leaves)
        bit = data.draw(st.integers(0, 256 * (len(proof) + 1) - 1))
        at, place = divmod(bit, 256)
        values = [leaf_hash(leaves[index]), *proof]
        values[at] = (int.from_bytes(values[at], "big") ^ 1 << place).to_bytes(32, "big")
        with self.assertRaises(ValueError):
            verify_inclusion(values[0], index, size, values[1:], naive.tree_hash(leaves))

    @settings(deadline=None)
    @given(sizes, sizes, st.data())
    def test_a_tree_with_another_past_has_no_proof(self, old, new, data):
        if old > new:
            old, new = new, old
        changed = list(LEAVES[:new])
        changed[data.draw(st.integers(0, old - 1))] = b"another"
        proof = naive.extension_proof(old, changed)
        with self.assertRaises(ValueError):
            verify_consistency(old, new, proof, naive.tree_hash(LEAVES[:old]), naive.tree_hash(changed))

    def test_there_is_no_proof_for_what_does_not_exist(self):
        node = naive.node_of(LEAVES)
        for index, size in ((-1, 5), (5, 5), (0, 0)):
            with self.assertRaises(ValueError):
                inclusion_proof(index, size, node)
        for old, new in ((0, 5), (6, 5), (-1, 5)):
            with self.assertRaises(ValueError):
                consistency_proof(old, new, node)


class Vectors(TestCase):
    def test_of_others(self):
        """Vectors of transparency-dev/merkle, read where they lie. A proof from size 0 proves nothing."""
        if not OTHERS.is_dir():
            raise SkipTest("The published vectors are not beside this repository; our own cover the same.")
        cases = [json.loads(path.read_text()) for path in sorted(OTHERS.rglob("*.json"))]
        self.assertEqual(len(cases), 196)
        wrong = [
            case["desc"] for case in cases if said(case) != (not case["wantErr"] and case.get("size1", 1) > 0)
        ]
        self.assertEqual(wrong, [])

    def test_of_our_own(self):
        cases = json.loads(OWN.read_text())
        self.assertGreater(sum(case["good"] for case in cases), 40)
        self.assertGreater(sum(not case["good"] for case in cases), 400)
        self.assertEqual([case["what"] for case in cases if said(case) != case["good"]], [])

    def test_our_own_are_what_their_script_writes(self):
        from .vectors.make import cases

        self.assertEqual(json.loads(OWN.read_text()), cases())
