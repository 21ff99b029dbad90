"""`manage.py tally` opens, counts, prints what the admin page shows, and recounts."""

import csv
import io
import json
import shutil
import tempfile
from pathlib import Path

import openpyxl
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from django.utils import translation

from tests.factories import cast, make_list, make_open_poll, make_poll, temporary_keys
from tests.tallies import count, settle
from voting.exports.lines import bar, pad, width
from voting.keyfile import keep_on_this_machine, part_file
from voting.models import Ballot, Poll, Tally


def tally(poll, **options):
    """Run the command in English and return what it prints."""
    out = io.StringIO()
    with translation.override("en"):
        call_command("tally", poll=poll.slug, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


@temporary_keys
class TallyCommandTests(TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def settled(self, **fields):
        poll = make_open_poll(shortlist=make_list(candidates=(4, 2)), **fields)
        for codes in (["101", "102", "201"], ["101", "103"], ["101"], []):
            cast(poll, codes=codes)
        return settle(poll)

    def key_file(self, poll):
        path = self.folder / "key.txt"
        path.write_bytes(part_file(poll, "Ms Li", poll.parts[0]))
        return path

    def refuses(self, sentence, poll, **options):
        with self.assertRaisesMessage(CommandError, sentence):
            tally(poll, **options)

    def test_it_opens_counts_and_prints_the_table(self):
        poll = self.settled()
        printed = tally(poll, part=[self.key_file(poll)])
        poll.refresh_from_db()
        self.assertEqual(poll.state, Poll.State.COUNTED)
        lines = [line.split() for line in printed.splitlines()]
        self.assertIn(
            ["no.", "1", "101", "3", "75.00%", "██████████████████", "chosen", "Title", "101"], lines
        )
        self.assertIn(poll.tally.sha256, printed)
        self.assertIn("2 candidates have 1 votes each", printed)

    def test_a_second_run_prints_the_stored_tally(self):
        poll = self.settled()
        first = tally(poll, part=[self.key_file(poll)])
        self.assertEqual(tally(poll), first)
        self.assertEqual(Tally.objects.filter(poll=poll).count(), 1)

    def test_the_demos_key_is_found_by_itself(self):
        poll = self.settled()
        keep_on_this_machine(poll, 1, self.key_file(poll).read_bytes())
        self.assertIn("75.00%", tally(poll))

    def test_it_refuses_before_the_close(self):
        self.refuses("Counting begins after the poll is closed.", make_open_poll())
        self.refuses("Counting begins after the poll is closed.", make_poll())

    def test_it_refuses_without_a_key_or_with_the_wrong_one(self):
        poll = self.settled()
        self.refuses("--part FILE", poll)
        self.refuses("cannot be read", poll, part=[self.folder / "absent"])
        self.refuses("belongs to none of this poll", poll, part=[self.key_file(make_open_poll())])
        self.assertFalse(Ballot.objects.filter(poll=poll, marks__isnull=False).exists())

    def test_it_names_a_poll_that_does_not_exist(self):
        self.refuses("There is no poll “absent”.", Poll(slug="absent"))

    def test_counts_that_wait_for_a_certificate_are_not_printed(self):
        poll = self.settled(results_from=Poll.ResultsFrom.CERTIFIED)
        self.refuses("when the result is certified", poll, part=[self.key_file(poll)])
        self.assertTrue(Tally.objects.filter(poll=poll).exists())

    def test_a_recount_equals_the_stored_tally(self):
        poll = count(self.settled())
        self.assertIn(f"equals the stored tally: {poll.tally.sha256}", tally(poll, recount=True))

    def test_a_recount_notices_a_changed_ballot_and_a_changed_tally(self):
        poll = count(self.settled())
        ballot = Ballot.objects.filter(poll=poll).first()
        marks = bytes(ballot.marks)
        Ballot.objects.filter(pk=ballot.pk).update(marks=bytes([marks[0] ^ 0b1000_0000]))
        self.refuses("DIFFERS", poll, recount=True)
        Ballot.objects.filter(pk=ballot.pk).update(marks=marks)
        tally(poll, recount=True)
        Tally.objects.filter(poll=poll).update(data=b"{}")
        self.refuses("DIFFERS", poll, recount=True)

    def test_a_recount_needs_a_count(self):
        self.refuses("has not been counted yet", self.settled(), recount=True)

    def test_page_command_and_files_show_the_same_numbers(self):
        poll = self.settled()
        printed = tally(poll, part=[self.key_file(poll)], export=self.folder / "out")
        stored = json.loads(bytes(Tally.objects.get(poll=poll).data))
        expected = {row["code"]: row["votes"] for part in stored["categories"] for row in part["rows"]}

        self.client.force_login(get_user_model().objects.create_superuser("clerk"))
        with translation.override("en"):
            page = self.client.get(reverse("admin:voting_poll_tally", args=[poll.pk]))
        on_page = {row.code: row.votes for part in page.context["table"].sections for row in part.rows}

        files = {path.suffix: path for path in (self.folder / "out").iterdir()}
        rows = list(csv.reader(files[".csv"].read_text("utf-8-sig").splitlines()))
        in_csv = {row[1]: int(row[3]) for row in rows[rows.index([]) + 2 :]}
        sheet = openpyxl.load_workbook(files[".xlsx"]).worksheets[0]
        in_xlsx = {row[1]: row[3] for row in sheet.iter_rows(min_row=2, values_only=True)}
        document = json.loads(files[".json"].read_bytes())
        in_json = {row["code"]: row["votes"] for part in document["categories"] for row in part["candidates"]}
        words = [line.split() for line in printed.splitlines() if "Title" in line]
        in_print = {line[2]: int(line[3]) for line in words}
        for found in (on_page, in_csv, in_xlsx, in_json, in_print):
            self.assertEqual(found, expected)

    def test_a_folder_that_cannot_be_written_is_named(self):
        poll = count(self.settled())
        (self.folder / "file").write_text("")
        self.refuses("cannot be written", poll, export=self.folder / "file" / "out")


class LineTests(SimpleTestCase):
    def test_chinese_characters_take_two_columns(self):
        self.assertEqual((width("第3位"), width("abc"), width("（）")), (5, 3, 4))
        self.assertEqual(pad("第3位", 7), "第3位  ")
        self.assertEqual(pad("12", 4, right=True), "  12")

    def test_bars_begin_at_zero_and_grow_by_eighths(self):
        self.assertEqual((bar(0), bar(10_000), bar(5_000)), ("", "█" * 24, "█" * 12))
        self.assertEqual(bar(52), "▏")
