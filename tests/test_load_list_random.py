"""Whatever a file holds, load_list either loads it or says what is wrong: it never breaks."""

from datetime import date, datetime, time
from io import BytesIO

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from openpyxl import Workbook, load_workbook

from shortlist.models import Shortlist
from shortlist.spreadsheet.loading import read_list_file, save_list
from shortlist.spreadsheet.sheets import SHEETS
from shortlist.spreadsheet.writing import write_workbook

from .homes import at_home
from .spreadsheets import VALID

load_tests = at_home("postgresql", __name__)

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
VALUES = st.one_of(
    TEXT,
    st.sampled_from(["201", "2", "结果", "是", "13.6%", "#REF!", "=A1", "2019-01-01", "９", "1e400", "示例"]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(date(1900, 1, 1)),
    st.datetimes(datetime(1900, 1, 1)),
    st.just(time(12)),
    st.none(),
)
PLACES = st.tuples(st.sampled_from(SHEETS), st.integers(1, 6), st.integers(1, 20))


def make_valid():
    data = BytesIO()
    write_workbook(data, VALID)
    return data.getvalue()


class RandomTests(TestCase):
    def try_to_load(self, data, name, **options):
        """Load bytes as the command does; a report with faults must not come with anything loaded."""
        draft, report = read_list_file(data, name, **options)
        self.assertTrue(draft or report.faults)
        for finding in report.faults + report.warnings:
            self.assertTrue(str(finding))
            self.assertTrue(finding.cure)
        if not report.faults:
            save_list(draft)
        self.assertEqual(Shortlist.objects.count(), 0 if report.faults else 1)
        Shortlist.objects.all().delete()
        return report

    def test_the_workbook_before_it_is_changed_has_no_fault(self):
        self.assertEqual(self.try_to_load(make_valid(), "a.xlsx").faults, [])

    @FEW
    @given(st.binary(max_size=300), st.sampled_from(["a.xlsx", "a.csv", "a"]))
    def test_random_bytes(self, data, name):
        self.try_to_load(data, name, slug="a", title="a")

    @FEW
    @given(st.integers(0, 20000), st.binary(min_size=1, max_size=8))
    def test_a_workbook_with_a_few_bytes_changed(self, at, change):
        data = bytearray(make_valid())
        data[at % len(data) : at % len(data) + len(change)] = change
        self.try_to_load(bytes(data), "a.xlsx")

    @FEW
    @given(st.lists(st.tuples(PLACES, VALUES), min_size=1, max_size=8))
    def test_a_workbook_with_random_cells(self, changes):
        book = load_workbook(BytesIO(make_valid()))
        for (sheet, row, column), value in changes:
            name = sheet.chinese if sheet.chinese in book.sheetnames else sheet.english
            cell = book[name].cell(row, column)
            cell.number_format = "General"
            cell.value = value
        data = BytesIO()
        book.save(data)
        self.try_to_load(data.getvalue(), "a.xlsx")

    @FEW
    @given(st.lists(st.lists(VALUES, max_size=6), max_size=6))
    def test_a_workbook_of_nothing_but_random_cells(self, rows):
        book = Workbook()
        for sheet in SHEETS:
            worksheet = book.create_sheet(sheet.english)
            worksheet.append([column.english for column in sheet.columns])
            for row in rows:
                worksheet.append(row)
        data = BytesIO()
        book.save(data)
        self.try_to_load(data.getvalue(), "a.xlsx")

    @FEW
    @given(
        st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), max_size=6)),
        st.sampled_from(",\t;"),
        st.sampled_from(["utf-8", "gb18030"]),
        st.sampled_from([None, "utf-8", "utf-7", "gbk", "\0", "punycode"]),
    )
    def test_a_table_of_random_text(self, rows, separator, encoding, named):
        lines = [separator.join(["类别", "代码", "标题", "正文"]), *(separator.join(row) for row in rows)]
        self.try_to_load("\n".join(lines).encode(encoding), "a.csv", slug="a", title="a", encoding=named)
