"""What the written formats have in common: the head block, the columns and their cells."""

from django.utils.translation import gettext as _

from .table import ResultTable, channel_label, not_counted_label

# What makes a spreadsheet take a text for a formula, full-width forms too (OWASP, “CSV Injection”).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def head_rows(table: ResultTable) -> list[tuple[str, str | int]]:
    """Return label and value of what stands above the counts."""
    rows = [
        (_("Poll"), table.title),
        (_("Candidate list"), table.list_title),
        (_("Counted at"), table.counted_at_text),
        (_("How ballots are limited"), table.limited),
        (_("Ballots counted"), table.ballots),
        *((_("Of these: %(channel)s") % {"channel": channel_label(c)}, n) for c, n in table.channels.items()),
        *(
            (_("Not counted: %(reason)s") % {"reason": not_counted_label(fault)}, count)
            for fault, count in table.not_counted.items()
        ),
        (_("A tie at the cut"), table.tie_rule_label),
        (_("Manifest code"), table.manifest),
        (_("Tally code"), table.tally),
    ]
    return [(_("Please note"), table.mark), *rows] if table.mark else rows


def columns() -> list[str]:
    """Return the headings of the table, in the reader's language."""
    return [
        _("Category"),
        _("Code"),
        _("Candidate"),
        _("Votes"),
        _("Share of ballots"),
        _("Rank"),
        _("Outcome"),
        _("Places"),
        _("Ballots counted"),
    ]


def body_rows(table: ResultTable):
    """Yield one row of cells for each candidate; None where nothing is published."""
    for section in table.sections:
        for row in section.rows:
            yield [
                section.name,
                row.code,
                row.title,
                row.votes,
                row.percent or None,
                row.place or None,
                row.outcome,
                section.places,
                section.ballots,
            ]


def blank_rows(table: ResultTable) -> list[tuple[str, int]]:
    """Return for each category how many counted ballots picked nobody in it."""
    return [
        (_("%(category)s: ballots without a pick") % {"category": section.name}, section.blank)
        for section in table.sections
        if section.blank is not None
    ]
