"""The result as lines for a terminal, aligned also where Chinese characters take two columns."""

import unicodedata

from django.utils.translation import gettext as _

from .sheet import head_rows

BAR = 24  # columns that stand for 100 %
EIGHTHS = "▏▎▍▌▋▊▉█"


def table_lines(table):
    """Yield the lines: the head, then a table for each category with the cut drawn as a rule."""
    head = [(label, str(value)) for label, value in head_rows(table)]
    left = max(width(label) for label, _value in head)
    for label, value in head:
        yield f"{pad(label, left)}  {value}"
    for section in table.sections:
        yield ""
        yield _("%(category)s · places: %(places)d · ballots without a pick: %(blank)d") % {
            "category": section.name,
            "places": section.places,
            "blank": section.blank,
        }
        if section.tied:
            yield _("A tie at the cut: %(count)d candidates have %(votes)d votes each (%(outcome)s).") % {
                "count": len(section.tied),
                "votes": section.tied[0].votes,
                "outcome": section.tied_outcome,
            }
        yield from _section_lines(section)


def _section_lines(section):
    rows = [
        [row.place, row.code, str(row.votes), row.percent or "–", bar(row.share or 0), row.outcome, row.title]
        for row in section.rows
    ]
    heading = [_("Rank"), _("Code"), _("Votes"), _("Share of ballots"), "", _("Outcome"), _("Candidate")]
    widths = [max(width(cells[at]) for cells in [heading, *rows]) for at in range(len(heading))]
    numbers = (2, 3)

    def line(cells):
        parts = [
            pad(cell, widths[at], right=at in numbers) if at < len(cells) - 1 else cell
            for at, cell in enumerate(cells)
        ]
        return "  ".join(parts).rstrip()

    yield line(heading)
    cut = section.cut
    for row, cells in zip(section.rows, rows, strict=True):
        yield line(cells)
        if cut is not None and row.code == cut.code:
            yield "─" * (sum(widths[:-1]) + 2 * len(widths))


def width(text: str) -> int:
    """Return how many columns a terminal gives a text: two for wide and full-width characters."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def pad(text: str, columns: int, *, right=False) -> str:
    """Fill a text with blanks to a number of columns."""
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def bar(share: int) -> str:
    """Draw a share in hundredths of a percent as blocks, in eighths of a column, from zero."""
    eighths = (share * BAR * 8 + 5_000) // 10_000
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (EIGHTHS[rest - 1] if rest else "")
