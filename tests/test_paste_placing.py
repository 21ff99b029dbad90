"""A pasted text is placed line by line, or said to be unplaced; nothing of it is lost."""

import json

from django.conf import settings
from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shortlist.paste.placing import place
from shortlist.paste.text import clean, unbroken
from tests.homes import at_home

load_tests = at_home("postgresql", __name__)

FIXTURE = settings.BASE_DIR / "fixtures" / "shanxi.json"
SOURCE = settings.BASE_DIR.parent / "shared" / "source"

MESSY = """某市民生实事候选名单

各位市民：请从下列项目中选择。

一、深化改革
二、转型发展（16项）
１．  粮食增产。今年粮食产量达到１２万吨。
\t2、\t道路畅通。建成道路30公里。
还修了桥。
4. 水清岸绿
河道整治12条。

（三）文化惠民
三、改善民生（3项）
本类说明一句
1、社区食堂。新增20家。
1、社区食堂。新增20家。
3、
四、
"""


def real_list():
    """Return the shipped list as (section, candidates) pairs, as dictionaries of the fixture."""
    rows = json.loads(FIXTURE.read_text())
    of = {
        model: [row for row in rows if row["model"] == f"shortlist.{model}"]
        for model in ("category", "candidate")
    }
    return [
        (
            category["fields"],
            [row["fields"] for row in of["candidate"] if row["fields"]["category"] == category["pk"]],
        )
        for category in of["category"]
        if category["fields"]["on_ballot"]
    ]


def typed(sections=None, numbers=True):
    """Return the list as a clerk types it: headings first, numbers, one paragraph a candidate."""
    lines = []
    for category, candidates in sections or real_list():
        lines.append(f"{category['ordinal']}、{category['name']}（{category['declared_count']}项）")
        for number, candidate in enumerate(candidates, 1):
            lines.append((f"{number}．" if numbers else "") + candidate["title"] + candidate["body"])
    return "\n".join(lines)


def shape(outline):
    return [(section.code, [item.title for item in section.items]) for section in outline.sections]


def codes(outline, text):
    """Return the codes of remarks by line, left out and others; check that no line is lost."""
    lines = {number for number, line in enumerate(clean(text).split("\n"), 1) if line.strip()}
    left = {remark.line for remark in outline.left_out}
    assert lines == outline.placed_lines | left, lines - outline.placed_lines - left
    assert not outline.placed_lines & left
    return (
        {remark.line: remark.code for remark in outline.left_out},
        {(remark.line, remark.code) for remark in outline.notes},
    )


class RealList(SimpleTestCase):
    def assert_is_the_real_one(self, outline):
        self.assertEqual(
            {
                section.code: [(item.title, item.body) for item in section.items]
                for section in outline.sections
            },
            {category["code"]: [(c["title"], c["body"]) for c in items] for category, items in real_list()},
        )
        self.assertEqual(
            [item.code[0] for item in outline.items], [code for code, t in shape(outline) for _t in t]
        )
        self.assertEqual(outline.left_out, [])

    def test_headings_first_with_numbers(self):
        outline = place(typed())
        self.assert_is_the_real_one(outline)
        self.assertEqual([section.inference for section in outline.sections], ["", ""])
        self.assertEqual(sum(remark.code == "other_count" for remark in outline.notes), 2)

    def test_headings_first_without_numbers(self):
        self.assert_is_the_real_one(place(typed(numbers=False)))

    def test_headings_at_the_end_are_asked_about_and_marked_as_an_inference(self):
        blocks = list(reversed(real_list()))
        body = "\n".join(c["title"] + c["body"] for _category, items in blocks for c in items)
        text = body + "\n二、转型发展（16项）\n三、改善民生（16项）"
        outline = place(text)
        self.assertEqual((outline.sections, outline.question.starts), ([], [None, None]))
        codes(outline, text)
        outline = place(text, [len(blocks[0][1]), 0])
        self.assert_is_the_real_one(outline)
        for section in outline.sections:
            self.assertIn(section.name, section.inference)

    def test_the_columns_of_the_newspaper_are_joined(self):
        files = sorted(SOURCE.glob("*.txt")) if SOURCE.is_dir() else []
        if not files:
            self.skipTest("The newspaper's own text lies beside the project, not in it, and is not here.")
        text, joined = unbroken(clean(files[0].read_text()))
        self.assertTrue(joined)
        outline = place(text)
        self.assertEqual(outline.title.text[-4:], "候选名单")
        self.assertEqual((len(outline.question.items), outline.left_out), (25, []))
        found = {item.title + item.body for item in outline.question.items}
        # The fixture corrects marks of half width; all else is the same to the letter.
        marks = str.maketrans(",;", "，；")
        real = {c["title"] + c["body"] for _category, items in real_list() for c in items}
        self.assertEqual({words.translate(marks) for words in found}, real)


