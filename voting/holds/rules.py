"""Which ballots of a closed poll look like the work of one hand, by their tags alone.

No ballot is opened yet. A cell is a set of ballots that share one or two tags; evidence is what in a cell
differs from all ballots outside it, in points of which 100 hold it (`review.py`). Here a cell is held
until the review where it is large, sudden, or has points enough that its marks must be looked at.
All of it is arithmetic on arrays: no database, no clock, and the same answer for the same ballots.
"""

from typing import NamedTuple

import numpy

from . import ADDRESS, BURST, NETWORK, PROGRAM, SIGNALS

# Whole numbers alone, since they stand in the manifest. What each decides is told in docs/stuffing.md.
DEFAULTS = {
    "least": 20,
    "address": 20,
    "network": 60,
    "wide": 300,
    "outlier": 6,
    "burst": 3,
    "burst_least": 60,
    "lift": 5,
    "quiet_percent": 5,
    "quiet_share": 25,
    "steady_percent": 40,
    "rate": 250,
    "look": 40,
    "hold": 100,
    "alike": 15,
    "alike_anywhere": 40,
    "distance": 4,
    "far": 140,
    "sure": 1200,
}
UNKNOWN = -1
HOUR = 6  # buckets of ten minutes
MARKED = SIGNALS["no_script"] | SIGNALS["no_work"] | SIGNALS["fast"] | SIGNALS["honeypot"]
CERTAIN = SIGNALS["honeypot"]
# Fewer ballots outside a cell than this are no measure of what is usual.
FEW = 50
CROWD = 10
# Cells whose tags are looked at, one or two tags each.
KEYS = (
    ("address",), ("network",), ("wide",), ("client",), ("bucket",),
    ("address", "client"), ("network", "client"), ("wide", "client"), ("bucket", "client"),
    ("address", "marked"), ("network", "marked"), ("wide", "marked"), ("client", "marked"),
    ("bucket", "marked"),
    ("address", "bucket"), ("network", "bucket"), ("wide", "bucket"),
)  # fmt: skip


class Tags(NamedTuple):
    """Tags of all ballots as numbers: equal numbers are equal tags, `UNKNOWN` is none.

    `bucket` counts ten minutes, so that its order is time; `signals` are bits of `SIGNALS`.
    """

    address: numpy.ndarray
    network: numpy.ndarray
    wide: numpy.ndarray
    client: numpy.ndarray
    bucket: numpy.ndarray
    signals: numpy.ndarray

    @property
    def marked(self):
        """Return 1 for ballots whose sending looked like a program's, else `UNKNOWN`."""
        return numpy.where(self.signals & MARKED, 1, UNKNOWN)

    def take(self, rows):
        """Return the tags of some ballots."""
        return Tags(*(part[rows] for part in self))


class Found(NamedTuple):
    """Ballots to be held until the review, by rule, and the points of the cells that had any."""

    held: dict
    points: dict


def thresholds(brakes: dict) -> dict:
    """Return the thresholds in force: the defaults, and what a poll's own `brakes["holds"]` says instead.

    ValueError names a threshold that does not exist or is no whole number from 1.
    """
    own = brakes.get("holds", {})
    wrong = [
        name for name, value in own.items() if name not in DEFAULTS or type(value) is not int or value < 1
    ]
    if wrong:
        raise ValueError(", ".join(sorted(wrong)))
    return DEFAULTS | own


def cells(tags: Tags, key, least: int):
    """Yield name and ballots (ascending) of each cell of this key with at least so many ballots.

    Ballots of which a tag is unknown are in no cell. The name is `part value part value`.
    """
    parts = [getattr(tags, part) for part in key]
    known = numpy.flatnonzero(numpy.all([part != UNKNOWN for part in parts], axis=0))
    if not len(known):
        return
    columns = numpy.stack([part[known] for part in parts])
    order = numpy.lexsort(columns[::-1])
    columns = columns[:, order]
    edges = numpy.flatnonzero(numpy.any(columns[:, 1:] != columns[:, :-1], axis=0)) + 1
    starts, ends = numpy.r_[0, edges], numpy.r_[edges, len(known)]
    for start, end in zip(starts, ends, strict=True):
        if end - start >= least:
            name = " ".join(f"{part} {value}" for part, value in zip(key, columns[:, start], strict=True))
            yield name, numpy.sort(known[order[start:end]])


def find(tags: Tags, limits: dict) -> Found:
    """Return which ballots are held until their marks are known, each under one rule, and why."""
    size = len(tags.signals)
    rule_of = numpy.full(size, "", dtype="U8")
    points = {}

    def hold(rows, rule):
        rows = rows[rule_of[rows] == ""]
        rule_of[rows] = rule

    hold(numpy.flatnonzero(tags.signals & CERTAIN), PROGRAM)
    totals = Totals(tags, limits)
    for key in KEYS:
        for name, rows in cells(tags, key, limits["least"]):
            found = totals.evidence(key, rows)
            if found:
                points[name] = found
            if sum(found.values()) >= limits["look"]:
                hold(rows, rule_for(key, found))
    for part, rule in (("address", ADDRESS), ("network", NETWORK), ("wide", NETWORK)):
        for rows in _large(getattr(tags, part), limits[part], limits["outlier"] if part != "address" else 0):
            hold(rows, rule)
    for rows in _bursts(tags, limits):
        hold(rows, BURST)
    held = {rule: numpy.flatnonzero(rule_of == rule) for rule in (BURST, ADDRESS, NETWORK, PROGRAM)}
    return Found({rule: rows for rule, rows in held.items() if len(rows) >= limits["least"]}, points)


