"""The finder proposes figures that stand in the text, and nothing that saving would refuse."""

import json
import random
import time
from collections import Counter
from decimal import Decimal

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shortlist.evidence import check_evidence
from shortlist.paste.claims import propose
from shortlist.paste.placing import place
from shortlist.paste.reading import read
from tests.homes import at_home
from tests.test_paste_placing import FIXTURE, typed

load_tests = at_home("postgresql", __name__)

ENOUGH = 0.9


def fixture_points():
    """Return raw, value and unit of every figure of the shipped list, by title of its candidate."""
    rows = json.loads(FIXTURE.read_text())
    fields = {(row["model"], row["pk"]): row["fields"] for row in rows}
    found = {}
    for row in rows:
        if row["model"] == "shortlist.point":
            evidence = fields["shortlist.evidence", row["fields"]["evidence"]]
            title = fields["shortlist.candidate", evidence["candidate"]]["title"]
            point = row["fields"]
            found.setdefault(title, Counter())[point["raw"], Decimal(point["value"]), point["unit"]] += 1
    return found


def proposed(title, body):
    return Counter(
        (point.raw, point.value, point.unit) for claim in propose(title, body) for point in claim.points
    )


def points(text):
    """Return the points of a one-sentence text as raw, unit, bound, per and period."""
    return [
        (point.raw, point.unit, point.bound, point.per, point.period)
        for claim in propose("标题。", text)
        for point in claim.points
    ]


