"""Proof files: one leaf's place under a signed head (c2sp.org/tlog-proof)."""

import re
from typing import NamedTuple

from .head import Head, open_head
from .note import decode_base64, encode_base64
from .tree import HASH_BYTES, leaf_hash, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
INDEX = re.compile(r"index (0|[1-9][0-9]{0,17})", re.ASCII)
MOST_HASHES = 63


class Proof(NamedTuple):
    """A leaf's index, the hashes that lead from it to the root, the signed head, and extra bytes or none."""

    index: int
    hashes: list[bytes]
    note: str
    extra: bytes = b""


def format_proof(proof: Proof) -> str:
    """Write a proof file: header, extra data where there are some, index, hashes, empty line, signed head."""
    lines = [HEADER]
    if proof.extra:
        lines.append(f"extra {encode_base64(proof.extra)}")
    lines += [f"index {proof.index}", *(encode_base64(value) for value in proof.hashes), ""]
    return "".join(f"{line}\n" for line in lines) + proof.note


def parse_proof(text: str) -> Proof:
    """Read what `format_proof` writes and nothing else; ValueError otherwise."""
    top, gap, note = text.partition("\n\n")
    lines = top.split("\n")
    if not gap or lines.pop(0) != HEADER:
        raise ValueError("This is no proof file.")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "))
    index = INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None or len(lines) > MOST_HASHES:
        raise ValueError("This is no proof file.")
    proof = Proof(int(index[1]), [decode_base64(line) for line in lines], note, extra)
    if any(len(value) != HASH_BYTES for value in proof.hashes) or format_proof(proof) != text:
        raise ValueError("This is no proof file.")
    return proof


def verify_proof(proof: Proof, leaf: bytes, origin: str, public: bytes) -> Head:
    """Return the head under which a proof shows the leaf; ValueError where it does not."""
    head = open_head(proof.note, origin, public)
    verify_inclusion(leaf_hash(leaf), proof.index, head.checkpoint.size, proof.hashes, head.checkpoint.root)
    return head
