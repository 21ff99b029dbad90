"""Signed heads (存证摘要): a checkpoint with a plain signature and a timestamped one by the same key.

The two messages cannot be taken for each other: one begins with the origin, which holds a slash and a
random part, the other with `cosignature/v1` and a time.
"""

from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from .cosignature import cosign, verify_cosignature
from .note import sign_note, verify_note


class Head(NamedTuple):
    """A checkpoint, when it was signed (UTC, whole seconds), and the note as it was published."""

    checkpoint: Checkpoint
    at: datetime
    note: str


def sign_head(checkpoint: Checkpoint, key: Ed25519PrivateKey, at: datetime) -> str:
    """Return the signed note of a head; the key's name is the origin."""
    text = format_checkpoint(checkpoint)
    return sign_note(text, checkpoint.origin, key) + cosign(text, checkpoint.origin, key, at) + "\n"


def open_head(note: str, origin: str, public: bytes) -> Head:
    """Return the head that a ledger's key has signed twice; ValueError if it has not.

    Lines of other names and kinds are passed over.
    """
    text = verify_note(note, origin, public)
    at = verify_cosignature(note, origin, public)
    checkpoint = parse_checkpoint(text)
    if checkpoint.origin != origin:
        raise ValueError(f"This is a head of {checkpoint.origin}, not of {origin}.")
    return Head(checkpoint, at, note)
