"""Read a roll from CSV or XLSX: one row a person, what identifies and where a password is sent.

Of each row that cannot be used, its number, the reason and the cure are told, never what stands in it.
"""

import csv
import io
import warnings
from typing import NamedTuple

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from shortlist.spreadsheet.cells import BLANK, folded, text_cell, written
from shortlist.spreadsheet.delimited import SEPARATORS, decode
from shortlist.spreadsheet.faults import CellFault, Place, Unreadable, shown
from shortlist.spreadsheet.reading import FOREIGN, OLE, SPREADSHEETS, check_package, refuse_ole, refuse_type
from shortlist.spreadsheet.workbook import check_limits, read_cell

from .digests import LONGEST, normalised, parse_contact

MOST_ROWS = 1_000_000
MAX_FILE = 50 * 1024 * 1024
FEWEST_CHARACTERS = 4
PERSON = (
    "身份标识",
    "身份证件号",
    "身份证号",
    "身份证号码",
    "证件号",
    "证件号码",
    "工号",
    "学号",
    "编号",
    "person",
    "identity",
    "number",
)
CONTACT = (
    "联系方式",
    "手机",
    "手机号",
    "手机号码",
    "移动电话",
    "电话",
    "邮箱",
    "电子邮箱",
    "contact",
    "mobile",
    "e-mail",
    "email",
)


class Person(NamedTuple):
    """One good row: its number in the file, and what is digested of it."""

    row: int
    identity: str
    contact: str


def read_roll(data: bytes, name: str, question: str, report) -> list[Person]:
    """Return the good rows of a file; faults go to the report. `question` may head the first column."""
    try:
        lines = _lines(data, name, report)
        filled = (line for line in lines if any(cell.kind != "blank" for cell in line[1]))
        headings, found = next(filled, (0, [])), {}
        for at, cell in enumerate(headings[1]):
            heading = folded(str(cell.value or ""))
            for column, names in (("person", (question, *PERSON)), ("contact", CONTACT)):
                if heading and heading in map(folded, names) and column not in found:
                    found[column] = at
        for column, cure in (("person", question or PERSON[0]), ("contact", CONTACT[0])):
            if column not in found:
                report.fault(
                    Place(row=headings[0] or 1),
                    f"no_{column}",
                    _("There is no column “%(heading)s”.") % {"heading": cure},
                    _("Give the column this heading in the first row."),
                )
        if len(found) < 2:
            return []
        return list(_people(filled, found, headings[1], report))
    except Unreadable:
        return []


def _people(lines, found, headings, report):
    for number, cells in lines:
        if number > MOST_ROWS:
            report.stop(
                "too_many_rows",
                _("The table has more than %(count)d rows.") % {"count": MOST_ROWS},
                _("Split the roll into several files."),
            )
        values = {}
        for column, at in found.items():
            cell = cells[at] if at < len(cells) else BLANK
            try:
                values[column] = CLEAN[column](cell)
            except CellFault as fault:
                place = Place(row=number, column=get_column_letter(at + 1), heading=shown(headings[at].value))
                report.fault(place, fault.code, fault.message, fault.cure)
        if len(values) == 2:
            yield Person(number, values["person"], values["contact"])


def _text(cell):
    """Return a cell's text; CellFault where a spreadsheet program may have changed it. Quotes nothing."""
    if cell.kind == "blank":
        raise CellFault("blank", _("The cell is empty."), _("Fill it in, or delete the row."))
    try:
        text = written(cell) if cell.kind in ("text", "number", "date") else ""
    except CellFault:
        text = ""
    if not normalised(text):
        raise CellFault(
            "not_text",
            _("The spreadsheet program did not keep this as it was typed."),
            _("Format the column as text, then type or paste it once more."),
        )
    if len(text) > LONGEST:
        raise CellFault(
            "too_long",
            _("The cell holds more than %(count)d characters.") % {"count": LONGEST},
            _("Look whether several cells were joined."),
        )
    return text


def _identity(cell):
    text = _text(cell)
    if len(normalised(text)) < FEWEST_CHARACTERS:
        raise CellFault(
            "too_short",
            _("This has fewer than %(count)d characters: it would be guessed.")
            % {"count": FEWEST_CHARACTERS},
            _("Use something longer for the whole roll, such as the staff number."),
        )
    return text


def _contact(cell):
    text = _text(cell)
    try:
        return parse_contact(text)
    except ValueError:
        raise CellFault(
            "contact",
            _("This is neither a mobile number nor an e-mail address."),
            _("Correct it, or ask the person."),
        ) from None


CLEAN = {"person": _identity, "contact": _contact}


def _lines(data, name, report):
    """Yield row number and cells, the headings first; the content decides what kind of file it is."""
    if len(data) > MAX_FILE:
        report.stop(
            "too_large",
            _("The file is larger than %(size)d MB.") % {"size": MAX_FILE // 1024**2},
            _("Split the roll into several files."),
        )
    if data.startswith(OLE):
        refuse_ole(data, report)
    if data.startswith(b"PK"):
        check_package(data, report)
        check_limits(data, report)
        return _workbook_lines(data, report)
    if data.lstrip()[:9].lower().startswith(FOREIGN) or name.lower().endswith(SPREADSHEETS):
        refuse_type(report)
    return _text_lines(decode(data, report), report)


def _text_lines(text, report):
    first = next(line for line in text.splitlines() if line.strip())
    separator = max(SEPARATORS, key=first.count)
    number = 0
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        for number, row in enumerate(reader, 1):
            yield number, [text_cell(cell) for cell in row]
    except csv.Error:
        report.stop(
            "broken_csv",
            _('The quotation marks " do not match.'),
            _('Close each text that begins with " with another, or use XLSX.'),
            Place(row=number + 1),
        )


def _workbook_lines(data, report):
    """Yield the rows of the first sheet that is shown."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # About styles and extensions that do not concern the values.
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if len(sheets) != 1:
            report.stop(
                "several_sheets",
                _("The workbook has %(count)d sheets that are shown.") % {"count": len(sheets)},
                _("Leave one sheet with the roll, or save that sheet as CSV."),
            )
        sheets[0].reset_dimensions()
        for number, row in enumerate(sheets[0].iter_rows(max_col=60), 1):
            yield number, [read_cell(cell, False) for cell in row]
    except Unreadable:
        raise
    except Exception as error:  # openpyxl has no exception of its own for a damaged file.
        report.stop(
            "damaged",
            _("The file cannot be read as a workbook (%(error)s).") % {"error": type(error).__name__},
            _("Open it in Excel or WPS, save it as a new .xlsx file and use that one."),
        )
