"""The order in which candidates are shown: fixed, by strokes, rotated; bits and codes never follow it."""

from unittest import mock

from django.test import SimpleTestCase, TestCase

from shortlist.models import Candidate
from voting import order
from voting.ledger.verify.plan import read_plan
from voting.manifest import plan_of
from voting.marks import codes_from_marks, marks_from_codes
from voting.models import Poll
from voting.order import strokes

from .factories import make_list, make_open_poll, make_poll, temporary_keys

TITLES = {"101": "转型发展", "102": "“大水网”建成", "103": "一号工程", "104": "大同方案", "105": "2019年脱贫"}


def shown(plan, section=0):
    return [candidate.code for candidate in plan.shown[section].candidates]


def make_titled_list():
    """Make a list whose first category has titles that differ in their strokes."""
    shortlist = make_list()
    for code, title in TITLES.items():
        Candidate.objects.filter(category__shortlist=shortlist, code=code).update(title=title)
    return shortlist


class Strokes(SimpleTestCase):
    def test_they_are_those_of_mainland_china(self):
        known = {"一": 1, "大": 3, "中": 4, "龙": 5, "金": 8, "脱": 11, "转": 8, "晋": 10, "煤": 13}
        self.assertEqual({letter: strokes(letter)[0] for letter in known}, known)

    def test_whatever_is_no_chinese_character_is_passed_over(self):
        self.assertEqual(strokes("“一”, 2019 A。大"), [1, 3])

    def test_a_character_that_the_table_lacks_stands_last(self):
        self.assertEqual(strokes("\U00030000"), [order.UNKNOWN])


@temporary_keys
class OrderByStrokes(TestCase):
    def test_fewer_strokes_come_first_and_the_next_character_decides(self):
        plan = plan_of(make_open_poll(shortlist=make_titled_list(), order_rule="strokes"))
        # 一; 大 then 水 (4) before 同 (6); 年 (6); 转 (8).
        self.assertEqual(shown(plan), ["103", "102", "104", "105", "101"])

    def test_equal_titles_stay_as_the_list_has_them(self):
        plan = plan_of(make_open_poll(order_rule="strokes"))
        self.assertEqual(shown(plan), [candidate.code for candidate in plan.sections[0].candidates])

    def test_it_is_frozen_in_the_manifest_and_needs_the_table_never_again(self):
        poll = make_open_poll(shortlist=make_titled_list(), order_rule="strokes")
        with mock.patch.object(order, "_table", side_effect=AssertionError("the table was read")):
            plan = plan_of(poll)
            self.assertEqual(shown(plan), plan.document["order"]["1"])
            self.assertRaises(AssertionError, strokes, "大")

    def test_bits_and_the_published_order_stay_those_of_the_list(self):
        plan = plan_of(make_open_poll(shortlist=make_titled_list(), order_rule="strokes"))
        self.assertEqual(list(plan.index), [*TITLES, "201", "202", "203", "204"])
        self.assertEqual(read_plan(plan.data).sections[0].codes, tuple(TITLES))
        self.assertEqual(marks_from_codes(plan, ["101"])[0], 0b10000000)


@temporary_keys
class RotatedOrder(TestCase):
    def plan(self, variants=5):
        poll = make_open_poll(order_rule="rotated", order_variants=variants)
        return plan_of(Poll.objects.get(pk=poll.pk))

    def test_each_variant_begins_further_on(self):
        plan = self.plan()
        self.assertEqual(shown(plan.in_variant(1)), ["101", "102", "103", "104", "105"])
        self.assertEqual(shown(plan.in_variant(3)), ["103", "104", "105", "101", "102"])
        self.assertEqual(shown(plan.in_variant(5), 1)[0], "204")

    def test_over_all_variants_every_candidate_stands_once_in_every_place(self):
        orders = [shown(self.plan().in_variant(variant)) for variant in range(1, 6)]
        for place in zip(*orders, strict=True):
            self.assertEqual(len(set(place)), 5)

    def test_marks_are_the_same_bits_in_every_variant(self):
        plan = self.plan()
        all_bits = {marks_from_codes(plan.in_variant(variant), ["102", "204"]) for variant in range(6)}
        self.assertEqual(len(all_bits), 1)
        self.assertEqual(codes_from_marks(plan.in_variant(4), all_bits.pop()), ["102", "204"])

    def test_a_fixed_order_has_no_variant_and_its_manifest_says_no_more_than_before(self):
        for plan in (plan_of(make_open_poll()), plan_of(make_poll())):
            self.assertEqual(order.variants_of(plan.rules), 0)
            self.assertEqual(plan.shown, plan.sections)
            self.assertNotIn("order", plan.document)
