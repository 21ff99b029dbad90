"""Few combinations in which every pair of values of every two factors comes up: greedy covering arrays."""

from itertools import combinations, product


def pairs_of(row):
    """Return the pairs of a combination, each as ((factor, value), (factor, value)), factors by number."""
    return set(combinations(enumerate(row), 2))


def all_pairs(factors):
    """Return every pair that two factors can make; `factors` is a list of lists of values."""
    return {
        ((one, first), (other, second))
        for (one, firsts), (other, seconds) in combinations(enumerate(factors), 2)
        for first, second in product(firsts, seconds)
    }


def cover_pairs(factors):
    """Return combinations, one value of each factor, that hold all pairs. The same for the same input.

    Each combination begins with the first pair that is still missing and takes, factor by factor, the
    value that adds most missing pairs (Cohen et al., The AETG System, 1997, without its random part).
    """
    missing = dict.fromkeys(sorted(all_pairs(factors), key=lambda pair: _order(pair, factors)))
    rows = []
    while missing:
        chosen = dict(next(iter(missing)))
        for number, values in enumerate(factors):
            if number not in chosen:
                chosen[number] = max(values, key=lambda value, at=number: _gain(at, value, chosen, missing))
        row = tuple(chosen[number] for number in range(len(factors)))
        for pair in pairs_of(row):
            missing.pop(pair, None)
        rows.append(row)
    return rows


def _gain(number, value, chosen, missing):
    """Count the missing pairs that a value makes with the values chosen so far."""
    return sum(
        tuple(sorted(((number, value), (other, taken)), key=lambda part: part[0])) in missing
        for other, taken in chosen.items()
    )


def _order(pair, factors):
    return [(number, factors[number].index(value)) for number, value in pair]
