"""What staff are shown of a group: numbers and shapes, never an address, a voter or a candidate's votes."""

import numpy

from .review import pack
from .rules import UNKNOWN, Tags, cells
from .tags import PARTS

COLUMNS = 72
LARGEST = 8
MOST_PLACES = 200


def tag_facts(tags: Tags) -> dict:
    """Return how many places and programs some ballots have, and how many were sent in an unusual way."""
    columns = {part: getattr(tags, part) for part in PARTS[:4]}
    # Numbers that few ballots share are not kept, and then nobody can say how many different ones there are.
    facts = {
        part: int(len(numpy.unique(values))) for part, values in columns.items() if (values != UNKNOWN).all()
    }
    return {**facts, "signals": int((tags.signals != 0).sum())}


def times_facts(some, every) -> dict:
    """Return when some ballots came beside all others, both as ten minutes since the opening.

    `times` holds pairs of their and all other ballots in equal stretches of `minutes`.
    """
    every = every[every != UNKNOWN]
    if not len(every):
        return {}
    width = int(every.max()) // COLUMNS + 1
    own, both = (
        numpy.bincount(times[times != UNKNOWN] // width, minlength=COLUMNS) for times in (some, every)
    )
    last = int(numpy.flatnonzero(both).max()) + 1
    pairs = zip(own[:last].tolist(), (both - own)[:last].tolist(), strict=True)
    return {"minutes": 10 * width, "times": [list(pair) for pair in pairs]}


def place_times(tags: Tags, every, least: int) -> dict:
    """Return when the ballots of each place and program came: `{"address 3": [pairs]}`, the largest ones.

    For the pictures of what stays held after the review, when each ballot's own time is not known any more.
    """
    found = {}
    for part in PARTS[:4]:
        for name, rows in cells(tags, (part,), least):
            found[name] = tags.bucket[rows]
    largest = sorted(found, key=lambda name: -len(found[name]))[:MOST_PLACES]
    return {name: times_facts(found[name], every).get("times", []) for name in largest}


def common_place(tags: Tags) -> str:
    """Return the name of the nearest place or program that all of these ballots share, '' for none."""
    for part in PARTS[:4]:
        values = numpy.unique(getattr(tags, part))
        if len(values) == 1 and values[0] != UNKNOWN:
            return f"{part} {values[0]}"
    return ""


def marks_facts(bits) -> dict:
    """Return how many ballots have the very same marks as another, and the largest such sets."""
    _values, counts = numpy.unique(pack(bits), return_counts=True)
    largest = numpy.sort(counts)[::-1][:LARGEST]
    return {
        "same": int(counts[counts > 1].sum()),
        "largest": [int(count) for count in largest if count > 1],
        "different": len(counts),
    }
