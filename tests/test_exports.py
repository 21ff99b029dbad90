"""The result as CSV, XLSX and JSON: the same numbers everywhere, and no formula anywhere."""

import csv
import io
import json

import openpyxl
from django.contrib.auth import get_user_model
from django.test import TestCase
from django.urls import reverse
from django.utils import translation

from shortlist.models import Candidate
from tests.factories import cast, make_list, make_open_poll, temporary_keys
from tests.tallies import count, settle
from voting.exports.csv_file import safe
from voting.exports.formats import FORMATS
from voting.models import Poll

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1"]


def counted_poll(*, titles=(), **fields):
    """Make a counted poll of one category: 101 has 3 votes, 102 and 103 have 2, 104 one, 105 none."""
    shortlist = make_list(candidates=(5,))
    for at, title in enumerate(titles, 1):
        Candidate.objects.filter(category__shortlist=shortlist, code=f"10{at}").update(title=title)
    poll = make_open_poll(shortlist=shortlist, **fields)
    for codes in (["101", "102", "103"], ["101", "102"], ["101", "103"], ["104"], []):
        cast(poll, codes=codes)
    return count(settle(poll))


def address(poll, suffix, *, staff=False):
    with translation.override("en"):
        if staff:
            return reverse("admin:voting_poll_export", args=[poll.pk, suffix])
        return reverse("voting:result_export", args=[poll.slug, suffix])


def read_csv(data):
    """Return the head as a dict and the table as lists of text."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    gap = rows.index([])
    return dict(rows[:gap]), rows[gap + 2 :]


def read_xlsx(data):
    """Return the head as a dict and the table as lists of cells' values."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    counts, about = book.worksheets
    return dict(about.values), [list(row) for row in counts.values][1:]


