"""How pages show evidence: the text with its quotes marked, and figures drawn as bars."""

import re
from unicodedata import east_asian_width

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ..evidence import chart_points

register = template.Library()

CHART_WIDTH = 320
ROW_HEIGHT = 46
CREDIT_HEIGHT = 16
CREDIT_WIDTH = 50  # half-width columns of 12 pixels' letters
LONGEST_UNBROKEN = 16  # half-width columns
SMALL_WIDTH = 96
SMALL_ROW = 8
DIGITS = re.compile(r"[0-9][0-9.,]*")
NEVER_FIRST = "，。、；：？！”’）》」』】,.;:?!)"


@register.simple_tag
def marked(candidate, part):
    """Write a candidate's `headline` or `body` with quotes and their figures marked.

    Quotes may overlap: the text is cut at every quote's beginning and end, so that each piece lies
    wholly inside or outside of each quote. A quote that crosses no other is one element with its
    id, so that choosing it marks it whole; of one that crosses, the first piece carries the id.
    Every piece names its quotes' evidence, and behind the last piece of a quote of role value
    stands a link to its evidence.
    """
    text = candidate.text
    start, end = (0, len(candidate.headline)) if part == "headline" else (len(candidate.title), len(text))
    spans = [
        (number, at, quote.role, *_shown_span(candidate, quote))
        for number, evidence in enumerate(candidate.evidence, 1)
        for at, quote in enumerate(evidence.quotes, 1)
    ]
    whole = _nested([span for span in spans if start <= span[3] and span[4] <= end])
    figures = _figure_places(candidate)
    edges = {edge for span in spans for edge in span[3:]} | {edge for place in figures for edge in place}
    cuts = [start, *sorted(edge for edge in edges if start < edge < end), end]
    html = ""
    for a, b in zip(cuts, cuts[1:], strict=False):
        for number, at, _role, first, _last in whole:
            if first == a:
                html += format_html('<span id="quote-{}-{}">', number, at)
        html += _piece(text, a, b, spans, whole, figures)
        html += "</span>" * sum(span[4] == b for span in whole)
        html += _links(b, spans)
    return mark_safe(html)


def _nested(spans):
    """Return the spans, outermost first, of which any two lie one in the other or apart."""
    chosen = []
    for span in sorted(spans, key=lambda span: (span[3], -span[4])):
        if span[3] < span[4] and not any(a < span[3] < b < span[4] for *_rest, a, b in chosen):
            chosen.append(span)
    return chosen


def _shown_span(candidate, quote):
    """Return where a quote begins and ends on the page, which leaves out the title's full stop."""
    shown, whole = len(candidate.headline), len(candidate.title)
    start = whole if shown <= quote.offset < whole else quote.offset
    end = shown if shown < quote.end <= whole else quote.end
    return start, end


def _figure_places(candidate):
    """Return where the printed figures stand in the text, as (start, end)."""
    places = set()
    for evidence in candidate.evidence:
        for quote in evidence.quotes:
            for point in evidence.points if quote.role == "value" else ():
                at = quote.text.find(point.raw)
                if at >= 0:
                    places.add((quote.offset + at, quote.offset + at + len(point.raw)))
    return sorted(places)


def _piece(text, start, end, spans, whole, figures):
    around = [span for span in spans if span[3] <= start and end <= span[4]]
    words = format_html("{}", text[start:end])
    if any(a <= start and end <= b for a, b in figures):
        words = _unbroken(text[start:end])
    if around:
        named = " ".join(dict.fromkeys(str(span[0]) for span in around))
        words = format_html('<mark class="quote" data-evidence="{}">{}</mark>', named, words)
    for span in around:
        if span[3] == start and span not in whole:
            words = format_html('<span id="quote-{}-{}">{}</span>', span[0], span[1], words)
    return words


def _unbroken(figure):
    """Write a figure that no line breaks; of a long one, its digits and what they count stay together.

    A box of its own (inline-block) would let the mark behind it begin a line, which no Chinese text does.
    """
    if columns(figure) <= LONGEST_UNBROKEN:
        return format_html('<b class="unbroken">{}</b>', figure)
    digits = DIGITS.match(figure)
    at = digits.end() + 1 if digits else 1
    return format_html('<b><span class="unbroken">{}</span>{}</b>', figure[:at], figure[at:])


