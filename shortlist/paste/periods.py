"""Find periods as printed, and their first and last day where the text names both year and part of it."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

DIGIT = "0-9０-９"
YEAR = rf"(?:[{DIGIT}]{{4}}|今|去|前|本|当|明)\s*年"
MONTH = rf"[{DIGIT}]{{1,2}}\s*月"
TO = r"\s*(?:至|到|-|—|－|–|~|～)\s*"
PART = (
    rf"(?:上半年|下半年|前?[一二三四{DIGIT}]个?季度|[{DIGIT}]{{1,2}}{TO}{MONTH}(?:底|份)?|{MONTH}份?(?:底|末|初)?"
    r"|底|末|初|国庆黄金周|国庆假期|春节假期|春节期间)"
)
SINCE = r"[^，。；、由从的\s]{0,10}?(?:以来|时(?=的)|期间)"
PERIOD = re.compile(
    rf"[{DIGIT}]{{4}}年?{TO}[{DIGIT}]{{4}}\s*年"
    rf"|(?:截至|截止到?|截止至)?\s*{YEAR}(?:\s*{PART})?(?:{SINCE})?"
    r"|目前|现在|如今|当前|近年来|近几年来?|[^，。；、由从的\s]{0,8}期间"
    r"|(?:上|本)世纪末|(?:上|本)世纪初|“[一二三四五六七八九十]{1,3}五”(?:期间|以来|末)"
    r"|党的十[一二三四五六七八九]大以来"
)
MONTH_ALONE = re.compile(rf"{MONTH}份?(?:底|末)?")
# 由试点初期的…: what stands so before a figure is its period even where no calendar knows it.
BEFORE_FIGURE = re.compile(
    r"[由从到至为]\s*([^，。；、由从到至为的]{2,16})的\s*(?:每[人户套亩年月]){0,2}\s*$"
)
PERIOD_LIKE = re.compile(r"(?:初期|初|末|底|时|前|期|年|月|现在|目前|以来|阶段)$")
HALF = str.maketrans("０１２３４５６７８９", "0123456789")
EXACT = re.compile(
    r"(?P<until>截至|截止到?|截止至)?(?P<year>[0-9]{4})年"
    r"(?:(?P<half>[上下])半年|(?P<first>[0-9]{1,2})(?:至|到|-|—|－|–|~|～)(?P<last>[0-9]{1,2})月份?"
    r"|(?P<month>[0-9]{1,2})月份?(?P<month_end>底|末)?|(?P<end>底|末))?(?:.*(?:时|期间))?"
)


@dataclass(frozen=True)
class Period:
    """A period: text[start:end], and its days where they are certain. `own`: it is of one figure alone."""

    start: int
    end: int
    text: str
    own: bool = False

    @property
    def days(self) -> tuple[date | None, date | None]:
        """Return first and last day; None where the words do not say."""
        match = EXACT.fullmatch("".join(self.text.translate(HALF).split()))
        if not match:
            return None, None
        year = int(match["year"])
        first, last = 1, 12
        if match["half"]:
            first, last = (1, 6) if match["half"] == "上" else (7, 12)
        elif match["first"]:
            first, last = int(match["first"]), int(match["last"])
        elif match["month"]:
            first = last = int(match["month"])
        if not 1 <= first <= last <= 12 or year < 1:
            return None, None
        to_the_end = match["until"] or match["end"] or match["month_end"]
        start = None if to_the_end else date(year, first, 1)
        return start, date(year, last, calendar.monthrange(year, last)[1])


def find_periods(text, start, end, clauses) -> list[Period]:
    """Return the periods of text[start:end] in order; a month without a year only where a clause begins."""
    periods = [Period(*trimmed(text, *match.span())) for match in PERIOD.finditer(text, start, end)]
    for at, _clause_end in clauses:
        match = MONTH_ALONE.match(text, at)
        if match and not any(period.start <= at < period.end for period in periods):
            periods.append(Period(*trimmed(text, *match.span())))
    return sorted(periods, key=lambda period: period.start)


def trimmed(text, start, end):
    """Return place and words of a match without the spaces around them."""
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    words = words.strip()
    return start, start + len(words), words


def period_before(text, start, figure_start) -> Period | None:
    """Return the period that stands right before a figure, as in 由2014年的13.6%."""
    match = BEFORE_FIGURE.search(text, start, figure_start)
    if not match:
        return None
    words = match[1].strip()
    if not (PERIOD.fullmatch(words) or PERIOD_LIKE.search(words)):
        return None
    at = match.start(1) + match[1].index(words)
    return Period(at, at + len(words), words, own=True)
