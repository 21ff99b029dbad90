"""Both looks one after the other, on arrays: for the simulator and for tests of the rules."""

import numpy

from .review import alike_anywhere, review
from .rules import Tags, find, hide_rare


def look(tags: Tags, bits, sections, limits: dict):
    """Return two arrays of truths: held before the ballots were opened, and still held after the review."""
    found = find(tags, limits)
    first = numpy.zeros(len(bits), dtype=bool)
    for rows in found.held.values():
        first[rows] = True
    rows, still = numpy.flatnonzero(first), numpy.zeros(len(bits), dtype=bool)
    known = hide_rare(tags.take(rows), limits["least"])
    for alike in alike_anywhere(bits, sections, limits):
        still[alike] = True
    # What is usual is not told by a slate that came from everywhere.
    for kept in review(known, bits[rows], bits[~first & ~still], found.points, limits):
        still[rows[kept.rows]] = True
    return first, still
