"""Sigstore's own parser and proof checker agree with ours, on good proofs and on broken ones."""

from datetime import UTC, datetime
from types import SimpleNamespace
from unittest import TestCase, skipUnless

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from voting.ledger.checkpoint import Checkpoint
from voting.ledger.head import sign_head
from voting.ledger.tree import verify_inclusion

from . import naive
from .homes import at_home

load_tests = at_home("sqlite", __name__)

try:
    from sigstore._internal.merkle import verify_merkle_inclusion
    from sigstore._internal.rekor.checkpoint import SignedCheckpoint
    from sigstore.errors import VerificationError
except ImportError:
    SignedCheckpoint = None

LEAVES = [f"leaf {number}".encode() for number in range(64)]


def they_accept(leaf, index, size, proof, root) -> bool:
    """Return what sigstore says of an inclusion proof."""
    inclusion = SimpleNamespace(log_index=index, tree_size=size, hashes=proof, root_hash=root)
    entry = SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=inclusion, canonicalized_body=leaf))
    try:
        verify_merkle_inclusion(entry)
    except VerificationError:
        return False
    return True


def we_accept(leaf, index, size, proof, root) -> bool:
    """Return what we say of it."""
    try:
        verify_inclusion(naive.tree_hash([leaf]), index, size, proof, root)
    except ValueError:
        return False
    return True


@skipUnless(SignedCheckpoint, "sigstore is not installed.")
class ReadBySigstore(TestCase):
    @settings(deadline=None)
    @given(st.integers(1, 64), st.data())
    def test_good_and_broken_proofs_get_one_answer(self, size, data):
        leaves = LEAVES[:size]
        index = data.draw(st.integers(0, size - 1))
        proof, root = naive.audit_path(index, leaves), naive.tree_hash(leaves)
        self.assertTrue(they_accept(leaves[index], index, size, proof, root))
        self.assertTrue(we_accept(leaves[index], index, size, proof, root))
        changed = data.draw(st.permutations(proof)) if len(proof) > 1 else [*proof, root]
        place = data.draw(st.integers(0, size - 1))
        for case in (
            (leaves[index], index, size, changed, root),
            (leaves[index], place, size, proof, root),
            (leaves[place], index, size, proof, root),
            (leaves[index], index, size, proof[:-1], root),
            (leaves[index], index, size, [*proof, root], root),
        ):
            self.assertEqual(they_accept(*case), we_accept(*case), case)

    def test_a_signed_head_says_the_same_to_both(self):
        key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        head = Checkpoint("demo.invalid/a/0123456789abcdef0123", 64, naive.tree_hash(LEAVES))
        read = SignedCheckpoint.from_text(sign_head(head, key, datetime(2026, 11, 24, tzinfo=UTC)))
        theirs = read.checkpoint
        self.assertEqual(
            (theirs.origin, theirs.log_size, theirs.log_hash), (head.origin, 64, head.root.hex())
        )
        self.assertEqual([line.name for line in read.signed_note.signatures], [head.origin] * 2)
