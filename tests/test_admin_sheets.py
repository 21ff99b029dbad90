"""What staff print and hand out: zero sheet, reconciliation sheet, key sheet, marks and reveals."""

import re
import tempfile
from datetime import timedelta
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import strip_tags

from tests.factories import cast, make_keys_for, make_open_poll, make_poll, temporary_keys
from tests.tallies import count, settle
from voting.holders import open_test_envelope, public_half, recover_secret
from voting.keeper import keep_poll, run_batch
from voting.ledger.canonical import parse_canonical
from voting.lifecycle import ActRefused, open_poll
from voting.models import Ballot, Entry, Participation, PendingEnvelope, Poll
from voting.parts import PartError, new_part, parse_part, parse_public, part_lines, public_lines, read_part

PAGES = ("zero", "reconciliation")


def at(name, poll, *more, language="en"):
    """Return the address of one of the desk's pages."""
    with translation.override(language):
        return reverse(f"admin:voting_poll_{name}", args=[poll.pk, *more])


def body(response):
    return b"".join(response.streaming_content).decode()


class DeskCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = get_user_model().objects.create_superuser("clerk", password="a long password")

    def setUp(self):
        self.client.force_login(self.staff)

    def as_reader(self):
        """Sign in staff who may see polls and change none."""
        user = get_user_model().objects.create_user("reader", is_staff=True)
        user.user_permissions.add(Permission.objects.get(codename="view_poll"))
        self.client.force_login(user)

    def as_guest(self):
        """Sign in staff without any right."""
        self.client.force_login(get_user_model().objects.create_user("guest", is_staff=True))


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
        self.assertContains(self.sheet(poll), f"entry {entry.index} of the public ledger says so")

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
        cast(poll)
        run_batch(poll)
        keep_poll(poll, timezone.now(), {})
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
                    open_poll(poll=poll, accept_short_list=True)
                self.assertContains(self.client.get(at("act", poll, "open")), "Make a new poll.")
        poll = make_poll()
        make_keys_for(poll)
        self.assertEqual(open_poll(poll=poll).state, "open", "the control: an empty one opens")


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
        self.assertEqual(self.parts(poll, "Ballots entered"), (3, [0, 3]))
        count(poll)
        self.assert_closes(poll)
        self.assertEqual(self.parts(poll, "Ballots entered"), (3, [3, 0]))

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
        self.assertEqual(self.parts(poll, "Ballots entered"), (2, [1, 0, 1]))

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


@temporary_keys
class KeySheet(DeskCase):
    def post(self, poll, **data):
        with override_settings(HOLDER_DIR=None):
            return self.client.post(at("act", poll, "key"), {"name": "Ms Li", **data})

    def test_the_part_is_printed_once_can_be_read_back_and_is_kept_nowhere(self):
        poll = make_poll()
        response = self.post(poll, form="paper")
        self.assertIn("no-store", response["Cache-Control"])
        self.assertNotIn("Content-Disposition", response)
        part = parse_part(strip_tags(response.content.decode()))
        self.assertEqual(poll.key_holders.get().public, public_half(part))
        for words in ("Ms Li", poll.title, 'class="sheet-code"', "lock the sheets away"):
            self.assertIn(words, response.content.decode())
        poll.refresh_from_db()
        open_test_envelope(poll=poll, parts=[part])
        secrets = [part, part.hex().encode(), part_lines(part)[1][3:].encode()]
        kept = b"".join(path.read_bytes() for path in settings.VAR_DIR.rglob("*") if path.is_file())
        stored = repr(list(Poll.objects.values()) + list(poll.key_holders.values())).encode()
        pages = self.client.get(at("act", poll, "key")).content + self.client.get(at("change", poll)).content
        for place in (kept, stored, pages):
            self.assertFalse([secret for secret in secrets if secret in place])
        self.assertIn(secrets[2], response.content, "the control: it is found where it stands")
        self.assertIn(public_half(part).encode(), stored)

    def test_the_first_button_still_downloads_the_file(self):
        response = self.post(make_poll())
        self.assertIn("attachment", response["Content-Disposition"])
        self.assertEqual(len(read_part(response.content)), 32)

    def test_a_page_that_is_reloaded_makes_no_second_part_for_the_same_person(self):
        poll = make_poll(holders=3)
        self.post(poll, form="paper")
        response = self.post(poll, form="paper")
        self.assertContains(response, "Ms Li is a key holder of this poll already.")
        self.assertEqual(poll.key_holders.count(), 1)
        self.post(poll, form="paper", name="Mr Wu")
        self.assertEqual(poll.key_holders.count(), 2, "the control: another person's is made")

    def test_a_part_made_elsewhere_is_recorded_by_its_public_half_without_a_download(self):
        poll, part = make_poll(), new_part()
        response = self.post(poll, public="\n".join(public_lines(public_half(part))).lower())
        self.assertEqual(response.status_code, 302)
        poll.refresh_from_db()
        self.assertTrue(recover_secret(poll, [part]))

    def test_neither_half_is_taken_for_the_other(self):
        poll, part = make_poll(), new_part()
        secret, public = "\n".join(part_lines(part)), "\n".join(public_lines(public_half(part)))
        response = self.post(poll, public=secret)
        self.assertTrue(response.context["form"].has_error("public", "no_public_half"))
        self.assertFalse(poll.key_holders.exists())
        with self.assertRaises(PartError):
            parse_part(public)
        self.assertEqual((parse_part(secret), parse_public(public)), (part, public_half(part)))

    def test_a_slip_in_a_public_half_names_its_line(self):
        lines = public_lines(public_half(new_part()))
        lines[2] = lines[2][:-1] + ("0" if lines[2][-1] != "0" else "1")
        response = self.post(make_poll(), public="\n".join(lines))
        self.assertContains(response, "Line 3 of the key part")


