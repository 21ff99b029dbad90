"""Read an XLSX file into lines of cells, and find what openpyxl keeps quiet about."""

import warnings
import zipfile
from io import BytesIO
from xml.etree.ElementTree import iterparse

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from .cells import BLANK, Cell, folded, text_cell
from .faults import Place
from .sheets import EXPLANATION, SHEETS
from .tables import make_table

MAX_UNPACKED = 100 * 1024 * 1024
MAX_PARTS = 2000
MAX_ROWS = 5000
MAX_COLUMNS = 60


def read_workbook(data, report):
    """Return the tables of a workbook by their sheet's key. Raises Unreadable when nothing can be read."""
    check_limits(data, report)
    try:
        sheets = load_sheets(data)
    except Exception as error:  # openpyxl has no exception of its own for a damaged file: anything may come.
        report.stop(
            "damaged",
            _("The file cannot be read as a workbook (%(error)s).") % {"error": type(error).__name__},
            _("Open it in Excel or WPS, save it as a new .xlsx file and use that one."),
        )
    tables = {}
    for sheet in SHEETS:
        named = [found for found in sheets if is_named(found["title"], sheet)]
        if named and named[0]["state"] == "visible":
            tables[sheet.key] = read_sheet(sheet, named[0], report)
        elif not named:
            report_missing_sheet(sheet, sheets, report)
    for found in sheets:
        check_sheet(found, sheets, report)
    return tables


def is_named(title, sheet):
    return folded(title) in (folded(sheet.chinese), folded(sheet.english))


def check_limits(data, report):
    """Refuse a package that would unpack to more than memory is meant for."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        parts = package.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            report.stop(
                "too_large_unpacked",
                _("The workbook unpacks to more than %(size)d MB.") % {"size": MAX_UNPACKED // 1024**2},
                _("Copy the rows alone into a fresh copy of the template, without pictures."),
            )


def load_sheets(data):
    """Return title, state, lines and oddities of each worksheet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # About styles and extensions that do not concern the values.
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        known = {folded(name) for sheet in SHEETS for name in (sheet.chinese, sheet.english)}
        sheets = []
        with zipfile.ZipFile(BytesIO(data)) as package:
            for worksheet in book.worksheets:
                found = {"title": worksheet.title, "state": worksheet.sheet_state, "known": False}
                if folded(worksheet.title) in known:
                    # Read-only worksheets do not tell of merged cells and uncomputed formulas.
                    with package.open(worksheet._worksheet_path) as part:
                        found.update(find_oddities(part))
                    found["known"] = True
                    found["lines"] = list(read_lines(worksheet, found["formulas"]))
                sheets.append(found)
        book.close()
    return sheets


def read_lines(worksheet, formulas):
    """Yield row number and cells, at most one row more than MAX_ROWS that is not empty."""
    worksheet.reset_dimensions()
    filled = 0
    for number, row in enumerate(worksheet.iter_rows(max_col=MAX_COLUMNS), start=1):
        if not row or all(cell.value is None for cell in row) and number not in formulas:
            continue
        uncomputed = formulas.get(number, ())
        yield number, [read_cell(cell, at in uncomputed) for at, cell in enumerate(row, start=1)]
        filled += 1
        if filled > MAX_ROWS + 1:
            return


def read_cell(cell, is_formula):
    """Return a cell of openpyxl as one of ours."""
    if is_formula:
        return Cell("formula")
    value = cell.value
    if value is None:
        return BLANK
    if cell.data_type == "e":
        return Cell("error", value)
    if isinstance(value, str):
        return text_cell(value)
    if isinstance(value, bool):
        return Cell("flag", value)
    if isinstance(value, (int, float)):
        return Cell("number", value, cell.number_format)
    return Cell("date", value)


def find_oddities(part):
    """Return merged ranges, hidden rows and, by row, the columns of formulas without a stored result."""
    merged, hidden, formulas = [], [], {}
    number = at = 0
    for event, element in iterparse(part, events=("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if event == "start" and tag == "row":
            number, at = int(element.get("r", number + 1)), 0
            if element.get("hidden") in ("1", "true"):
                hidden.append(number)
        elif event == "end" and tag == "c":
            at = column_of(element.get("r")) or at + 1
            inner = {child.tag.rpartition("}")[2]: child.text for child in element}
            if "f" in inner and not inner.get("v") and element.get("t") != "str":
                formulas.setdefault(number, set()).add(at)
        elif event == "end" and tag == "mergeCell":
            merged.append(element.get("ref", ""))
        elif event == "end" and tag == "row":
            element.clear()
    return {"merged": merged, "hidden": hidden, "formulas": formulas}


def column_of(reference):
    """Return the number of the column in a reference such as AB12, or 0."""
    number = 0
    for letter in (reference or "").upper():
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number


def read_sheet(sheet, found, report):
    """Return the table of one sheet; name merged cells, hidden rows and a sheet that is too long."""
    title = found["title"]
    for reference in found["merged"]:
        report.fault(
            Place(title),
            "merged",
            _("The cells %(range)s are merged.") % {"range": reference},
            _("Undo the merge and fill in each cell."),
        )
    for number in found["hidden"]:
        report.warn(
            Place(title, number),
            "hidden_row",
            _("The row is hidden but counts."),
            _("Show it, or delete it."),
        )
    if len(found["lines"]) > MAX_ROWS + 1:
        report.fault(
            Place(title),
            "too_many_rows",
            _("The sheet has more than %(count)d rows.") % {"count": MAX_ROWS},
            _("Split the list, or delete rows that do not belong to it."),
        )
        return None
    return make_table(sheet, title, found["lines"], report)


def report_missing_sheet(sheet, sheets, report):
    add = report.fault if sheet.required else report.warn
    add(
        Place(),
        "missing_sheet",
        _("The sheet “%(chinese)s” (%(english)s) is missing.")
        % {"chinese": sheet.chinese, "english": sheet.english},
        _("Rename the sheet that holds it, or add it from the template. Found: %(titles)s.")
        % {"titles": "、".join(found["title"] for found in sheets) or "–"},
    )


def check_sheet(found, sheets, report):
    """Name a sheet that is hidden, not known or there twice (once under each name)."""
    title = found["title"]
    twins = [
        other["title"]
        for sheet in SHEETS
        for other in sheets
        if is_named(title, sheet) and is_named(other["title"], sheet)
    ]
    if found["state"] != "visible":
        add = report.fault if found["known"] else report.warn
        add(Place(title), "hidden_sheet", _("The sheet is hidden."), _("Show the sheet, or delete it."))
    elif len(twins) > 1 and twins[0] != title:
        message = _("The sheet “%(title)s” has the same meaning.") % {"title": twins[0]}
        report.fault(Place(title), "double_sheet", message, _("Delete or rename one of the two."))
    elif not found["known"] and folded(title) not in map(folded, EXPLANATION):
        report.warn(
            Place(title),
            "unknown_sheet",
            _("The sheet is not known and is left out."),
            _("Delete it, or copy its rows into a sheet of the template."),
        )
