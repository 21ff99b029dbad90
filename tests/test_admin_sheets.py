"""What staff print: the zero sheet and the reconciliation sheet."""

import tempfile
from datetime import timedelta
from io import StringIO
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import transaction
from django.test import TransactionTestCase
from django.utils import timezone

from tests.desk import DeskCase, at
from tests.factories import cast, make_keys_for, make_open_poll, make_poll, temporary_keys
from tests.tallies import count, settle
from voting.keeper import append_act, keep_poll, locked_poll
from voting.ledger.canonical import parse_canonical
from voting.lifecycle import open_poll
from voting.models import Ballot, Entry, Participation, PendingEnvelope
from voting.refusals import ActRefused

PAGES = ("zero", "reconciliation")


@temporary_keys
class SheetLadder(DeskCase):
    """The same rungs for both sheets."""

    def test_who_may_see_polls_sees_the_sheets_from_the_opening_on_and_finds_them(self):
        self.as_reader()
        poll = make_open_poll()
        for name in PAGES:
            response = self.client.get(at(name, poll))
            self.assertContains(response, poll.manifest_sha256)
            self.assertIn("no-store", response["Cache-Control"])
            self.assertContains(self.client.get(at("change", poll)), at(name, poll))

    def test_a_draft_has_no_sheets(self):
        poll = make_poll()
        for name in PAGES:
            self.assertEqual(self.client.get(at(name, poll)).status_code, 404)
            self.assertNotContains(self.client.get(at("change", poll)), at(name, poll))

    def test_others_are_refused_and_strangers_sign_in_first(self):
        poll = make_open_poll()
        self.as_guest()
        for name in PAGES:
            self.assertEqual(self.client.get(at(name, poll)).status_code, 403)
        self.client.logout()
        for name in PAGES:
            self.assertIn("/login/", self.client.get(at(name, poll))["Location"])

    def test_a_post_is_refused(self):
        poll = make_open_poll()
        for name in PAGES:
            self.assertEqual(self.client.post(at(name, poll)).status_code, 405)

    def test_the_whole_code_stands_there_and_again_in_groups_of_four(self):
        poll = make_open_poll()
        for name in PAGES:
            groups = self.client.get(at(name, poll)).context["groups"]
            self.assertEqual(({len(group) for group in groups}, "".join(groups)), ({4}, poll.manifest_sha256))

    def test_the_sheets_bring_no_style_and_no_script_in_their_lines(self):
        poll = make_open_poll()
        for name in PAGES:
            page = self.client.get(at(name, poll)).content.decode()
            sheet = page[page.index("<article") : page.index("</article>")]
            self.assertNotRegex(sheet, r"\bstyle=|<style|<script|\son[a-z]+=")


@temporary_keys
class ZeroSheet(DeskCase):
    def sheet(self, poll):
        return self.client.get(at("zero", poll))

    def numbers(self, poll):
        return [line[1:] for line in self.sheet(poll).context["counts"]]

    def test_the_ledgers_opening_entry_counts_the_ballots_and_the_sheet_quotes_it(self):
        poll = make_open_poll()
        cast(poll)
        keep_poll(poll, timezone.now(), {})
        entry = Entry.objects.get(poll=poll, type="open")
        self.assertEqual(parse_canonical(entry.leaf)["ballots"], 0)
        self.assertContains(self.sheet(poll), f"entry {entry.index + 1} of the public ledger says so")

    def test_ballots_that_come_later_change_the_second_column_alone(self):
        poll = make_open_poll(batch_minimum=1)
        keep_poll(poll, timezone.now(), {})
        self.assertEqual(self.numbers(poll), [(0, 0)] * 3)
        cast(poll)
        self.assertEqual(self.numbers(poll), [(0, 0), (0, 1), (0, 1)])
        keep_poll(poll, timezone.now(), {})
        self.assertEqual(self.numbers(poll), [(0, 1), (0, 1), (0, 0)])
        self.assertNotContains(self.sheet(poll), "sheet-fault")

    def test_before_voting_begins_it_says_that_the_entry_is_still_to_come(self):
        poll = make_open_poll(opens_at=timezone.now() + timedelta(hours=1))
        self.assertContains(self.sheet(poll), "There are 0 ballots in the ledger now.")

    def test_an_entry_that_counts_a_ballot_is_said_in_red(self):
        poll = make_open_poll(batch_minimum=1)
        with transaction.atomic():
            opening = {"at": "2026-01-01T00:00:00Z", "manifest": poll.manifest_sha256, "ballots": 1}
            append_act(locked_poll(poll), "open", **opening)
        self.assertContains(self.sheet(poll), "did not begin with an empty ledger")
        self.assertContains(self.sheet(poll), '<p class="sheet-zero sheet-fault">1 ballot</p>')

    def test_a_poll_with_ballots_participations_or_envelopes_is_not_opened(self):
        def participation(poll):
            Participation.objects.create(
                poll_id=poll.pk, credential=b"c" * 32, period="", retry_tag=b"t" * 32
            )

        def envelope(poll):
            PendingEnvelope.objects.create(poll_id=poll.pk, sealed=b"s")

        def ballot(poll):
            Ballot.objects.create(
                poll=poll, number=1, channel="web", commitments=b"c" * 64, code="0" * 16, inner=b"i"
            )

        for make in (participation, envelope, ballot):
            with self.subTest(make.__name__):
                poll = make_poll()
                make_keys_for(poll)
                make(poll)
                with self.assertRaisesMessage(ActRefused, "There are ballots or participations"):
                    open_poll(by=["Clerk"], poll=poll, accept_short_list=True)
                self.assertContains(self.client.get(at("act", poll, "open")), "Make a new poll.")
        poll = make_poll()
        make_keys_for(poll)
        self.assertEqual(open_poll(by=["Clerk"], poll=poll).state, "open", "the control: an empty one opens")


