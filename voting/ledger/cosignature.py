"""Timestamped cosignatures with Ed25519 keys, cosignature/v1 (c2sp.org/tlog-cosignature)."""

from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .note import COSIGNATURE, format_signature, key_id, parse_note

TIME_BYTES = 8
SIGNATURE_BYTES = 64


def cosign(text: str, name: str, key: Ed25519PrivateKey, at: datetime) -> str:
    """Return the signature line that says: `name` saw this checkpoint's text at this moment.

    `at` is cut to whole seconds.
    """
    seconds = int(at.timestamp())
    signature = key.sign(_message(seconds, text))
    value = seconds.to_bytes(TIME_BYTES, "big") + signature
    return format_signature(name, key_id(name, key.public_key().public_bytes_raw(), COSIGNATURE), value)


def verify_cosignature(note: str, name: str, public: bytes) -> datetime:
    """Return the moment at which a key cosigned a note; ValueError if it did not."""
    text, signatures = parse_note(note)
    own = key_id(name, public, COSIGNATURE)
    for line in signatures:
        if (line.name, line.key_id) != (name, own):
            continue
        if len(line.signature) != TIME_BYTES + SIGNATURE_BYTES:
            raise ValueError(f"The cosignature of {name} has the wrong length.")
        seconds = int.from_bytes(line.signature[:TIME_BYTES], "big")
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(
                line.signature[TIME_BYTES:], _message(seconds, text)
            )
            return datetime.fromtimestamp(seconds, UTC)
        except (InvalidSignature, OverflowError, OSError):
            raise ValueError(f"The cosignature of {name} does not fit the text.") from None
    raise ValueError(f"There is no cosignature of {name}.")


def _message(seconds, text):
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
