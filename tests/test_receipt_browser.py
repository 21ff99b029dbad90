"""A receipt on a phone: kept as a picture, found again by code and by QR code, checked on the device."""

import json
from unittest import mock
from urllib.parse import unquote

import segno
from django.utils import timezone

from voting.casting import cast_ballot
from voting.keeper import keep_poll
from voting.ledger.commitment import commitment
from voting.models import Ballot, Participation

from .browser import BrowserCase
from .factories import make_open_poll, temporary_keys
from .pages import english
from .tallies import count, settle

AGREE = "The seals agree with what this device worked out"
DIFFER = "The seals do not agree with what this device worked out"


@temporary_keys
class ReceiptOnAPhone(BrowserCase):
    def setUp(self):
        super().setUp()
        self.poll = make_open_poll()
        self.drawn = []
        real = segno.make
        patch = mock.patch.object(
            segno, "make", lambda text, **how: self.drawn.append(text) or real(text, **how)
        )
        patch.start()
        self.addCleanup(patch.stop)

    def at(self, name):
        return self.live_server_url + english(name, self.poll)

    def review(self, *codes, **options):
        page = self.new_page(**options)
        page.goto(self.at("ballot"))
        for code in codes:
            page.locator(f"input[value='{code}']").click()
        page.get_by_role("button", name="Next: check the ballot").click()
        page.get_by_role("heading", name="not sent yet").wait_for()
        return page

    def confirm(self, page):
        page.get_by_role("button", name="Confirm my ballot").click()
        page.get_by_role("heading", name="Your vote is in").wait_for()

    def find(self, page):
        page.get_by_role("button", name="Find my ballot").click()
        page.locator(".steps").wait_for()
        self.assertNotIn("#", page.url)

    def test_one_can_keep_it_find_it_again_and_learn_that_it_is_counted(self):
        page = self.review("102", "101", "203")
        self.confirm(page)
        page.get_by_text(AGREE).wait_for()
        page.locator(".steps [aria-current]", has_text="Received").wait_for()
        self.keep_the_picture(page)
        code = page.locator("p.code code").inner_text()
        by_qr = self.drawn[-1]
        self.assertEqual(by_qr, f"{self.at('find')}#{code}")

        keep_poll(self.poll, timezone.now(), {})
        page.reload()
        page.get_by_text("Entered: no. 3 of the public ledger").wait_for()
        self.find_by_typing(code, "Entered")
        self.find_by_qr(by_qr, "Entered")
        self.poll = settle(self.poll)
        count(self.poll)
        for find, how in ((self.find_by_typing, code.lower()), (self.find_by_qr, by_qr)):
            find(how, "Counted").get_by_text("This ballot is counted in the result.").wait_for()
        page.reload()
        page.get_by_text("This ballot is counted in the result.").wait_for()
        self.assertEqual(self.complaints, [])

    def keep_the_picture(self, page):
        picture = page.locator(".keep img")
        picture.scroll_into_view_if_needed()
        page.wait_for_function("() => document.querySelector('.keep img').naturalWidth > 0")
        self.assertEqual(picture.evaluate("image => image.naturalWidth"), 720)
        box = picture.bounding_box()
        self.assertGreater(box["width"], 250)
        self.assertLessEqual(box["x"] + box["width"], 360)
        self.assertEqual(page.evaluate("() => document.documentElement.scrollWidth"), 360)

    def find_by_typing(self, code, state):
        page = self.new_page(java_script_enabled=False)
        page.goto(self.at("find"))
        page.locator("#id_code").fill(code)
        self.find(page)
        page.locator(".steps [aria-current]", has_text=state).wait_for()
        return page

    def find_by_qr(self, address, state):
        page = self.new_page()
        asked = []
        # A form's encoding changes some check characters of a code: bodies are decoded before the search.
        page.on("request", lambda request: asked.append((request.url, unquote(request.post_data or ""))))
        page.goto(address)
        page.get_by_text("The code was read from the picture.").wait_for()
        code = address.partition("#")[2]
        self.assertEqual(page.locator("#id_code").input_value(), code)
        self.assertEqual(page.url, self.at("find"))
        self.assertFalse([one for one in asked if code in one[1]], "Sent before the button was pressed.")
        self.find(page)
        page.locator(".steps [aria-current]", has_text=state).wait_for()
        self.assertTrue([one for one in asked if code in one[1]])
        self.assertFalse([one for one in asked if code in one[0].partition("#")[0]])
        return page

    def test_what_stands_behind_the_hash_and_is_no_code_stays_where_it_is(self):
        page = self.new_page()
        page.goto(self.at("find") + "#content")
        page.locator("#id_code").wait_for()
        page.wait_for_timeout(200)  # milliseconds
        self.assertEqual(page.locator("#id_code").input_value(), "")
        self.assertTrue(page.url.endswith("#content"))

    def test_a_second_code_that_is_scanned_takes_the_place_of_the_first(self):
        page = self.new_page()
        page.goto(self.at("find") + "#0000-0000-0000-0000")
        page.get_by_text("The code was read from the picture.").wait_for()
        page.evaluate("() => { location.hash = '0000-0000-0000-0011'; }")
        page.wait_for_function("() => !location.hash")
        self.assertEqual(page.locator("#id_code").input_value(), "0000-0000-0000-0011")

    def test_the_device_works_out_the_seals_of_the_ledger_and_keeps_no_nonce(self):
        page = self.review("102", "101")
        page.get_by_text("Check the seals on this device").click()
        page.get_by_text("The secret numbers were made by your device.").wait_for()
        self.assertFalse(page.get_by_text("The secret numbers were made by the server.").is_visible())
        nonces = [page.locator(f"[name=nonce-{digit}]").input_value() for digit in "12"]
        shown = page.locator("[data-seal]").all_inner_texts()
        kept = page.evaluate("() => JSON.stringify([{...sessionStorage}, {...localStorage}])")
        for nonce in nonces:
            self.assertNotIn(nonce, kept)
        seals = json.loads(page.evaluate("key => sessionStorage.getItem(key)", f"seals:{self.poll.uid}"))
        self.assertEqual([f"{seals[digit][:12]}…" for digit in "12"], shown)
        self.confirm(page)
        page.get_by_text(AGREE).wait_for()
        kept = page.evaluate("() => [...Object.keys(sessionStorage), ...Object.keys(localStorage)]")
        self.assertEqual(kept, [f"voted:{self.poll.uid}"])
        keep_poll(self.poll, timezone.now(), {})
        picks = (("1", ["101", "102"]), ("2", []))
        worked_out = [
            commitment(self.poll.uid, digit, codes, bytes.fromhex(nonce))
            for (digit, codes), nonce in zip(picks, nonces, strict=True)
        ]
        self.assertEqual(bytes(Ballot.objects.get().commitments), b"".join(worked_out))

    def test_the_control_a_server_that_records_other_choices_is_found_out(self):
        page = self.review("101")
        cheat = mock.patch(
            "voting.views.casting.cast_ballot", lambda **post: cast_ballot(**post | {"codes": ["102"]})
        )
        with cheat:
            self.confirm(page)
        page.get_by_text(DIFFER).wait_for()
        self.assertTrue(page.get_by_text("Keep the picture below").is_visible())
        self.assertFalse(page.get_by_text(AGREE).is_visible())
        self.assertEqual(Participation.objects.count(), 1)

    def test_without_scripts_there_is_nothing_to_see_of_the_check(self):
        page = self.review("101", java_script_enabled=False)
        self.assertFalse(page.get_by_text("Check the seals on this device").is_visible())
        self.confirm(page)
        for words in (AGREE, DIFFER):
            self.assertFalse(page.get_by_text(words).is_visible())
        self.assertTrue(page.locator(".keep img").is_visible())
