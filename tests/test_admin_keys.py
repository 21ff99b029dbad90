"""Key holders at the desk: their files, the test envelope, and opening the ballots with them."""

from django.conf import settings
from django.test import override_settings

from tests.desk import StaffCase, State, closed_poll, key_of, key_upload, page
from tests.factories import make_open_poll, make_poll, temporary_keys
from voting.holders import holder_fault, make_part, public_half
from voting.keyfile import keep_on_this_machine, part_file
from voting.keyring import has_election_key
from voting.parts import read_part


@temporary_keys
class KeyTests(StaffCase):
    def test_the_key_file_is_downloaded_once_and_only_its_public_half_is_kept(self):
        poll = make_poll()
        with override_settings(HOLDER_DIR=None):
            response = self.post(poll, "key", name="Ms Li")
        self.assertIn(f'attachment; filename="key-{poll.slug}', response["Content-Disposition"])
        self.assertIn("no-store", response["Cache-Control"])
        text = response.content.decode("utf-8-sig")
        self.assertIn("lock them away", text)
        self.assertIn("Ms Li", text)
        part = read_part(response.content)
        self.assertEqual(poll.key_holders.get().public, public_half(part))
        kept = "".join(path.read_text() for path in settings.KEY_DIR.rglob("*.*") if poll.uid in str(path))
        self.assertNotIn(part.hex(), kept)
        self.assertFalse(settings.HOLDER_DIR.exists() and list(settings.HOLDER_DIR.glob(f"{poll.uid}*")))

    def test_a_key_needs_the_name_of_its_holder(self):
        poll = make_poll()
        self.assertTrue(self.post(poll, "key").context["form"].has_error("name", "required"))
        self.assertFalse(poll.key_holders.exists())

    def test_a_key_more_than_the_poll_has_holders_is_refused(self):
        poll = make_poll()
        self.post(poll, "key", name="Ms Li")
        self.assertContains(self.post(poll, "key", name="Mr Wu"), "cannot be replaced")

    def test_three_holders_make_a_part_each_and_any_two_open_the_test_envelope(self):
        poll = make_poll(holders=3)
        files = [self.post(poll, "key", name=name).content for name in ("Ms Li", "Mr Wu", "Ms An")]
        for path in settings.HOLDER_DIR.glob(f"{poll.uid}*"):
            path.unlink()
        self.assertContains(self.client.get(page(poll)), "open the test envelope")
        for pair in ((0, 1), (1, 2)):
            self.assertTrue(holder_fault(poll))
            self.post(poll, "test", **{f"file_{at}": key_upload(files[n]) for at, n in enumerate(pair, 1)})
        self.assertEqual(holder_fault(poll), "")

    def test_a_part_can_be_typed_from_paper(self):
        poll = make_poll()
        part = make_part(poll=poll, name="Ms Li")
        lines = "\n".join(part_file(poll, "Ms Li", part).decode().splitlines()[-5:]).lower()
        self.post(poll, "test", text_1=lines)
        self.assertEqual(holder_fault(poll), "")

    def test_the_demo_finds_the_key_file_again(self):
        poll = make_poll()
        response = self.post(poll, "key", name="Ms Li")
        path = settings.HOLDER_DIR / f"{poll.uid}-1.txt"
        self.assertEqual(path.read_bytes().strip(), response.content.strip())
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.post(poll, "test")
        self.assertEqual(holder_fault(poll), "")

    def test_the_key_of_an_unsealed_poll_is_lent_and_nothing_is_downloaded(self):
        poll = make_poll(sealed=False)
        response = self.post(poll, "key")
        self.assertTrue(response.redirect_chain)
        self.assertTrue((settings.KEY_DIR / poll.uid / "election.key").exists())
        self.assertFalse(poll.key_holders.exists())

    def test_no_key_is_made_after_the_opening(self):
        poll = make_open_poll()
        (settings.KEY_DIR / poll.uid / "election.pub").unlink()
        self.post(poll, "key", name="Ms Li")
        self.assertFalse(has_election_key(poll.uid))

    def test_counting_with_the_uploaded_key_file(self):
        poll = closed_poll()
        response = self.post(poll, "count", file_1=key_of(poll))
        self.assert_state(poll, State.COUNTED)
        self.assertContains(response, "Tally and files")

    def test_a_key_file_saved_as_utf_16_still_counts(self):
        poll = closed_poll()
        text = key_of(poll).read().decode("utf-8-sig")
        self.post(poll, "count", file_1=key_upload(text.encode("utf-16")))
        self.assert_state(poll, State.COUNTED)

    def test_counting_with_the_demos_own_key_file_asks_for_none(self):
        poll = closed_poll()
        keep_on_this_machine(poll, 1, key_of(poll).read())
        self.assertContains(self.client.get(page(poll, "count")), "The key was found on this machine.")
        self.post(poll, "count")
        self.assert_state(poll, State.COUNTED)

    def test_counting_an_unsealed_poll_asks_for_no_key(self):
        poll = closed_poll(sealed=False)
        self.assertContains(self.client.get(page(poll, "count")), "The key was found on this machine.")
        self.post(poll, "count")
        self.assert_state(poll, State.COUNTED)

    def test_a_wrong_key_file_is_refused_with_a_sentence(self):
        poll = closed_poll()
        response = self.client.post(page(poll, "count"), {"file_1": key_of(make_open_poll())})
        self.assertContains(response, "belongs to none of this poll&#x27;s key holders (Holder 1)")
        response = self.client.post(page(poll, "count"), {"file_1": key_upload(b"hello")})
        self.assertTrue(response.context["form"].has_error("file_1"))
        response = self.client.post(page(poll, "count"))
        self.assertContains(response, "No key part was given.")
        self.assert_state(poll, State.CLOSED)

    def test_a_slip_in_a_typed_part_names_its_line(self):
        poll = closed_poll()
        lines = key_of(poll).read().decode().splitlines()[-4:]
        lines[2] = lines[2][:-1] + ("0" if lines[2][-1] != "0" else "1")
        response = self.client.post(page(poll, "count"), {"text_1": "\n".join(lines)})
        self.assertContains(response, "Line 3 of the key part")

    def test_two_of_three_holders_count_and_one_does_not(self):
        poll = closed_poll(holders=3)
        files = [part_file(poll, "x", part) for part in poll.parts]
        response = self.post(poll, "count", file_1=key_upload(files[0]))
        self.assertContains(response, "One more part is needed, from one of: Holder 2, Holder 3.")
        response = self.post(poll, "count", file_1=key_upload(files[0]), file_2=key_upload(files[0]))
        self.assertContains(response, "was given twice")
        self.assert_state(poll, State.CLOSED)
        self.post(poll, "count", file_1=key_upload(files[2]), file_2=key_upload(files[0]))
        self.assert_state(poll, State.COUNTED)
