"""The review after the ballots were opened: what is held further, and what is released by rule.

Of the ballots held so far, sets that are alike, or that taken together differ from all others in too
many ways at once, stay held for people to decide. Whatever is as varied as other ballots is
released, however many came from one school or one carrier. Cells are looked at from the finest to the
coarsest, and what a fine cell has taken no longer speaks against its neighbours.
"""

from typing import NamedTuple

import numpy

from . import ADDRESS, ALIKE, BURST, NETWORK, PROGRAM
from .rules import CERTAIN, FEW, KEYS, UNKNOWN, Tags, cells

PLACES = ("address", "network", "wide", "client", "bucket")
CENTRES = 160
# So many ballots of a pattern that was not seen are taken to be there, since others' tastes differ a little.
UNSEEN = 3
# Coarser cells later: two tags before one, near ones before wide ones.
ORDER = tuple(sorted(KEYS, key=lambda key: -len(key)))


class Kept(NamedTuple):
    """A set of ballots that stays held: under which public rule, which ballots, which points for what."""

    rule: str
    rows: numpy.ndarray
    points: dict


class Usual:
    """How ballots look that nothing was found against: shares of candidates, patterns, numbers of picks."""

    def __init__(self, bits):
        self.bits = bits
        self.size = len(bits)
        self.shares = (bits.sum(axis=0) + 1) / (self.size + 2)
        patterns, counts = numpy.unique(pack(bits), return_counts=True)
        self.patterns = dict(zip(patterns.tolist(), counts.tolist(), strict=True))
        self.sample = bits[:: max(1, self.size // 2500)]

    def expected(self, pattern, ballots) -> float:
        """Return how many of so many usual ballots would carry just these marks."""
        if not self.size:
            return ballots / 50
        return ballots * (self.patterns.get(pattern, 0) + UNSEEN) / (self.size + UNSEEN)


def pack(bits):
    """Return each ballot's marks as one number of 63 bits; equal marks have equal numbers.

    Up to 63 candidates it is the marks themselves; beyond that a sum of fixed random weights, in which
    different marks meet by chance alone.
    """
    width = bits.shape[1]
    if width <= 63:
        weights = 1 << numpy.arange(width, dtype=numpy.int64)
    else:
        weights = numpy.random.default_rng(width).integers(0, 2**62, width)
    return bits.astype(numpy.int64) @ weights


def review(tags: Tags, bits, others, points: dict, limits: dict) -> list[Kept]:
    """Return the sets among the held ballots that stay held.

    `tags` and `bits` (ballots × candidates, 0 and 1) are those of the ballots held so far, `others`
    the bits of all that were not; `points` come from `rules.find`.
    """
    usual = Usual(others if len(others) >= FEW else others[:0])
    patterns = pack(bits)
    free = numpy.ones(len(bits), dtype=bool)
    kept = []

    def keep(rule, rows, found):
        kept.append(Kept(rule, rows, found))
        free[rows] = False

    certain = numpy.flatnonzero(tags.signals & CERTAIN)
    if len(certain):
        keep(PROGRAM, certain, {"program": 100})
    for rows, found in _alike(tags, patterns, usual, limits):
        rows = rows[free[rows]]
        if len(rows) >= limits["alike"]:
            keep(ALIKE, rows, found)
    for rows, found in _near(tags, bits, usual, free, limits):
        keep(ALIKE, rows, found)
    for key in ORDER:
        for name, rows in cells(tags, key, limits["least"]):
            whole, rows = len(rows), rows[free[rows]]
            # Hardly anybody else votes from where three of four ballots are held.
            company = key == ("address",) and 0 < len(rows) <= whole / 4
            if len(rows) < limits["least"] and not company:
                continue
            found = points.get(name, {}) | ({"company": 100} if company else {})
            found |= marks_evidence(bits[rows], usual, limits)
            if sum(found.values()) >= limits["hold"]:
                keep(_rule(key, found), rows, found)
    return kept


def marks_evidence(bits, usual: Usual, limits: dict) -> dict:
    """Return the points that the marks of a cell give, by what they tell.

    `far`: all shares together are far from the usual ones, in hundredths of a nat a ballot (Kullback and
    Leibler's distance less what chance gives). `pulled`: candidates that (nearly) all picked, or nobody,
    where others differ: `sure` hundredths of a nat over all ballots of the cell. `same_number`: the
    numbers of picks are nearly always one.
    """
    if not usual.size:
        return {}
    size, found = len(bits), {}
    share = (bits.sum(axis=0) + 0.5) / (size + 1)
    apart = share * numpy.log(share / usual.shares) + (1 - share) * numpy.log(
        (1 - share) / (1 - usual.shares)
    )
    width = bits.shape[1]
    by_chance = width / (2 * size) + 6 * numpy.sqrt(width / 2) / size
    distance = 100 * (apart.sum() - by_chance)
    if distance >= limits["far"] / 2:
        found["far"] = min(100, round(100 * distance / limits["far"]))
    plain = bits.mean(axis=0)
    surprise = numpy.where(
        plain >= 0.97, -numpy.log(usual.shares), numpy.where(plain <= 0.02, -numpy.log(1 - usual.shares), 0)
    )
    surprise = 100 * size * numpy.where(surprise > 0.12, surprise, 0)
    pulled = surprise[surprise >= limits["sure"]]
    if len(pulled):
        found["pulled"] = min(100, round(60 * len(pulled) + min(40, 10 * pulled.max() / limits["sure"])))
    numbers, usual_numbers = bits.sum(axis=1), usual.sample.sum(axis=1)
    commonest = numpy.bincount(numbers).argmax()
    if (numbers == commonest).mean() >= 0.98 and (usual_numbers == commonest).mean() <= 0.7:
        found["same_number"] = 40
    return found


def _alike(tags, patterns, usual, limits):
    """Yield ballots of one place, program or time with the very same marks, more than chance explains."""
    marked = _Marked(*tags, patterns)
    for part in PLACES:
        inside = numpy.bincount(getattr(tags, part)[getattr(tags, part) != UNKNOWN], minlength=1)
        for _name, rows in cells(marked, (part, "pattern"), limits["alike"]):
            ballots = inside[getattr(tags, part)[rows[0]]]
            expected = usual.expected(int(patterns[rows[0]]), ballots)
            if len(rows) >= limits["lift"] * expected:
                yield rows, {"alike": 100}


class _Marked(NamedTuple):
    """Tags with the marks beside them, for `cells`."""

    address: numpy.ndarray
    network: numpy.ndarray
    wide: numpy.ndarray
    client: numpy.ndarray
    bucket: numpy.ndarray
    signals: numpy.ndarray
    pattern: numpy.ndarray


def _near(tags, bits, usual, free, limits):
    """Yield ballots of one place, program or time whose marks lie round one centre, a few picks apart."""
    if not usual.size:
        return
    chance = numpy.random.default_rng(0)
    for part in PLACES:
        for _name, rows in cells(tags, (part,), limits["least"]):
            rows = rows[free[rows]]
            if len(rows) < limits["least"]:
                continue
            centres = bits[chance.choice(rows, min(CENTRES, len(rows)), replace=False)]
            taken = _round_centres(bits[rows], centres, usual, limits)
            if taken.any():
                yield rows[taken], {"near": 100}


def _round_centres(bits, centres, usual, limits):
    """Return which ballots lie round a centre that draws more of them than others' tastes explain."""
    taken = numpy.zeros(len(bits), dtype=bool)
    inside = _distances(bits, centres) <= limits["distance"]
    for at in numpy.argsort(-inside.sum(axis=0), kind="stable"):
        own = inside[:, at]
        if own.sum() < limits["least"] or not (own & ~taken).any():
            continue
        for _round in range(3):
            # Their own middle is a better centre than the ballot that was met by chance.
            middle = (bits[own].mean(axis=0) >= 0.5).astype(numpy.uint8)[None, :]
            own = _distances(bits, middle)[:, 0] <= limits["distance"]
        if own.sum() >= limits["least"]:
            taken |= _drawn_to(middle, bits, usual, limits)
    return taken


def _drawn_to(middle, bits, usual, limits):
    """Return the ballots round a centre, and those a little further out, that others do not explain."""
    here, elsewhere = _distances(bits, middle)[:, 0], _distances(usual.sample, middle)[:, 0]
    drawn = numpy.zeros(len(bits), dtype=bool)
    for inner, outer in ((-1, limits["distance"]), (limits["distance"], limits["distance"] + 2)):
        own = (here > inner) & (here <= outer)
        usually = ((elsewhere > inner) & (elsewhere <= outer)).sum()
        expected = len(bits) * (usually + UNSEEN) / (len(usual.sample) + UNSEEN)
        if own.sum() < max(limits["least"], limits["lift"] * expected):
            break
        drawn |= own
    return drawn


def _distances(bits, centres):
    """Return in how many candidates each ballot differs from each centre."""
    left, right = bits.astype(numpy.float32), centres.astype(numpy.float32)
    return left.sum(axis=1)[:, None] + right.sum(axis=1)[None, :] - 2 * (left @ right.T)


def _rule(key, found):
    tag = max(found, key=found.get)
    if tag in ("far", "pulled", "same_number"):
        return ALIKE
    if tag in ("client", "program", "quiet", "steady"):
        return PROGRAM
    if "address" in key:
        return ADDRESS
    return NETWORK if {"network", "wide"} & set(key) else BURST


def alike_anywhere(bits, sections, limits: dict):
    """Yield (marks' rows) of ballots with the very same marks that no place, program or time joins.

    `sections` are pairs of first and last bit of each category. A pattern must come `alike_anywhere` times
    and 20 times as often as the shares of its candidates and its numbers of picks explain; empty
    ballots and those that take each category from the top are left alone, for people do that.
    """
    if len(bits) < FEW:
        return
    patterns = pack(bits)
    values, first, counts = numpy.unique(patterns, return_index=True, return_counts=True)
    numbers = [bits[:, start:end].sum(axis=1) for start, end in sections]
    for at in numpy.flatnonzero(counts >= limits["alike_anywhere"]):
        one = bits[first[at]]
        if all(_from_the_top(one[start:end]) for start, end in sections):
            continue
        chance = numpy.mean(
            numpy.all(
                [own == one[start:end].sum() for own, (start, end) in zip(numbers, sections, strict=True)],
                axis=0,
            )
        )
        rest = bits.sum(axis=0) - counts[at] * one.astype(numpy.int64)
        shares = (rest + 1) / (len(bits) - counts[at] + 2)
        for start, end in sections:
            chance *= _chance_of(one[start:end], shares[start:end])
        if counts[at] >= 20 * max(1, chance * len(bits)):
            yield numpy.flatnonzero(patterns == values[at])


def _from_the_top(picks):
    return bool(picks.all()) or not picks[int(picks.argmin()) :].any()


def _chance_of(picks, shares):
    """Return how likely these picks are among all of their number (conditional Bernoulli)."""
    odds = shares / (1 - shares)
    sums = numpy.zeros(len(odds) + 1)
    sums[0] = 1
    for odd in odds:
        sums[1:] = sums[1:] + odd * sums[:-1]
    return float(numpy.prod(odds[picks.astype(bool)]) / sums[int(picks.sum())])