@temporary_keys
class ExportTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = get_user_model().objects.create_superuser("clerk", password="a long password")

    def fetch(self, poll, suffix, *, staff=False):
        if staff:
            self.client.force_login(self.staff)
        response = self.client.get(address(poll, suffix, staff=staff))
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.streaming)
        return b"".join(response)

    def test_all_formats_say_the_same_worked_out_by_hand(self):
        poll = counted_poll(tie_rule="all_out")
        expected = [
            ("101", "3", "60.00%", "no. 1", "chosen"),
            ("102", "2", "40.00%", "tied 2", "tied at the cut, none chosen"),
            ("103", "2", "40.00%", "tied 2", "tied at the cut, none chosen"),
            ("104", "1", "20.00%", "no. 4", "not chosen"),
            ("105", "0", "0.00%", "no. 5", "not chosen"),
        ]
        for suffix, read in {"csv": read_csv, "xlsx": read_xlsx}.items():
            with self.subTest(suffix):
                head, rows = read(self.fetch(poll, suffix))
                found = [tuple(str(row[at]) for at in (1, 3, 4, 5, 6)) for row in rows]
                self.assertEqual(found, expected)
                self.assertEqual([str(row[7]) for row in rows], ["2"] * 5)
                self.assertEqual([str(row[8]) for row in rows], ["5"] * 5)
                self.assertEqual(head["Manifest code"], poll.manifest_sha256)
                self.assertEqual(head["Tally code"], poll.tally.sha256)
                self.assertIn("Beijing time", head["Counted at"])
        document = json.loads(self.fetch(poll, "json"))
        part = document["categories"][0]
        self.assertEqual([row["votes"] for row in part["candidates"]], [3, 2, 2, 1, 0])
        self.assertEqual([row["chosen"] for row in part["candidates"]], [True, False, False, False, False])
        self.assertEqual((part["blank"], part["ballots"], document["tally"]), (1, 5, poll.tally.sha256))

    def test_staff_and_public_get_the_same_file_where_all_is_published(self):
        poll = counted_poll()
        for suffix in ("csv", "json"):
            with self.subTest(suffix):
                self.assertEqual(self.fetch(poll, suffix), self.fetch(poll, suffix, staff=True))

    def test_the_public_gets_only_the_chosen_where_the_rules_say_so(self):
        poll = counted_poll(publish=Poll.Publish.CHOSEN, tie_rule="all_in")
        _head, rows = read_csv(self.fetch(poll, "csv"))
        self.assertEqual([(row[1], row[3]) for row in rows], [("101", "3"), ("102", "2"), ("103", "2")])
        _head, rows = read_csv(self.fetch(poll, "csv", staff=True))
        self.assertEqual(len(rows), 5)

    def test_no_votes_leave_where_the_chosen_stand_in_the_order_of_the_list(self):
        shortlist = make_list(candidates=(4,))
        poll = make_open_poll(shortlist=shortlist, publish=Poll.Publish.CHOSEN_IN_LIST_ORDER)
        for codes in (["103", "102"], ["103", "102"], ["103"], []):
            cast(poll, codes=codes)
        poll = count(settle(poll))
        head, rows = read_csv(self.fetch(poll, "csv"))
        self.assertEqual(
            [row[1:6] for row in rows], [["102", "Title 102", "", "", ""], ["103", "Title 103", "", "", ""]]
        )
        self.assertFalse([label for label in head if "without a pick" in label])
        document = json.loads(self.fetch(poll, "json"))
        for row in document["categories"][0]["candidates"]:
            self.assertEqual((row["votes"], row["share"], row["rank"]), (None, None, None))
        _head, rows = read_csv(self.fetch(poll, "csv", staff=True))
        self.assertEqual([row[3] for row in rows], ["3", "2", "0", "0"])

    def test_a_tie_that_awaits_a_decision_stays_in_what_is_published(self):
        poll = counted_poll(publish=Poll.Publish.CHOSEN, tie_rule="lot")
        document = json.loads(self.fetch(poll, "json"))
        rows = document["categories"][0]["candidates"]
        self.assertEqual(
            [(row["code"], row["chosen"]) for row in rows], [("101", True), ("102", None), ("103", None)]
        )

    def test_nothing_is_found_before_the_count_nor_in_a_draft(self):
        poll = make_open_poll()
        cast(poll)
        for suffix in FORMATS:
            with self.subTest(suffix):
                self.assertEqual(self.client.get(address(poll, suffix)).status_code, 404)
        counted = counted_poll()
        self.assertEqual(self.client.get(address(counted, "csv")).status_code, 200)
        self.assertEqual(self.client.get(address(counted, "csv").replace(".csv", ".ods")).status_code, 404)
        self.assertEqual(self.client.post(address(counted, "csv")).status_code, 405)

    def test_hostile_titles_are_text_in_csv(self):
        poll = counted_poll(titles=HOSTILE)
        _head, rows = read_csv(self.fetch(poll, "csv"))
        titles = {row[1]: row[2] for row in rows}
        for at, title in enumerate(HOSTILE, 1):
            self.assertEqual(titles[f"10{at}"], f"'{title}")

    def test_hostile_titles_are_text_in_a_workbook(self):
        poll = counted_poll(titles=HOSTILE)
        book = openpyxl.load_workbook(io.BytesIO(self.fetch(poll, "xlsx")))
        cells = {row[1].value: row[2] for row in book.worksheets[0].iter_rows(min_row=2)}
        for at, title in enumerate(HOSTILE, 1):
            cell = cells[f"10{at}"]
            self.assertEqual((cell.data_type, cell.value), ("s", title))
        # The control: the library itself makes a formula of the same title.
        control = openpyxl.Workbook()
        control.active.append([HOSTILE[0]])
        self.assertEqual(control.active["A1"].data_type, "f")

    def test_a_cell_is_made_safe_only_where_it_must_be(self):
        cases = {"=1": "'=1", "\r=1": "'\r=1", "a=1": "a=1", "": ""}
        self.assertEqual({cell: safe(cell) for cell in cases}, cases)
        self.assertEqual((safe(-1), safe(None)), (-1, None))

    def test_files_are_named_by_poll_and_kind(self):
        demo, rehearsal, formal = (counted_poll(**kind) for kind in ({"demo": True}, {"rehearsal": True}, {}))
        names = {demo: "-demo", rehearsal: "-rehearsal", formal: ""}
        for poll, mark in names.items():
            header = self.client.get(address(poll, "csv"))["Content-Disposition"]
            self.assertEqual(header, f'attachment; filename="{poll.slug}-result{mark}.csv"')
        self.assertEqual(
            read_csv(self.fetch(demo, "csv"))[0]["Please note"], "Demonstration, not a formal vote"
        )
        self.assertIn("Rehearsal", read_xlsx(self.fetch(rehearsal, "xlsx"))[0]["Please note"])
        self.assertNotIn("Please note", read_csv(self.fetch(formal, "csv"))[0])

    def test_the_csv_opens_in_excel(self):
        data = self.fetch(counted_poll(), "csv")
        self.assertTrue(data.startswith(b"\xef\xbb\xbf"))
        self.assertTrue(data.endswith(b"\r\n"))

    def test_files_cost_the_same_queries_for_any_length_of_list(self):
        def cost(poll):
            self.fetch(poll, "json")  # The manifest is read once a process.
            with self.assertNumQueries(2):
                self.fetch(poll, "json")

        for size in (1, 30):
            poll = make_open_poll(shortlist=make_list(candidates=(size,)))
            cast(poll, codes=["101"])
            cost(count(settle(poll)))
