"""Find figures in a text: where each stands, its unit and bound. Nothing here needs Django."""

import re
from dataclasses import dataclass

from .words import BOUNDS_AFTER, BOUNDS_BEFORE, COUNTING, LASTING, NOT_AFTER, SHARES, UNITS

DIGIT = "0-9０-９"
NUMBER = rf"[{DIGIT}]{{1,3}}(?:,[{DIGIT}]{{3}})+(?:[.．][{DIGIT}]+)?|[{DIGIT}]+(?:[.．][{DIGIT}]+)?"
FIGURE = re.compile(
    # 1 860项 is one figure that parse_figure does not know; its end alone would be a wrong one.
    rf"(?<![{DIGIT}A-Za-z.．+＋第-])(?<![{DIGIT}]\s)(?P<number>{NUMBER})"
    rf"(?P<scaled>\s*(?P<scale>万亿|亿|万))?(?P<vague>\s*[多余几])?"
    rf"(?P<measured>\s*(?P<unit>{UNITS}))?"
)
# Behind a number without a unit, or one whose unit is none: dates, versions, names of lines, ranges.
NO_FIGURE_AFTER = re.compile(
    rf"\s*(?:[年月日号时届期版世代级环纵横]|[+＋~～—–:：/]|-|[至到]\s*[{DIGIT}]|[A-Za-z])"
)
NAME = re.compile(r"“[^“”]{1,12}”|《[^《》]*》")
NOUN = re.compile(r"[^\W\d_A-Za-z]{1,14}?(?=[、，。；！？\n]|$|[和及与]\s*[0-9０-９])")
LINK = re.compile(r"\s*(?:[、和及与]|[，,][^\W\d_]{2,4})\s*$")
# A noun that says that something happens is no name of what is counted: 41个贫困县脱贫摘帽.
PREDICATE = re.compile(
    r"[全都均已将被得使]|脱贫|退出|完成|办妥|实现|建成|达到|成为|从中|参加|参与|投入|获得|覆盖|通过|增长|下降|落地|开工"
)


BOUND_WORDS = re.compile(r"\s*(?:左右|上下|及?以上|以下|以内|之内)")
AND = re.compile(r"\s*[、和及与]\s*")
LONGEST_UNIT = 20


@dataclass
class Found:
    """A figure: text[start:end] is `raw`; `after` is where the words behind it begin."""

    start: int
    end: int
    raw: str
    scale: str
    unit: str
    bound: str
    after: int
    bound_is_own: bool = True
    noun: str = ""


def find_figures(text: str, begin: int, stop: int) -> list[Found]:
    """Return the figures of text[begin:stop] in order; years, dates, numbers and names are none."""
    names = [match.span() for match in NAME.finditer(text, begin, stop)]
    figures = []
    for match in FIGURE.finditer(text, begin, stop):
        inside = any(start <= match.start() < end for start, end in names)
        if not inside and (figure := read(text, match)):
            figures.append(figure)
    complete_parallel_units(text, figures)
    take_nouns(text, figures)
    return figures


def read(text, match) -> Found | None:
    """Return the figure of a match, or None where it is no quantity."""
    scale, unit, end = match["scale"] or "", match["unit"] or "", match.end()
    if unit in NOT_AFTER and NOT_AFTER[unit].match(text, end):
        unit, end = "", match.start("measured")
    if not unit and not scale:
        before = text[max(0, match.start() - 6) : match.start()]
        if not (text.startswith("年", end) and LASTING.search(before)):
            return None
        unit, end = "年", end + 1
    elif not unit and NO_FIGURE_AFTER.match(text, end):
        return None
    raw_end = match.start("vague") if match["vague"] else end
    after = BOUND_WORDS.match(text, end)
    return Found(
        start=match.start(),
        end=raw_end,
        raw=text[match.start() : raw_end],
        scale=scale,
        unit=unit.replace("％", "%"),
        bound=bound_of(text, match.start(), end) or ("over" if match["vague"] else "equal"),
        after=after.end() if after else end,
    )


def bound_of(text, start, end) -> str:
    """Return the bound that words right before or behind a figure give it, or nothing."""
    for bound, words in BOUNDS_BEFORE:
        if words.search(text, max(0, start - 6), start):
            return bound
    return next((bound for bound, words in BOUNDS_AFTER if words.match(text, end)), "")


def complete_parallel_units(text, figures):
    """Give “1.3个和2.65个百分点” one unit, and all of “超过95%和92%” one bound."""
    for one, other in reversed(list(zip(figures, figures[1:], strict=False))):
        if (
            AND.fullmatch(text, one.after, other.start)
            and other.unit.startswith(one.unit)
            and other.unit in SHARES
        ):
            one.unit = other.unit
    for one, other in zip(figures, figures[1:], strict=False):
        joined = AND.fullmatch(text, one.after, other.start)
        if joined and one.unit == other.unit in SHARES and other.bound == "equal" != one.bound:
            other.bound, other.bound_is_own = one.bound, False


def take_nouns(text, figures):
    """Add the noun to the unit where different things are counted in a row.

    Of “3个示范市、10个示范县” each is a measure of its own, and 个 alone would make them look like one.
    """
    nouns = [noun_after(text, figure) for figure in figures]
    linked = [
        bool(nouns[at] and LINK.fullmatch(text, figure.after + len(nouns[at]), figures[at + 1].start))
        for at, figure in enumerate(figures[:-1])
    ]
    for at, figure in enumerate(figures):
        in_row = at < len(linked) and linked[at] or at > 0 and linked[at - 1]
        if in_row and nouns[at] and len(figure.unit + nouns[at]) <= LONGEST_UNIT:
            figure.noun = nouns[at]
            figure.raw += nouns[at]
            figure.unit += nouns[at]
            figure.end = figure.after = figure.end + len(nouns[at])


def noun_after(text, figure) -> str:
    """Return the noun that a counted figure is followed by up to the next mark, or nothing."""
    if figure.unit not in COUNTING or figure.after != figure.end:
        return ""
    noun = NOUN.match(text, figure.end)
    return noun[0] if noun and not PREDICATE.search(noun[0]) else ""
