"""From rows to the arrays that the rules work on, and back."""

from datetime import UTC

import numpy
from django.db.models import Max

from ..models import Ballot, BallotTag, HeldBallot
from .rules import UNKNOWN, Tags
from .tags import BUCKET_SECONDS, LENGTH, PARTS, TAG_BYTES, bucket_bytes, tag_of

CHUNK = 20_000
WEB = "web"


def read_tags(poll, key: bytes):
    """Return the primary keys of all ballots with tags, ascending, and their Tags.

    Digests become numbers that say no more than which are equal. The tag key turns those of the ten
    minutes back into time; one that is no time of this poll is unknown.
    """
    ballots, joined = [], []
    rows = BallotTag.objects.filter(poll=poll).order_by("ballot_id").values_list("ballot_id", "tags")
    for ballot, tags in rows.iterator(chunk_size=CHUNK):
        ballots.append(ballot)
        joined.append(bytes(tags))
    table = numpy.frombuffer(b"".join(joined), dtype=numpy.uint8).reshape(-1, LENGTH)
    columns = {
        part: numpy.ascontiguousarray(table[:, at * TAG_BYTES : (at + 1) * TAG_BYTES]).view(">u8").reshape(-1)
        for at, part in enumerate(PARTS)
    }
    numbers = {part: _numbered(column) for part, column in columns.items() if part != "bucket"}
    numbers["bucket"] = _times(columns["bucket"], poll, key)
    return numpy.array(ballots, dtype=numpy.int64), Tags(**numbers, signals=table[:, -1].copy())


def _numbered(column):
    values, number = numpy.unique(column, return_inverse=True)
    number = number.reshape(-1).astype(numpy.int64)
    return numpy.where(column == 0, UNKNOWN, number) if len(values) else number


def _times(column, poll, key):
    """Return how many ten minutes lie between the opening and each ballot."""
    first, last = (
        int(moment.astimezone(UTC).timestamp()) // BUCKET_SECONDS
        for moment in (poll.opens_at, poll.closed_at)
    )
    known = {
        int.from_bytes(tag_of(key, "bucket", bucket_bytes(number)), "big"): number - first
        for number in range(first, last + 1)
    }
    values, number = numpy.unique(column, return_inverse=True)
    return numpy.array([known.get(int(value), UNKNOWN) for value in values], dtype=numpy.int64)[
        number.reshape(-1)
    ]


def read_held(group_ids):
    """Return the primary keys of the ballots in these groups, ascending, and what is left of their Tags."""
    fields = ("ballot_id", *PARTS, "signals")
    rows = HeldBallot.objects.filter(group_id__in=group_ids).order_by("ballot_id").values_list(*fields)
    table = numpy.array(
        [[UNKNOWN if value is None else value for value in row] for row in rows.iterator(chunk_size=CHUNK)],
        dtype=numpy.int64,
    ).reshape(-1, len(fields))
    columns = [table[:, at].copy() for at in range(len(fields))]
    return columns[0], Tags(*columns[1:6], columns[6].astype(numpy.uint8))


def held_rows(group, ballots, tags: Tags) -> list[HeldBallot]:
    """Return rows of held ballots with what is kept of their tags (`rules.hide_rare`)."""
    columns = {
        part: [None if value == UNKNOWN else value for value in getattr(tags, part).tolist()]
        for part in PARTS
    }
    return [
        HeldBallot(
            ballot_id=ballot,
            group=group,
            signals=int(tags.signals[at]),
            **{part: columns[part][at] for part in PARTS},
        )
        for at, ballot in enumerate(ballots.tolist())
    ]


def read_marks(poll, plan):
    """Return the primary keys of the opened ballots of the web, ascending, and their marks as 0 and 1."""
    rows = Ballot.objects.filter(poll=poll, channel=WEB).opened()
    last = rows.aggregate(last=Max("number"))["last"] or 0
    keys, joined = [], []
    for start in range(0, last, CHUNK):
        chunk = rows.filter(number__gt=start, number__lte=start + CHUNK).values_list("pk", "marks")
        for ballot, marks in chunk:
            keys.append(ballot)
            joined.append(bytes(marks))
    table = numpy.frombuffer(b"".join(joined), dtype=numpy.uint8).reshape(-1, plan.marks_bytes)
    bits = numpy.unpackbits(table, axis=1, count=len(plan.candidates))
    order = numpy.argsort(keys) if keys else []
    return numpy.array(keys, dtype=numpy.int64)[order], bits[order]


def sections_of(plan) -> list[tuple[int, int]]:
    """Return the first and last bit of each category."""
    found, start = [], 0
    for category in plan.sections:
        found.append((start, start + len(category.candidates)))
        start += len(category.candidates)
    return found
