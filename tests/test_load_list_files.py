"""load_list reads XLSX and CSV of several encodings, and tells what is wrong with any other file."""

import struct
import zipfile
from io import BytesIO
from unittest import mock

from openpyxl.xml import LXML

from shortlist.document import read_list
from shortlist.models import Candidate, Shortlist
from shortlist.spreadsheet import reading, workbook

from .homes import at_home
from .list_faults import CANDIDATES
from .spreadsheets import SpreadsheetTestCase, spoil

load_tests = at_home("postgresql", __name__)

TABLE = (
    "类别,代码,标题,正文\n"
    "二、转型发展,201,脱贫攻坚。,贫困发生率由13.6%下降到1.1%，贫困村减少。\n"
    '二、转型发展,202,旅游发展。,"全年接待500万人,收入增加。"\n'
    "三、改善民生,301,安全饮水。,群众满意。\n"
)
NAMED = ("--slug", "small", "--title", "小名单")
SAVE_AS = "Open it in Excel or WPS, choose “Save as” and the type .xlsx."
OLD_FORMAT = f"The file is in the old format .xls. {SAVE_AS}"
# What openpyxl writes for a formula, and what Excel does once it has computed it.
UNSTORED, STORED = b"<f>A1&amp;B1</f><v />", b"<f>A1&amp;B1</f><v>1234</v>"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
# openpyxl reads with lxml where that is installed, and each names its error differently.
UNREADABLE_XML = "XMLSyntaxError" if LXML else "ParseError"


