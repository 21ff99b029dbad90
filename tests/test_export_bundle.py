"""`manage.py export_bundle`: what it hands to whom and when, and that nothing half-written stays."""

import io
import json
import tempfile
import zipfile
from contextlib import redirect_stderr
from datetime import timedelta
from pathlib import Path
from unittest import mock

from django.core.management import CommandError, call_command
from django.test import TestCase
from django.utils import timezone
from django.utils.translation import override

from voting import bundle
from voting.keeper import append_act, keep_poll
from voting.ledger.verify import verify
from voting.ledger.verify.source import open_bundle
from voting.models import Poll
from voting.unsealing import unseal

from .factories import cast, make_open_poll, make_poll, plan_of, secret_of, temporary_keys
from .tallies import count, settle

MARKS = {"documents/tally.json", "documents/marks-1.txt", "documents/marks-2.txt"}
REVEALS = {"documents/reveals-1.jsonl", "documents/reveals-2.jsonl"}


class Terminal(io.StringIO):
    """Takes text as a terminal does."""

    def isatty(self):
        return True


@temporary_keys
class ExportBundle(TestCase):
    def setUp(self):
        self.enterContext(override("en"))
        self.home = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.number = 0

    def open_poll(self, **fields):
        poll = make_open_poll(**fields)
        for codes in (["101", "201"], ["102"], [], ["101"]):
            cast(poll, codes=codes)
        self.keep(poll)
        return poll

    def counted_poll(self, **fields):
        poll = count(settle(self.open_poll(**fields)))
        self.keep(poll)
        return poll

    def keep(self, poll):
        keep_poll(Poll.objects.get(pk=poll.pk), timezone.now() + timedelta(minutes=1), {})

    def export(self, poll, **options):
        """Return the path of a new bundle of a poll."""
        self.number += 1
        path = self.home / f"bundle-{self.number}"
        call_command("export_bundle", poll.slug, str(path), stdout=io.StringIO(), **options)
        return path

    def documents(self, poll, **options):
        """Return the documents in a bundle of a poll; the verifier has nothing against it."""
        with open_bundle(self.export(poll, **options)) as found:
            report = verify(found)
            self.assertEqual([line.en for line in report.lines if line.state == "failed"], [])
            self.assertEqual(
                json.loads(found.read("bundle.json"))["audience"],
                "auditor" if options.get("auditor") else "public",
            )
            return {name for name in found.names if name.startswith("documents/")}

    def refuses(self, sentence, slug, path, **options):
        with self.assertRaisesMessage(CommandError, sentence):
            call_command("export_bundle", slug, str(path), stdout=io.StringIO(), **options)

    def test_while_people_vote_it_holds_the_ledger_alone(self):
        poll = self.open_poll()
        for auditor in (False, True):
            self.assertEqual(self.documents(poll, auditor=auditor), set())

    def test_opened_ballots_are_in_nobodys_bundle_before_the_count(self):
        poll = settle(self.open_poll())
        for _step in unseal(poll, plan_of(poll), secret_of(poll)):
            pass
        self.keep(poll)
        for auditor in (False, True):
            self.assertEqual(self.documents(poll, auditor=auditor), set())

    def test_after_the_count_everyone_has_the_marks_and_auditors_the_reveals(self):
        poll = self.counted_poll()
        self.assertEqual(self.documents(poll), MARKS)
        self.assertEqual(self.documents(poll, auditor=True), MARKS | REVEALS)

    def test_everyone_has_the_reveals_where_the_rules_say_so(self):
        self.assertEqual(self.documents(self.counted_poll(reveals="everyone")), MARKS | REVEALS)

    def test_results_that_wait_for_the_certificate_are_in_no_bundle_before_it(self):
        poll = self.counted_poll(results_from="certified")
        for auditor in (False, True):
            self.assertEqual(self.documents(poll, auditor=auditor), set())
        with mock.patch.object(Poll, "may_see_results", lambda *rest: True):
            self.assertEqual(self.documents(poll), MARKS | REVEALS, "the control")

    def test_where_votes_are_not_published_the_public_has_no_marks_and_no_tally(self):
        poll = self.counted_poll(publish=Poll.Publish.values[-1])
        self.assertEqual(self.documents(poll), set())
        self.assertEqual(self.documents(poll, auditor=True), MARKS | REVEALS)

    def test_a_folder_holds_the_same_as_the_zip_file_and_both_are_the_same_each_time(self):
        poll = self.counted_poll()
        first, again = self.export(poll), self.export(poll)
        self.assertEqual(first.read_bytes(), again.read_bytes())
        folder = self.export(poll, folder=True)
        files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        with zipfile.ZipFile(first) as archive:
            self.assertEqual(set(archive.namelist()), files.keys())
            for name, path in files.items():
                self.assertEqual(archive.read(name), path.read_bytes())

    def test_what_is_entered_behind_the_last_head_waits_for_the_next_one(self):
        poll = count(settle(self.open_poll()))
        self.assertEqual(self.documents(poll, auditor=True), set(), "counted, but not signed yet")
        self.keep(poll)
        self.assertEqual(self.documents(poll, auditor=True), MARKS | REVEALS)

    def test_polls_that_are_not_there_or_not_opened_are_refused_and_leave_nothing(self):
        path = self.home / "bundle.zip"
        self.refuses("There is no opened poll with the address nobody.", "nobody", path)
        draft = make_poll()
        self.refuses(f"There is no opened poll with the address {draft.slug}.", draft.slug, path)
        unsigned = make_open_poll()
        for folder in (False, True):
            self.refuses("No head of this ledger is signed yet.", unsigned.slug, path, folder=folder)
            self.assertFalse(path.exists())

    def test_nothing_is_overwritten_and_a_wrong_place_gets_a_sentence(self):
        poll, path = self.open_poll(), self.home / "kept"
        path.write_text("mine")
        for folder in (False, True):
            self.refuses("exists already. Name a new file.", poll.slug, path, folder=folder)
        self.assertEqual(path.read_text(), "mine")
        self.refuses("No such file or directory", poll.slug, self.home / "nowhere" / "bundle.zip")

    def test_a_run_that_is_broken_off_leaves_nothing_behind(self):
        poll = self.counted_poll()

        def fail(path):
            yield b"half"
            raise OSError("No space left on device")

        with mock.patch.object(bundle, "_pieces", fail):
            for folder in (False, True):
                path = self.home / "bundle"
                self.refuses("No space left on device", poll.slug, path, folder=folder)
                self.assertFalse(path.exists())

    def test_it_says_what_comes_next_and_draws_a_bar_on_a_terminal_alone(self):
        poll = self.open_poll()
        for terminal in (False, True):
            out, err = io.StringIO(), Terminal() if terminal else io.StringIO()
            path = self.home / f"terminal-{terminal}.zip"
            with redirect_stderr(err):
                call_command("export_bundle", poll.slug, str(path), stdout=out)
            self.assertIn(f"python -m voting.ledger verify {path}", out.getvalue())
            self.assertEqual("100%" in err.getvalue(), terminal)


