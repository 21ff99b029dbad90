"""A ballot under two seals.

The inner box holds marks, nonces and the variant of the order in which the candidates were shown, sealed
to the election key. The outer envelope holds the commitments, the channel, the inner box and the cluster
tags (`holds/tags.py`; zeros where a poll has none), padded and sealed to the keeper key, so that all
envelopes of a poll have one length.
"""

from typing import NamedTuple

from .holds.tags import LENGTH, NO_TAGS
from .ledger.commitment import NONCE_BYTES

VERSION = b"\x02"
BLOCK = 256


class Envelope(NamedTuple):
    """What the keeper finds: commitments in the manifest's order, 32 bytes each, and the rest."""

    commitments: list[bytes]
    channel: str
    inner: bytes
    tags: bytes = NO_TAGS


class Inner(NamedTuple):
    """What the election key's holders find. `variant` is 0 where everybody saw one order."""

    marks: bytes
    nonces: list[bytes]
    variant: int


def seal_inner(keys, marks: bytes, nonces: list[bytes], variant: int = 0) -> bytes:
    """Seal marks, nonces and variant (0 to 255) to the election key."""
    return keys.election_box.encrypt(marks + b"".join(nonces) + bytes([variant]))


def open_inner(box, sealed: bytes, *, marks_bytes: int, categories: int) -> Inner:
    """Undo `seal_inner`; ValueError where the content has the wrong length.

    `nacl.exceptions.CryptoError` is raised for a box that this key does not open.
    """
    plain = box.decrypt(bytes(sealed))
    if len(plain) != marks_bytes + categories * NONCE_BYTES + 1:
        raise ValueError("The inner box has the wrong length.")
    tail = plain[marks_bytes:-1]
    nonces = [tail[at : at + NONCE_BYTES] for at in range(0, len(tail), NONCE_BYTES)]
    return Inner(plain[:marks_bytes], nonces, plain[-1])


def seal_envelope(keys, envelope: Envelope) -> bytes:
    """Pack, pad to whole blocks of 256 bytes and seal to the keeper key."""
    fields = [b"".join(envelope.commitments), envelope.channel.encode(), envelope.inner, envelope.tags]
    plain = VERSION + b"".join(len(field).to_bytes(2, "big") + field for field in fields)
    return keys.keeper_box.encrypt(plain + bytes(-len(plain) % BLOCK))


def open_envelope(keys, sealed: bytes) -> Envelope:
    """Undo `seal_envelope`; ValueError or `nacl.exceptions.CryptoError` where it is damaged."""
    plain = keys.keeper_box.decrypt(bytes(sealed))
    if plain[:1] != VERSION:
        raise ValueError("The envelope is of an unknown version.")
    fields, at = [], 1
    for _field in range(4):
        length = int.from_bytes(plain[at : at + 2], "big")
        fields.append(plain[at + 2 : at + 2 + length])
        at += 2 + length
    if at > len(plain) or any(plain[at:]) or len(fields[0]) % 32 or len(fields[3]) != LENGTH:
        raise ValueError("The envelope is damaged.")
    commitments = [fields[0][at : at + 32] for at in range(0, len(fields[0]), 32)]
    return Envelope(commitments, fields[1].decode(), fields[2], fields[3])
