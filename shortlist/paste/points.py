"""Make one data point of a figure: value, bound, unit, per, period, and what of it is inferred."""

import re

from django.utils import translation
from django.utils.translation import gettext as _

from shortlist.figures import parse_figure
from shortlist.models import Point

from .words import HOUSEHOLDS, PEOPLE, SHARES

EACH = re.compile(r"每(人|户|套|亩|吨|年|月|天|日|个|家|村|辆|台)")
MEAN = re.compile(r"(人|户|亩|年|月|日)均")
YEARLY = re.compile(r"(?:^|[的，、])年(?=[^\W\d_])(?![底末初度份均])")
CHANGED_FROM = re.compile(r"[由从]\s*(?:每[人户套亩年月])*\s*$")
LONGEST_INFERENCE = 200


def make_point(sentence, figure, group, about, clause_end, at, before):
    """Return the point of a figure and its period; `before` holds the points that it follows in its claim.

    `about` are the words that say what is measured. What does not stand at the figure itself is
    said in `inferred`, in the language of the list.
    """
    point = Point(raw=figure.raw, bound=figure.bound, unit=figure.unit)
    notes = []
    with translation.override("zh-hans"):
        read_value(point)
        if not point.unit:
            point.unit, words = unit_of(sentence.text, figure, about, clause_end)
            if words:
                notes.append(
                    _("The unit is not printed; “%(unit)s” comes from “%(words)s”.")
                    % {"unit": point.unit, "words": words}
                )
        if not figure.bound_is_own:
            notes.append(_("The word of bound is printed once only; read as meant for both."))
        period, carried = period_of(sentence, figure, group, at)
        if period:
            point.period = period.text
            point.start, point.end = period.days
            if carried:
                notes.append(_("The period comes from “%(words)s” earlier.") % {"words": period.text})
        point.per = per_of(sentence, figure, about)
        if before and before[0].per and not point.per and before[0].unit == point.unit:
            point.per = before[0].per
            notes.append(_("“Per what” is printed at the figure before only."))
    point.inferred = "".join(notes)[:LONGEST_INFERENCE]
    return point, period


def read_value(point):
    """Fill value and scale; a figure that cannot be read keeps none and is dropped by the checks."""
    try:
        figure = parse_figure(point.raw)
    except ValueError:
        return
    point.value, point.scale = figure.value, figure.scale


def unit_of(text, figure, about, clause_end) -> tuple[str, str]:
    """Return 人 or 户 where the words beside a figure without a unit say so, and these words."""
    for words in (text[figure.after : min(clause_end, figure.after + 14)], about):
        for unit, pattern in (("人", PEOPLE), ("户", HOUSEHOLDS)):
            found = list(pattern.finditer(words))
            if found:
                return unit, found[0][0]
    return "", ""


def period_of(sentence, figure, group, at):
    """Return the period of a figure and whether it was carried over from an earlier clause.

    Figures of one group share the period that stands before the first. A figure that something changed
    from has only a period of its own: the one of the sentence is that of what it changed to.
    """
    own = sentence.own_period(figure) or (sentence.own_period(group[0]) if figure in group else None)
    if own:
        return own, False
    before = sentence.text[sentence.words_before(group[0]) : group[0].start]
    changed = figure in group and CHANGED_FROM.search(before)
    return (None, False) if changed else sentence.period_of(figure)


def per_of(sentence, figure, about) -> str:
    """Return what a figure is counted by: 人·月 of 每人每月30元."""
    start = sentence.clauses[sentence.clause_of(figure.start)][0]
    words = sentence.text[start : figure.start]
    found = EACH.findall(words[-30:])
    if not found and figure.unit not in SHARES:
        found = MEAN.findall(about) or (["年"] if YEARLY.search(words) else [])
    return "·".join(dict.fromkeys(found))
