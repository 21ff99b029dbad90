"""The result as CSV for spreadsheets: UTF-8 with BOM, CRLF, head block above the table."""

import csv

from .sheet import FORMULA_STARTS, blank_rows, body_rows, columns, head_rows

CONTENT_TYPE = "text/csv; charset=utf-8"


class Echo:
    """A file that hands back what is written to it, so that rows can be streamed."""

    def write(self, text):
        return text


def write(table):
    """Yield the file in pieces, a row each."""
    writer = csv.writer(Echo())
    yield "\ufeff".encode()
    for label, value in [*head_rows(table), *blank_rows(table)]:
        yield _line(writer, [label, value])
    yield _line(writer, [])
    yield _line(writer, columns())
    for cells in body_rows(table):
        yield _line(writer, cells)


def _line(writer, cells):
    return writer.writerow([safe(cell) for cell in cells]).encode()


def safe(cell):
    """Return a cell that no spreadsheet takes for a formula: such text gets an apostrophe in front."""
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell
