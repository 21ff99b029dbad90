"""An honest population as arrays: households, a school behind one address, phones behind one carrier."""

from typing import NamedTuple

import numpy

from voting.holds import SIGNALS
from voting.holds.rules import Tags

CANDIDATES = (13, 12)
MOST = 10
HOUR = 6  # buckets of ten minutes
DAYS = 4
# Ballots cast in each hour of a day, of 1000: hardly any between two and five in the morning.
HOURS = numpy.array(
    [12, 5, 2, 1, 1, 3, 12, 32, 52, 62, 62, 58, 66, 55, 48, 46, 48, 52, 58, 74, 90, 84, 52, 25], dtype=float
)
HOME, SCHOOL, CARRIER = 0, 1, 2


class Crowd(NamedTuple):
    """Ballots as arrays. Addresses are 32-bit numbers, as of IPv4; `client` is the number of a browser."""

    address: numpy.ndarray
    client: numpy.ndarray
    bucket: numpy.ndarray
    signals: numpy.ndarray
    bits: numpy.ndarray
    group: numpy.ndarray

    def tags(self) -> Tags:
        """Return the cluster tags that the ballots would have had, as numbers."""
        return Tags(
            numbered(self.address),
            numbered(self.address >> 8),
            numbered(self.address >> 16),
            self.client,
            self.bucket,
            self.signals,
        )


def numbered(values):
    """Return the same values as numbers from 0."""
    return numpy.unique(values, return_inverse=True)[1].reshape(-1)


def joined(crowds) -> Crowd:
    """Return several crowds as one."""
    return Crowd(*(numpy.concatenate(parts) for parts in zip(*crowds, strict=True)))


def appeal():
    """Return how much each candidate is liked, skewed as such lists are: the same in every run."""
    return numpy.random.default_rng(7).normal(0, 1.1, sum(CANDIDATES))


def marks(chance, count, shift=None):
    """Return honest marks: shared tastes, tastes of three kinds of people, and everybody's own.

    Most people use up their picks; some pick a few, some take a category from the top, some leave one empty.
    """
    liked = appeal() + (0 if shift is None else shift)
    kinds = numpy.random.default_rng(8).normal(0, 0.7, (3, sum(CANDIDATES)))
    own = liked + kinds[chance.integers(0, 3, count)] + chance.gumbel(0, 1.2, (count, sum(CANDIDATES)))
    bits = numpy.zeros((count, sum(CANDIDATES)), dtype=numpy.uint8)
    start = 0
    full = chance.random(count) < 0.55
    lazy = chance.random(count) < 0.03
    for size in CANDIDATES:
        number = numpy.where(full, MOST, chance.integers(0, MOST + 1, count))
        rank = numpy.argsort(numpy.argsort(-own[:, start : start + size], axis=1), axis=1)
        rank[lazy] = numpy.arange(size)
        bits[:, start : start + size] = rank < number[:, None]
        start += size
    return bits


def times(chance, count):
    """Return the ten minutes in which so many people come, day and night as people do."""
    hour = chance.choice(24, count, p=HOURS / HOURS.sum())
    day = chance.choice(DAYS, count, p=[0.4, 0.25, 0.2, 0.15])
    return (day * 24 + hour) * HOUR + chance.integers(0, HOUR, count)


def clients(chance, count):
    """Return browsers: 500 kinds, few of them on most phones."""
    share = 1 / numpy.arange(4, 504)
    return chance.choice(500, count, p=share / share.sum())


def signals(chance, count):
    """Return what honest sending looks like: some browsers run no script, a few people are very quick."""
    found = numpy.zeros(count, dtype=numpy.uint8)
    found[chance.random(count) < 0.03] = SIGNALS["no_script"] | SIGNALS["no_work"]
    found[chance.random(count) < 0.01] |= SIGNALS["fast"]
    return found


def homes(chance, households):
    """Return households of one to five people behind one address each, some of whom vote alike."""
    people = chance.choice([1, 2, 3, 4, 5], households, p=[0.45, 0.28, 0.17, 0.07, 0.03])
    home = numpy.repeat(numpy.arange(households), people)
    network = numpy.repeat(chance.integers(0, households // 3 + 1, households), people)
    area = network % 60
    count = len(home)
    # Networks lie in 60 parts of the province; homes have addresses of their own in them.
    address = ((20 << 24) | (area << 16) | ((network // 60 % 256) << 8)).astype(numpy.int64)
    address |= numpy.repeat(chance.integers(1, 255, households), people)
    bits, bucket = marks(chance, count), times(chance, count)
    first = numpy.r_[True, home[1:] != home[:-1]]
    leader = numpy.maximum.accumulate(numpy.where(first, numpy.arange(count), 0))
    copies = ~first & (chance.random(count) < 0.3)
    bits[copies] = bits[leader[copies]]
    together = ~first & (chance.random(count) < 0.5)
    bucket[together] = bucket[leader[together]]
    return Crowd(
        address, clients(chance, count), bucket, signals(chance, count), bits, numpy.full(count, HOME)
    )


def school(chance, count=500):
    """Return a school: one address, an hour and a half, tastes of its own, phones and one computer room."""
    taste = chance.normal(0, 0.4, sum(CANDIDATES))
    bucket = 24 * HOUR + 10 * HOUR + (9 * chance.beta(2, 2, count)).astype(numpy.int64)
    found = signals(chance, count) | SIGNALS["over_address"]
    return Crowd(
        numpy.full(count, (30 << 24) | (1 << 16) | (1 << 8) | 9, dtype=numpy.int64),
        clients(chance, count),
        bucket,
        found.astype(numpy.uint8),
        marks(chance, count, taste),
        numpy.full(count, SCHOOL),
    )


def carrier(chance, count=20_000):
    """Return phones behind the 254 addresses of one carrier's /24, all within an hour."""
    taste = chance.normal(0, 0.15, sum(CANDIDATES))
    found = signals(chance, count) | SIGNALS["over_network"]
    return Crowd(
        ((40 << 24) | (7 << 16) | (3 << 8)) + chance.integers(1, 255, count),
        clients(chance, count),
        20 * HOUR + chance.integers(0, HOUR, count),
        found.astype(numpy.uint8),
        marks(chance, count, taste),
        numpy.full(count, CARRIER),
    )


def honest(chance, scale=1.0) -> Crowd:
    """Return the whole honest population: some 10,000 at home, a school of 500, 20,000 phones."""
    return joined(
        [
            homes(chance, round(5200 * scale)),
            school(chance, max(60, round(500 * scale))),
            carrier(chance, round(20_000 * scale)),
        ]
    )