class MessyPaste(SimpleTestCase):
    def test_line_by_line_what_could_not_be_placed(self):
        left, notes = codes(place(MESSY), MESSY)
        self.assertEqual(
            left,
            {
                3: "before_heading",
                5: "heading_without_candidates",
                13: "not_a_heading",
                15: "before_first_number",
                18: "number_without_text",
                19: "not_a_heading",
            },
        )
        self.assertEqual(
            notes,
            {
                (6, "other_count"),
                (10, "number_jumps"),
                (14, "other_count"),
                (17, "number_jumps"),
                (17, "twice"),
            },
        )

    def test_what_is_placed_keeps_its_words_and_loses_its_numbers(self):
        outline = place(MESSY)
        self.assertEqual(outline.title.text, "某市民生实事候选名单")
        self.assertEqual(
            [(item.code, item.title, item.body) for item in outline.sections[0].items],
            [
                ("201", "粮食增产。", "今年粮食产量达到１２万吨。"),
                ("202", "道路畅通。", "建成道路30公里。\n还修了桥。"),
                ("203", "水清岸绿", "河道整治12条。"),
            ],
        )

    def test_every_remark_says_why_and_what_to_do(self):
        for remark in place(MESSY).remarks:
            self.assertTrue(remark.why and remark.cure, remark)
            self.assertEqual(remark.text, MESSY.split("\n")[remark.line - 1].strip())


