"""load_list names each fault of a workbook by sheet, row, column and cure, and loads all or nothing."""

import datetime

from django.conf import settings
from django.test import SimpleTestCase

from shortlist.models import Candidate, Evidence, Shortlist
from shortlist.spreadsheet.sheets import SHEETS

from .homes import at_home
from .list_faults import CANDIDATES, CATEGORIES, CELL_FAULTS, EVIDENCE, LIST, SOURCES, WARNINGS
from .spreadsheets import SpreadsheetTestCase, spoil

load_tests = at_home("postgresql", __name__)


def row_of(cells):
    """Return the row in which the last of some spoiled cells stands."""
    return list(cells)[-1][1:]


class CellTests(SpreadsheetTestCase):
    def test_the_workbook_that_the_other_tests_spoil_is_loaded_without_a_word(self):
        error, lines, out = self.load(self.make_workbook())
        self.assertEqual((error, lines), (None, []))
        self.assertEqual(out[0], "Loaded: 小名单 (small)")
        self.assertEqual(out[1], "  二、转型发展: candidates 2, evidence 3, data points 3")
        self.assertEqual(Candidate.objects.count(), 3)

    def test_each_fault_of_a_cell_is_named_with_its_place_and_cure_and_loads_nothing(self):
        for sheet, cells, says in CELL_FAULTS:
            with self.subTest(sheet=sheet, cells=cells):
                error, lines, _out = self.load(self.make_workbook(spoil(sheet, **cells)))
                faults = [line for line in lines if line.startswith("Fault: ")]
                self.assertEqual(len(faults), 1, faults)
                self.assertIn(f"Fault: Sheet “{sheet}”, row {row_of(cells)}, column {says}", faults[0])
                self.assertIn("Nothing was loaded", error)
                self.assertFalse(Shortlist.objects.exists())

    def test_each_warning_is_named_and_does_not_stop_the_loading(self):
        for sheet, cells, says in WARNINGS:
            with self.subTest(sheet=sheet, cells=cells):
                path = self.make_workbook(spoil(sheet, **cells))
                self.assert_warned(path, f"Sheet “{sheet}”, row {row_of(cells)}, column {says}")
                Shortlist.objects.all().delete()

    def test_all_faults_are_named_at_once(self):
        def change(book):
            spoil(CANDIDATES, B3="2011", C4=None)(book)
            spoil(EVIDENCE, F2="13.7%", K2="2019-02-30")(book)

        error, lines, _out = self.load(self.make_workbook(change))
        self.assertEqual(len(lines), 4, lines)
        self.assertEqual(error, "4 faults were found. Nothing was loaded. Correct them and try again.")

    def test_a_dry_run_says_what_would_be_loaded_and_loads_nothing(self):
        error, _lines, out = self.load(self.make_workbook(), "--dry-run")
        self.assertIsNone(error)
        self.assertEqual(out[0], "Would be loaded: 小名单 (small)")
        self.assertEqual(out[-1], "This was a dry run. Nothing was changed.")
        self.assertFalse(Shortlist.objects.exists())

    def test_full_width_digits_numbers_spaces_and_english_words_are_understood(self):
        def change(book):
            spoil(CANDIDATES, A2="２", B2=" ２０１ ", B3=202, C2="  脱贫攻坚。\u3000")(book)
            spoil(
                EVIDENCE, D2="Result", G2="More than", K2=datetime.datetime(2014, 1, 1), L2="2014年12月31日"
            )(book)
            book[CANDIDATES].title = "candidates"
            book["candidates"]["C1"] = "Title *"

        error, lines, _out = self.load(self.make_workbook(change))
        self.assertEqual((error, lines), (None, []))
        self.assertEqual(
            list(Candidate.objects.values_list("code", "title")[:2]),
            [("201", "脱贫攻坚。"), ("202", "旅游发展。")],
        )
        point = Evidence.objects.get(label="贫困发生率").points.first()
        self.assertEqual(
            (point.bound, str(point.start), str(point.end)), ("over", "2014-01-01", "2014-12-31")
        )

    def test_rows_of_one_claim_are_its_figures_and_a_row_without_a_figure_is_qualitative(self):
        self.load(self.make_workbook(spoil(EVIDENCE, N3="否")))
        claim = Evidence.objects.get(label="贫困发生率")
        self.assertEqual([str(point.value.normalize()) for point in claim.points.all()], ["13.6", "1.1"])
        self.assertEqual([quote.offset for quote in claim.quotes.all()], [5, 22])
        self.assertEqual(Evidence.objects.get(label="贫困村").kind, "qualitative")
        self.assertEqual(Candidate.objects.get(code="202").body, "全年接待 500万人。\n收入增加。")

    def test_the_occurrence_says_which_of_equal_words_is_meant(self):
        self.load(self.make_workbook(spoil(EVIDENCE, O4="贫困", P4=2)))
        candidate = Candidate.objects.get(code="201")
        self.assertEqual(
            Evidence.objects.get(label="贫困村").quotes.get().offset, candidate.text.rindex("贫困")
        )

    def test_faults_are_told_in_the_language_of_the_settings(self):
        path = self.make_workbook(spoil(CANDIDATES, B3="2011"))
        _error, lines, _out = self.load(path, language="zh-hans")
        self.assertIn(CANDIDATES, lines[0])
        self.assertIn("“2011”", lines[0])


