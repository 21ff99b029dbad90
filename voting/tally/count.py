"""Count marks: one stream over the ballots, added up with NumPy."""

import hashlib

import numpy
from django.db import connection, models

from ..ledger.canonical import canonical
from ..models import Ballot, Tally
from .rules import rank

CHUNK = 20_000
LEAST_EXCLUDED = 20


class CountError(Exception):
    """The count does not add up to the ballots, or some are still under seal."""


class JoinedBytes(models.Aggregate):
    """PostgreSQL's `string_agg` over bytes, in no order: the count does not depend on it."""

    template = "string_agg(%(expressions)s, ''::bytea)"
    output_field = models.BinaryField()


def stream_marks(poll, ballots=None):
    """Yield the marks of the counted ballots (or of others of this poll), joined, up to 20,000 at a time.

    Memory stays bounded whatever their number: PostgreSQL joins each chunk itself.
    """
    numbers = Ballot.objects.filter(poll=poll).counted() if ballots is None else ballots
    last = numbers.aggregate(last=models.Max("number"))["last"] or 0
    for start in range(0, last, CHUNK):
        chunk = numbers.filter(number__gt=start, number__lte=start + CHUNK)
        if connection.vendor == "postgresql":
            yield bytes(chunk.aggregate(joined=JoinedBytes("marks"))["joined"] or b"")
        else:
            yield b"".join(chunk.values_list("marks", flat=True))


def count_marks(plan, chunks) -> tuple[int, list[int], list[int]]:
    """Return ballots, votes for each candidate in the manifest's order, blanks in each category.

    `chunks` are joined marks. A blank is a ballot with no pick in the category.
    """
    width = plan.marks_bytes
    votes = numpy.zeros(len(plan.candidates), dtype=numpy.int64)
    blanks = numpy.zeros(len(plan.sections), dtype=numpy.int64)
    ballots = 0
    for chunk in chunks:
        rows = numpy.frombuffer(chunk, dtype=numpy.uint8).reshape(-1, width)
        bits = numpy.unpackbits(rows, axis=1, count=len(plan.candidates))
        ballots += len(rows)
        votes += bits.sum(axis=0, dtype=numpy.int64)
        start = 0
        for at, category in enumerate(plan.sections):
            end = start + len(category.candidates)
            blanks[at] += int((~bits[:, start:end].any(axis=1)).sum())
            start = end
    return ballots, votes.tolist(), blanks.tolist()


def tally_document(poll, plan) -> dict:
    """Count a poll and return the outcome as canonical JSON can hold it.

    Per category: places, ballots without a pick, and its candidates by votes with rank and standing
    (`rules.rank`). Raises CountError unless counted and not counted ballots are all there are.
    """
    ballots, votes, blanks = count_marks(plan, stream_marks(poll))
    every = Ballot.objects.filter(poll=poll)
    not_counted = dict(
        every.exclude(fault="").values_list("fault").annotate(count=models.Count("pk")).order_by("fault")
    )
    if excluded := every.excluded().count():
        not_counted["excluded"] = excluded
    if ballots + sum(not_counted.values()) != every.count():
        raise CountError(f"{ballots} counted and {not_counted} not counted are not all ballots.")
    votes_of = dict(zip((candidate.code for candidate in plan.candidates), votes, strict=True))
    document = {
        "format": "shortlist/tally/v1",
        "poll": plan.uid,
        "manifest": plan.sha256,
        "ballots": ballots,
        "not_counted": not_counted,
        "channels": dict(
            every.counted().values_list("channel").annotate(count=models.Count("pk")).order_by("channel")
        ),
        "categories": [
            {
                "code": category.code,
                "places": category.places,
                "blank": blank,
                "rows": rank(
                    [(candidate.code, votes_of[candidate.code]) for candidate in category.candidates],
                    category.places,
                    plan.rules["least_votes"],
                    plan.withdrawn,
                ),
            }
            for category, blank in zip(plan.sections, blanks, strict=True)
        ],
    }
    if excluded:
        document["with_excluded"] = _with_excluded(poll, plan, document["categories"], excluded)
    return document


def _with_excluded(poll, plan, categories, excluded):
    """Return what the count would be with the excluded ballots, and whether the list would differ.

    Of fewer than `LEAST_EXCLUDED` only the latter: the difference would tell what few ballots chose.
    """
    _count, votes, _blanks = count_marks(
        plan, stream_marks(poll, Ballot.objects.filter(poll=poll).excluded())
    )
    more = dict(zip((candidate.code for candidate in plan.candidates), votes, strict=True))
    found = []
    for part in categories:
        votes = {row["code"]: row["votes"] + more[row["code"]] for row in part["rows"]}
        pairs = [
            (candidate.code, votes[candidate.code])
            for candidate in plan.candidates
            if candidate.code in votes
        ]
        rows = rank(pairs, part["places"], plan.rules["least_votes"], plan.withdrawn)
        standing = {row["code"]: row["standing"] for row in part["rows"]}
        found.append(
            {
                "code": part["code"],
                "changes_list": {row["code"]: row["standing"] for row in rows} != standing,
                "rows": rows if excluded >= LEAST_EXCLUDED else [],
            }
        )
    return found


def save_tally(poll, plan, at) -> Tally:
    """Count a poll and keep what was found. Call it inside a transaction on a locked poll."""
    data = canonical(tally_document(poll, plan))
    return Tally.objects.create(poll=poll, data=data, sha256=hashlib.sha256(data).hexdigest(), counted_at=at)
