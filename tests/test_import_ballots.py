"""Ballots of other channels: read strictly, entered once, reported row by row."""

import json
import tempfile
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.test import TestCase
from django.utils import timezone
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from voting import channels
from voting.channels import import_channel_file, read_rows
from voting.keeper import keep_poll
from voting.ledger.canonical import parse_canonical
from voting.lifecycle import check_countable, close_poll, count_poll
from voting.manifest import plan_of
from voting.models import Ballot, ChannelFile, Entry, Poll
from voting.refusals import ActRefused
from voting.unsealing import unseal

from .factories import digest, make_list, make_open_poll, make_poll, secret_of, temporary_keys


def make_rehearsal(**fields):
    return make_open_poll(rehearsal=True, **fields)


class WithFiles(TestCase):
    def write(self, content, name="ballots.csv"):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_command(self, path, poll, *options, channel="paper-box"):
        """Run the command in English and return what it printed and what it complained of."""
        out, err = StringIO(), StringIO()
        with override("en"):
            call_command(
                "import_ballots",
                str(path),
                "--poll",
                poll.slug,
                "--channel",
                channel,
                *options,
                stdout=out,
                stderr=err,
            )
        return out.getvalue(), err.getvalue()


@temporary_keys
class GoodFiles(WithFiles):
    def test_every_row_becomes_a_ballot_of_its_channel_and_counts(self):
        rows = ["101 201", "102,103", "101", "-", "104 203 204"] * 301  # more than two transactions
        poll = make_rehearsal()
        secret = secret_of(poll)
        out, err = self.run_command(self.write("picks\n" + "\n".join(rows)), poll)
        self.assertIn("Received 1505 = valid 1505 + refused 0.", out)
        self.assertEqual(err, "")
        self.assertEqual(Ballot.objects.filter(poll=poll, channel="paper-box").count(), 1505)
        poll = close_poll(by=["Clerk"], poll=poll)
        keep_poll(poll, timezone.now(), {})
        list(unseal(poll, plan_of(poll), secret))
        tally = parse_canonical(count_poll(poll=poll).tally.data)
        votes = {row["code"]: row["votes"] for part in tally["categories"] for row in part["rows"]}
        self.assertEqual(
            {code: n for code, n in votes.items() if n},
            dict.fromkeys(["102", "103", "104", "201", "203", "204"], 301) | {"101": 602},
        )
        self.assertEqual(tally["categories"][0]["blank"], 301)

    def test_all_ways_of_writing_a_ballot_are_read_alike(self):
        plan = plan_of(make_poll())
        expected = [["101", "201"], [], ["102"]]
        for content in (
            "picks\n101 201\n-\n102\n",
            "\ufeffpicks,,\r\n101,201\r\n-,\r\n102,\r\n",
            "所选\n101、201\n-\n102\n\n",
            "所选\n101 201\n-\n102".encode("gb18030"),
            '["101","201"]\n[]\n{"picks": ["102"]}\n',
        ):
            with self.write(content).open("rb") as file:
                rows = list(read_rows(file, plan))
            self.assertEqual([row.codes for row in rows], expected, content)
            self.assertEqual({row.fault for row in rows}, {""})

    def test_the_files_own_entry_names_it_and_adds_up(self):
        poll = make_rehearsal()
        content = b"picks\n101\n999\n"
        self.run_command(self.write(content), poll)
        entry = parse_canonical(Entry.objects.get(poll=poll, type="channel").leaf)
        self.assertEqual((entry["sha256"], entry["length"]), (digest(content), len(content)))
        self.assertEqual((entry["received"], entry["valid"], entry["invalid"]), (2, 1, 1))

    def test_a_dry_run_enters_nothing(self):
        poll = make_rehearsal()
        out, _err = self.run_command(self.write("picks\n101\n"), poll, "--dry-run")
        self.assertIn("nothing was entered", out)
        self.assertFalse(Ballot.objects.exists() or ChannelFile.objects.exists())


@temporary_keys
class RefusedRows(WithFiles):
    def test_each_bad_row_is_named_with_its_reason_and_the_good_ones_are_entered(self):
        poll = make_rehearsal(shortlist=make_list(min_choices=1))
        rows = ["101 201", "999 201", "101 101 201", "101 102 103 104 201", "101", ",", "101 202"]
        report = self.write("", "report.csv")
        out, err = self.run_command(self.write("picks\n" + "\n".join(rows)), poll, "--report", str(report))
        self.assertIn("Received 7 = valid 2 + refused 5.", out)
        for number, words in ((2, "999"), (3, "twice"), (4, "1 too many"), (5, "Category 2"), (6, "empty")):
            line = next(line for line in err.splitlines() if line.startswith(f"Row {number} "))
            self.assertIn(words, line)
        self.assertEqual(len(report.read_text("utf-8-sig").splitlines()), 6)

    def test_lines_that_are_no_lists_of_codes_are_refused(self):
        plan = plan_of(make_poll())
        for line in ('["101"', '{"codes": ["101"]}', "[101]", '["101", 5]', "[" * 9000):
            with self.write(f'["101"]\n{line}\n').open("rb") as file:
                self.assertTrue(list(read_rows(file, plan))[1].fault, line)


