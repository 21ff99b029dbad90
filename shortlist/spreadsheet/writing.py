"""Write the template, or a list that exists, as a workbook that load_list reads."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from .columns import FLAGS
from .rules import occurrences
from .sheets import CANDIDATES, CATEGORIES, EVIDENCE, EXPLANATION, LIST, SHEETS, SOURCES

LONGEST = 32767  # characters in a cell, a limit of the format
LAST_CHOICE_ROW = 2000
POINT = ("raw", "bound", "unit", "per", "period", "start", "end", "inferred")
REQUIRED_FILL = PatternFill("solid", start_color="FFF2CC")


def write_workbook(file, rows):
    """Write rows by sheet key, each a dict by column name, to a file or path.

    Raises ValueError with a sentence when a text cannot stand in a cell.
    """
    chinese = (get_language() or "zh").startswith("zh")
    book = Workbook()
    book.remove(book.active)
    for sheet in SHEETS:
        write_sheet(book, sheet, rows.get(sheet.key, []), chinese)
    write_explanation(book, chinese)
    book.save(file)


def write_sheet(book, sheet, rows, chinese):
    worksheet = book.create_sheet(sheet.chinese if chinese else sheet.english)
    worksheet.freeze_panes = "A2"
    for at, column in enumerate(sheet.columns, start=1):
        heading = worksheet.cell(1, at, column.chinese if chinese else column.english)
        heading.font = Font(bold=True)
        if column.required:
            heading.fill = REQUIRED_FILL
        letter = get_column_letter(at)
        worksheet.column_dimensions[letter].width = column.width
        # As text, so that 7.0%, 1-8 or 2019-10 stay what was typed.
        worksheet.column_dimensions[letter].number_format = "@"
        add_choices(worksheet, letter, column, chinese)
    for number, row in enumerate(rows, start=2):
        for at, column in enumerate(sheet.columns, start=1):
            write_cell(worksheet.cell(number, at), row.get(column.name), column, chinese)


def add_choices(worksheet, letter, column, chinese):
    """Offer the words of a column as a drop-down list."""
    words = FLAGS if column.form == "flag" else column.words
    if words:
        names = [word_of(words, value, chinese) for value in words]
        choices = DataValidation(type="list", formula1='"' + ",".join(names) + '"', allow_blank=True)
        worksheet.add_data_validation(choices)
        choices.add(f"{letter}2:{letter}{LAST_CHOICE_ROW}")


def word_of(words, value, chinese):
    return words[value][0 if chinese else 1]


def write_cell(cell, value, column, chinese):
    """Write one value as text, never as a formula."""
    cell.number_format = "@"
    cell.alignment = Alignment(vertical="top", wrap_text=column.width > 30)
    if value in (None, ""):
        return
    words = FLAGS if column.form == "flag" else column.words
    text = word_of(words, value, chinese) if words else str(value)
    if len(text) > LONGEST or ILLEGAL_CHARACTERS_RE.search(text):
        raise ValueError(
            _("A text is too long for a cell or holds control characters: %(text)s…")
            % {"text": ILLEGAL_CHARACTERS_RE.sub("", text[:30])}
        )
    cell.value = text
    cell.data_type = "s"


def write_explanation(book, chinese):
    """Say on a sheet of its own how to fill in the others."""
    worksheet = book.create_sheet(EXPLANATION[0] if chinese else EXPLANATION[1], 0)
    worksheet.freeze_panes = "A2"
    for at, (heading, width) in enumerate(
        ((_("sheet"), 14), (_("column"), 18), (_("required"), 10), (_("what to write"), 90)), start=1
    ):
        worksheet.cell(1, at, heading).font = Font(bold=True)
        worksheet.column_dimensions[get_column_letter(at)].width = width
    for sentence in (
        _("One row for each thing; do not merge cells. Coloured columns are required, others may go."),
        _("The rows marked 示例 are an example: delete them before you fill in your own list."),
        _("Check the file with: python3 manage.py load_list FILE --dry-run"),
    ):
        worksheet.append(["", "", "", sentence])
    for sheet in SHEETS:
        for column in sheet.columns:
            worksheet.append(
                [
                    sheet.chinese if chinese else sheet.english,
                    column.chinese if chinese else column.english,
                    _("yes") if column.required else "",
                    str(column.help),
                ]
            )
    for row in worksheet.iter_rows(min_row=2):
        row[3].alignment = Alignment(vertical="top", wrap_text=True)


def rows_of(shortlist):
    """Return a list as rows by sheet key, such as write_workbook takes."""
    sources = list(shortlist.sources.all())
    number_of = {source.pk: number for number, source in enumerate(sources, start=1)}
    categories = shortlist.categories.prefetch_related(
        "candidates__evidence__points", "candidates__evidence__quotes"
    )
    rows = {LIST.key: [row_of(LIST, shortlist)]} | {sheet.key: [] for sheet in SHEETS[1:]}
    rows[SOURCES.key] = [row_of(SOURCES, source, number=number_of[source.pk]) for source in sources]
    for category in categories:
        rows[CATEGORIES.key].append(row_of(CATEGORIES, category))
        for candidate in category.candidates.all():
            rows[CANDIDATES.key].append(row_of(CANDIDATES, candidate, category=category.code))
            for evidence in candidate.evidence.all():
                source = number_of.get(evidence.source_id)
                rows[EVIDENCE.key] += evidence_rows(candidate, evidence, source)
    return rows


def row_of(sheet, item, **values):
    """Return the fields of a model that are columns of a sheet."""
    return {column.name: getattr(item, column.name, None) for column in sheet.columns} | values


def evidence_rows(candidate, evidence, source):
    """Return one row for each point beside a quote that contains it, then one for each other quote."""
    claim = row_of(EVIDENCE, evidence, code=candidate.code, source=source)
    quotes = list(evidence.quotes.all())
    rows, used = [], set()
    for point in evidence.points.all():
        fitting = [quote for quote in quotes if point.raw in quote.text]
        quote = next((quote for quote in fitting if quote.pk not in used), fitting[0] if fitting else None)
        fields = {name: getattr(point, name) for name in POINT}
        rows.append(claim | fields | quote_fields(candidate, quote))
        used.add(quote and quote.pk)
    rows += [claim | quote_fields(candidate, quote) for quote in quotes if quote.pk not in used]
    return rows or [claim]


def quote_fields(candidate, quote):
    """Return text, use and, where the words stand in the text more than once, the occurrence of a quote."""
    if quote is None:
        return {}
    starts = occurrences(quote.text, candidate.text)
    occurrence = starts.index(quote.offset) + 1 if len(starts) > 1 and quote.offset in starts else None
    return {"quote": quote.text, "role": quote.role, "occurrence": occurrence}