class MakePart(SimpleTestCase):
    """The command runs on the holder's own computer: these tests may not touch a database."""

    def run_command(self, out, name="Ms Li"):
        printed = StringIO()
        with translation.override("en"):
            call_command("make_part", name=name, out=out, stdout=printed)
        return printed.getvalue()

    def test_it_writes_a_file_for_its_owner_and_prints_the_public_half(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "li.txt")
            printed = self.run_command(path)
            part = read_part(path.read_bytes())
            self.assertEqual(parse_public(printed), public_half(part))
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            self.assertIn("Ms Li", path.read_text("utf-8-sig"))
            with self.assertRaises(PartError):
                parse_part(printed)

    def test_a_key_is_never_overwritten(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "li.txt")
            self.run_command(path)
            before = path.read_bytes()
            with self.assertRaisesMessage(CommandError, "never overwritten"):
                self.run_command(path)
            self.assertEqual(path.read_bytes(), before)


@temporary_keys
class PublishedFiles(DeskCase):
    NAMES = ("marks-1.txt", "marks-2.txt", "reveals-1.jsonl", "reveals-2.jsonl")

    def counted(self, **fields):
        poll = make_open_poll(**fields)
        for codes in (["101", "201"], ["102"]):
            cast(poll, codes=codes)
        return count(settle(poll))

    def public(self, poll, name):
        with translation.override("en"):
            return self.client.get(reverse("voting:document", args=[poll.slug, name]))

    def open_to_all(self, poll):
        return [name for name in self.NAMES if self.public(poll, name).status_code == 200]

    def result(self, poll):
        with translation.override("en"):
            return self.client.get(reverse("voting:result", args=[poll.slug]))

    def test_staff_get_marks_and_reveals_after_the_count_and_not_before(self):
        poll = make_open_poll()
        cast(poll, codes=["101"])
        poll = settle(poll)
        for name in self.NAMES:
            self.assertEqual(self.client.get(at("document", poll, name)).status_code, 404)
        count(poll)
        self.as_reader()
        page = self.client.get(at("tally", poll))
        for name in self.NAMES:
            self.assertContains(page, at("document", poll, name))
            self.assertEqual(self.client.get(at("document", poll, name)).status_code, 200)
        self.assertEqual(body(self.client.get(at("document", poll, "marks-1.txt"))), "101\n")

    def test_who_may_not_see_polls_gets_no_files(self):
        poll = self.counted()
        self.as_guest()
        self.assertEqual(self.client.get(at("document", poll, self.NAMES[0])).status_code, 403)
        self.client.logout()
        self.assertIn("/login/", self.client.get(at("document", poll, self.NAMES[0]))["Location"])

    def test_no_other_file_of_the_folder_and_none_outside_of_it_is_sent(self):
        poll = self.counted()
        for name in ("tally.json", "marks-3.txt", ".marks-1.txt", "..", "%2e%2e"):
            self.assertEqual(self.client.get(at("document", poll, name)).status_code, 404, name)
            self.assertEqual(self.public(poll, name).status_code, 404, name)

    def test_everyone_gets_what_the_rules_give_to_everyone(self):
        self.client.logout()
        cases = {
            ("all", "auditors"): ["marks-1.txt", "marks-2.txt"],
            ("all", "everyone"): list(self.NAMES),
            ("chosen", "auditors"): [],
            ("chosen_in_list_order", "auditors"): [],
        }
        for (publish, reveals), expected in cases.items():
            with self.subTest(publish=publish, reveals=reveals):
                poll = self.counted(publish=publish, reveals=reveals)
                self.assertEqual(self.open_to_all(poll), expected)
                shown = re.findall(r"documents/([\w.-]+)", self.result(poll).content.decode())
                self.assertEqual(shown, expected)

    def test_where_marks_are_not_public_the_result_says_what_that_costs(self):
        sentence = "the public cannot recount; the auditors can"
        self.assertContains(self.result(self.counted(publish="chosen")), sentence)
        self.assertNotContains(self.result(self.counted()), sentence)

    def test_nothing_is_public_before_the_count(self):
        poll = make_open_poll(reveals="everyone")
        cast(poll)
        poll = settle(poll)
        self.assertEqual(self.open_to_all(poll), [])
        self.assertEqual(self.open_to_all(count(poll)), list(self.NAMES), "the control")

    def test_a_file_that_is_missing_is_not_found_and_the_log_says_so(self):
        poll = self.counted()
        (settings.VAR_DIR / "documents" / poll.uid / "marks-1.txt").unlink()
        with self.assertLogs("voting.views.public", "ERROR"):
            self.assertEqual(self.public(poll, "marks-1.txt").status_code, 404)
