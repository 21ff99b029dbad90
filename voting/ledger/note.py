"""Signed notes with Ed25519 keys (c2sp.org/signed-note)."""

import base64
import binascii
import functools
import hashlib
import re
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
COSIGNATURE = b"\x04"
KINDS = (ED25519, COSIGNATURE)
MOST_LINES = 100
CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")


class Signature(NamedTuple):
    """One signature line: the key's name, its 4-byte id, and the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes


def encode_base64(data: bytes) -> str:
    """Write bytes in standard base64."""
    return base64.b64encode(data).decode()


def decode_base64(text: str) -> bytes:
    """Read what `encode_base64` writes and nothing else: no stray bits, no blanks; ValueError otherwise."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("This is no base64.") from None
    if encode_base64(data) != text:
        raise ValueError("This base64 is not written in its only right way.")
    return data


def key_id(name: str, public: bytes, kind: bytes = ED25519) -> bytes:
    """Return the 4 bytes by which a signature line names a key of this kind."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def format_vkey(name: str, public: bytes, kind: bytes = ED25519) -> str:
    """Write a verifier key: its name, its id in hex, and kind and public key in base64."""
    _check_name(name)
    return f"{name}+{key_id(name, public, kind).hex()}+{encode_base64(kind + public)}"


def parse_vkey(text: str) -> tuple[str, bytes, bytes]:
    """Return name, public key (32 bytes) and kind of a verifier key; ValueError if it is none of ours."""
    name, _, rest = text.partition("+")
    blob = decode_base64(rest.partition("+")[2])
    kind, public = blob[:1], blob[1:]
    if kind not in KINDS or len(public) != 32 or format_vkey(name, public, kind) != text:
        raise ValueError("This is no verifier key of a kind that we know.")
    return name, public, kind


def format_signature(name: str, key: bytes, signature: bytes) -> str:
    """Write a signature line, without its end: the key's name, its 4-byte id, the signature."""
    _check_name(name)
    return f"— {name} {encode_base64(key + signature)}"


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Return `text` (lines, the last one closed) with one Ed25519 signature line under it.

    Any key does that has `sign(data)` and `public_key().public_bytes_raw()`.
    """
    _check_text(text)
    return f"{text}\n{format_signature(name, _own_id(name, key), key.sign(text.encode()))}\n"


@functools.lru_cache(maxsize=64)
def _own_id(name, key):
    """Return the key id of a private key; its public half is worked out once."""
    return key_id(name, key.public_key().public_bytes_raw())


def parse_note(note: str) -> tuple[str, list[Signature]]:
    """Split a note into its text and its signature lines; ValueError if it is not one."""
    text, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise ValueError("A note is text, an empty line and signature lines.")
    text += "\n"
    _check_text(text)
    _check_characters(note)
    lines = tail[:-1].split("\n")
    if len(lines) > MOST_LINES:
        raise ValueError(f"A note has at most {MOST_LINES} signature lines.")
    return text, [_parse_line(line) for line in lines]


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


def _check_name(name):
    if not name or "+" in name or any(c.isspace() for c in name):
        raise ValueError("A key's name has no blank and no plus sign.")


def _check_text(text):
    if not text.endswith("\n") or text == "\n":
        raise ValueError("A note's text is one line or more, the last one closed.")
    _check_characters(text)


def _check_characters(text):
    if CONTROL.search(text):
        raise ValueError("A note has no control characters.")
    text.encode()  # What UTF-8 cannot hold is a ValueError too.


def _parse_line(line):
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise ValueError("A signature line is a dash, a name and base64.")
    _check_name(parts[1])
    blob = decode_base64(parts[2])
    if len(blob) < 5:
        raise ValueError("A signature line holds a key id and a signature.")
    return Signature(parts[1], blob[:4], blob[4:])