@temporary_keys
class PublishedBundle(TestCase):
    """The keeper writes the public bundle once everyone may see results, and the site hands it out."""

    def setUp(self):
        self.enterContext(override("en"))
        poll = make_open_poll()
        for codes in (["101", "201"], ["102"], []):
            cast(poll, codes=codes)
        self.poll = count(settle(poll))
        call_command("keep_ledger", once=True)
        self.address = f"/ledger/{self.poll.slug}/bundle.zip"

    def test_anybody_can_take_it_and_check_it(self):
        page = self.client.get(self.address)
        self.assertEqual(page.status_code, 200)
        self.assertFalse(page.cookies)
        data = b"".join(page)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "bundle.zip")
            path.write_bytes(data)
            with open_bundle(path) as opened:
                report = verify(opened)
                self.assertFalse([name for name in opened.names if "reveals" in name])
        self.assertTrue(report.good, report.text("en"))
        for name in ("ledger", "result"):
            self.assertContains(self.client.get(f"/en/p/{self.poll.slug}/{name}/"), self.address)

    def test_it_is_written_anew_only_where_the_ledger_has_grown(self):
        plan = plan_of(self.poll)
        self.assertFalse(bundle.publish_bundle(self.poll, plan))
        append_act(self.poll, "audit", act="secrets_destroyed", at="2026-11-24T00:00:00Z", keys=["keeper"])
        self.assertFalse(bundle.publish_bundle(self.poll, plan))
        keep_poll(Poll.objects.get(pk=self.poll.pk), timezone.now(), {})
        self.assertTrue(bundle.publish_bundle(self.poll, plan))
        self.assertFalse(bundle.publish_bundle(self.poll, plan))
        bundle.published_bundle(self.poll).write_bytes(b"cut off")
        self.assertTrue(bundle.publish_bundle(self.poll, plan))

    def test_there_is_none_before_results_may_be_seen(self):
        Poll.objects.filter(pk=self.poll.pk).update(state=Poll.State.CLOSED)
        self.assertEqual(self.client.get(self.address).status_code, 404)
        poll = make_open_poll()
        call_command("keep_ledger", once=True)
        self.assertEqual(self.client.get(f"/ledger/{poll.slug}/bundle.zip").status_code, 404)
        self.assertFalse(bundle.published_bundle(poll).exists())
