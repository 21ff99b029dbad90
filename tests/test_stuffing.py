"""The rules on held ballots against stuffing, on a small population; the whole is benchmarks/stuffing.py."""

from unittest import TestCase, mock

import numpy

from benchmarks import stuffing
from benchmarks.crowd import honest
from benchmarks.strategies import LIMITS, STRATEGIES
from tests.homes import at_home
from voting.holds import ALIKE
from voting.holds.review import Kept, Usual, alike_anywhere, review
from voting.holds.rules import DEFAULTS, UNKNOWN, Tags, cells, find, hide_rare, thresholds

load_tests = at_home("sqlite", __name__)

# One of each sort that a fifth of the population can show; all of them run in the benchmark.
TRIED = [
    "one address",
    "spread over a /24",
    "spread over a /64",
    "many user agents",
    "burst through honest hours",
    "random marks, two shared picks",
    "slow drip, day and night",
    "rotating /24 in a /16, alike",
    "honest-like, one agent",
]


class Stuffing(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.crowd = honest(numpy.random.default_rng(3), 0.2)

    def result(self, name):
        return stuffing.run(name, {**STRATEGIES, **LIMITS}[name], self.crowd, 3)

    def test_named_strategies_are_held_and_honest_voters_are_not(self):
        for name in TRIED:
            with self.subTest(name):
                result = self.result(name)
                self.assertGreaterEqual(result["held_percent"], 95)
                self.assertLessEqual(result["honest_held_percent"], 2)

    def test_school_and_carrier_are_looked_at_and_released(self):
        result = self.result("nothing (honest alone)")
        self.assertGreater(result["honest_looked_at"], 4000)
        self.assertEqual((result["school_held"], result["carrier_held"]), (0, 0))

    def test_the_control_without_the_review_s_rules_nothing_stays_held(self):
        blind = {**DEFAULTS, "hold": 10**9, "alike": 10**9, "alike_anywhere": 10**9, "lift": 10**9}
        with mock.patch.object(stuffing, "DEFAULTS", blind):
            self.assertEqual(self.result("one address")["held"], 0)

    def test_the_control_a_review_that_releases_nothing_holds_the_honest_too(self):
        def hold_all(tags, bits, others, points, limits):
            return [Kept(ALIKE, numpy.arange(len(bits)), {})]

        with mock.patch("voting.holds.find.review", hold_all):
            self.assertGreater(self.result("one address")["honest_held_percent"], 50)


def tags_of(count, **columns):
    """Return tags of so many ballots, unknown but for the columns given."""
    unknown = {part: numpy.full(count, UNKNOWN) for part in ("address", "network", "wide", "client")}
    values = {**unknown, "bucket": numpy.arange(count) % 300, "signals": numpy.zeros(count, numpy.uint8)}
    return Tags(**{**values, **columns})


class Rules(TestCase):
    def test_cells_are_ballots_that_share_all_of_a_key_and_are_no_smaller_than_asked(self):
        tags = tags_of(
            6, address=numpy.array([1, 1, 1, 2, 2, UNKNOWN]), client=numpy.array([5, 5, 6, 5, 5, 5])
        )
        found = {name: rows.tolist() for name, rows in cells(tags, ("address", "client"), 2)}
        self.assertEqual(found, {"address 1 client 5": [0, 1], "address 2 client 5": [3, 4]})

    def test_numbers_that_few_share_are_not_kept(self):
        shared = hide_rare(tags_of(5, address=numpy.array([4, 4, 4, 9, UNKNOWN])), 3)
        self.assertEqual(shared.address.tolist(), [4, 4, 4, UNKNOWN, UNKNOWN])

    def test_ballots_without_any_tags_are_never_held_by_tags(self):
        self.assertEqual(find(tags_of(500), DEFAULTS).held, {})
        self.assertEqual(find(tags_of(0), DEFAULTS).held, {})

    def test_a_filled_honeypot_holds_wherever_it_comes_from(self):
        signals = numpy.zeros(500, numpy.uint8)
        signals[:25] = 8
        self.assertEqual(
            find(tags_of(500, signals=signals), DEFAULTS).held["program"].tolist(), list(range(25))
        )

    def test_equal_ballots_of_one_address_are_held_where_there_is_nothing_to_compare_with(self):
        bits = numpy.zeros((40, 6), numpy.uint8)
        bits[:, 2] = 1
        address = numpy.zeros(40, int)
        kept = review(tags_of(40, address=address), bits, bits[:0], {}, DEFAULTS)
        self.assertEqual([(each.rule, len(each.rows)) for each in kept], [(ALIKE, 40)])

    def test_empty_ballots_and_those_from_the_top_are_no_slate(self):
        chance = numpy.random.default_rng(1)
        bits = (chance.random((900, 10)) < 0.5).astype(numpy.uint8)
        for rows, one in ((slice(0, 90), []), (slice(90, 180), [0, 1, 5, 6, 7])):
            bits[rows] = 0
            bits[rows, one] = 1
        sections, limits = ((0, 5), (5, 10)), {**DEFAULTS, "alike_anywhere": 40}
        self.assertEqual(list(alike_anywhere(bits, sections, limits)), [])
        bits[90:180] = numpy.array([0, 0, 1, 0, 1, 0, 1, 0, 0, 1])
        self.assertEqual([len(rows) >= 90 for rows in alike_anywhere(bits, sections, limits)], [True])

    def test_more_than_sixty_three_candidates_are_told_apart(self):
        bits = numpy.eye(80, dtype=numpy.uint8)
        self.assertEqual(len(Usual(bits).patterns), 80)

    def test_a_threshold_that_does_not_exist_or_is_no_number_is_refused_by_name(self):
        self.assertEqual(thresholds({"holds": {"address": 9}})["address"], 9)
        for wrong in ({"adress": 9}, {"address": 0}, {"address": True}, {"address": "9"}):
            with self.assertRaisesRegex(ValueError, next(iter(wrong))):
                thresholds({"holds": wrong})
