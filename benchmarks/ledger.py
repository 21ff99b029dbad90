"""How long do the ledger's own acts take: roots, tiles, proofs, heads?

No database and no settings are needed:

python benchmarks/ledger.py [LEAVES]

Prints a table, for a million leaves by default: what was done, in how many seconds, and how many a second.
"""

import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402

from voting.ledger.canonical import canonical  # noqa: E402
from voting.ledger.checkpoint import Checkpoint  # noqa: E402
from voting.ledger.head import open_head, sign_head  # noqa: E402
from voting.ledger.note import encode_base64  # noqa: E402
from voting.ledger.tile import extend, node_reader  # noqa: E402
from voting.ledger.tree import (  # noqa: E402
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)

BATCH = 1_500  # 500 ballots in three categories
PROOFS = 1_000
ORIGIN = "ledger.example/benchmark/0123456789abcdef0123"


def main(count):
    """Time each act once and print the table."""
    chance = random.Random(1)
    leaves = [
        canonical({"type": "ballot", "category": "1", "commitment": encode_base64(chance.randbytes(32))})
        for _ in range(count)
    ]
    print(f"| what, on {count:,} leaves | seconds | a second |\n| --- | --- | --- |")
    hashes = timed("leaves hashed", count, lambda: list(map(leaf_hash, leaves)))
    root = timed("root of leaf hashes, level by level", count, lambda: root_of(hashes))
    timed("root of leaves, hashing included", count, lambda: root_of(map(leaf_hash, leaves)))
    timed("leaves streamed through a Frontier", count, lambda: streamed(leaves))
    tiles = timed(f"tiles extended, {BATCH:,} leaves a batch", count, lambda: tiled(hashes))
    node = node_reader(lambda level, index: tiles[level, index])
    assert root_at(count, node) == root

    places = [chance.randrange(count) for _ in range(PROOFS)]
    proofs = timed("inclusion proofs made from tiles", PROOFS, lambda: included(places, count, node))
    timed("inclusion proofs checked", PROOFS, lambda: check_included(hashes, proofs, count, root))
    sizes = [chance.randrange(1, count) for _ in range(PROOFS)]
    proofs = timed("consistency proofs made from tiles", PROOFS, lambda: consistent(sizes, count, node))
    old = {size: root_at(size, node) for size in sizes}
    timed("consistency proofs checked", PROOFS, lambda: check_consistent(proofs, count, old, root))

    key, at = Ed25519PrivateKey.generate(), datetime.now(UTC)
    head = Checkpoint(ORIGIN, count, root)
    notes = timed("heads signed, twice each", PROOFS, lambda: [sign_head(head, key, at) for _ in places])
    public = key.public_key().public_bytes_raw()
    timed("heads opened", PROOFS, lambda: [open_head(note, ORIGIN, public) for note in notes])


def timed(what, number, act):
    """Do something, print its line, and return what it returned."""
    start = time.perf_counter()
    found = act()
    seconds = time.perf_counter() - start
    print(f"| {what} | {seconds:.3f} | {number / seconds:,.0f} |", flush=True)
    return found


def streamed(leaves):
    """Return the root, with no more in memory than the roots of the complete subtrees."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf_hash(leaf))
    return tree.root()


def tiled(hashes):
    """Return all tiles of a tree that grew batch by batch."""
    tiles = {}

    def read(level, index):
        return tiles.get((level, index), b"")

    for start in range(0, len(hashes), BATCH):
        tiles.update(extend(start, hashes[start : start + BATCH], read))
    return tiles


def included(places, size, node):
    """Return an inclusion proof for each place, with its place."""
    return [(place, inclusion_proof(place, size, node)) for place in places]


def check_included(hashes, proofs, size, root):
    """Check each inclusion proof; ValueError where one is wrong."""
    for place, proof in proofs:
        verify_inclusion(hashes[place], place, size, proof, root)


def consistent(sizes, size, node):
    """Return a consistency proof from each size, with its size."""
    return [(old, consistency_proof(old, size, node)) for old in sizes]


def check_consistent(proofs, size, roots, root):
    """Check each consistency proof; ValueError where one is wrong."""
    for old, proof in proofs:
        verify_consistency(old, size, proof, roots[old], root)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
