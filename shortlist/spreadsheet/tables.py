"""Match the headings of a sheet with the columns known, and clean its rows."""

from dataclasses import dataclass, field
from difflib import get_close_matches

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from .cells import BLANK, clean_cell, folded
from .columns import Sheet
from .faults import CellFault, Place, shown
from .sheets import TABLE


@dataclass
class Row:
    """A row with its clean values by column name; `bad` names the columns that have a fault already."""

    table: "Table"
    number: int
    cells: dict
    values: dict = field(default_factory=dict)
    bad: set = field(default_factory=set)

    def __getitem__(self, name):
        return self.values.get(name)

    def place(self, name=None):
        """Return the place of a cell, or of the row where the sheet has no such column."""
        letter, heading = self.table.columns.get(name, ("", ""))
        return Place(self.table.title, self.number, letter, heading)


@dataclass
class Table:
    """The rows of one sheet. `columns` holds letter and heading of each column found, by its name."""

    sheet: Sheet
    title: str
    columns: dict
    rows: list


def make_table(sheet, title, lines, report):
    """Return the table of a sheet, with every cell cleaned; faults go to the report.

    `lines` are pairs of row number and cells; the first that is not empty holds the headings.
    """
    lines = [(number, cells) for number, cells in lines if any(cell.kind != "blank" for cell in cells)]
    if not lines:
        report.fault(
            Place(title), "empty_sheet", _("The sheet is empty."), _("Take a fresh copy of the template.")
        )
        return None
    number, headings = lines[0]
    table = Table(sheet, title, {}, [])
    found = match_headings(sheet, table, number, headings, report)
    for number, cells in lines[1:]:
        by_name = {name: cells[at] if at < len(cells) else BLANK for name, at in found.items()}
        row = Row(table, number, by_name, bad={column.name for column in sheet.columns if column.required})
        row.bad -= found.keys()
        check_stray_cells(sheet, row, headings, cells, report)
        if any(cell.kind != "blank" for cell in by_name.values()):
            clean_row(sheet, row, report)
            table.rows.append(row)
    return table


def match_headings(sheet, table, number, headings, report):
    """Return the index of each column by its name. Fill `table.columns` with letters and headings."""
    known = {folded(name): column for column in sheet.columns for name in column.headings}
    found, unknown = {}, []
    for at, cell in enumerate(headings):
        if cell.kind == "blank":
            continue
        heading, letter = " ".join(str(cell.value).split()), get_column_letter(at + 1)
        column = known.get(folded(heading))
        if column is None:
            unknown.append((letter, heading))
        elif column.name in found:
            report.fault(
                Place(table.title, number, letter, shown(heading)),
                "double_column",
                _("Column %(column)s has the same meaning.") % {"column": table.columns[column.name][0]},
                _("Delete or rename one of the two."),
            )
        else:
            found[column.name] = at
            table.columns[column.name] = (letter, shown(heading))
    missing = [column for column in sheet.columns if column.required and column.name not in found]
    report_missing(missing, unknown, table, number, report)
    for letter, heading in unknown:
        report_unknown(letter, heading, sheet, found, table, number, report)
    return found


def report_missing(missing, unknown, table, number, report):
    for column in missing:
        names = {folded(heading): (letter, heading) for letter, heading in unknown}
        near = get_close_matches(folded(column.chinese), names, n=1, cutoff=0.5) or get_close_matches(
            folded(column.english), names, n=1
        )
        cure = _("Add a column with this heading in the first row.")
        if near:
            letter, heading = names[near[0]]
            cure = _("If column %(column)s “%(heading)s” is meant, rename it.") % {
                "column": letter,
                "heading": shown(heading),
            }
        report.fault(
            Place(table.title, number),
            "missing_column",
            _("The column “%(chinese)s” (%(english)s) is missing.")
            % {"chinese": column.chinese, "english": column.english},
            cure,
        )


def report_unknown(letter, heading, sheet, found, table, number, report):
    free = {
        folded(name): name
        for column in sheet.columns
        if column.name not in found
        for name in (column.chinese, column.english)
    }
    near = get_close_matches(folded(heading), free, n=1, cutoff=0.5)
    report.warn(
        Place(table.title, number, letter, shown(heading)),
        "unknown_column",
        _("This column is not known and is left out."),
        _("Did you mean “%(heading)s”?") % {"heading": free[near[0]]}
        if near
        else _("If it is needed, see the sheet 说明 of the template for the headings."),
    )


def check_stray_cells(sheet, row, headings, cells, report):
    """Name cells beside the headings: in CSV they are mostly the rest of a text that was cut at a comma."""
    for at, cell in enumerate(cells):
        if cell.kind == "blank" or (at < len(headings) and headings[at].kind != "blank"):
            continue
        letter = get_column_letter(at + 1)
        message = _("Cell %(cell)s “%(value)s” stands under no heading and is left out.") % {
            "cell": f"{letter}{row.number}",
            "value": shown(cell.value),
        }
        if sheet is TABLE:
            cure = _('Text that contains the separator must stand in quotation marks "…"; or use XLSX.')
            report.fault(row.place(), "stray_cell", message, cure)
        else:
            report.warn(
                row.place(), "stray_cell", message, _("Give its column a heading, or empty the cell.")
            )


def clean_row(sheet, row, report):
    """Fill the values of a row; name each cell that cannot be used, and each that must not be empty."""
    for name, cell in row.cells.items():
        column = sheet.column(name)
        try:
            row.values[name] = clean_cell(cell, column)
        except CellFault as fault:
            row.bad.add(name)
            report.fault(row.place(name), fault.code, fault.message, fault.cure)
        else:
            if column.required and row.values[name] in (None, ""):
                row.bad.add(name)
                report.fault(
                    row.place(name),
                    "empty",
                    _("The cell is empty."),
                    _("Fill it in: %(help)s") % {"help": column.help},
                )