class RealList(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = place(typed()).items
        cls.wanted = fixture_points()
        cls.found = {item.title: proposed(item.title, item.body) for item in cls.items}

    def missed(self, found):
        """Return the share of the list's figures that `found` has, and those that it has not."""
        missed = {title: wanted - found.get(title, Counter()) for title, wanted in self.wanted.items()}
        whole = sum(wanted.total() for wanted in self.wanted.values())
        return 1 - sum(rest.total() for rest in missed.values()) / whole, missed

    def test_at_least_nine_of_ten_figures_are_proposed(self):
        self.assertEqual(sum(wanted.total() for wanted in self.wanted.values()), 121)
        share, missed = self.missed(self.found)
        self.assertGreaterEqual(share, ENOUGH, missed)

    def test_nearly_nothing_else_is_proposed(self):
        more = {title: found - self.wanted.get(title, Counter()) for title, found in self.found.items()}
        self.assertLessEqual(sum(rest.total() for rest in more.values()), 6, more)

    def test_control_a_finder_that_misses_units_is_below_the_bar(self):
        worse = {
            title: Counter({(raw, value, ""): count for (raw, value, _unit), count in found.items()})
            for title, found in self.found.items()
        }
        self.assertLess(self.missed(worse)[0], ENOUGH)

    def test_nothing_that_is_proposed_would_be_refused(self):
        for item in self.items:
            for claim in propose(item.title, item.body):
                rows = claim.evidence, claim.points, claim.quotes
                self.assertEqual(check_evidence(item.text, *rows), [])

    def test_figures_of_a_target_a_contract_and_a_standard_are_not_called_results(self):
        kinds = {
            point.raw: claim.evidence.kind
            for item in self.items
            for claim in propose(item.title, item.body)
            for point in claim.points
        }
        self.assertEqual(
            [kinds[raw] for raw in ("17个", "22万", "9000亿元", "1704.85亿元", "90亿元", "3000元")],
            ["target", "target", "contracted", "approved", "planned", "standard"],
        )


class Figures(SimpleTestCase):
    CASES = {
        "贫困发生率由2014年的13.6%下降到1.1%。": [
            ("13.6%", "%", "equal", "", "2014年"),
            ("1.1%", "%", "equal", "", ""),
        ],
        "截至2018年底，农村贫困人口由329万减少到25.5万。": [
            ("329万", "人", "equal", "", ""),
            ("25.5万", "人", "equal", "", "截至2018年底"),
        ],
        "甲率和乙率超过95%和92%。": [("95%", "%", "over", "", ""), ("92%", "%", "over", "", "")],
        "高出全国1.3个和2.65个百分点。": [
            ("1.3个", "个百分点", "equal", "", ""),
            ("2.65个百分点", "个百分点", "equal", "", ""),
        ],
        "养老金由试点初期的每人每月30元提高到现在的103元。": [
            ("30元", "元", "equal", "人·月", "试点初期"),
            ("103元", "元", "equal", "人·月", "现在"),
        ],
        "淘汰锅炉3.9万多台，营造林400万亩以上。": [
            ("3.9万", "台", "over", "", ""),
            ("400万亩", "亩", "at_least", "", ""),
        ],
        "失业率保持在４．２％以下。": [("４．２％", "%", "at_most", "", "")],
        "截至 2018 年底，建成 3.3 万处。": [("3.3 万处", "处", "equal", "", "截至 2018 年底")],
        "新建5个基地、11个团队和7个平台。": [
            ("5个基地", "个基地", "equal", "", ""),
            ("11个团队", "个团队", "equal", "", ""),
            ("7个平台", "个平台", "equal", "", ""),
        ],
        "受理诉求1,204.5万件，连续6年提高标准。": [
            ("1,204.5万件", "件", "equal", "", ""),
            ("6年", "年", "equal", "", ""),
        ],
        "查处问题1322件2587人。": [("1322件", "件", "equal", "", ""), ("2587人", "人", "equal", "", "")],
    }
    NO_FIGURES = (
        "实施“136”工程和“180项目”，地铁2号线、G20高速、PM2.5、C9高校、1+N体系。",
        "为期3年的行动，近6年最高，5年倍增计划，第15届省运会，涵盖4市21县。",
        "2014年7月开工，10月22日-24日举行，2021-2023年实施，《2035年纲要》出台。",
        "实现5个大幅度下降，扩展至1 860项，世界500强，贫困人口减少6800多万。",
    )

    def test_each_way_of_printing_a_figure(self):
        for text, expected in self.CASES.items():
            with self.subTest(text):
                self.assertEqual(points(text), expected)

    def test_years_names_and_pieces_of_figures_are_none(self):
        for text in self.NO_FIGURES:
            with self.subTest(text):
                self.assertEqual(points(text), [])

    def test_what_is_inferred_says_so(self):
        claim = propose("标题。", "11.26万老年人领取津贴。")[0]
        self.assertEqual(claim.points[0].unit, "人")
        self.assertIn("老年人", claim.points[0].inferred)

    def test_days_are_known_only_where_the_text_names_the_year(self):
        days = {
            "2019年上半年": ("2019-01-01", "2019-06-30"),
            "截至2018年底": (None, "2018-12-31"),
            "2019年1至9月": ("2019-01-01", "2019-09-30"),
            "2020年2月": ("2020-02-01", "2020-02-29"),
            "今年1-8月": (None, None),
            "2019年13月": (None, None),
        }
        for words, (start, end) in days.items():
            with self.subTest(words):
                point = propose("标题。", f"{words}，建成30公里。")[0].points[0]
                self.assertEqual(point.period, words)
                self.assertEqual(
                    (point.start and str(point.start), point.end and str(point.end)), (start, end)
                )

    def test_the_figure_of_the_title_says_most(self):
        claims = propose("覆盖率达到71%。", "累计完成207万户。")
        self.assertEqual([claim.evidence.headline for claim in claims], [True, False])


# fmt: off
WORDS = [
    "截至2018年底", "，", "。", "、", "；", "和", "由", "到", "至", "下降到", "增长", "同比", "全省",
    "超过", "近", "左右", "以上", "每人每月", "人均", "贫困人口", "建成", "1", "25", "3.5", "1,204",
    "１２", "万", "亿", "万亿", "%", "个", "个百分点", "元", "公里", "多", "年", "月", "-", "“", "”",
    "（", "）", " ", "\n", "的", "第", "平台", "PM2.5", "2019年",
]
# fmt: on


class AnyText(SimpleTestCase):
    @hypothesis_settings(max_examples=150, deadline=None)
    @given(
        st.lists(st.sampled_from(WORDS), max_size=8).map("".join),
        st.lists(st.sampled_from(WORDS), max_size=30).map("".join),
    )
    def test_proposals_of_any_text_stand_in_it(self, title, body):
        text = title + body
        for claim in propose(title, body):
            self.assertEqual(check_evidence(text, claim.evidence, claim.points, claim.quotes), [])
            for quote in claim.quotes:
                self.assertEqual(text[quote.offset : quote.end], quote.text)

    def test_texts_made_to_take_long_are_read_soon(self):
        before = time.monotonic()
        for words in (
            "达到了" * 600,
            "的每人" * 600,
            "2019年" * 300,
            "由的" * 600,
            "“1个",
            "《1个",
            "建成1个、",
            "1个。",
            " 　\t",
        ):
            read(
                "一、类\n1.甲。"
                + (words + "建成3个。" if len(words) > 100 else words) * (60_000 // len(words))
            )
        self.assertLess(time.monotonic() - before, 60)

    def test_control_words_out_of_which_figures_come(self):
        chance = random.Random(1)
        texts = ("".join(chance.choice(WORDS) for _more in range(30)) for _more in range(40))
        self.assertGreater(sum(len(propose("", text)) for text in texts), 20)
