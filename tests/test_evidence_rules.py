"""The rules of evidence work on plain objects, and each fault has its sentence."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.test import SimpleTestCase
from django.utils import translation
from django.utils.functional import Promise

from shortlist.evidence import chart_points, check_evidence

TEXT = "脱贫成效显著。截至2018年底，全省输沙量由1.2亿吨减少到1700万吨，覆盖率超过13.6%。"


@dataclass
class Quote:
    text: str
    offset: int
    role: str = "value"


@dataclass
class Point:
    raw: str
    value: Decimal | int
    unit: str
    per: str = ""
    period: str = ""


@dataclass
class Evidence:
    scope: str = ""
    points: list = field(default_factory=list)


def make_quote(text, role="value"):
    return Quote(text, TEXT.index(text), role)


SCOPED = Evidence(scope="全省")
SEDIMENT = Point("1.2亿吨", 120_000_000, "吨", period="截至2018年底")
QUOTED = make_quote("输沙量由1.2亿吨减少到1700万吨")


class EachFaultHasItsSentence(SimpleTestCase):
    def faults(self, *, evidence=SCOPED, point=SEDIMENT, quotes=(QUOTED,)):
        with translation.override("en"):
            return [str(fault) for fault in check_evidence(TEXT, evidence, [point], quotes)]

    def assertFault(self, words, **changed):
        faults = self.faults(**changed)
        self.assertEqual(len(faults), 1, faults)
        self.assertIn(words, faults[0])

    def setUp(self):
        """The control of every test here: unchanged, nothing is wrong."""
        self.assertEqual(self.faults(), [])

    def test_no_quote(self):
        self.assertFault("quotes nothing", quotes=())

    def test_a_quote_that_stands_one_place_off(self):
        moved = replace(make_quote("成效显著"), offset=QUOTED.offset)
        self.assertFault("at place", quotes=(QUOTED, moved))

    def test_a_figure_that_no_quote_contains(self):
        self.assertFault("No quote contains “1.2亿吨”", quotes=(make_quote("覆盖率超过13.6%"),))

    def test_a_figure_quoted_only_as_a_period(self):
        self.assertFault("No quote contains", quotes=(replace(QUOTED, role="period"),))

    def test_a_piece_of_a_figure(self):
        pieces = [("2亿吨", 200_000_000, "吨"), ("1.2", Decimal("1.2"), "吨"), ("00万吨", 0, "吨")]
        for raw, value, unit in pieces:
            with self.subTest(raw):
                self.assertFault("only a piece", point=Point(raw, value, unit))
        percent = Point("13.6", Decimal("13.6"), "%")
        self.assertFault("only a piece", point=percent, quotes=(make_quote("超过13.6%"),))

    def test_a_piece_that_its_quote_cuts_off(self):
        cut = make_quote("2亿吨减少到")
        self.assertFault("only a piece", point=Point("2亿吨", 200_000_000, "吨"), quotes=(cut,))

    def test_a_value_that_forgets_the_ten_thousands(self):
        forgotten = replace(SEDIMENT, value=Decimal("1.2"))
        self.assertFault("is 120000000, but the value says 1.2", point=forgotten)

    def test_a_unit_that_is_not_the_printed_one(self):
        self.assertFault("printed in 吨, but the unit says “公里”", point=replace(SEDIMENT, unit="公里"))

    def test_a_unit_may_be_more_than_is_printed_beside_the_figure(self):
        for raw, unit in [("1.2亿吨", "吨泥沙"), ("1.2亿", "吨")]:
            self.assertEqual(self.faults(point=replace(SEDIMENT, raw=raw, unit=unit)), [])

    def test_a_figure_with_its_bound_in_it(self):
        quotes = (make_quote("覆盖率超过13.6%"),)
        self.assertFault("they are its bound", point=Point("超过13.6%", Decimal("13.6"), "%"), quotes=quotes)

    def test_words_of_scope_or_period_that_the_text_does_not_have(self):
        self.assertFault("“全国” does not stand", evidence=Evidence(scope="全国"))
        self.assertFault("“2018年末” does not stand", point=replace(SEDIMENT, period="2018年末"))

    def test_a_fault_is_translated_when_it_is_read(self):
        for quotes in [(), (make_quote("覆盖率超过13.6%"),)]:
            for fault in check_evidence(TEXT, SCOPED, [SEDIMENT], quotes):
                self.assertIsInstance(fault, Promise)


class AChartJoinsOneMeasureOverTime(SimpleTestCase):
    def setUp(self):
        """The control: these two points may be joined."""
        self.before = Point("1.2亿吨", 120_000_000, "吨", per="年", period="上世纪末")
        self.after = Point("1700万吨", 17_000_000, "吨", per="年", period="目前")
        self.assertEqual(self.joined(), [self.before, self.after])

    def joined(self, **changed):
        return chart_points(Evidence(points=[self.before, replace(self.after, **changed)]))

    def test_one_point_is_no_chart(self):
        self.assertEqual(chart_points(Evidence(points=[self.before])), [])

    def test_other_unit_other_per_no_period_or_the_same_period_is_no_chart(self):
        for changed in [{"unit": "人"}, {"per": "月"}, {"period": ""}, {"period": "上世纪末"}]:
            with self.subTest(**changed):
                self.assertEqual(self.joined(**changed), [])
