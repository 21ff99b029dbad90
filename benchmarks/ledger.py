"""How long do the ledger's own acts take: roots, tiles, proofs, heads?

.venv/bin/python benchmarks/ledger.py [LEAVES [ROUNDS]]

A million leaves by default. Prints the median seconds of each act and how many it does a second; the peer of
the root is SHA-256 over as many nodes and nothing else. Needs no database.
"""

import hashlib
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402

from benchmarks.stage import judge, median, table, write_json  # noqa: E402
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
ROOT_OF_LEAVES = "root of leaves, hashing included"
BARE_HASHES = "bare SHA-256 of as many leaves and nodes"
ORIGIN = "ledger.example/benchmark/0123456789abcdef0123"


def main(count=1_000_000, rounds=5):
    """Time each act in every round, and print medians."""
    chance = random.Random(1)
    leaves = [
        canonical({"type": "ballot", "category": "1", "commitment": encode_base64(chance.randbytes(32))})
        for _ in range(count)
    ]
    took = {}
    for _round in range(rounds):
        one_round(leaves, count, chance, took)
    print(f"{count:,} leaves, medians of {rounds} rounds")
    middle = {what: (number, median(seconds)) for what, (number, seconds) in took.items()}
    table(
        [[what, f"{seconds:.3f}", f"{number / seconds:,.0f}"] for what, (number, seconds) in middle.items()],
        ["", "seconds", "a second"],
    )
    pairs = list(zip(took[ROOT_OF_LEAVES][1], took[BARE_HASHES][1], strict=True))
    found = {
        f"root of {count:,} leaves, seconds": middle[ROOT_OF_LEAVES][1],
        "root/bare hashes": median([root / bare for root, bare in pairs]),
    }
    print()
    kept = judge(found, dict(zip(found, [("≤", 2 * max(1, count / 1_000_000)), ("≤", 4)], strict=True)))
    write_json("ledger", {"leaves": count, "kept": kept, "found": found, "seconds": took})


def one_round(leaves, count, chance, took):
    """Do each act once and note its seconds."""

    def timed(what, number, act):
        begin = time.perf_counter()
        found = act()
        took.setdefault(what, (number, []))[1].append(time.perf_counter() - begin)
        return found

    hashes = timed("leaves hashed", count, lambda: list(map(leaf_hash, leaves)))
    timed(BARE_HASHES, count, lambda: bare_hashes(leaves))
    root = timed("root of leaf hashes, level by level", count, lambda: root_of(hashes))
    timed(ROOT_OF_LEAVES, count, lambda: root_of(map(leaf_hash, leaves)))
    timed("leaves streamed through a Frontier", count, lambda: streamed(leaves))
    tiles = timed(f"tiles extended, {BATCH:,} leaves a batch", count, lambda: tiled(hashes))
    node = node_reader(lambda level, index: tiles[level, index])
    if root_at(count, node) != root:
        raise SystemExit("The tiles have another root than the leaves")

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


def bare_hashes(leaves):
    """Hash each leaf and as many nodes of 65 bytes: the work that no tree can do without."""
    sha256, inner = hashlib.sha256, b"\x01" + bytes(64)
    for leaf in leaves:
        sha256(leaf).digest()
        sha256(inner).digest()


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
    main(*map(int, sys.argv[1:]))
