"""One-time passwords: six digits, good for ten minutes, one try of five, kept as a keyed digest.

Everybody who asks gets a row, so that neither rows nor time tell who stands on the roll; a password
that nobody was sent opens nothing, since nobody knows it.
"""

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from ..models import OneTimePassword

LIFE = timedelta(minutes=10)
PAUSE = timedelta(minutes=1)
DAY = timedelta(days=1)
DIGITS = 6


class NotSent(Exception):
    """No password is made now. `code` is too_soon, too_often or down; the message is for the voter."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def make_password(*, poll, digest, pair, at) -> str:
    """Make the password of this pair, in place of any before it. Raises NotSent at the limits.

    A minute lies between two, and at most five are made in 24 hours.
    """
    password = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    values = {"digest": _digest(digest, pair, password), "expires_at": at + LIFE, "tries": 0}
    mine = OneTimePassword.objects.filter(poll_id=poll.pk, pair=pair)
    try:
        with transaction.atomic():
            row = mine.select_for_update().first()
            if row is None:
                OneTimePassword.objects.bulk_create(
                    [OneTimePassword(poll_id=poll.pk, pair=pair, since=at, **values)]
                )
                return password
            if at < row.expires_at - LIFE + PAUSE:
                raise _too_soon()
            if at >= row.since + DAY:
                mine.update(sent=1, since=at, **values)
            elif row.sent < OneTimePassword.MOST_SENT:
                mine.update(sent=F("sent") + 1, **values)
            else:
                raise NotSent(
                    "too_often",
                    _("Five passwords have been asked for within one day. Please try again tomorrow."),
                )
    except IntegrityError:
        # Somebody has asked for the same pair in the same moment.
        raise _too_soon() from None
    return password


def forget_old(at):
    """Remove passwords that are over and no longer count against the day's five."""
    OneTimePassword.objects.filter(expires_at__lte=at, since__lte=at - DAY).delete()


def use_password(*, poll, digest, pair, password, at) -> bool:
    """Say whether this is the password that waits; a right one goes with it, a wrong one costs a try."""
    mine = OneTimePassword.objects.filter(poll_id=poll.pk, pair=pair)
    with transaction.atomic():
        tried = mine.filter(expires_at__gt=at, tries__lt=OneTimePassword.MOST_TRIES).update(
            tries=F("tries") + 1
        )
        used = mine.filter(digest=_digest(digest, pair, password)).delete()[0] if tried else 0
    return used == 1


def _digest(digest, pair, password):
    return digest(b"password", pair, password.encode())


def _too_soon():
    return NotSent(
        "too_soon", _("A password was asked for less than a minute ago. Please wait for it a moment.")
    )
