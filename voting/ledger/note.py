"""Signed notes with Ed25519 keys (c2sp.org/signed-note)."""

import base64
import hashlib
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"


class Signature(NamedTuple):
    """One signature line: the key's name, its 4-byte id, and the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes


def key_id(name: str, public: bytes) -> bytes:
    """Return the 4 bytes by which a signature line names an Ed25519 key."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Return `text` (lines, the last one closed) with one Ed25519 signature line under it."""
    _check_text(text)
    if not name or "+" in name or any(c.isspace() for c in name):
        raise ValueError("A key's name has no blank and no plus sign.")
    public = key.public_key().public_bytes_raw()
    blob = base64.b64encode(key_id(name, public) + key.sign(text.encode())).decode()
    return f"{text}\n— {name} {blob}\n"


def parse_note(note: str) -> tuple[str, list[Signature]]:
    """Split a note into its text and its signature lines; ValueError if it is not one."""
    text, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise ValueError("A note is text, an empty line and signature lines.")
    text += "\n"
    _check_text(text)
    return text, [_parse_line(line) for line in tail[:-1].split("\n")]


def verify_note(note: str, name: str, public: bytes) -> str:
    """Return the text of a note that the key has signed; ValueError if it has not.

    Lines of other keys and kinds are passed over, as the specification asks.
    """
    text, signatures = parse_note(note)
    own = key_id(name, public)
    for line in signatures:
        if line.name == name and line.key_id == own:
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(line.signature, text.encode())
            except InvalidSignature:
                raise ValueError(f"The signature of {name} does not fit the text.") from None
            return text
    raise ValueError(f"There is no signature of {name}.")


def _check_text(text):
    if not text.endswith("\n") or text == "\n":
        raise ValueError("A note's text is one line or more, the last one closed.")
    if any(ord(c) < 0x20 and c != "\n" for c in text):
        raise ValueError("A note's text has no control characters.")


def _parse_line(line):
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not parts[1] or "+" in parts[1]:
        raise ValueError("A signature line is a dash, a name and base64.")
    blob = base64.b64decode(parts[2], validate=True)
    if len(blob) < 5:
        raise ValueError("A signature line holds a key id and a signature.")
    return Signature(parts[1], blob[:4], blob[4:])
