"""Rules that keep evidence honest, over models or over any objects with the same attributes."""

import re
from decimal import Decimal

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .figures import parse_figure

FIGURE_GOES_ON_BEFORE = re.compile(r"(?:[0-9][.,]?|[A-Za-z])$")
FIGURE_GOES_ON_AFTER = re.compile(r"[.,]?[0-9]|[%‰万亿]")


def chart_points(evidence):
    """Return the points that one chart may join, in order, or an empty list.

    They are points of one evidence, so of one measure and kind; at least two; all in one unit
    and per; and each at a period of its own. Two counts of one year are no course of time.
    """
    related = evidence.points
    points = list(related.all() if hasattr(related, "all") else related)
    periods = {point.period for point in points}
    one_measure = len({(point.unit, point.per) for point in points}) == 1
    if len(points) < 2 or not one_measure or "" in periods or len(periods) < len(points):
        return []
    return points


def check_evidence(text, evidence, points, quotes):
    """List what is wrong with one evidence of a candidate's `text`, as sentences for its editor.

    Empty means: every quote stands where it says, every figure stands whole in a quote of role
    value, means what `value` and `unit` say, and scope and periods are words of the text.
    """
    if not quotes:
        return [_("This evidence quotes nothing: give the words of the text on which it stands.")]
    faults = [
        format_lazy(
            _("The quote “{quote}” does not stand at place {offset} of the text: copy it again."),
            quote=quote.text,
            offset=quote.offset,
        )
        for quote in quotes
        if not quote.text or text[quote.offset : quote.offset + len(quote.text)] != quote.text
    ]
    for words in dict.fromkeys([evidence.scope, *(point.period for point in points)]):
        if words not in text:
            faults.append(
                format_lazy(
                    _("“{words}” does not stand in the text: write scope and period as printed."), words=words
                )
            )
    values = [quote for quote in quotes if quote.role == "value"]
    for point in points:
        faults += _check_point(text, point, values)
    return faults


def _check_point(text, point, values):
    """List what is wrong with one figure."""
    faults = []
    places = [quote.offset + at for quote in values for at in _places(point.raw, quote.text)]
    if not places:
        faults.append(
            format_lazy(_("No quote contains “{raw}”: quote the words where it is printed."), raw=point.raw)
        )
    elif not any(_stands_whole(text, start, point.raw) for start in places):
        faults.append(
            format_lazy(_("“{raw}” is only a piece of the printed figure: take the whole."), raw=point.raw)
        )
    try:
        figure = parse_figure(point.raw)
    except ValueError as error:
        return [*faults, format_lazy("{raw}: {error}", raw=point.raw or "–", error=_(str(error)))]
    if figure.value != Decimal(point.value):
        faults.append(
            format_lazy(
                _("“{raw}” written out is {expected}, but the value says {value}."),
                raw=point.raw,
                expected=_written_out(figure.value),
                value=_written_out(point.value),
            )
        )
    if not point.unit.startswith(figure.unit):
        faults.append(
            format_lazy(
                _("“{raw}” is printed in {printed}, but the unit says “{unit}”."),
                raw=point.raw,
                printed=figure.unit,
                unit=point.unit,
            )
        )
    return faults


def _places(raw, words):
    """Return where `raw` begins in `words`, every time."""
    return [at for at in range(len(words)) if raw and words.startswith(raw, at)]


def _stands_whole(text, start, raw):
    """Tell whether the text prints `raw` at `start` as it is, not as a piece of a longer figure."""
    if FIGURE_GOES_ON_BEFORE.search(text[:start]):
        return False
    after = text[start + len(raw) :]
    if raw[-1].isdigit():
        return not FIGURE_GOES_ON_AFTER.match(after)
    return not (raw[-1] == "万" and after.startswith("亿"))


def _written_out(value):
    """Format a number in full: 120000000, never 1.2E+8."""
    return format(Decimal(value).normalize(), "f")