def hide_rare(tags: Tags, least: int) -> Tags:
    """Return the tags without the numbers that fewer than `least` of these ballots share.

    This is all that is kept of tags until held ballots are decided: no cell of fewer ballots is looked at.
    """
    columns = []
    for values in tags[:5]:
        known = values != UNKNOWN
        counts = numpy.bincount(values[known], minlength=1)
        often = numpy.zeros(len(values), dtype=bool)
        often[known] = counts[values[known]] >= least
        columns.append(numpy.where(often, values, UNKNOWN))
    return Tags(*columns, tags.signals)


def rule_for(key, found: dict) -> str:
    """Return the public name of the rule that found a cell."""
    if {"client", "program", "quiet", "steady"} & found.keys():
        return PROGRAM
    if "address" in key:
        return ADDRESS
    return NETWORK if {"network", "wide"} & set(key) else BURST


class Totals:
    """What is usual: each cell is compared with the ballots outside it."""

    def __init__(self, tags: Tags, limits: dict):
        self.tags, self.limits = tags, limits
        self.size = len(tags.signals)
        self.marked = tags.marked
        first = tags.bucket.min() if self.size else 0
        self.hour = (tags.bucket - first) // HOUR
        self.hours = _hours(tags.network, self.hour)
        self.parents = {}

    def evidence(self, key, rows) -> dict:
        """Return the points that the tags of a cell give, by what they tell."""
        limits, found = self.limits, {}
        if len(key) == 2 and key[1] in ("client", "marked"):
            excess = self._excess(key, rows)
            if excess:
                found["client" if key[1] == "client" else "program"] = round(110 * excess)
        elif "bucket" not in key and (share := self._quiet_share(rows)) >= limits["quiet_share"] / 2:
            found["quiet"] = min(100, round(100 * share / limits["quiet_share"]))
        if key == ("address", "bucket") and len(rows) >= limits["rate"]:
            found["rate"] = 40
        if "bucket" not in key and self._is_steady(rows):
            found["steady"] = 60
        return found

    def _excess(self, key, rows) -> float:
        """Return the part of a cell that is more than its second tag's share elsewhere explains, else 0."""
        parent, second = getattr(self.tags, key[0]), getattr(self, key[1], None)
        second = getattr(self.tags, key[1]) if second is None else second
        inside = self._count(key[0], parent)[parent[rows[0]]]
        total = self._count(key[1], second)[second[rows[0]]]
        outside = self.size - inside
        if outside < FEW:
            return 0
        expected = inside * (total - len(rows) + 1) / (outside + 1)
        return 1 - expected / len(rows) if len(rows) >= self.limits["lift"] * expected else 0

    def _count(self, name, values):
        if name not in self.parents:
            self.parents[name] = numpy.bincount(values[values != UNKNOWN])
        return self.parents[name]

    def _quiet_share(self, rows) -> float:
        """Return how many in a hundred of a cell came in the hours in which hardly anybody else came."""
        if self.hours.sum() < FEW or len(self.hours) < 12:
            return 0
        order = numpy.argsort(self.hours, kind="stable")
        running = numpy.cumsum(self.hours[order])
        few = order[running * 100 <= self.limits["quiet_percent"] * running[-1]]
        own = numpy.bincount(self.hour[rows], minlength=len(self.hours))[few]
        # A single crowded night is an event; a timer comes night after night, hour after hour.
        return 100 * own.sum() / len(rows) if numpy.count_nonzero(own) >= 4 else 0

    def _is_steady(self, rows) -> bool:
        """Say whether ballots came as evenly as a clock strikes; people come in crowds and leave gaps."""
        hours = self.hour[rows]
        counts = numpy.bincount(hours - hours.min())
        if len(counts) < 24 or counts.mean() < 1.5:
            return False
        return 100 * counts.var() / counts.mean() < self.limits["steady_percent"]


def _hours(network, hour):
    """Return the ballots of each hour, of one network `CROWD` at most: crowds do not say when people vote."""
    counts = numpy.bincount(hour[network == UNKNOWN], minlength=int(hour.max(initial=0)) + 1)
    known = network != UNKNOWN
    pairs, times = numpy.unique(numpy.stack([network[known], hour[known]]), axis=1, return_counts=True)
    numpy.add.at(counts, pairs[1], numpy.minimum(times, CROWD))
    return counts


def _large(values, least, outlier):
    """Yield the ballots of each tag value with unusually many: so many, and a multiple of the middle one."""
    known = numpy.flatnonzero(values != UNKNOWN)
    if not len(known):
        return
    counts = numpy.bincount(values[known])
    middle = numpy.median(counts[counts > 0])
    for value in numpy.flatnonzero(counts >= max(least, outlier * middle)):
        yield numpy.flatnonzero(values == value)


def _bursts(tags, limits):
    """Yield the ballots of each ten minutes that tower over those around them, in all or in one network."""
    first = tags.bucket.min() if len(tags.bucket) else 0
    for part in (None, "wide"):
        groups = [numpy.arange(len(tags.bucket))]
        if part:
            groups = [rows for _name, rows in cells(tags, (part,), limits["burst_least"])]
        for rows in groups:
            counts = numpy.bincount(tags.bucket[rows] - first) if len(rows) else numpy.zeros(0, int)
            for bucket in numpy.flatnonzero(counts >= limits["burst_least"]):
                around = counts[max(0, bucket - 18) : bucket + 19]
                usual = max(numpy.median(around), counts.sum() / len(counts))
                if counts[bucket] >= limits["burst"] * usual:
                    yield rows[tags.bucket[rows] - first == bucket]