class SheetTests(SpreadsheetTestCase):
    def test_a_missing_sheet(self):
        self.assert_refused(
            self.make_workbook(lambda book: book.remove(book[CATEGORIES])),
            "File: The sheet “类别” (Categories) is missing. Rename the sheet that holds it, or add it from "
            "the template. Found: 说明、名单、候选项目、数据依据、来源.",
        )

    def test_a_missing_column_names_the_heading_that_comes_near(self):
        self.assert_refused(
            self.make_workbook(spoil(CANDIDATES, B1="代马")),
            "Sheet “候选项目”, row 1: The column “代码” (code) is missing. "
            "If column B “代马” is meant, rename it.",
        )

    def test_a_heading_that_is_there_twice(self):
        self.assert_refused(
            self.make_workbook(spoil(CANDIDATES, E1="code")),
            "Sheet “候选项目”, row 1, column E “code”: Column B has the same meaning. "
            "Delete or rename one of the two.",
        )

    def test_merged_cells(self):
        self.assert_refused(
            self.make_workbook(lambda book: book[CANDIDATES].merge_cells("D3:E3")),
            "Sheet “候选项目”: The cells D3:E3 are merged. Undo the merge and fill in each cell.",
        )

    def test_a_hidden_sheet(self):
        def change(book):
            book[SOURCES].sheet_state = "hidden"
            book[EVIDENCE]["S2"] = None

        self.assert_refused(
            self.make_workbook(change), "Sheet “来源”: The sheet is hidden. Show the sheet, or delete it."
        )

    def test_a_sheet_under_both_its_names(self):
        self.assert_refused(
            self.make_workbook(lambda book: book.create_sheet("Candidates")),
            "Sheet “Candidates”: The sheet “候选项目” has the same meaning. Delete or rename one of the two.",
        )

    def test_a_sheet_without_candidates(self):
        def change(book):
            book[CANDIDATES].delete_rows(2, 9)
            book[EVIDENCE].delete_rows(2, 9)

        self.assert_refused(
            self.make_workbook(change),
            "Sheet “候选项目”: There is no candidate. Fill in one row for each candidate.",
        )

    def test_a_second_row_in_the_sheet_of_the_list(self):
        self.assert_refused(
            self.make_workbook(spoil(LIST, A3="x", B3="y")),
            "Sheet “名单”, row 3: A file holds one list only. Delete this row.",
        )

    def test_a_hidden_row_a_foreign_sheet_and_a_cell_without_heading_are_warned_of(self):
        def hide(book):
            book[CANDIDATES].row_dimensions[3].hidden = True

        for change, line in (
            (hide, "Sheet “候选项目”, row 3: The row is hidden but counts. Show it, or delete it."),
            (
                lambda book: book.create_sheet("草稿"),
                "Sheet “草稿”: The sheet is not known and is left out. "
                "Delete it, or copy its rows into a sheet of the template.",
            ),
            (
                spoil(CANDIDATES, G2="附注"),
                "Sheet “候选项目”, row 2: Cell G2 “附注” stands under no heading and is left out. "
                "Give its column a heading, or empty the cell.",
            ),
        ):
            with self.subTest(line=line):
                self.assert_warned(self.make_workbook(change), line)
                Shortlist.objects.all().delete()


class GuideTests(SimpleTestCase):
    def test_the_guide_names_every_sheet_and_column_in_both_languages(self):
        guide = (settings.BASE_DIR / "docs" / "list-spreadsheet.md").read_text(encoding="utf-8")
        for sheet in SHEETS:
            for named in (sheet, *sheet.columns):
                for name in (named.chinese, named.english):
                    with self.subTest(sheet=sheet.key, name=name):
                        self.assertIn(name, guide)