@temporary_keys
class ReconciliationSheet(DeskCase):
    def sheet(self, poll):
        return self.client.get(at("reconciliation", poll))

    def assert_closes(self, poll):
        response = self.sheet(poll)
        self.assertContains(response, "All equations close to zero.")
        self.assertNotContains(response, "sheet-fault")
        return response

    def parts(self, poll, label):
        """Return whole and parts of the first line with this label."""
        line = next(line for line in self.sheet(poll).context["lines"] if line.label == label)
        return line.whole, [number for _name, number in line.parts]

    def test_it_closes_while_ballots_wait_when_they_are_entered_and_after_the_count(self):
        poll = make_open_poll()
        for _voter in range(3):
            cast(poll)
        self.assert_closes(poll)
        self.assertEqual(self.parts(poll, "Participations on the web"), (3, [0, 3, 0]))
        poll = settle(poll)
        self.assert_closes(poll)
        self.assertEqual(self.parts(poll, "Participations on the web"), (3, [3, 0, 0]))
        self.assertEqual(self.parts(poll, "Ballots entered"), (3, [0, 3, 0]))
        count(poll)
        self.assert_closes(poll)
        self.assertEqual(self.parts(poll, "Ballots entered"), (3, [3, 0, 0]))

    def test_a_damaged_envelope_is_a_part_of_its_own(self):
        poll = make_open_poll(batch_minimum=1)
        cast(poll)
        cast(poll)
        broken = PendingEnvelope.objects.filter(poll_id=poll.pk).first()
        PendingEnvelope.objects.filter(pk=broken.pk).update(sealed=b"broken")
        settle(poll)
        self.assert_closes(poll)
        self.assertEqual(self.parts(poll, "Participations on the web"), (2, [1, 0, 1]))

    def test_a_ballot_that_cannot_be_opened_is_named_with_its_reason(self):
        poll = make_open_poll()
        cast(poll)
        cast(poll)
        poll = settle(poll)
        Ballot.objects.filter(pk=Ballot.objects.first().pk).update(inner=b"broken")
        count(poll)
        self.assertContains(self.assert_closes(poll), "not counted: cannot be opened")
        self.assertEqual(self.parts(poll, "Ballots entered"), (2, [1, 0, 0, 1]))

    def test_a_file_of_another_channel_adds_up(self):
        poll = make_open_poll()
        cast(poll)
        poll = settle(poll)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "box.csv")
            path.write_text("picks\n101\n999\n102\n")
            out = StringIO()
            call_command(
                "import_ballots",
                str(path),
                "--poll",
                poll.slug,
                "--channel",
                "paper-box",
                stdout=out,
                stderr=out,
            )
        self.assert_closes(poll)
        self.assertEqual(self.parts(poll, "Received in box.csv (paper-box)"), (3, [2, 1]))
        self.assertEqual(self.parts(poll, "Ballots entered from paper-box"), (2, [2]))

    def test_the_control_a_ballot_that_vanished_opens_a_gap_which_is_named(self):
        poll = make_open_poll()
        cast(poll)
        cast(poll)
        poll = settle(poll)
        self.assert_closes(poll)
        Ballot.objects.filter(poll=poll).first().delete()
        response = self.sheet(poll)
        self.assertContains(response, "3 equations do not close. Do not sign; find out why.")
        gaps = {line.label: line.difference for line in response.context["lines"] if line.difference}
        # Two categories, so two entries of the ledger are left without their ballot.
        self.assertEqual(
            gaps, {"Participations on the web": 1, "Ballot entries in the ledger": 2, "Ballots entered": -1}
        )

    def test_the_sheet_is_the_same_whatever_was_marked(self):
        sheets = set()
        for codes in (["101", "201"], ["102"], []):
            for sealed in (True, False):
                poll = make_open_poll(sealed=sealed, batch_minimum=1, title="A poll")
                for _voter in range(2):
                    cast(poll, codes=codes)
                keep_poll(poll, timezone.now(), {})
                sheets.add((sealed, str([tuple(line) for line in self.sheet(poll).context["lines"]])))
        self.assertEqual(len(sheets), 2)


@temporary_keys
class SheetInItsOwnTransaction(TransactionTestCase):
    def test_the_sheet_reads_one_moment_of_the_database(self):
        self.client.force_login(get_user_model().objects.create_superuser("clerk"))
        poll = make_open_poll()
        cast(poll)
        self.assertContains(self.client.get(at("reconciliation", poll)), "All equations close to zero.")
