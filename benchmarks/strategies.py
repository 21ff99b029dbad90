"""Ways of stuffing, each a function of the honest crowd that returns the ballots it adds."""

import numpy

from voting.holds import SIGNALS

from .crowd import CANDIDATES, DAYS, HOUR, MOST, Crowd, clients, marks, times

# Candidates that the stuffer wants in: neither of them is near the cut by itself.
TARGETS = (5, 18)
SLATE = (0, 2, 3, 5, 6, 8, 9, 10, 11, 12, 13, 14, 16, 18, 19, 20, 21, 22, 23, 24)
WIDTH = sum(CANDIDATES)
NONE = 0
SCRIPT = SIGNALS["no_script"] | SIGNALS["no_work"]
FOUL = 9


def slate(chance, count, changes=0):
    """Return so many times the same picks, each with up to so many exchanged."""
    bits = numpy.zeros((count, WIDTH), dtype=numpy.uint8)
    bits[:, SLATE] = 1
    for row in bits:
        for _change in range(chance.integers(0, changes + 1) if changes else 0):
            start, end = ((0, 13), (13, 25))[chance.integers(0, 2)]
            on, off = (
                numpy.flatnonzero(row[start:end]) + start,
                numpy.flatnonzero(row[start:end] == 0) + start,
            )
            on = [at for at in on if at not in TARGETS]
            row[chance.choice(on)], row[chance.choice(off)] = 0, 1
    return bits


def shared_picks(chance, count):
    """Return ballots that share two targets, all other picks by chance."""
    scores = chance.random((count, WIDTH))
    scores[:, TARGETS] = 2
    return _best(scores)


def mimic(chance, count, targets=()):
    """Return ballots drawn like honest ones, with the targets added where they were not picked."""
    bits = marks(chance, count)
    for target in targets:
        start, end = (0, 13) if target < 13 else (13, 25)
        over = (bits[:, target] == 0) & (bits[:, start:end].sum(axis=1) >= MOST)
        for at in numpy.flatnonzero(over):
            picked = [
                place for place in numpy.flatnonzero(bits[at, start:end]) + start if place not in targets
            ]
            bits[at, chance.choice(picked)] = 0
        bits[:, target] = 1
    return bits


def _best(scores):
    bits = numpy.zeros(scores.shape, dtype=numpy.uint8)
    start = 0
    for size in CANDIDATES:
        rank = numpy.argsort(numpy.argsort(-scores[:, start : start + size], axis=1), axis=1)
        bits[:, start : start + size] = rank < MOST
        start += size
    return bits


def evenly(count):
    """Return times as a timer sets them, day and night."""
    return (numpy.arange(count) * DAYS * 24 * HOUR) // count


def within(chance, count, start_hour, hours):
    """Return times by chance within so many hours."""
    return (start_hour * HOUR + chance.integers(0, max(1, round(hours * HOUR)), count)).astype(numpy.int64)


def one(count, value):
    return numpy.full(count, value, dtype=numpy.int64)


def addresses(chance, count, bits, base):
    """Return addresses by chance in a network of so many bits."""
    return base + chance.integers(1, 2 ** (32 - bits) - 1, count)


def proxies(chance, count):
    """Return addresses all over the world, one network each."""
    return (60 << 24) + chance.choice(2**27, count, replace=False).astype(numpy.int64) * 1


def foul(address, client, bucket, bits, found=NONE):
    count = len(bits)
    return Crowd(
        address, client, bucket, numpy.full(count, found, dtype=numpy.uint8), bits, numpy.full(count, FOUL)
    )


OFFICE = (50 << 24) | (9 << 16) | (4 << 8) | 77
RENTED = (51 << 24) | (3 << 16) | (8 << 8)
BLOCK = (52 << 24) | (6 << 16)
CARRIER_NET = (40 << 24) | (7 << 16) | (3 << 8)
NEW_CLIENT = 600
COMMON_CLIENT = 1


def nothing(_crowd, _chance):
    """No stuffing at all: what honest voters pay."""
    return


def one_address(_crowd, chance, count=1000):
    return foul(
        one(count, OFFICE), one(count, NEW_CLIENT), within(chance, count, 30, 6), slate(chance, count), SCRIPT
    )


