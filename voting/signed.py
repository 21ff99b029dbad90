"""Django's signatures, made with less: the key of each purpose is derived once and not for each of them."""

import functools
import hashlib
import hmac

from django.conf import settings
from django.core import signing
from django.utils.encoding import force_bytes


class PlainSigner(signing.Signer):
    """Sign and check exactly as Django's signer does, which a test compares."""

    def signature(self, value, key=None):
        return signing.b64_encode(_mac(self.salt + "signer", value, key or self.key)).decode()


class Signer(PlainSigner, signing.TimestampSigner):
    """The same with the time in it, as Django's cookies have it."""


def mac(salt: str, value) -> bytes:
    """Return what `salted_hmac(salt, value, algorithm="sha256")` digests to, 32 bytes."""
    return _mac(salt, value, settings.SECRET_KEY)


def _mac(salt, value, key):
    return hmac.digest(_derived(salt, key), force_bytes(value), "sha256")


@functools.lru_cache(maxsize=64)
def _derived(salt, key):
    return hashlib.sha256(force_bytes(salt) + force_bytes(key)).digest()
