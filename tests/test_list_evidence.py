"""The evidence of the list from Shanxi says what its text says, and no more."""

import re
from collections import Counter

from django.conf import settings
from django.test import TestCase

from shortlist.evidence import chart_points, check_evidence
from shortlist.figures import parse_figure
from shortlist.models import Candidate, Evidence, Point

FIXTURE = settings.BASE_DIR / "fixtures" / "shanxi.json"
Bound = Point.Bound

# Arabic numbers, and Chinese numerals before a word that counts (but “一个” counts nothing).
FIGURE = re.compile(r"[0-9]+(?:\.[0-9]+)?|[二两三四五六七八九十百]+(?:届|个|项|年|批|类|位数|条|次|倍)")

# What looks like a figure and is none that says something: names, dates of bare events, headings counted.
# Three are said elsewhere: 3年 in a remark, 六类 by 1162个, 两位数 by 17.6% and 11.9%.
NAMES_AND_DATES = {
    "301": ["“两个攻坚战”", "等七个问题"],
    "302": ["为期3年"],
    "303": ["举办第二届", "8月，第二届"],
    "304": ["推出“136”", "与“136”", "三项重点建设", "六个基础项目"],
    "305": ["“两个机制”"],
    "310": ["C9高校", "“1331”工程"],
    "201": ["两个金融改革试验区"],
    "202": ["“331”新格局"],
    "203": ["分两批"],
    "204": ["“1+N”"],
    "207": ["2019年外交部首场全球推介"],
    "210": ["六类1162个", "两位数增长"],
    "211": ["2018年太原论坛"],
    "212": ["地铁2号线", "地铁1号线", "3号线前期"],
    "213": ["将2018年确定", "2019年进一步确定", "近两年", "“180项目”"],
}

CHARTED = {
    ("301", "贫困发生率"): ["13.6%", "1.1%"],
    ("301", "农村贫困人口"): ["329万", "25.5万"],
    ("301", "贫困村"): ["7993个", "918个"],
    ("304", "医疗床位"): ["16.53万张", "20.83万张"],
    ("304", "卫生技术人员"): ["19.96万人", "24.61万人"],
    ("304", "卫生机构"): ["4.02万个", "4.21万个"],
    ("305", "城乡居民基础养老金最低标准"): ["30元", "103元"],
    ("205", "向黄河的年输沙量"): ["1.2亿吨", "1700万吨"],
    ("209", "高新技术企业数量"): ["720家", "1630家"],
    ("210", "新登记市场主体"): ["38.8万户", "43.4万户"],
    ("210", "新登记市场主体增长"): ["17.6%", "11.9%"],
}

# Claims without a point: the text gives words, or a figure that counts something else than the claim.
WORDS_ONLY = {
    "成为首批国家区域医疗中心建设试点省份",
    "在全国率先推行“省级统贷、市县购买”的政府购买服务模式",
    "生产安全事故、死亡人数、百万吨死亡率、较大事故、重大事故大幅度下降",
    "煤矿安全生产成绩为有统计以来最好",
    "制造业新增贷款占比为近6年最高",
    "国际邮件互换局当年建设、当年投运",
    "山西中部盆地城市群的范围",
    "PM2.5、SO2浓度、万元GDP能耗明显下降",
    "大同国际陆港保税物流中心（B型）获批",
    "提前两年完成高新技术企业倍增计划目标",
    "新一轮高新技术企业倍增计划",
    "太原能源低碳发展论坛成功举办三届",
    "中央明确提出将太原论坛打造成为国内外知名的会展品牌",
    "2019年太原论坛举行",
    "大西高铁太原至西安段通车",
    "大西高铁全线通车",
}

# One word in the text, two figures: “超过95%和92%”.
SHARED_BOUND = {("312", "92%"): Bound.OVER}


def spans(words, text):
    """Return where `words` stands in `text`, every time, as pairs of start and end."""
    return [(found.start(), found.end()) for found in re.finditer(re.escape(words), text)]


def explained_spans(evidence):
    """Return the places of the text for whose figures one evidence answers.

    They are the figures and periods of its points, inside its quotes. A claim in words answers
    for the whole of its quotes.
    """
    points, places = list(evidence.points.all()), []
    for quote in evidence.quotes.all():
        words = [point.period for point in points if point.period]
        words += [quote.text] if evidence.label in WORDS_ONLY else []
        words += [point.raw for point in points if quote.role == "value"]
        places += [(quote.offset + a, quote.offset + b) for word in words for a, b in spans(word, quote.text)]
    return places


def unexplained_figures(candidate, names):
    """List the figures of a candidate's text that no evidence answers for and that stand in no name."""
    places = [place for evidence in candidate.evidence.all() for place in explained_spans(evidence)]
    places += [place for name in names for place in spans(name, candidate.text)]
    return [
        found[0]
        for found in FIGURE.finditer(candidate.text)
        if not any(start <= found.start() and found.end() <= end for start, end in places)
    ]


