"""One ballot per device: a random number in a signed cookie.

It limits per device and browser; it is not one person one vote, and pages say so.
"""

import secrets

from django.conf import settings
from django.core import signing

from .protocol import Admission

COOKIE = "device"
SALT = "voting.eligibility.device"
MAX_AGE = 400 * 24 * 3600  # the longest that browsers keep a cookie


def credential(request, plan):
    """Return the device's number, None where the cookie is absent or not ours."""
    try:
        return bytes.fromhex(request.get_signed_cookie(COOKIE, salt=SALT))
    except (KeyError, signing.BadSignature, ValueError):
        return None


def admit(request, plan):
    """Return the device's number, a new one for a device that has none."""
    number = credential(request, plan) or secrets.token_bytes(16)

    def remember(response):
        response.set_signed_cookie(
            COOKIE,
            number.hex(),
            salt=SALT,
            max_age=MAX_AGE,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )

    return Admission(number, remember)
