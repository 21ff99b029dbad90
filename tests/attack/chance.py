"""How many guesses are right by chance alone.

An attacker who knows of each voter only the batch can do no better than to pair the batch's voters
with its ballots at random. All selections of a scene's poll differ, so that the right pairs are the
fixed points of a random permutation, whose distribution is known exactly (Montmort 1708).
"""

import math

import numpy

# All attacks of one test together raise a false alarm in fewer than one run in a thousand.
FALSE_ALARM = 1e-3


def chance_of(right: int, sizes: list[int]) -> float:
    """Return the probability of at least `right` right pairs where each batch is paired at random."""
    total = numpy.ones(1)
    for size in sizes:
        total = numpy.convolve(total, fixed_points(size))
    return float(total[right:].sum())


def fixed_points(size: int) -> numpy.ndarray:
    """Return the probabilities of 0, 1, … fixed points of a random permutation of `size` things.

    P(m) = 1/m! · Σ (−1)^i/i! for i from 0 to size − m. Beyond 60 all terms are below 1e-80.
    """
    most = min(size, 60)
    signs = [(-1) ** i / math.factorial(i) for i in range(min(size, 60) + 1)]
    return numpy.array([sum(signs[: size - m + 1]) / math.factorial(m) for m in range(most + 1)])
