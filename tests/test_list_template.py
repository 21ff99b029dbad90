"""list_template writes what load_list reads: the template, and any list so that it comes back equal."""

import dataclasses
from io import StringIO

from django.conf import settings
from django.core.management import CommandError, call_command, load_command_class
from django.utils.translation import override
from openpyxl import load_workbook

from shortlist.document import read_list
from shortlist.models import Candidate, Category, Evidence, Point, Quote, Shortlist
from shortlist.spreadsheet.cells import folded
from shortlist.spreadsheet.columns import BOUNDS, FLAGS, KINDS, ROLES
from shortlist.spreadsheet.sheets import EXPLANATION, SHEETS

from .list_faults import CANDIDATES, EVIDENCE, LIST
from .spreadsheets import SpreadsheetTestCase

COMMITTED = settings.BASE_DIR / "fixtures" / "list-template.xlsx"


def values_of(path):
    """Return the values of all sheets but the explanation, which is written in one language only."""
    book = load_workbook(path)
    return {
        sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
        if sheet.title not in EXPLANATION
    }


class TemplateTests(SpreadsheetTestCase):
    def write(self, *options, name="made.xlsx", language="zh-hans"):
        path = self.folder / name
        with override(language):
            call_command("list_template", str(path), *options, stdout=StringIO(), stderr=StringIO())
        return path

    def test_the_template_that_ships_is_the_one_the_command_writes(self):
        self.assertEqual(values_of(COMMITTED), values_of(self.write()))

    def test_the_example_of_the_template_loads_without_a_word(self):
        for language in ("zh-hans", "en"):
            with self.subTest(language=language):
                path = self.write("--force", language=language)
                error, lines, _out = self.load(path, "--slug", language)
                self.assertEqual((error, lines), (None, []))
        chinese, english = (read_list(Shortlist.objects.get(slug=slug)) for slug in ("zh-hans", "en"))
        self.assertEqual(dataclasses.replace(chinese, slug="en"), english)

    def test_the_template_holds_its_first_row_and_offers_the_words_of_choices(self):
        book = load_workbook(self.write())
        self.assertEqual(book.sheetnames, [EXPLANATION[0], *(sheet.chinese for sheet in SHEETS)])
        self.assertEqual({sheet.freeze_panes for sheet in book.worksheets}, {"A2"})
        offered = {
            str(found.sqref): found.formula1 for found in book[EVIDENCE].data_validations.dataValidation
        }
        self.assertEqual(offered["D2:D2000"], '"结果,标准,目标,计划,签约,批准,比较,定性"')
        self.assertEqual(offered["G2:G2000"], '"等于,约,超过,至少,不到,至多"')

    def test_cells_are_text_so_that_percentages_and_dates_stay_as_typed(self):
        book = load_workbook(self.write())
        self.assertEqual(book[EVIDENCE].column_dimensions["F"].number_format, "@")
        self.assertEqual(book[CANDIDATES]["B2"].value, "101")

    def test_each_choice_of_the_models_has_its_words_and_no_word_means_two_things(self):
        for words, choices in (
            (KINDS, Evidence.Kind),
            (BOUNDS, Point.Bound),
            (ROLES, Quote.Role),
            (FLAGS, (True, False)),
        ):
            with self.subTest(choices=choices):
                self.assertEqual(list(words), list(choices))
                names = [folded(name) for names in words.values() for name in names]
                self.assertEqual(len(names), len(set(names)))

    def test_a_file_that_exists_is_not_overwritten_unless_told(self):
        path = self.write()
        before = path.read_bytes()
        with self.assertRaisesMessage(CommandError, "made.xlsx” exists. Name another file"):
            self.write(language="en")
        self.assertEqual(path.read_bytes(), before)
        self.write("--force", language="en")
        self.assertIn("Candidates", load_workbook(path).sheetnames)

    def test_both_commands_explain_themselves(self):
        for name, word in (("load_list", "--dry-run"), ("list_template", "--force")):
            with self.subTest(name=name), override("en"):
                said = load_command_class("shortlist", name).create_parser("manage.py", name).format_help()
                self.assertIn(word, said)
                self.assertIn("candidate list", said)

    def test_names_that_cannot_be_written_are_told(self):
        with self.assertRaisesMessage(CommandError, "list.csv” has to end in .xlsx."):
            self.write(name="list.csv", language="en")
        with self.assertRaisesMessage(CommandError, "cannot be written: No such file or directory"):
            self.write(name="none/list.xlsx", language="en")
        with self.assertRaisesMessage(
            CommandError, "There is no list with the address “none”. There are: –."
        ):
            self.write("--from", "none", language="en")


class RoundTripTests(SpreadsheetTestCase):
    write = TemplateTests.write

    def there_and_back(self, slug):
        """Return a list, and what came back as `other` after it was written and loaded."""
        path = self.write("--from", slug)
        error, lines, _out = self.load(path, "--slug", "other")
        self.assertIsNone(error, lines)
        first, other = (read_list(Shortlist.objects.get(slug=slug)) for slug in (slug, "other"))
        return dataclasses.replace(first, slug="other"), other

    def test_the_list_of_shanxi_comes_back_equal(self):
        call_command("loaddata", settings.BASE_DIR / "fixtures" / "shanxi.json", verbosity=0)
        first, other = self.there_and_back("shanxi")
        self.assertEqual(first, other)
        self.assertEqual(sum(len(category.candidates) for category in other.categories), 25)
        orders = Candidate.objects.order_by("code").values_list("code", "order")
        self.assertEqual(
            list(orders.filter(category__shortlist__slug="shanxi")),
            list(orders.filter(category__shortlist__slug="other")),
        )

    def test_a_difference_would_be_seen(self):
        call_command("loaddata", settings.BASE_DIR / "fixtures" / "shanxi.json", verbosity=0)
        first, other = self.there_and_back("shanxi")
        Quote.objects.filter(evidence__candidate__category__shortlist__slug="other").first().delete()
        self.assertNotEqual(first, read_list(Shortlist.objects.get(slug="other")))

    def test_formulas_repeated_words_and_english_spaces_come_back_as_text(self):
        shortlist = Shortlist.objects.create(slug="odd", title="=1+1", language="en", remarks="-1\n@x")
        category = Category.objects.create(shortlist=shortlist, code="4", name="Name", on_ballot=False)
        candidate = Candidate.objects.create(
            category=category, code="407", title="More trees.", body=" 5% more trees, 5% more parks.", order=9
        )
        for label, offset in (("trees", 12), ("parks", 27)):
            evidence = Evidence.objects.create(candidate=candidate, label=label, kind="target", order=3)
            Point.objects.create(evidence=evidence, raw="5%", value=5, unit="%", bound="at_most")
            Quote.objects.create(evidence=evidence, offset=offset, text="5% more")
            Quote.objects.create(evidence=evidence, offset=5, text="trees", role="scope")
        first, other = self.there_and_back("odd")
        self.assertEqual(first, other)
        self.assertEqual(other.title, "=1+1")
        self.assertEqual(load_workbook(self.folder / "made.xlsx")[LIST]["B2"].data_type, "s")

    def test_a_text_that_no_cell_can_hold_is_told(self):
        for text in ("x" * 32768, "a\x07b"):
            with self.subTest(text=text[:3]):
                Shortlist.objects.update_or_create(slug="long", defaults={"title": "t", "introduction": text})
                with self.assertRaisesMessage(CommandError, "A text is too long for a cell or holds control"):
                    self.write("--from", "long", language="en")
                self.assertFalse((self.folder / "made.xlsx").exists())