class Shapes(SimpleTestCase):
    CASES = {
        "brackets above numbers": (
            "（一）转型\n1.甲。\n2.乙。\n（二）民生\n1.丙。",
            {"1": "甲乙", "2": "丙"},
        ),
        "brackets below numbers": ("一、转型\n（一）甲。\n1.细节\n（二）乙。", {"1": "甲乙"}),
        "a heading above all": ("一、总\n（一）转型\n1.甲。\n（二）民生\n1.乙。", {"1": "甲", "2": "乙"}),
        "no numbers, counts in the headings": (
            "转型（2项）\n甲。a\n乙。b\n民生（1项）\n丙。c",
            {"1": "甲乙", "2": "丙"},
        ),
        "frames and lines of title": ("【转型】\n甲\n甲的正文很长。\n乙\n乙的正文。", {"1": "甲乙"}),
        "circles and bullets": (
            "第一类 转型\n① 甲。\n② 乙。\n第二类：民生\n• 丙。",
            {"1": "甲乙", "2": "丙"},
        ),
        "cells of a table": ("三、转型\n1\t甲\t正文\n2\t乙\t正文", {"3": "甲乙"}),
        "a number alone on its line": ("二、转型\n1.\n甲。\n2\n乙。", {"2": "甲乙"}),
        "numbers alone, and a line between": ("二、转型\n1.\n四、\n\n甲。\n2.\n（1）", {"2": "甲"}),
        "a year behind a number": (
            "二、转型\n1.2019年甲。\n2．2020年乙。",
            {"2": ["2019年甲。", "2020年乙。"]},
        ),
        "a decimal is no number": ("二、转型\n甲。\n1.2亿元用于乙。", {"2": ["甲。", "1.2亿元用于乙。"]}),
        "one number in another style": ("二、转型\n1.甲。\n2.乙。\n（三）丙。\n4.丁。", {"2": "甲乙丙丁"}),
        "parts of a candidate": ("二、转型\n1.甲。\n（1）细\n（2）节\n2.乙。", {"2": "甲乙"}),
        "a heading behind all": ("甲。正文\n乙。正文\n一、转型", {"1": "甲乙"}),
        "headings behind their blocks": (
            "1.甲。\n2.乙。\n转型（2项）\n1.丙。\n民生（1项）",
            {"1": "甲乙", "2": "丙"},
        ),
        "counts that add up": ("1.甲。\n2.乙。\n3.丙。\n转型（2项）\n民生（1项）", {"1": "甲乙", "2": "丙"}),
        "no heading at all": ("1.甲。\n2.乙。", {}),
        "nothing": (" \n\t\n", {}),
    }

    def test_shapes_of_lists(self):
        for what, (text, expected) in self.CASES.items():
            with self.subTest(what):
                outline = place(text)
                found = {code: [title.rstrip("。") for title in titles] for code, titles in shape(outline)}
                wanted = {code: [title.rstrip("。") for title in titles] for code, titles in expected.items()}
                self.assertEqual(found, wanted)
                codes(outline, text)

    def test_a_title_that_is_too_long_is_named_with_all_its_lines(self):
        text = f"一、转型\n1.{'长' * 201}。\n续行\n2.短。"
        self.assertEqual(codes(place(text), text)[0], {2: "title_too_long", 3: "title_too_long"})

    def test_the_hundredth_candidate_and_the_tenth_category_are_named(self):
        text = "一、转型\n" + "\n".join(f"{number}.甲{number}。" for number in range(1, 102))
        self.assertEqual(codes(place(text), text)[0], {101: "too_many", 102: "too_many"})
        text = "\n".join(f"【类{number}】\n甲{number}。" for number in range(1, 11))
        self.assertEqual(codes(place(text), text)[0], {19: "too_many_categories", 20: "too_many_categories"})

    def test_a_list_of_short_lines_is_not_taken_for_columns(self):
        text = "\n".join(f"建成第{number}座便民服务站点" for number in range(10, 40))
        self.assertEqual(unbroken(text), (text, False))


# fmt: off
PIECES = st.sampled_from([
    "一、", "二、转型发展（16项）", "（一）", "（二）改善民生", "1.", "2、", "３．", "（1）", "①", "• ",
    "【民生】", "甲", "建成30公里。", "第一句。第二句。", "\t", " ", "\n", "\n", "\n\n", "候选名单",
    "，", "2019年", "\u200b", "\x0b", "\r\n", "、", "（3项）", "“", "”",
])
# fmt: on


class Nothing(SimpleTestCase):
    @hypothesis_settings(max_examples=150, deadline=None)
    @given(
        st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=60)),
        st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=3),
    )
    def test_of_any_text_is_lost(self, pasted, starts):
        text = unbroken(clean(pasted))[0]
        outline = place(text, starts)
        codes(outline, text)
        kept = "".join(
            [remark.text for remark in outline.left_out]
            + [item.text for item in outline.items + (outline.question.items if outline.question else [])]
            + [section.paragraph.text for section in outline.sections]
            + [outline.title.text if outline.title else ""]
            + [heading.paragraph.text for heading in (outline.question.headings if outline.question else [])]
        )
        for char in set("".join(text.split())) - set("0123456789０１２３．.、（）()①•【】一二- "):
            self.assertGreaterEqual(kept.count(char), text.count(char), (char, pasted))

    def test_control_a_lost_line_is_seen(self):
        outline = place(MESSY)
        outline.remarks = [remark for remark in outline.remarks if remark.line != 3]
        with self.assertRaises(AssertionError):
            codes(outline, MESSY)
