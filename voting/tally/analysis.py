"""How firm a count is, and where its votes came from: margins at the cut, by day, by channel.

A day or channel of fewer than 20 ballots is never shown by itself, nor what could be worked out of it by
taking the others from the whole: small ones are merged, and where one small one would be left over
nothing is broken down.
"""

import zoneinfo
from typing import NamedTuple

from django.db.models import Count

from ..ledger.canonical import parse_canonical
from ..models import Ballot, Checkpoint, Entry, Tally
from .count import CHUNK, count_marks
from .rules import IN, OUT, TIED

FEWEST = 20


class Margin(NamedTuple):
    """The gap at a category's cut: who is the last above it and the first below, and their votes.

    `votes` lie between them. `changed` is how many ballots would have to be changed for the list to be
    another one, `added` how many would have to be added; both are the fewest possible.
    """

    last_in: str
    first_out: str
    votes: int
    changed: int
    added: int


class Part(NamedTuple):
    """Ballots of some days or of a channel, and the votes of each candidate in the manifest's order."""

    name: str
    ballots: int
    votes: list[int]


def margin_of(part: dict) -> Margin | None:
    """Return the gap at the cut of one category of a tally; None where nobody is above or below it.

    A changed ballot can take a vote from the one and give it to the other, so it closes the gap by two;
    an added one closes it by one. Level votes are a tie, which is another outcome already; where there is
    one, the gap is 0 and nothing is needed.
    """
    above = [row for row in part["rows"] if row["standing"] in (IN, TIED)]
    below = [row for row in part["rows"] if row["standing"] in (OUT, TIED)]
    if not above or not below:
        return None
    last, first = above[-1], below[0]
    gap = last["votes"] - first["votes"]
    if TIED in (last["standing"], first["standing"]):
        return Margin(last["code"], first["code"], 0, 0, 0)
    return Margin(last["code"], first["code"], gap, (gap + 1) // 2, gap)


def margins_of(poll) -> list[Margin | None]:
    """Return the gap at the cut of each category of a counted poll."""
    tally = parse_canonical(Tally.objects.get(poll=poll).data)
    return [margin_of(part) for part in tally["categories"]]


def by_channel(poll, plan) -> list[Part]:
    """Return the counted votes of each channel; [] where there is one alone, or one too small."""
    counted = Ballot.objects.filter(poll=poll).counted()
    sizes = dict(counted.values_list("channel").annotate(count=Count("pk")).order_by("channel"))
    if len(sizes) < 2 or min(sizes.values()) < FEWEST:
        return []
    return [
        Part(name, *count_marks(plan, _stream(counted.filter(channel=name)))[:2]) for name in sorted(sizes)
    ]


def by_day(poll, plan) -> list[Part]:
    """Return the counted votes of each day, from the days' last heads; days under 20 ballots are merged.

    A ballot belongs to the day on which it was entered under a signed head, in the poll's zone. Ballots
    that came in after the close are of other channels and are left out. [] for fewer than two parts.
    """
    days = []
    for first, last, (low, high) in _merged(_days(poll, plan)):
        rows = Ballot.objects.filter(poll=poll, number__gt=low, number__lte=high).counted()
        name = f"{first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d} – {last:%Y-%m-%d}"
        days.append(Part(name, *count_marks(plan, _stream(rows))[:2]))
    small = any(0 < part.ballots < FEWEST for part in days)
    return [] if len(days) < 2 or small else days


def _days(poll, plan):
    """Yield each day twice, with its ballots' numbers as (after, up to); they are numbered as entered."""
    close = Entry.objects.filter(poll=poll, type="close").exclude(type="ballot").order_by().first()
    if close is None:
        return
    acts = sorted(
        Entry.objects.filter(poll=poll, index__lt=close.index)
        .exclude(type="ballot")
        .order_by()
        .values_list("index", flat=True)
    )
    zone, last = zoneinfo.ZoneInfo(poll.zone), {}
    heads = Checkpoint.objects.filter(poll=poll, size__lte=close.index).order_by("size")
    for size, signed_at in heads.values_list("size", "signed_at"):
        last[signed_at.astimezone(zone).date()] = size
    before = 0
    for day, size in last.items():
        number = (size - sum(index < size for index in acts)) // len(plan.sections)
        yield day, day, (before, number)
        before = number


def _merged(days):
    """Merge days of fewer than 20 ballots with the next, the last ones with those before."""
    merged, waiting = [], None
    for first, last, (low, high) in days:
        if waiting:
            first, low = waiting[0], waiting[2][0]
        waiting = (first, last, (low, high)) if high - low < FEWEST else None
        if waiting is None:
            merged.append((first, last, (low, high)))
    if waiting and merged:
        first, _last, (low, _high) = merged.pop()
        merged.append((first, waiting[1], (low, waiting[2][1])))
    return merged


def _stream(ballots):
    """Yield the marks of these ballots, joined, up to 20,000 at a time."""
    after = 0
    while True:
        chunk = ballots.filter(number__gt=after).order_by("number").values_list("number", "marks")[:CHUNK]
        rows = list(chunk)
        if not rows:
            return
        after = rows[-1][0]
        yield b"".join(bytes(marks) for _number, marks in rows)


def breakdowns(poll, plan) -> list[tuple]:
    """Return what a page shows of `by_day` and `by_channel`: kind, parts, and rows of votes a candidate."""
    found = []
    for kind, parts in (("day", by_day(poll, plan)), ("channel", by_channel(poll, plan))):
        if parts:
            columns = zip(*(part.votes for part in parts), strict=True)
            found.append((kind, parts, list(zip(plan.candidates, columns, strict=True))))
    return found
