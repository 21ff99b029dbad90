"""Turnout in ballots alone: by day, from the ledger's signed heads, and by channel. Never by candidate.

A ballot counts for the day on which it was entered under a signed head, in the poll's zone. Days with
few ballots are merged with the next, so that no number stands for a handful of voters.
"""

import zoneinfo
from datetime import date
from typing import NamedTuple

from django.db.models import Sum

from .models import Checkpoint, Entry

FEWEST = 20


class Days(NamedTuple):
    """Ballots entered from the first to the last of some days, both included."""

    first: date
    last: date
    ballots: int


class Slips(NamedTuple):
    """What came in over another channel: 收到 = 有效 + 无效."""

    channel: str
    received: int
    valid: int
    invalid: int


def ballots_by_day(poll, plan) -> list[Days]:
    """Return the ballots entered until the close, day by day; [] where no head says anything of it.

    Ballots of other channels come in after the close and are left out.
    """
    close = Entry.objects.filter(poll=poll, type="close").exclude(type="ballot").order_by().first()
    if close is None:
        return []
    # Read and sorted here: few rows, and an order by number would keep their index from being used.
    acts = sorted(
        Entry.objects.filter(poll=poll, index__lt=close.index)
        .exclude(type="ballot")
        .order_by()
        .values_list("index", flat=True)
    )
    zone = zoneinfo.ZoneInfo(poll.zone)
    last_of_day = {}
    heads = Checkpoint.objects.filter(poll=poll, size__lte=close.index).order_by("size")
    for size, signed_at in heads.values_list("size", "signed_at"):
        last_of_day[signed_at.astimezone(zone).date()] = size
    days, before = [], 0
    for day, size in last_of_day.items():
        entries = size - sum(index < size for index in acts)
        ballots = entries // len(plan.sections)
        days.append(Days(day, day, ballots - before))
        before = ballots
    return merge_small(days)


def merge_small(days, fewest=FEWEST) -> list[Days]:
    """Merge each day of fewer than `fewest` ballots with the next, the last ones with those before."""
    merged = []
    waiting = None
    for each in days:
        each = _joined(waiting, each) if waiting else each
        waiting = each if each.ballots < fewest else None
        if waiting is None:
            merged.append(each)
    if waiting:
        merged[-1:] = [_joined(merged[-1], waiting)] if merged else [waiting]
    return merged


def _joined(one, other):
    return Days(one.first, other.last, one.ballots + other.ballots)


def slips_of(poll) -> list[Slips]:
    """Return what came in over each channel besides the web, from the files read to their end."""
    files = poll.channel_files.filter(complete=True)
    rows = files.values_list("channel").annotate(Sum("rows_read"), Sum("accepted"), Sum("refused"))
    return [Slips(*row) for row in rows.order_by("channel")]
