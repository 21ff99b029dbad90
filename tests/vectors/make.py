"""Write the tree's test vectors from the definitions in naive.py: `python -m tests.vectors.make`."""

import base64
import json
from pathlib import Path

from tests import naive

LEAVES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    bytes(range(0x50, 0x58)),
    bytes(16),
]
INCLUSIONS = [(1, 0), (2, 1), (3, 2), (5, 4), (7, 3), (8, 0), (8, 5), (8, 7), (6, 5), (4, 2)]
CONSISTENCIES = [(1, 1), (1, 8), (2, 5), (3, 7), (4, 8), (6, 8), (7, 8), (8, 8), (5, 6), (1, 2)]


def cases() -> list[dict]:
    """Return every case: what it is, whether it is good, and its fields in base64."""
    found = []
    for size, index in INCLUSIONS:
        leaves = LEAVES[:size]
        good = {
            "leafIdx": index,
            "treeSize": size,
            "root": naive.tree_hash(leaves),
            "leafHash": naive.tree_hash([leaves[index]]),
            "proof": naive.audit_path(index, leaves),
        }
        name = f"inclusion of {index} in {size}"
        found += [(name, True, good), *broken(name, good, ("leafIdx", "treeSize"), ("root", "leafHash"))]
    for old, new in CONSISTENCIES:
        good = {
            "size1": old,
            "size2": new,
            "root1": naive.tree_hash(LEAVES[:old]),
            "root2": naive.tree_hash(LEAVES[:new]),
            "proof": naive.extension_proof(old, LEAVES[:new]),
        }
        name = f"consistency of {old} with {new}"
        found += [(name, True, good), *broken(name, good, ("size1", "size2"), ("root1", "root2"))]
        if old < new:
            swapped = {**good, "root1": good["root2"], "root2": good["root1"]}
            found.append((f"{name}, roots swapped", False, swapped))
    for size in range(9):
        root, other = naive.tree_hash(LEAVES[:size]), naive.tree_hash([])
        nothing = {"size1": 0, "size2": size, "root1": other, "root2": root, "proof": []}
        found.append((f"consistency of 0 with {size}", False, nothing))
    for size in range(1, 9):
        for index in range(size):
            leaves = LEAVES[:size]
            fields = {
                "leafIdx": index,
                "treeSize": size,
                "root": naive.tree_hash(leaves),
                "leafHash": naive.tree_hash([leaves[index]]),
                "proof": naive.audit_path(index, leaves),
            }
            found.append((f"each leaf: {index} in {size}", True, fields))
    return [{"what": what, "good": good, **in_base64(fields)} for what, good, fields in found]


def broken(name, good, numbers, hashes):
    """Yield ways in which a good case goes wrong."""
    proof = good["proof"]
    for at, step in enumerate(proof):
        yield (
            f"{name}, step {at} changed",
            False,
            {**good, "proof": [*proof[:at], flipped(step), *proof[at + 1 :]]},
        )
        yield f"{name}, step {at} missing", False, {**good, "proof": [*proof[:at], *proof[at + 1 :]]}
        yield f"{name}, step {at} twice", False, {**good, "proof": [*proof[: at + 1], *proof[at:]]}
        yield f"{name}, step {at} cut", False, {**good, "proof": [*proof[:at], step[:-1], *proof[at + 1 :]]}
    for extra in (b"", bytes(32), *(good[name] for name in hashes)):
        yield f"{name}, {len(extra)} bytes in front", False, {**good, "proof": [extra, *proof]}
        yield f"{name}, {len(extra)} bytes behind", False, {**good, "proof": [*proof, extra]}
    for field in hashes:
        yield f"{name}, {field} changed", False, {**good, field: flipped(good[field])}
        yield f"{name}, {field} empty", False, {**good, field: b""}
    first, second = numbers
    for field, value in (
        (first, -1),
        (first, good[second] + 1),
        (first, good[first] + 256),
        (second, 0),
        (second, -1),
        (second, good[first] - 1),
    ):
        yield f"{name}, {field} is {value}", False, {**good, field: value}


def flipped(value):
    """Return bytes with their last bit changed."""
    return value[:-1] + bytes([value[-1] ^ 1])


def in_base64(fields):
    """Return fields with bytes as base64."""
    found = {}
    for name, value in fields.items():
        if isinstance(value, bytes):
            value = base64.b64encode(value).decode()
        elif isinstance(value, list):
            value = [base64.b64encode(step).decode() for step in value]
        found[name] = value
    return found


if __name__ == "__main__":
    Path(__file__).with_name("tree.json").write_text(json.dumps(cases(), indent=0) + "\n")
