"""So many ballots per device (usually one): a random number in a signed cookie.

It limits per device and browser; it is not one person one vote, and pages say so. Where a device may
cast several ballots, each turn has a credential of its own, worked out from the device's number. The
first turn's is the number itself. Whose turn it is stands in a second signed cookie, one a poll, because
the same device may be at its third turn in one vote and at its first in another.
"""

import hmac
import secrets

from django.conf import settings
from django.core import signing
from django.utils.translation import ngettext

from .protocol import Admission

COOKIE = "device"
TURN = "turn-"
SALT = "voting.eligibility.device"
ENTRANCE = False
MAX_AGE = 400 * 24 * 3600  # the longest that browsers keep a cookie


def ballots(plan):
    """Return how many ballots one device may cast; one where an older manifest says nothing of it."""
    return plan.rules.get("ballots_per_device", 1)


def credentials(request, plan):
    """Return the credential of each turn that the device may take, none for a device without a number."""
    number = _number(request)
    return [_at_turn(number, turn) for turn in range(ballots(plan))] if number else []


def credential(request, plan):
    """Return the credential of the device's present turn, None where the cookie is absent or not ours."""
    number = _number(request)
    return _at_turn(number, _turn(request, plan)) if number else None


def admit(request, plan):
    """Return the credential of the device's present turn, with a new number for a device that has none."""
    number = _number(request) or secrets.token_bytes(16)

    def remember(response):
        _set_cookie(response, COOKIE, number.hex(), SALT)

    return Admission(_at_turn(number, _turn(request, plan)), remember)


def take_turn(response, plan, turn):
    """Let the device be at this turn (0 for the first) from now on."""
    _set_cookie(response, TURN + plan.uid, str(turn), SALT + TURN + plan.uid)


def how_limited(plan):
    """Return the label that stands on every page: what is limited is a device, not a person."""
    most = ballots(plan)
    if plan.rules["daily"]:
        words = ngettext(
            "Limited per device: %(count)d ballot a day", "Limited per device: %(count)d ballots a day", most
        )
    else:
        words = ngettext(
            "Limited per device: %(count)d ballot", "Limited per device: %(count)d ballots", most
        )
    return words % {"count": most}


def _number(request):
    try:
        return bytes.fromhex(request.get_signed_cookie(COOKIE, salt=SALT))
    except (KeyError, signing.BadSignature, ValueError):
        return None


def _turn(request, plan):
    """Return the turn that the cookie says, the first where it is not ours or beyond this poll's number."""
    try:
        turn = int(request.get_signed_cookie(TURN + plan.uid, salt=SALT + TURN + plan.uid))
    except (KeyError, signing.BadSignature, ValueError):
        return 0
    return turn if 0 <= turn < ballots(plan) else 0


def _at_turn(number, turn):
    return hmac.digest(number, b"turn %d" % turn, "sha256") if turn else number


def _set_cookie(response, name, value, salt):
    response.set_signed_cookie(
        name,
        value,
        salt=salt,
        max_age=MAX_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
