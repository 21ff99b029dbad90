"""The combinations hold every pair, and are few."""

from itertools import product
from unittest import TestCase

from .pairwise import all_pairs, cover_pairs, pairs_of

FACTORS = [list(range(30)), ["phone", "tablet", "desktop"], ["light", "dark"], ["zh", "en"], [False, True]]


def missing_pairs(factors, rows):
    return all_pairs(factors) - set().union(*map(pairs_of, rows))


class Pairwise(TestCase):
    def test_every_pair_of_values_comes_up(self):
        for factors in (FACTORS, FACTORS[1:], [["a"], ["b"]], [list("abc")] * 4, [[1, 2]] * 7):
            self.assertEqual(missing_pairs(factors, cover_pairs(factors)), set())

    def test_there_are_hardly_more_combinations_than_the_two_largest_factors_need(self):
        self.assertLessEqual(len(cover_pairs(FACTORS)), 1.1 * 30 * 3)
        self.assertLess(len(cover_pairs(FACTORS)), len(list(product(*FACTORS))) / 7)

    def test_the_same_combinations_come_every_time(self):
        self.assertEqual(cover_pairs(FACTORS), cover_pairs(FACTORS))

    def test_a_missing_pair_would_be_found(self):
        rows = cover_pairs(FACTORS)
        alone = [row for row in rows if missing_pairs(FACTORS, [other for other in rows if other != row])]
        self.assertTrue(alone)
