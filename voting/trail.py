"""The audit trail: what staff did to a poll, each line chained to the one before it.

Nobody can change or remove a line (triggers), and the chain's end is anchored in the public ledger, so
that a trail that was exchanged as a whole would show too.
"""

import hashlib
from datetime import UTC

from django.db import transaction
from django.utils import timezone

from .heads import append_entries
from .keeper import locked_poll
from .ledger.canonical import canonical
from .models import Event

START = "0" * 64


def record(poll, who: str, act: str, at=None, **detail) -> Event:
    """Write one line of a poll's audit trail, in the caller's transaction or one of its own.

    `who` is a user name, or the program that acted by itself; `detail` holds what JSON can (texts, whole
    numbers, lists), and nothing of any voter.
    """
    at = (at or timezone.now()).astimezone(UTC)
    with transaction.atomic():
        locked_poll(poll)
        last = Event.objects.filter(poll=poll).order_by("-number").first()
        number = last.number + 1 if last else 1
        event = Event(poll=poll, number=number, at=at, who=who, act=act, detail=detail)
        event.sha256 = _chained(last.sha256 if last else START, event)
        event.save(force_insert=True)
    return event


def check(poll) -> tuple[int, int | None]:
    """Return how many lines a trail has, and the number of the first that does not fit (None: all do)."""
    before, count = START, 0
    for event in Event.objects.filter(poll=poll).order_by("number").iterator():
        count += 1
        if event.number != count or event.sha256 != _chained(before, event):
            return count, event.number
        before = event.sha256
    return count, None


def anchor(poll, at):
    """Enter the end of a poll's trail into its ledger. Call it in a transaction on the locked poll."""
    last = Event.objects.filter(poll=poll).order_by("-number").first()
    if last is None or not poll.frozen:
        return
    leaf = {
        "type": "audit",
        "act": "trail",
        "at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "events": last.number,
        "sha256": last.sha256,
    }
    append_entries(poll, [("audit", canonical(leaf))])


def _chained(before, event):
    line = {
        "number": event.number,
        # Databases keep microseconds; both write the same moment.
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "who": event.who,
        "act": event.act,
        "detail": event.detail,
    }
    return hashlib.sha256(before.encode() + canonical(line)).hexdigest()