def _links(end, spans):
    """Link to the evidence whose value quotes end here."""
    html = ""
    numbers = {number for number, _at, role, _first, last in spans if last == end and role == "value"}
    for number in sorted(numbers):
        label = _("Evidence %(number)d") % {"number": number}
        # The word joiner keeps the number on the line of the words that it belongs to.
        html += format_html(
            '<a class="to-evidence" href="#evidence-{0}" aria-label="{1}">\u2060{0}</a>', number, label
        )
    return html


@register.filter
def main_quote(evidence):
    """Return the number of the quote that says most, counted from 1, and the quote; None without any."""
    numbered = list(enumerate(evidence.quotes, 1))
    values = [item for item in numbered if item[1].role == "value"]
    return next(iter(values or numbered), None)


@register.inclusion_tag("shortlist/_chart.html")
def chart(evidence, number, document):
    """Draw the figures of one evidence as bars from zero, where they may be joined; else nothing.

    Kind, as-of period and source stand in the picture, so that it still says them when it is cut out.
    """
    rows = [
        {
            "point": point,
            "label_y": at * ROW_HEIGHT + 16,
            "bar_y": at * ROW_HEIGHT + 23,
            "length": length,
        }
        for at, (point, length) in enumerate(_bars(evidence, CHART_WIDTH))
    ]
    if not rows:
        return {"rows": []}
    axis = len(rows) * ROW_HEIGHT
    source = source_or_own(evidence, document)
    comma = pgettext("in a citation", ", ")
    credit = [f"{evidence.kind_label}{comma}{rows[-1]['point'].period}"]
    credit += [_("Source: %(source)s") % {"source": source.title}] if source else []
    folded = [line for words in credit for line in fold(words, CREDIT_WIDTH)]
    return {
        "evidence": evidence,
        "number": number,
        "language": document.language,
        "rows": rows,
        "width": CHART_WIDTH,
        "credit": pgettext("between figures", "; ").join(credit),
        "credit_lines": [
            {"words": words, "y": axis + 20 + at * CREDIT_HEIGHT} for at, words in enumerate(folded)
        ],
        "height": axis + 10 + len(folded) * CREDIT_HEIGHT,
    }


@register.inclusion_tag("shortlist/_small_chart.html")
def small_chart(evidence):
    """Draw the bars of `chart` alone, small, beside figures that stand there as text; else nothing."""
    bars = _bars(evidence, SMALL_WIDTH)
    rows = [
        {"length": length, "y": at * SMALL_ROW, "height": SMALL_ROW - 2}
        for at, (_point, length) in enumerate(bars)
    ]
    return {"rows": rows, "width": SMALL_WIDTH, "height": len(rows) * SMALL_ROW - 2}


def _bars(evidence, width):
    """Return (point, length) for each figure that may be joined, the largest as long as `width`."""
    points = chart_points(evidence)
    most = max((point.value for point in points), default=0)
    if most <= 0 or any(point.value < 0 for point in points):
        return []
    return [(point, f"{point.value * width / most:.1f}") for point in points]


def columns(words):
    """Return how wide words are in half-width columns; a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "FWA" else 1 for letter in words)


def fold(words, width):
    """Cut words into lines of at most `width` half-width columns."""
    lines, room = [""], width
    for letter in words:
        takes = columns(letter)
        if takes > room and letter not in NEVER_FIRST:
            lines.append("")
            room = width
        lines[-1] += letter
        room -= takes
    return lines


@register.filter
def figure(point):
    """Write a printed figure with its digits set apart from its unit, so that both can be styled."""
    digits = DIGITS.match(point.raw)
    if not digits:
        return point.raw
    return format_html("<b>{}</b>{}", digits[0], point.raw[digits.end() :])


@register.filter
def periods(evidence):
    """Write from which period to which the figures are: one where they share it, else first and last."""
    named = list(dict.fromkeys(point.period for point in evidence.points if point.period))
    return " → ".join(dict.fromkeys((named[0], named[-1]))) if named else ""


@register.filter
def has_chart(evidence):
    """Say whether `chart` draws this evidence."""
    return bool(chart_points(evidence))


@register.filter
def lines(text):
    """Split remarks into their lines, empty ones left out."""
    return [line for line in text.splitlines() if line.strip()]


@register.filter
def source_of(item, document):
    """Return the source that an evidence or a file names, None where it is the list's own."""
    return document.sources[item.source] if item.source is not None else None


@register.filter
def source_or_own(item, document):
    """Return the source that an evidence or a file names, else the list's first, else None."""
    return source_of(item, document) or next(iter(document.sources), None)
