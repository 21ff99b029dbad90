"""Figures as printed are read into full values."""

import subprocess
import sys
from decimal import Decimal
from unittest import TestCase

from django.conf import settings

from shortlist.figures import Figure, parse_figure
from tests.homes import at_home

load_tests = at_home("postgresql", __name__)

ONE, WAN, YI = Decimal(1), Decimal(10_000), Decimal(100_000_000)

PRINTED = {
    "1.2亿吨": (120_000_000, "吨", YI),
    "1700万吨": (17_000_000, "吨", WAN),
    "329万": (3_290_000, "", WAN),
    "13.6%": ("13.6", "%", ONE),
    "7.0%": ("7.0", "%", ONE),
    "1704.85亿元": (170_485_000_000, "元", YI),
    "2.7万亿元": (2_700_000_000_000, "元", WAN * YI),
    "3185元": (3185, "元", ONE),
    "1162个": (1162, "个", ONE),
    "3.9亿人次": (390_000_000, "人次", YI),
    "2.65个百分点": ("2.65", "个百分点", ONE),
    "3个工作日": (3, "个工作日", ONE),
    "1.2万千瓦": (12_000, "千瓦", WAN),
    "1,204人": (1204, "人", ONE),
    "1.2 亿吨": (120_000_000, "吨", YI),
    "１２％": (12, "%", ONE),
    "0.5‰": ("0.5", "‰", ONE),
    "800元/吨": (800, "元/吨", ONE),
}

BOUND = "bound"
START = "starts with its digits"
REST = "may follow"
NUMERAL = "each written once"

REFUSED = {
    "": START,
    "C9": START,
    "十二个": START,
    "-24日": START,
    "近400万件": BOUND,
    "超过20%": BOUND,
    "3.9万多台": BOUND,
    "400万亩以上": BOUND,
    "800个左右": BOUND,
    "1-8月": REST,
    "1+N": REST,
    "3.5.2": REST,
    "12,04人": REST,
    "1322件2587人": REST,
    "5千万元": NUMERAL,
    "3万亿万元": NUMERAL,
    "3千人": NUMERAL,
}


class FiguresAreReadInFull(TestCase):
    def test_every_printed_form_gives_value_unit_and_scale(self):
        for raw, (value, unit, scale) in PRINTED.items():
            with self.subTest(raw):
                self.assertEqual(parse_figure(raw), Figure(Decimal(value), unit, scale))

    def test_a_full_value_is_written_without_an_exponent(self):
        self.assertEqual(str(parse_figure("1.2亿吨").value), "120000000")

    def test_printed_decimals_are_kept(self):
        self.assertEqual(str(parse_figure("7.0%").value), "7.0")

    def test_anything_else_is_refused_with_the_sentence_that_helps(self):
        for raw, words in REFUSED.items():
            with self.subTest(raw), self.assertRaisesRegex(ValueError, words):
                parse_figure(raw)

    def test_a_shop_without_django_can_read_figures(self):
        """The control at the end: the same blockade stops a module that does need Django."""
        blocked = "import sys; sys.modules['django'] = None; import shortlist."

        def exit_code(module):
            command = [sys.executable, "-c", blocked + module]
            return subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True).returncode

        self.assertEqual(exit_code("figures"), 0)
        self.assertNotEqual(exit_code("evidence"), 0)
