"""The receipt: it comes from the voter's cookie, holds no pick and no nonce, and is stored nowhere."""

import re

from django.test import Client, TestCase
from django.utils import timezone

from voting.keeper import keep_poll
from voting.ledger.code import parse_code
from voting.ledger.pledge import verify_pledge
from voting.manifest import plan_of
from voting.models import Ballot

from .factories import make_open_poll, temporary_keys
from .pages import address, confirm, english, hidden_fields, post_ballot, vote

CODE = re.compile(r"<code>([0-9A-Z*~$=-]{19})</code>")


@temporary_keys
class ReceiptTest(TestCase):
    def setUp(self):
        self.poll = make_open_poll()

    def receipt(self, *codes):
        vote(self.client, self.poll, *codes)
        return self.client.get(english("receipt", self.poll))

    def test_it_says_received_then_entered(self):
        page = self.receipt("101")
        self.assertContains(page, "Your vote is in")
        self.assertContains(page, "Received: Beijing time")
        self.assertContains(page, "Received; it is being entered")
        self.assertContains(page, self.poll.manifest_sha256)
        self.assertContains(page, "there is nothing for you to do now")
        keep_poll(self.poll, timezone.now(), {})
        self.assertContains(
            self.client.get(english("receipt", self.poll)), "Entered: no. 3 of the public ledger"
        )

    def test_its_code_is_that_of_the_ballot(self):
        code = CODE.search(self.receipt("101").content.decode())[1]
        keep_poll(self.poll, timezone.now(), {})
        self.assertEqual(Ballot.objects.get().code, parse_code(code))

    def test_it_holds_no_pick_and_no_nonce(self):
        fields = hidden_fields(post_ballot(self.client, self.poll, "101", "203"))
        confirm(self.client, self.poll, fields)
        page = self.client.get(english("receipt", self.poll))
        for name in ("nonce-1", "nonce-2", "ticket"):
            self.assertNotContains(page, fields[name])
        # What is drawn by lot or counted may have the digits of a pick by chance.
        chance = (
            r"<pre>.*?</pre>|<code>.*?</code>|SHA-256 \w+|ballot:\w+:\w+|value=\"\w{64}\"|(\w{4}-){3}\w{4}"
        )
        chance += f"|{self.poll.uid}|{self.poll.slug}"
        words = re.sub(chance, "", page.content.decode(), flags=re.S)
        for pick in ("101", "203", "Title"):
            self.assertNotIn(pick, words)

    def test_it_says_who_made_the_nonces(self):
        self.assertContains(self.receipt("101"), "were made by the server")
        client = Client()
        fields = hidden_fields(post_ballot(client, self.poll, "101"))
        confirm(client, self.poll, fields | {"nonces_by": "device"})
        self.assertContains(client.get(english("receipt", self.poll)), "were made by your device")

    def test_the_pledge_can_be_saved_and_is_signed(self):
        self.receipt("101")
        file = self.client.get(address("pledge", self.poll))
        self.assertIn("attachment", file["Content-Disposition"])
        public = bytes.fromhex(plan_of(self.poll).keys["pledge"])
        pledge = verify_pledge(file.content.decode(), self.poll.uid, public)
        self.assertEqual(pledge.manifest, self.poll.manifest_sha256)

    def test_a_stranger_has_no_receipt_but_learns_how_to_find_a_ballot(self):
        self.receipt("101")
        page = Client().get(english("receipt", self.poll))
        self.assertContains(page, "This device holds no receipt")
        self.assertContains(page, english("find", self.poll))
        self.assertEqual(Client().get(address("pledge", self.poll)).status_code, 404)

    def test_a_forged_cookie_is_no_receipt(self):
        for odd in ("x", "é", "A" * 200, "=" * 9):
            client = Client()
            client.cookies[f"receipt-{self.poll.uid}"] = odd
            self.assertContains(client.get(english("receipt", self.poll)), "This device holds no receipt")

    def test_it_is_stored_nowhere_and_a_post_is_refused(self):
        self.assertEqual(self.receipt("101")["Cache-Control"], "private, no-store")
        self.assertEqual(self.client.post(address("receipt", self.poll)).status_code, 405)

    def test_where_reveals_are_for_everyone_it_says_so_beforehand(self):
        open_to_all = make_open_poll(reveals="everyone")
        words = "whoever holds this receipt can find what this ballot chose"
        self.assertContains(post_ballot(self.client, open_to_all, "101"), words)
        vote(self.client, open_to_all, "101")
        self.assertContains(self.client.get(english("receipt", open_to_all)), words)
        self.assertNotContains(post_ballot(Client(), self.poll, "101"), words)
