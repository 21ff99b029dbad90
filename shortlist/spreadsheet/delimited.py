"""Read a CSV file: find its encoding and its separator, and make of its rows categories and candidates."""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter

from django.utils.translation import gettext as _

from .cells import folded, text_cell
from .faults import Place, shown
from .sheets import CATEGORIES, TABLE
from .tables import Row, Table, make_table
from .workbook import MAX_ROWS

SEPARATORS = (",", "\t", ";")
FIELD_LIMIT = 100_000


def read_delimited(data, report, encoding=None):
    """Return the tables of a CSV file by key. Raises Unreadable when it is no text or no table."""
    text = decode(data, report, encoding)
    lines = read_lines(text, choose_separator(text), report)
    table = make_table(TABLE, "", lines, report)
    if table is None:
        return {}
    return {"categories": collect_categories(table, report), "candidates": table}


def decode(data, report, encoding=None):
    """Return the text, by its byte order mark, as UTF-8, or as GB18030 if it then reads as Chinese."""
    text = None
    if encoding:
        text = decode_as(data, encoding, report)
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = try_decode(data, "utf-16")
    else:
        text = try_decode(data, "utf-8-sig")
        if text is None:
            text = try_decode(data, "gb18030")
            text = text if text is not None and reads_as_chinese(text) else None
    if text is None:
        report.stop(
            "unknown_encoding",
            _("The encoding of the file is none of UTF-8, GB18030 and UTF-16."),
            _("In Excel choose “Save as”, then “CSV UTF-8”; or name the encoding with --encoding."),
        )
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        report.stop(
            "not_text",
            _("The file is not a text file."),
            _("Save the list as .xlsx or as “CSV UTF-8”."),
        )
    if not text.strip():
        report.stop("empty_file", _("The file is empty."), _("Take a fresh copy of the template."))
    return text


def try_decode(data, encoding):
    try:
        return data.decode(encoding, "strict")
    except UnicodeError:
        return None


def decode_as(data, encoding, report):
    """Return the text in the encoding that the user named."""
    try:
        return data.decode(encoding, "strict")
    except (LookupError, ValueError):  # ValueError: the name contains a zero, or the bytes do not fit.
        report.stop(
            "wrong_encoding",
            _("The file cannot be read in the encoding “%(encoding)s”.") % {"encoding": shown(encoding)},
            _("Leave out --encoding, or name the right one, such as utf-8 or gb18030."),
        )


def reads_as_chinese(text):
    """Say whether decoded GB18030 reads as Chinese: common characters, no private or unassigned ones.

    Almost any bytes decode as GB18030. Texts in Big5 or Latin-1 then consist of rare characters,
    while nine in ten Chinese characters of a real text belong to the 3755 common ones of GB 2312.
    """
    if any(unicodedata.category(character) in ("Co", "Cn") for character in text):
        return False
    others = [character for character in text if not character.isascii()]
    han = [character for character in others if "\u4e00" <= character <= "\u9fff"]
    common = sum(1 for character in han if is_common(character))
    within = sum(1 for character in others if character.encode("gb2312", "ignore"))
    return within >= 0.9 * len(others) and common >= 0.7 * len(han)


def is_common(character):
    code = character.encode("gb2312", "ignore")
    return bool(code) and 0xB0 <= code[0] <= 0xD7


def choose_separator(text):
    """Return the separator by which the first line shows most of the headings known."""
    known = {folded(name) for column in TABLE.columns for name in column.headings}
    line = next(line for line in text.splitlines() if line.strip())

    def headings(separator):
        try:
            return sum(folded(cell) in known for cell in next(csv.reader([line], delimiter=separator)))
        except csv.Error:
            return 0

    return max(SEPARATORS, key=headings)


def read_lines(text, separator, report):
    """Return pairs of row number and cells, rows counted as a spreadsheet program counts them."""
    lines = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    limit = csv.field_size_limit(FIELD_LIMIT)
    try:
        for number, row in enumerate(reader, start=1):
            lines.append((number, [text_cell(cell) for cell in row]))
            if number > MAX_ROWS + 1:
                report.stop(
                    "too_many_rows",
                    _("The table has more than %(count)d rows.") % {"count": MAX_ROWS},
                    _("Split the list, or delete rows that do not belong to it."),
                )
    except csv.Error:
        report.stop(
            "broken_csv",
            _('The quotation marks " do not match, or a cell is longer than %(count)d characters.')
            % {"count": FIELD_LIMIT},
            _('Close each text that begins with " with another, write " within it twice, or use XLSX.'),
            Place(row=len(lines) + 1),
        )
    finally:
        csv.field_size_limit(limit)
    return lines


def collect_categories(table, report):
    """Return a table of the categories that the rows of candidates name, each by its first row."""
    columns = {**table.columns, "code": table.columns.get("category", ("", ""))}
    columns.setdefault("name", columns["code"])
    categories = Table(CATEGORIES, "", columns, [])
    groups, by_digit = {}, {}
    for row in table.rows:
        if row["category"]:
            groups.setdefault(row["category"], []).append(row)
    for named, rows in groups.items():
        digit = digit_of(named, rows)
        first = by_digit.get(digit)
        if first is None:
            made = make_category(categories, rows[0], named, digit, report)
            categories.rows.append(made)
            by_digit |= {digit: made} if digit else {}
        elif folded(named) not in (folded(first[name] or "") for name in ("code", "ordinal", "name")):
            report_second_name(rows, first, report)
    return categories


def digit_of(named, rows):
    """Return the digit of a category: written as such, or the first one of most of its codes, or None."""
    code = unicodedata.normalize("NFKC", named)
    if re.fullmatch(r"[1-9]", code):
        return code
    digits = Counter(row["code"][0] for row in rows if row["code"])
    return digits.most_common(1)[0][0] if digits else None


def report_second_name(rows, first, report):
    """Report a name of a category whose codes belong to another one already, once for all of its rows."""
    row = rows[0]
    report.fault(
        row.place("category"),
        "second_name",
        _("The codes that begin with %(digit)s belong to the category “%(name)s” of row %(row)d.")
        % {"digit": first["code"], "name": shown(first["name"] or first["code"]), "row": first.number},
        _("Write the same category here, or change the codes."),
    )
    for row in rows:
        row.values["category"] = None
        row.bad.add("category")


def make_category(categories, row, named, digit, report):
    """Return a row of the sheet of categories: “二、转型发展” gives ordinal and name."""
    values = {column.name: row[column.name] for column in CATEGORIES.columns} | {"code": digit}
    if unicodedata.normalize("NFKC", named) != digit:
        ordinal, comma, name = named.partition("、")
        values["ordinal"] = row["ordinal"] or (ordinal if comma else "")
        values["name"] = row["name"] or (name if comma else named)
    elif not values["name"] and "name" not in row.bad:
        row.bad.add("name")
        report.fault(
            row.place("category"),
            "no_category_name",
            _("“%(digit)s” does not say what the category is called.") % {"digit": digit},
            _("Write its name here, such as 改善民生, or add a column “类别名称”."),
        )
    made = Row(categories, row.number, {}, values)
    made.bad = row.bad - {"code"} | ({"code"} if digit is None else set())
    return made