def over_a_24(_crowd, chance, count=1500):
    return foul(
        addresses(chance, count, 24, RENTED),
        clients(chance, count),
        within(chance, count, 33, 8),
        slate(chance, count),
    )


def over_a_64(_crowd, chance, count=1000):
    """One IPv6 /64 is one address tag, whatever its last 64 bits are."""
    return foul(
        one(count, OFFICE + 1), clients(chance, count), within(chance, count, 31, 10), slate(chance, count, 2)
    )


def many_agents(_crowd, chance, count=1000):
    return foul(
        one(count, OFFICE),
        chance.integers(700, 5000, count),
        within(chance, count, 30, 12),
        slate(chance, count, 1),
    )


def burst_in_honest_hours(_crowd, chance, count=1500):
    """From all over the world within twenty minutes of the evening, one slate."""
    return foul(
        proxies(chance, count), clients(chance, count), within(chance, count, 44, 1 / 3), slate(chance, count)
    )


def burst_with_changes(_crowd, chance, count=1500):
    return foul(
        proxies(chance, count),
        clients(chance, count),
        within(chance, count, 44, 1 / 3),
        slate(chance, count, 2),
    )


def random_marks(_crowd, chance, count=1000):
    return foul(
        one(count, OFFICE), clients(chance, count), within(chance, count, 33, 12), shared_picks(chance, count)
    )


def random_marks_over_a_24(_crowd, chance, count=1500):
    return foul(
        addresses(chance, count, 24, RENTED),
        clients(chance, count),
        within(chance, count, 33, 40),
        shared_picks(chance, count),
    )


def slow_drip(_crowd, chance, count=300):
    """Three an hour, day and night, from one address, drawn like honest ballots with two targets added."""
    return foul(one(count, OFFICE), clients(chance, count), evenly(count), mimic(chance, count, TARGETS))


def slow_drip_by_day(_crowd, chance, count=300):
    return foul(
        one(count, OFFICE), clients(chance, count), times(chance, count), mimic(chance, count, TARGETS)
    )


def slow_drip_alike_by_day(_crowd, chance, count=200):
    return foul(one(count, OFFICE), clients(chance, count), times(chance, count), slate(chance, count, 2))


def rotating_in_a_16(_crowd, chance, count=1500):
    """Another /24 of one /16 for each ballot, two targets, the rest by chance."""
    return foul(
        addresses(chance, count, 16, BLOCK),
        clients(chance, count),
        times(chance, count),
        shared_picks(chance, count),
    )


def rotating_alike(_crowd, chance, count=1500):
    return foul(
        addresses(chance, count, 16, BLOCK),
        clients(chance, count),
        times(chance, count),
        slate(chance, count, 2),
    )


def rotating_in_a_home_16(_crowd, chance, count=1500):
    """The same inside a /16 in which honest households live."""
    return foul(
        addresses(chance, count, 16, (20 << 24) | (5 << 16)),
        clients(chance, count),
        times(chance, count),
        shared_picks(chance, count),
    )


def mimic_one_agent(_crowd, chance, count=1000):
    """Like honest ballots in all but the browser, which is one, from one address."""
    return foul(one(count, OFFICE), one(count, COMMON_CLIENT), times(chance, count), mimic(chance, count))


def mimic_one_agent_over_a_16(_crowd, chance, count=1000):
    return foul(
        addresses(chance, count, 16, BLOCK),
        one(count, COMMON_CLIENT),
        times(chance, count),
        mimic(chance, count, TARGETS),
    )


def mimic_rare_agent_anywhere(_crowd, chance, count=1000):
    """Proxies all over the world, one browser that nobody else has, evenly by day and night."""
    return foul(proxies(chance, count), one(count, NEW_CLIENT), evenly(count), mimic(chance, count, TARGETS))


def inside_the_carrier(_crowd, chance, count=1000):
    """Hidden among 20,000 honest phones of one /24, in their hour: one slate."""
    return foul(
        addresses(chance, count, 24, CARRIER_NET),
        clients(chance, count),
        within(chance, count, 20, 1),
        slate(chance, count),
    )


def inside_the_carrier_changed(_crowd, chance, count=1000):
    return foul(
        addresses(chance, count, 24, CARRIER_NET),
        clients(chance, count),
        within(chance, count, 20, 1),
        slate(chance, count, 2),
    )


def inside_the_school(_crowd, chance, count=200):
    """A script on one computer of the school."""
    address = (30 << 24) | (1 << 16) | (1 << 8) | 9
    return foul(
        one(count, address), clients(chance, count), within(chance, count, 34, 1.5), slate(chance, count, 1)
    )


def no_scripts_anywhere(_crowd, chance, count=1000):
    """Proxies, no scripts run, within three hours of the evening, two targets."""
    return foul(
        proxies(chance, count),
        clients(chance, count),
        within(chance, count, 42, 3),
        shared_picks(chance, count),
        SCRIPT,
    )


def alike_anywhere(_crowd, chance, count=1000):
    """Proxies, every browser, hours like everybody's: only the slate is the same."""
    return foul(proxies(chance, count), clients(chance, count), times(chance, count), slate(chance, count))


def rented_servers(_crowd, chance, count=1200):
    """Twelve addresses of three networks a hundred times each, one target, day hours."""
    machines = numpy.array([RENTED + (at // 4) * 70_000 + at for at in range(12)])
    return foul(
        machines[chance.integers(0, 12, count)],
        clients(chance, count),
        times(chance, count),
        mimic(chance, count, TARGETS[:1]),
    )


def families_faked(_crowd, chance, count=1000):
    """Four ballots an address from one /16, evenly, one slate with changes."""
    address = numpy.repeat(addresses(chance, count // 4, 16, BLOCK), 4)
    return foul(address, clients(chance, count), evenly(count), slate(chance, count, 2))


def like_a_school(_crowd, chance, count=500):
    """From one address in school hours, every browser, marks drawn like honest ones and nothing added."""
    return foul(
        one(count, OFFICE), clients(chance, count), within(chance, count, 34, 1.5), mimic(chance, count)
    )


def one_target_anywhere(_crowd, chance, count=1000):
    """Proxies, every browser, hours like everybody's, honest-like marks with one target added."""
    return foul(
        proxies(chance, count),
        clients(chance, count),
        times(chance, count),
        mimic(chance, count, TARGETS[:1]),
    )


def fewer_than_anybody_looks_at(_crowd, chance, count=300):
    """Fifteen ballots each from twenty addresses of as many networks, one slate with changes."""
    machines = (61 << 24) + numpy.arange(20) * 5_000_000
    return foul(
        numpy.repeat(machines, 15), clients(chance, count), times(chance, count), slate(chance, count, 3)
    )


# What the rules cannot see, or hardly: measured all the same.
LIMITS = {
    "like a school, nothing added": like_a_school,
    "one target, from anywhere": one_target_anywhere,
    "15 from each of 20 addresses": fewer_than_anybody_looks_at,
}
STRATEGIES = {
    "nothing (honest alone)": nothing,
    "one address": one_address,
    "spread over a /24": over_a_24,
    "spread over a /64": over_a_64,
    "many user agents": many_agents,
    "burst through honest hours": burst_in_honest_hours,
    "burst, slate with changes": burst_with_changes,
    "random marks, two shared picks": random_marks,
    "random marks over a /24": random_marks_over_a_24,
    "slow drip, day and night": slow_drip,
    "slow drip by day, honest-like": slow_drip_by_day,
    "slow drip by day, alike": slow_drip_alike_by_day,
    "rotating /24 in a /16, random": rotating_in_a_16,
    "rotating /24 in a /16, alike": rotating_alike,
    "rotating among homes, random": rotating_in_a_home_16,
    "honest-like, one agent": mimic_one_agent,
    "honest-like, one agent, /16": mimic_one_agent_over_a_16,
    "honest-like, rare agent, proxies": mimic_rare_agent_anywhere,
    "inside the carrier, one slate": inside_the_carrier,
    "inside the carrier, with changes": inside_the_carrier_changed,
    "inside the school, with changes": inside_the_school,
    "no scripts, proxies": no_scripts_anywhere,
    "one slate from anywhere": alike_anywhere,
    "rented servers, one target": rented_servers,
    "four a home in a /16, changes": families_faked,
}
