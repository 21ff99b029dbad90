"""How pages show evidence: the text with its quotes marked, and figures drawn as bars."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from ..evidence import chart_points

register = template.Library()

CHART_WIDTH = 320
ROW_HEIGHT = 46


@register.simple_tag
def marked(candidate, part):
    """Write a candidate's `headline` or `body` with quotes and their figures marked.

    Quotes may overlap: the text is cut at every quote's beginning and end, so that each piece lies
    wholly inside or outside of each quote. The first piece of a quote carries its id, and behind
    the last piece of a quote of role value stands a link to its evidence.
    """
    text = candidate.text
    start, end = (0, len(candidate.headline)) if part == "headline" else (len(candidate.title), len(text))
    spans = [
        (number, at, quote.role, *_shown_span(candidate, quote))
        for number, evidence in enumerate(candidate.evidence, 1)
        for at, quote in enumerate(evidence.quotes, 1)
    ]
    figures = _figure_places(candidate)
    edges = {edge for span in spans for edge in span[3:]} | {edge for place in figures for edge in place}
    cuts = [start, *sorted(edge for edge in edges if start < edge < end), end]
    pieces = (_piece(text, a, b, spans, figures) for a, b in zip(cuts, cuts[1:], strict=False))
    return mark_safe("".join(pieces))


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


def _piece(text, start, end, spans, figures):
    around = [span for span in spans if span[3] <= start and end <= span[4]]
    words = format_html("{}", text[start:end])
    if any(a <= start and end <= b for a, b in figures):
        words = format_html("<b>{}</b>", words)
    if around:
        words = format_html('<mark class="quote">{}</mark>', words)
    for number, at, _role, first, _last in around:
        if first == start:
            words = format_html('<span id="quote-{}-{}">{}</span>', number, at, words)
    for number in sorted(
        {number for number, _at, role, _first, last in around if last == end and role == "value"}
    ):
        label = _("Evidence %(number)d") % {"number": number}
        # The word joiner keeps the number on the line of the words that it belongs to.
        words += format_html(
            '<a class="to-evidence" href="#evidence-{0}" aria-label="{1}">\u2060{0}</a>', number, label
        )
    return words


@register.filter
def main_quote(evidence):
    """Return the number of the quote that says most, counted from 1, and the quote; None without any."""
    numbered = list(enumerate(evidence.quotes, 1))
    values = [item for item in numbered if item[1].role == "value"]
    return next(iter(values or numbered), None)


@register.inclusion_tag("shortlist/_chart.html")
def chart(evidence, number, language):
    """Draw the figures of one evidence as bars from zero, where they may be joined; else nothing."""
    points = chart_points(evidence)
    most = max((point.value for point in points), default=0)
    if most <= 0 or any(point.value < 0 for point in points):
        return {"rows": []}
    rows = [
        {
            "point": point,
            "label_y": at * ROW_HEIGHT + 16,
            "bar_y": at * ROW_HEIGHT + 23,
            "length": f"{point.value * CHART_WIDTH / most:.1f}",
        }
        for at, point in enumerate(points)
    ]
    return {
        "evidence": evidence,
        "number": number,
        "language": language,
        "rows": rows,
        "width": CHART_WIDTH,
        "height": len(rows) * ROW_HEIGHT,
    }


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
