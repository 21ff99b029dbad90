"""The result as a workbook: one sheet with the head block, one with the table."""

import io
import re

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from .sheet import blank_rows, body_rows, columns, head_rows

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK = 64 * 1024
WIDTHS = (18, 8, 60, 10, 12, 14, 30, 10, 12)
SHEET_NAME = re.compile(r"[\[\]:*?/\\]")


def write(table):
    """Yield the file in pieces."""
    book = Workbook(write_only=True)
    counts = _sheet(book, _("Counts"), WIDTHS)
    counts.freeze_panes = "A2"
    counts.append([_cell(counts, heading, bold=True) for heading in columns()])
    for cells in body_rows(table):
        counts.append([_cell(counts, cell) for cell in cells])
    about = _sheet(book, _("About this count"), (36, 80))
    for label, value in [*head_rows(table), *blank_rows(table)]:
        about.append([_cell(about, label, bold=True), _cell(about, value)])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    while piece := file.read(CHUNK):
        yield piece


def _sheet(book, title, widths):
    sheet = book.create_sheet(SHEET_NAME.sub(" ", title)[:31])
    for letter, width in zip("ABCDEFGHI", widths, strict=False):
        sheet.column_dimensions[letter].width = width
    return sheet


def _cell(sheet, value, *, bold=False):
    """Return a cell whose text stays text, whatever it begins with."""
    text = isinstance(value, str)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value) if text else value)
    if text:
        # openpyxl takes a leading “=” for a formula; the type says that it is none.
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
