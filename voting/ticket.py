"""The ticket: the signed right to cast that review hands out. It is stored nowhere."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing

from .signed import PlainSigner, mac

SALT = "voting.ticket"


class Ticket(NamedTuple):
    """Which poll, which credential (its digest), which period, which order of the candidates, until when,
    the pledge's due time, and what review noticed. `variant` is 0 where the poll has one order for all;
    `signals` are bits of `brakes.SIGNALS`, which the text itself does not show to the voter."""

    poll: str
    credential: bytes
    period: str
    variant: int
    expires: datetime
    due: datetime
    signals: int = 0


class TicketError(Exception):
    """The ticket was not written by us, or not for this poll."""


def issue_ticket(poll, keys, credential: bytes, *, at: datetime, variant=0, signals=0) -> str:
    """Sign a ticket for this credential, good for `TICKET_SECONDS` from `at`.

    The ballot is promised to be entered at the latest one merge delay after the ticket's end, with
    a minute for the keeper's own work. Times are cut to whole seconds, as signatures carry them.
    """
    expires = at.replace(microsecond=0) + timedelta(seconds=settings.TICKET_SECONDS)
    due = expires + timedelta(seconds=poll.merge_delay + 60)
    digest, mask = keys.digest("credential", credential), secrets.token_hex(8)
    content = [
        poll.uid,
        digest.hex(),
        poll.period(at),
        variant,
        int(expires.timestamp()),
        int(due.timestamp()),
        mask,
        signals ^ _hidden_under(mask),
    ]
    return PlainSigner(salt=SALT).sign_object(content)


def read_ticket(poll, text: str) -> Ticket:
    """Return what `issue_ticket` signed for this poll; TicketError otherwise. Does not look at a clock."""
    try:
        uid, digest, period, variant, expires, due, mask, signals = PlainSigner(salt=SALT).unsign_object(text)
    except (signing.BadSignature, ValueError):
        # A page that an older version of this program made has fewer parts.
        raise TicketError from None
    if uid != poll.uid:
        raise TicketError
    return Ticket(
        uid,
        bytes.fromhex(digest),
        period,
        variant,
        datetime.fromtimestamp(expires, UTC),
        datetime.fromtimestamp(due, UTC),
        signals ^ _hidden_under(mask),
    )


def _hidden_under(mask: str) -> int:
    """Return the byte that hides a ticket's signals: nobody without SECRET_KEY knows it, each ticket has
    another one, and the signature around both keeps anybody from changing the one under the other."""
    return mac(SALT + ".signals", mask)[0]
