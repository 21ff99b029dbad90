"""The traps of the text from Shanxi, one by one: what a hasty editor would join or call a result."""

import re

from django.conf import settings
from django.test import TestCase

from shortlist.models import Evidence, Point
from tests.homes import at_home

load_tests = at_home("postgresql", __name__)

FIXTURE = settings.BASE_DIR / "fixtures" / "shanxi.json"
Kind, Bound = Evidence.Kind, Point.Bound


class TrapsOfTheText(TestCase):
    fixtures = [FIXTURE]

    def one(self, code, raw):
        """Return the one evidence of a candidate that holds this figure, and its point."""
        point = Point.objects.select_related("evidence").get(evidence__candidate__code=code, raw=raw)
        return point.evidence, point

    def kind(self, code, raw):
        return self.one(code, raw)[0].kind

    def assertApart(self, code, *raws):
        """Hold that each figure has an evidence of its own, with no other point."""
        found = [self.one(code, raw)[0] for raw in raws]
        self.assertEqual(len(set(found)), len(raws))
        self.assertEqual([evidence.points.count() for evidence in found], [1] * len(raws))

    def test_41_counties_are_a_result_and_17_the_target_of_2019(self):
        self.assertApart("301", "41个", "17个")
        self.assertEqual((self.kind("301", "41个"), self.kind("301", "17个")), (Kind.RESULT, Kind.TARGET))
        self.assertEqual((self.kind("301", "800个"), self.kind("301", "22万")), (Kind.TARGET, Kind.TARGET))
        self.assertEqual(self.one("301", "17个")[1].period, "2019年")

    def test_credit_granted_and_credit_paid_out_are_no_pair(self):
        self.assertApart("307", "1704.85亿元", "1161.73亿元")
        self.assertEqual(self.kind("307", "1704.85亿元"), Kind.APPROVED)
        self.assertEqual(self.kind("307", "1161.73亿元"), Kind.RESULT)

    def test_households_and_flats_are_different_measures(self):
        self.assertApart("307", "145万户", "138.42万套", "7.44万套", "3.45万套", "25.33万套")
        self.assertNotEqual(self.one("307", "145万户")[1].unit, self.one("307", "138.42万套")[1].unit)

    def test_95_and_92_percent_are_two_measures_under_one_word(self):
        self.assertApart("312", "95%", "92%")
        self.assertEqual(self.one("312", "92%")[1].bound, Bound.OVER)
        self.assertIn("只写一个“超过”", self.one("312", "92%")[1].inferred)

    def test_five_falls_have_no_numbers(self):
        evidence = Evidence.objects.get(quotes__text__contains="5个大幅度下降")
        self.assertEqual((evidence.kind, evidence.points.count()), (Kind.QUALITATIVE, 0))

    def test_basic_pension_has_no_years(self):
        evidence, _ = self.one("305", "30元")
        points = list(evidence.points.values_list("raw", "per", "period", "start", "end"))
        self.assertEqual(
            points, [("30元", "人·月", "试点初期", None, None), ("103元", "人·月", "现在", None, None)]
        )

    def test_413_projects_and_31_percent_of_the_money_are_two_measures(self):
        self.assertApart("207", "413个", "31.1%", "9000亿元")
        for raw in ["413个", "31.1%", "9000亿元"]:
            self.assertEqual(self.kind("207", raw), Kind.CONTRACTED)
        self.assertIn("投资总额", self.one("207", "31.1%")[0].label)

    def test_nine_billion_are_set_aside_not_spent(self):
        self.assertEqual(self.kind("310", "90亿元"), Kind.PLANNED)

    def test_1152_kilometres_count_what_is_being_built(self):
        self.assertIn("通车和在建", self.one("212", "1152公里")[0].label)

    def test_being_above_the_country_is_a_comparison(self):
        for code, raw in [("306", "1.3个"), ("306", "2.65个百分点"), ("310", "8个百分点")]:
            evidence, point = self.one(code, raw)
            self.assertEqual((evidence.kind, point.unit), (Kind.COMPARISON, "个百分点"))

    def test_the_forum_of_2019_and_the_whole_railway_are_planned(self):
        for words in ["2019年太原论坛将于", "今年预计将全线通车"]:
            self.assertEqual(Evidence.objects.get(quotes__text__contains=words).kind, Kind.PLANNED)

    def test_stock_and_working_projects_are_no_series(self):
        self.assertApart("213", "8786个", "5379个")
        self.assertEqual(self.kind("213", "5379个"), Kind.PLANNED)

    def test_half_year_and_holiday_week_are_no_series(self):
        self.assertApart("202", "3630亿元", "422亿元", "20%", "21%", "3.9亿人次")

    def test_nothing_promised_signed_or_granted_is_a_result(self):
        promised = re.compile("确保|安排|签约|授信|将于|预计|获批|试点省份")
        for evidence in Evidence.objects.filter(kind=Kind.RESULT):
            quoted = "\n".join(evidence.quotes.filter(role="value").values_list("text", flat=True))
            self.assertIsNone(promised.search(quoted), evidence.label)

    def test_a_target_dressed_as_a_result_is_noticed(self):
        """The control of the test above: 17 counties, called a result."""
        evidence, _ = self.one("301", "17个")
        Evidence.objects.filter(pk=evidence.pk).update(kind=Kind.RESULT)
        self.assertRaises(AssertionError, self.test_nothing_promised_signed_or_granted_is_a_result)
