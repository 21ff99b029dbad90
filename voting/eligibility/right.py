"""The proven right to vote: the credential, on the voter's side alone, in a cookie for an hour at most.

The cookie is sealed, so that neither its holder nor whoever looks over a shoulder reads a credential in
it, and names poll and kind inside, so that none is taken for another's.
"""

import json
import time

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

PREFIX = "right-"
MAX_AGE = 3600  # seconds


def remember_right(response, plan, credential: bytes):
    """Let the voter's side hold this credential for `MAX_AGE`."""
    content = json.dumps([plan.uid, plan.rules["eligibility"], credential.hex(), int(time.time())])
    response.set_cookie(
        PREFIX + plan.uid,
        signing.b64_encode(_box().encrypt(content.encode())).decode(),
        max_age=MAX_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def recall_right(request, plan) -> bytes | None:
    """Return the credential that the request's cookie proves, None where it is absent, old or not ours."""
    try:
        sealed = signing.b64_decode(request.COOKIES[PREFIX + plan.uid].encode())
        uid, kind, credential, since = json.loads(_box().decrypt(sealed))
        if (uid, kind) == (plan.uid, plan.rules["eligibility"]) and 0 <= time.time() - since < MAX_AGE:
            return bytes.fromhex(credential)
    except (KeyError, ValueError, CryptoError):
        pass
    return None


def forget_right(response, plan):
    """Let the voter's side forget it: the next person at this device begins anew."""
    response.delete_cookie(PREFIX + plan.uid, samesite="Lax")


def _box():
    return SecretBox(salted_hmac("voting.eligibility.right", "cookie", algorithm="sha256").digest())
