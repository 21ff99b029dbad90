"""Checkpoints: what a head of the ledger says, before it is signed (c2sp.org/tlog-checkpoint)."""

import re
from typing import NamedTuple

from .note import decode_base64, encode_base64
from .tree import EMPTY_ROOT, HASH_BYTES

SIZE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)


class Checkpoint(NamedTuple):
    """The ledger's name, how many leaves it has, their root (32 bytes), and lines that we do not use."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Write a checkpoint's text: origin, size, root in base64, then its extensions, a line each."""
    origin, size, root, extensions = checkpoint
    if any(not line or any(c < " " for c in line) for line in (origin, *extensions)):
        raise ValueError("Every line of a checkpoint says something, without control characters.")
    if size < 0 or len(root) != HASH_BYTES or (size == 0 and root != EMPTY_ROOT):
        raise ValueError("A checkpoint has a size and a root of 32 bytes that fit each other.")
    return "".join(f"{line}\n" for line in (origin, size, encode_base64(root), *extensions))


def parse_checkpoint(text: str) -> Checkpoint:
    """Read what `format_checkpoint` writes and nothing else; ValueError otherwise."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not SIZE.fullmatch(lines[1]):
        raise ValueError("This is no checkpoint.")
    checkpoint = Checkpoint(lines[0], int(lines[1]), decode_base64(lines[2]), tuple(lines[3:-1]))
    if format_checkpoint(checkpoint) != text:
        raise ValueError("This is no checkpoint.")
    return checkpoint
