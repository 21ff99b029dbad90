"""Files for the tests of load_list: a small valid list, and ways to spoil it."""

import tempfile
from datetime import date
from io import StringIO
from pathlib import Path

from django.core.management import CommandError, call_command
from django.test import TestCase
from django.utils.translation import override
from openpyxl import load_workbook

from shortlist.models import Candidate, Shortlist
from shortlist.spreadsheet.writing import write_workbook

POVERTY = "贫困发生率由2014年的13.6%下降到1.1%，贫困村减少。"
TOURISM = "全年接待 500万人。\n收入增加。"
VALID = {
    "list": [{"slug": "small", "title": "小名单"}],
    "categories": [
        {
            "code": "2",
            "ordinal": "二",
            "name": "转型发展",
            "declared_count": 2,
            "places": 1,
            "max_choices": 2,
        },
        {"code": "3", "ordinal": "三", "name": "改善民生", "places": 1, "max_choices": 1},
    ],
    "candidates": [
        {
            "category": "2",
            "code": "201",
            "title": "脱贫攻坚。",
            "body": "贫困发生率由2014年的13.6%下降到1.1%，贫困村减少。",
        },
        {
            "category": "转型发展",
            "code": "202",
            "title": "旅游发展。",
            "body": "全年接待 500万人。\n收入增加。",
        },
        {"category": "三、改善民生", "code": "301", "title": "安全饮水。", "body": "群众满意。"},
    ],
    "evidence": [
        {
            "code": "201",
            "label": "贫困发生率",
            "kind": "result",
            "raw": "13.6%",
            "bound": "equal",
            "unit": "%",
            "period": "2014年",
            "start": "2014-01-01",
            "end": "2014-12-31",
            "headline": True,
            "quote": "贫困发生率由2014年的13.6%下降到1.1%",
            "role": "value",
            "source": "1",
        },
        {"code": "201", "label": "贫困发生率", "raw": "1.1%", "quote": "下降到1.1%"},
        {"code": "201", "label": "贫困村", "quote": "贫困村减少"},
        {"code": "202", "label": "接待游客", "raw": "500万人", "quote": "500万人"},
    ],
    "sources": [{"number": "1", "title": "某公报", "url": "https://example.org/"}],
}


class SpreadsheetTestCase(TestCase):
    """Gives each test a folder, and the command with what it printed."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def make_workbook(self, change=None, rows=VALID):
        """Return the path of a valid workbook that `change`, a function of the openpyxl book, has altered."""
        path = self.folder / "list.xlsx"
        with override("zh-hans"):
            write_workbook(path, rows)
        if change:
            book = load_workbook(path)
            change(book)
            book.save(path)
        return path

    def make_file(self, data, name="list.csv"):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def load(self, path, *options, language="en"):
        """Run load_list; return its error (None if it loaded) and the lines of both streams."""
        out, err = StringIO(), StringIO()
        error = None
        with override(language):
            try:
                call_command("load_list", str(path), *options, stdout=out, stderr=err, no_color=True)
            except CommandError as raised:
                error = str(raised)
        return error, err.getvalue().splitlines(), out.getvalue().splitlines()

    def assert_refused(self, path, line, *options):
        """Assert that this line is the one fault named, and that nothing was loaded."""
        before = Shortlist.objects.count(), Candidate.objects.count()
        error, lines, _out = self.load(path, *options)
        self.assertEqual([said for said in lines if said.startswith("Fault: ")], [f"Fault: {line}"])
        self.assertEqual(error, "1 fault was found. Nothing was loaded. Correct it and try again.")
        self.assertEqual((Shortlist.objects.count(), Candidate.objects.count()), before)

    def assert_warned(self, path, line, *options):
        """Assert that this line is the one warning, and that the list was loaded all the same."""
        error, lines, _out = self.load(path, *options)
        self.assertIsNone(error, lines)
        self.assertEqual(lines, [f"Warning: {line}"])
        self.assertEqual(Shortlist.objects.count(), 1)


def spoil(sheet, **cells):
    """Return a change that writes values into the cells of a sheet."""

    def change(book):
        for name, value in cells.items():
            book[sheet][name] = value
            if not isinstance(value, date):  # The template formats cells as text; people undo that.
                book[sheet][name].number_format = "General"

    return change
