"""Figures as printed in Chinese texts, read into numbers. Nothing here needs Django."""

import re
from decimal import Decimal
from typing import NamedTuple

SCALES = {"": Decimal(1), "万": Decimal(10) ** 4, "亿": Decimal(10) ** 8, "万亿": Decimal(10) ** 12}

# A sentence must be found by makemessages, and this module must not need Django: whoever
# shows an error passes its text through gettext.
gettext_noop = str

HALF_WIDTH = str.maketrans("０１２３４５６７８９．，％", "0123456789.,%")
NUMBER = r"(?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)"
FIGURE = re.compile(NUMBER + r"\s*(?P<scale>万亿|[万亿]?)\s*(?P<unit>.*)", re.DOTALL)
UNIT = re.compile(r"(?:[%‰℃°]|[^\W\d_])(?:[%‰℃/·²³]|[^\W\d_])*")

# 千瓦 and 百分点 are units; 千 in “3千人” is a part of the number that nobody prints beside 万 and 亿.
NUMERAL_IN_UNIT = re.compile(r"[十百千](?!分|瓦|米|克|卡|伏|焦|帕|赫)|[万亿]|[一二三四五六七八九]")
BOUND_BEFORE = re.compile(r"(?:约|近|超|逾|至少|不少于|不低于|不超过|不足|大约|将近|达|[<>≤≥＜＞])")
BOUND_IN_UNIT = re.compile(r"^[多余几来]|(?:以上|以下|左右|上下|以内|多)$")


class Figure(NamedTuple):
    """A figure written out: 1.2亿吨 is `Figure(Decimal(120000000), "吨", Decimal(100000000))`."""

    value: Decimal
    unit: str
    scale: Decimal


def parse_figure(raw):
    """Read a printed figure into its full value, its unit without 万 or 亿, and its scale.

    The unit may be empty (“329万”): then the text names it elsewhere. Words of bound (近, 超过,
    以上) do not belong to a figure. Raises ValueError with a sentence that says what to do;
    the sentence is a msgid.
    """
    text = raw.translate(HALF_WIDTH).strip()
    if BOUND_BEFORE.match(text):
        raise ValueError(
            gettext_noop("Leave “about”, “more than” and the like out of the figure: they are its bound.")
        )
    match = FIGURE.fullmatch(text)
    if not match:
        raise ValueError(gettext_noop("A figure starts with its digits, as in 1.2亿吨 or 13.6%."))
    unit = match["unit"]
    if BOUND_IN_UNIT.search(unit):
        raise ValueError(
            gettext_noop("Leave “about”, “more than” and the like out of the figure: they are its bound.")
        )
    if unit and not UNIT.fullmatch(unit):
        raise ValueError(
            gettext_noop("After the digits only 万, 亿 or 万亿 and a unit may follow, as in 1.2亿吨.")
        )
    if NUMERAL_IN_UNIT.search(unit):
        raise ValueError(
            gettext_noop("Only 万, 亿 and 万亿 may stand between the digits and the unit, each written once.")
        )
    scale = SCALES[match["scale"]]
    value = Decimal(match["number"].replace(",", "")) * scale
    if scale > 1 and value == value.to_integral_value():
        value = value.to_integral_value()
    return Figure(value, unit, scale)
