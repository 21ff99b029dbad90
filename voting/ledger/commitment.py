"""Commitments: what the ledger holds of a ballot in place of the picks."""

import hashlib

LABEL = "shortlist/commitment/v1"
NONCE_BYTES = 32
COMMITMENT_BYTES = 32
LINES = 5


def commitment(poll: str, category: str, codes: list[str], nonce: bytes) -> bytes:
    """Return the 32 bytes that stand for the picks in one category.

    SHA-256 over five lines, each closed by a line feed: the label, the poll's uid, the category's
    digit, the picked codes in ascending order joined by single blanks (an empty line for none), the
    nonce in lower-case hex. ValueError where a part could be mistaken for another.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"A nonce has {NONCE_BYTES} bytes, not {len(nonce)}.")
    if list(codes) != sorted(set(codes)):
        raise ValueError("Codes stand in ascending order, each once.")
    text = f"{LABEL}\n{poll}\n{category}\n{' '.join(codes)}\n{nonce.hex()}\n"
    if text.count("\n") != LINES:
        raise ValueError("No part of a commitment holds a line feed.")
    return hashlib.sha256(text.encode()).digest()