def package(*names):
    """Return a zip package with empty parts of these names."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name in names:
            made.writestr(name, b"")
    return data.getvalue()


class CsvTests(SpreadsheetTestCase):
    def loaded(self, data, slug, *options):
        """Load the bytes as a list of this slug and return its categories."""
        path = self.make_file(data)
        error, lines, _out = self.load(path, "--slug", slug, "--title", "小名单", *options)
        self.assertIsNone(error, lines)
        return read_list(Shortlist.objects.get(slug=slug)).categories

    def test_categories_come_from_the_rows_of_the_candidates(self):
        second, third = self.loaded(TABLE.encode(), "small")
        self.assertEqual((second.code, second.ordinal, second.name), ("2", "二", "转型发展"))
        self.assertEqual([candidate.code for candidate in second.candidates], ["201", "202"])
        self.assertEqual(second.candidates[1].body, "全年接待500万人,收入增加。")
        self.assertEqual((third.code, third.name, len(third.candidates)), ("3", "改善民生", 1))

    def test_a_category_may_be_named_by_its_digit_ordinal_or_name_once_it_is_known(self):
        whole = self.loaded(TABLE.encode(), "whole")
        for number, name in enumerate(("2", "二", "转型发展", "２")):
            with self.subTest(name=name):
                table = TABLE.replace("二、转型发展,202", f"{name},202")
                self.assertEqual(self.loaded(table.encode(), f"list-{number}"), whole)

    def test_three_encodings_and_three_separators_load_equal_lists(self):
        expected = self.loaded(TABLE.encode("utf-8"), "first")
        cells = TABLE.replace("500万人,收", "500万人，收").replace('"', "")
        whole = self.loaded(cells.encode(), "whole")
        for number, (data, equal) in enumerate(
            (
                (TABLE.encode("utf-8-sig"), expected),
                (TABLE.encode("gb18030"), expected),
                (TABLE.encode("utf-16"), expected),
                (TABLE.replace("\n", "\r\n").encode("gb18030"), expected),
                (cells.replace(",", "\t").encode("gb18030"), whole),
                (cells.replace(",", ";").encode("utf-8-sig"), whole),
            )
        ):
            with self.subTest(number=number):
                self.assertEqual(self.loaded(data, f"list-{number}"), equal)
        self.assertNotEqual(expected, whole)

    def test_rules_of_a_category_may_stand_in_the_row_of_its_first_candidate(self):
        table = "类别,类别名称,代码,标题,正文,最多选,公布项数\n3,改善民生,301,安全饮水。,群众满意。,1,1\n"
        (category,) = self.loaded(table.encode(), "small")
        self.assertEqual((category.name, category.max_choices, category.declared_count), ("改善民生", 1, 1))

    def test_other_encodings_are_refused_rather_than_loaded_as_nonsense(self):
        english = "category,code,title,text\n二,201,Première étape.,L’été à Besançon où tout a été créé.\n"
        for data in (
            TABLE.replace("贫", "窮").replace("发", "發").encode("big5", "replace"),
            english.replace("二", "Été").encode("cp1252"),
            TABLE.encode("gb18030")[:-3] + b"\xff\xfe\xfd",
        ):
            with self.subTest(data=data[:40]):
                self.assert_refused(
                    self.make_file(data),
                    "File: The encoding of the file is none of UTF-8, GB18030 and UTF-16. In Excel choose "
                    "“Save as”, then “CSV UTF-8”; or name the encoding with --encoding.",
                    *NAMED,
                )

    def test_an_encoding_can_be_named(self):
        named = self.loaded(TABLE.encode("hz"), "named", "--encoding", "hz")
        self.assertEqual(named, self.loaded(TABLE.encode(), "plain"))

    def test_a_wrong_encoding_is_refused(self):
        for encoding in ("gb9999", "hex", "ascii"):
            with self.subTest(encoding=encoding):
                self.assert_refused(
                    self.make_file(TABLE.encode()),
                    f"File: The file cannot be read in the encoding “{encoding}”. "
                    "Leave out --encoding, or name the right one, such as utf-8 or gb18030.",
                    *NAMED,
                    "--encoding",
                    encoding,
                )

    def test_what_the_list_is_called_must_be_said(self):
        error, lines, _out = self.load(self.make_file(TABLE.encode()), "--slug", "small")
        self.assertIsNotNone(error)
        self.assertIn(
            "Fault: File: Nothing says what the list is called: --title is missing. "
            "For a CSV file give --slug shanxi-2019 --title “…”; an .xlsx file has the sheet 名单.",
            lines,
        )

    def test_a_fault_names_row_and_column_without_a_sheet(self):
        for table, line in (
            (
                TABLE.replace(",202,", ",22,"),
                "Row 3, column B “代码”: “22” is not a code of three digits. "
                "Write three digits, the first that of the category, such as 201.",
            ),
            (
                TABLE.replace('"', ""),
                "Row 3: Cell E3 “收入增加。” stands under no heading and is left out. "
                'Text that contains the separator must stand in quotation marks "…"; or use XLSX.',
            ),
            (
                TABLE.replace('收入增加。"', "收入增加。"),
                'Row 3: The quotation marks " do not match, or a cell is longer than 100000 characters. '
                'Close each text that begins with " with another, write " within it twice, or use XLSX.',
            ),
            (
                TABLE.replace("群众满意", "群众\x07满意"),
                "Row 4, column D “正文”: “群众满意。” contains the invisible control character U+0007. "
                "Delete the text and type it, or paste it as plain text.",
            ),
            (
                TABLE.replace("二、转型发展,202", "二、转型发展,302"),
                "Row 3, column B “代码”: “302” does not begin with 2, the digit of “转型发展”. "
                "Change the code, such as 201, or the category.",
            ),
            (
                TABLE.replace("二、转型发展,202", "二、转型,202"),
                "Row 3, column A “类别”: "
                "The codes that begin with 2 belong to the category “转型发展” of row 2. "
                "Write the same category here, or change the codes.",
            ),
            (
                TABLE.replace("三、改善民生", "3"),
                "Row 4, column A “类别”: “3” does not say what the category is called. "
                "Write its name here, such as 改善民生, or add a column “类别名称”.",
            ),
        ):
            with self.subTest(line=line):
                self.assert_refused(self.make_file(table.encode()), line, *NAMED)

    def test_a_table_that_is_too_long(self):
        row = "三、改善民生,301,安全饮水。,群众满意。\n"
        self.assert_refused(
            self.make_file((TABLE + row * 5000).encode()),
            "File: The table has more than 5000 rows. "
            "Split the list, or delete rows that do not belong to it.",
            *NAMED,
        )


class FileTests(SpreadsheetTestCase):
    def test_files_of_other_kinds_are_named_with_the_way_out(self):
        for name, data, line in (
            ("a.xlsx", b"", "The file is empty. Take a fresh copy of the template."),
            ("a.csv", b" \r\n", "The file is empty. Take a fresh copy of the template."),
            (
                "a.xls",
                OLE + b"\0" * 600,
                OLD_FORMAT,
            ),
            (
                "a.xlsx",
                OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
                "The file is protected by a password. Open it, remove the password, and save it again.",
            ),
            ("a.docx", package("[Content_Types].xml", "word/document.xml"), self.WRONG_TYPE),
            ("a.ods", package("mimetype", "content.xml"), self.WRONG_TYPE),
            ("a.xlsb", package("[Content_Types].xml", "xl/workbook.bin"), self.WRONG_TYPE),
            ("a.pdf", b"%PDF-1.7", self.WRONG_TYPE),
            ("a.xls", b"<html><table></table></html>", self.WRONG_TYPE),
            ("a.xlsx", TABLE.encode(), self.WRONG_TYPE),
            ("a.csv", b"a,b\0c", "The file is not a text file. Save the list as .xlsx or as “CSV UTF-8”."),
            ("a.xlsx", b"PK\x03\x04 no package", self.DAMAGED % "BadZipFile"),
            ("a.xlsx", package("[Content_Types].xml", "xl/workbook.xml"), self.DAMAGED % UNREADABLE_XML),
        ):
            with self.subTest(name=name, line=line):
                self.assert_refused(self.make_file(data, name), "File: " + line)

    WRONG_TYPE = f"The file is neither an .xlsx workbook nor a CSV text. {SAVE_AS}"
    DAMAGED = (
        "The file cannot be read as a workbook (%s). "
        "Open it in Excel or WPS, save it as a new .xlsx file and use that one."
    )

    def test_a_package_with_a_locked_part(self):
        data = bytearray(package("[Content_Types].xml", "xl/workbook.xml"))
        at = data.index(b"PK\x01\x02") + 8
        data[at : at + 2] = struct.pack("<H", 1)
        self.assert_refused(
            self.make_file(bytes(data), "a.xlsx"),
            "File: The file is protected by a password. Open it, remove the password, and save it again.",
        )

    def test_a_file_that_is_too_large(self):
        path = self.make_workbook()
        with mock.patch.object(reading, "MAX_FILE", path.stat().st_size - 1):
            self.assert_refused(
                path,
                "File: The file is larger than 0 MB. "
                "Copy the rows alone into a fresh copy of the template, without pictures.",
            )

    def test_a_package_that_unpacks_to_too_much(self):
        data = BytesIO(self.make_workbook().read_bytes())
        with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as bomb:
            bomb.writestr("xl/media/bomb.bin", b"\0" * (workbook.MAX_UNPACKED + 1))
        self.assertLess(len(data.getvalue()), reading.MAX_FILE)
        self.assert_refused(
            self.make_file(data.getvalue(), "bomb.xlsx"),
            "File: The workbook unpacks to more than 100 MB. "
            "Copy the rows alone into a fresh copy of the template, without pictures.",
        )

    def test_a_sheet_that_is_too_long(self):
        path = self.make_workbook()
        with mock.patch.object(workbook, "MAX_ROWS", 2):
            _error, lines, _out = self.load(path)
        self.assertIn(
            "Fault: Sheet “候选项目”: The sheet has more than 2 rows. "
            "Split the list, or delete rows that do not belong to it.",
            lines,
        )

    def test_a_cell_far_below_the_others_costs_no_time_and_is_read(self):
        def change(book):
            book[CANDIDATES].cell(1_048_576, 2, "999")

        _error, lines, _out = self.load(self.make_workbook(change))
        self.assertIn("row 1048576, column C “标题”: The cell is empty.", "\n".join(lines))

    def test_the_stored_result_of_a_formula_is_read(self):
        path = self.make_workbook(spoil(CANDIDATES, D4="=A1&B1"))
        made = BytesIO()
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
            for name in old.namelist():
                part = old.read(name)
                new.writestr(name, part.replace(b"<f>A1&amp;B1</f><v></v>", STORED).replace(UNSTORED, STORED))
        error, lines, _out = self.load(self.make_file(made.getvalue(), "stored.xlsx"))
        self.assertEqual((error, lines), (None, []))
        self.assertEqual(Candidate.objects.get(code="301").body, "1234")

    def test_a_file_that_is_not_there(self):
        error, lines, _out = self.load(self.folder / "none.xlsx")
        self.assertIn("none.xlsx” cannot be opened: No such file or directory.", error)
        self.assertEqual(lines, [])
        error, _lines, _out = self.load(self.folder)
        self.assertIn("cannot be opened: Is a directory.", error)

    def test_a_bad_address_on_the_command_line(self):
        self.assert_refused(
            self.make_workbook(),
            "File: --slug: Enter a valid “slug” consisting of letters, numbers, underscores or hyphens. "
            "Give another --slug.",
            "--slug",
            "山西",
        )
        self.assertFalse(Candidate.objects.exists())