@temporary_keys
class RefusedFiles(WithFiles):
    def refused(self, poll, content="picks\n101\n", **options):
        with self.assertRaises(CommandError) as caught:
            self.run_command(self.write(content), poll, **options)
        self.assertFalse(Ballot.objects.filter(poll=poll).exists())
        self.assertFalse(ChannelFile.objects.filter(poll=poll).exists(), "it would keep the count waiting")
        return str(caught.exception)

    def test_a_file_without_its_heading_or_without_ballots(self):
        self.assertIn("first row", self.refused(make_rehearsal(), "101 201\n"))
        self.assertIn("no ballots", self.refused(make_rehearsal(), "picks\n"))
        self.assertIn("first row", self.refused(make_rehearsal(), ""))

    def test_bytes_that_are_no_text(self):
        self.assertIn("UTF-8", self.refused(make_rehearsal(), b"picks\n\xff\xff\xff\n"))
        late = b"picks\n" + b"101\n" * 5000 + b"\xff\xff"
        self.assertIn("UTF-8", self.refused(make_rehearsal(), late))

    def test_a_channel_may_not_be_called_web(self):
        self.assertIn("channel", self.refused(make_rehearsal(), channel="web"))

    def test_ballots_come_in_after_the_close_and_before_the_count_only(self):
        poll = make_open_poll()
        secret = secret_of(poll)
        self.assertIn("after the close", self.refused(poll))
        poll = close_poll(by=["Clerk"], poll=poll)
        self.assertIn("still being entered", self.refused(poll))
        keep_poll(poll, timezone.now(), {})
        self.run_command(self.write("picks\n101\n"), poll)
        list(unseal(poll, plan_of(poll), secret))
        with self.assertRaises(CommandError):
            self.run_command(self.write("picks\n103\n"), poll)
        poll = count_poll(poll=poll)
        with self.assertRaises(CommandError):
            self.run_command(self.write("picks\n102\n"), poll)

    def test_a_missing_file_and_a_missing_poll_get_a_sentence(self):
        with self.assertRaises(CommandError):
            call_command("import_ballots", "/nowhere", "--poll", make_rehearsal().slug, "--channel", "box")
        with self.assertRaises(CommandError):
            call_command("import_ballots", __file__, "--poll", "nothing", "--channel", "box")


@temporary_keys
class OnceAndWhole(WithFiles):
    def test_the_same_file_is_entered_once(self):
        poll = make_rehearsal()
        path = self.write("picks\n101\n")
        self.run_command(path, poll)
        with self.assertRaises(CommandError):
            self.run_command(path, poll)
        self.assertEqual(Ballot.objects.filter(poll=poll).count(), 1)

    def test_two_imports_of_one_file_side_by_side_enter_it_once(self):
        poll = make_rehearsal()
        path = self.write("picks\n" + "101 201\n" * 10)
        with patch.object(channels, "CHUNK", 4):
            slow = import_channel_file(poll=poll, path=path, channel="paper-box")
            next(slow)
            list(import_channel_file(poll=poll, path=path, channel="paper-box"))
            with override("en"), self.assertRaisesMessage(ActRefused, "somebody else"):
                next(slow)
        self.assertEqual(Ballot.objects.filter(poll=poll).count(), 10)

    def test_a_file_that_was_broken_off_goes_on_where_it_stopped_and_the_count_waits_for_it(self):
        poll = make_rehearsal()
        path = self.write("picks\n" + "101 201\n" * 10)
        with patch.object(channels, "CHUNK", 4):
            steps = import_channel_file(poll=poll, path=path, channel="paper-box")
            next(steps)
            steps.close()
            self.assertEqual(Ballot.objects.filter(poll=poll).count(), 4)
            closed = close_poll(by=["Clerk"], poll=poll)
            keep_poll(closed, timezone.now(), {})
            with override("en"), self.assertRaisesMessage(ActRefused, "not read to its end"):
                check_countable(closed)
            list(import_channel_file(poll=closed, path=path, channel="paper-box"))
        self.assertEqual(Ballot.objects.filter(poll=poll).count(), 10)
        check_countable(Poll.objects.get(pk=poll.pk))


class AnyBytes(HypothesisTestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.binary(max_size=200), st.sampled_from([b"", b"picks\n", b"["]))
    def test_any_bytes_are_rows_or_one_clear_refusal(self, content, start):
        plan = plan_of(make_poll())
        with tempfile.NamedTemporaryFile() as file:
            file.write(start + content)
            file.seek(0)
            try:
                rows = list(read_rows(file, plan))
            except ActRefused:
                return
        for row in rows:
            self.assertTrue(row.fault or set(row.codes) <= set(plan.index), json.dumps(row))
