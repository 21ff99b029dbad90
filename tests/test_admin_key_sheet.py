"""A key holder's part on paper, and one made on a machine of the holder's own."""

import tempfile
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, override_settings
from django.utils import translation
from django.utils.html import strip_tags

from tests.desk import DeskCase, at
from tests.factories import make_poll, temporary_keys
from voting.holders import open_test_envelope, public_half, recover_secret
from voting.models import Poll
from voting.parts import PartError, new_part, parse_part, parse_public, part_lines, public_lines, read_part


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