def printed_bound(text, start, end):
    """Read the words beside a figure that bound it."""
    before, after = text[:start], text[end:]
    if re.search(r"(超过|超)$", before) or after.startswith("多"):
        return Bound.OVER
    if before.endswith("近") or after.startswith("左右"):
        return Bound.ABOUT
    if after.startswith("以上"):
        return Bound.AT_LEAST
    return Bound.AT_MOST if after.startswith("以下") else Bound.EQUAL


class EveryFigureIsAnsweredFor(TestCase):
    fixtures = [FIXTURE]

    def test_every_figure_is_evidence_or_a_known_name(self):
        for candidate in Candidate.objects.all():
            with self.subTest(candidate.code):
                self.assertEqual(unexplained_figures(candidate, NAMES_AND_DATES.get(candidate.code, [])), [])

    def test_exactly_the_known_claims_have_no_point(self):
        labels = Evidence.objects.filter(points=None).values_list("label", flat=True)
        self.assertEqual(set(labels), WORDS_ONLY)

    def test_every_known_name_is_needed(self):
        for code, names in NAMES_AND_DATES.items():
            candidate = Candidate.objects.get(code=code)
            for name in names:
                others = [other for other in names if other != name]
                with self.subTest(name):
                    self.assertIn(name, candidate.text)
                    self.assertEqual(len(unexplained_figures(candidate, others)), 1)

    def test_a_figure_whose_point_is_left_out_is_noticed(self):
        """The control of both tests above."""
        for code, raw in [("306", "13.38%"), ("301", "918个"), ("207", "413个"), ("312", "92%")]:
            Point.objects.get(evidence__candidate__code=code, raw=raw).delete()
            candidate = Candidate.objects.get(code=code)
            with self.subTest(raw):
                missed = unexplained_figures(candidate, NAMES_AND_DATES.get(code, []))
                self.assertEqual(missed, re.findall(r"[0-9.]+", raw))


class EvidenceIsTrueToItsText(TestCase):
    fixtures = [FIXTURE]

    def test_the_checker_finds_nothing(self):
        for evidence in Evidence.objects.select_related("candidate"):
            with self.subTest(code=evidence.candidate.code, label=evidence.label):
                points, quotes = evidence.points.all(), evidence.quotes.all()
                self.assertEqual(check_evidence(evidence.candidate.text, evidence, points, quotes), [])

    def test_every_row_satisfies_its_model(self):
        for evidence in Evidence.objects.all():
            for row in [evidence, evidence.candidate, *evidence.points.all(), *evidence.quotes.all()]:
                row.full_clean()

    def test_scope_and_periods_stand_in_its_own_quotes(self):
        for evidence in Evidence.objects.all():
            quoted = "\n".join(evidence.quotes.values_list("text", flat=True))
            for words in [evidence.scope, *evidence.points.values_list("period", flat=True)]:
                with self.subTest(label=evidence.label):
                    self.assertIn(words, quoted)

    def test_scale_is_the_one_printed(self):
        for point in Point.objects.all():
            self.assertEqual(point.scale, parse_figure(point.raw).scale, point.raw)

    def test_bounds_are_the_words_beside_the_figure(self):
        for evidence in Evidence.objects.select_related("candidate"):
            code, text = evidence.candidate.code, evidence.candidate.text
            for point in evidence.points.all():
                (quote,) = [q for q in evidence.quotes.filter(role="value") if point.raw in q.text][:1]
                start = quote.offset + quote.text.index(point.raw)
                printed = printed_bound(text, start, start + len(point.raw))
                with self.subTest(code=code, raw=point.raw):
                    self.assertEqual(point.bound, SHARED_BOUND.get((code, point.raw), printed))

    def test_dates_belong_to_the_printed_period(self):
        """A year in the dates is in the words too, or the point says what is inferred."""
        for point in Point.objects.exclude(start=None, end=None):
            with self.subTest(point.raw):
                self.assertTrue(str(point.end.year) in point.period or point.inferred)
                self.assertEqual(point.period.startswith("截至"), point.start is None)

    def test_what_is_read_into_this_year_is_marked(self):
        for evidence in Evidence.objects.filter(quotes__text__contains="今年").distinct():
            for mark in [point.inferred for point in evidence.points.all()] or [evidence.remarks]:
                self.assertIn("2019年", mark, evidence.label)

    def test_only_two_candidates_give_no_figure(self):
        without = Candidate.objects.exclude(evidence__points__isnull=False)
        self.assertEqual(sorted(c.code for c in without), ["211", "309"])

    def test_every_candidate_with_figures_has_one_headline_with_a_figure(self):
        headlines = Counter(
            Evidence.objects.filter(headline=True, points__isnull=False)
            .distinct()
            .values_list("candidate__code", flat=True)
        )
        with_figures = Candidate.objects.filter(evidence__points__isnull=False).distinct()
        self.assertEqual(headlines, {candidate.code: 1 for candidate in with_figures})


class ChartsJoinOnlyWhatMayBeJoined(TestCase):
    fixtures = [FIXTURE]

    def test_exactly_these_are_charted(self):
        charted = {
            (evidence.candidate.code, evidence.label): [point.raw for point in chart_points(evidence)]
            for evidence in Evidence.objects.select_related("candidate")
            if chart_points(evidence)
        }
        self.assertEqual(charted, CHARTED)
