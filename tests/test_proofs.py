"""Proofs for voters: a file a category that anybody can verify, and a promise that was not kept."""

import re
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase, override_settings
from django.utils import timezone

from tests.factories import cast, make_open_poll, temporary_keys
from tests.pages import address, english, vote
from tests.tallies import settle
from voting import proofs
from voting.heads import latest_head
from voting.keeper import ballot_leaf, keep_poll, run_batch
from voting.keyring import load_keyring
from voting.ledger.code import format_code, receipt_code
from voting.ledger.note import parse_note
from voting.ledger.pledge import parse_pledge, sign_pledge
from voting.ledger.proof import parse_proof, verify_proof
from voting.manifest import plan_of
from voting.models import Ballot, PendingEnvelope, Poll

FAULT = "this ballot is not entered in time"


class ProofsCase(TestCase):
    def setUp(self):
        proofs._report_overdue.cache_clear()
        self.poll = make_open_poll()
        self.plan = plan_of(self.poll)
        self.public = bytes.fromhex(self.plan.keys["ledger"])
        for _other in range(3):
            cast(self.poll)
        vote(self.client, self.poll, "101")
        self.pledge = self.client.get(address("pledge", self.poll)).content.decode()
        self.promise = parse_pledge(parse_note(self.pledge)[0])
        self.code = receipt_code(self.promise.commitments)

    def keep(self):
        keep_poll(self.poll, timezone.now(), {})

    def at(self, moment):
        """Let the pages' clock stand at a moment."""
        for module in ("receipts", "proofs"):
            clock = mock.patch(f"voting.views.{module}.now", lambda: moment)
            clock.start()
            self.addCleanup(clock.stop)

    def receipt(self):
        return self.client.get(english("receipt", self.poll))

    def find(self, client=None):
        return (client or self.client).post(english("find", self.poll), {"code": self.code})

    def proof(self, category="1"):
        return self.client.get(address("proof", self.poll, category))

    def found_proof(self, category="1", **data):
        return Client().post(address("found_proof", self.poll, category), {"code": self.code, **data})

    def check(self, text="", **files):
        return Client().post(english("check", self.poll), {"text": text, **files})

    def verified(self, answer, category):
        """Verify a proof file as a stranger would: by the leaf, the origin and the manifest's key."""
        proof = parse_proof(answer.content.decode())
        leaf = ballot_leaf(category, self.promise.commitments[category])
        return proof, verify_proof(proof, leaf, self.plan.origin, self.public)


@temporary_keys
class ProofFilesTest(ProofsCase):
    def test_each_category_of_the_receipt_has_a_proof_that_verifies(self):
        self.keep()
        shown = self.receipt().content.decode()
        for category in ("1", "2"):
            answer = self.proof(category)
            self.assertIn(f'filename="proof-{category}.tlog-proof"', answer["Content-Disposition"])
            self.assertEqual(answer["Cache-Control"], "private, no-store")
            proof, head = self.verified(answer, category)
            self.assertEqual(head.checkpoint.size, latest_head(self.poll).size)
            self.assertIn(f"Save the proof for no. {proof.index + 1}<", shown)
            self.assertIn(f'href="{english("proof", self.poll, category)}"', shown)

    def test_the_control_a_proof_of_another_leaf_does_not_verify(self):
        self.keep()
        proof = parse_proof(self.proof("1").content.decode())
        with self.assertRaises(ValueError):
            verify_proof(
                proof, ballot_leaf("1", self.promise.commitments["2"]), self.plan.origin, self.public
            )

    def test_it_stays_true_under_the_latest_head_however_the_ledger_grows(self):
        self.keep()
        first = self.verified(self.proof(), "1")
        for _other in range(20):
            cast(self.poll)
        self.keep()
        proof, head = self.verified(self.proof(), "1")
        self.assertEqual(proof.index, first[0].index)
        self.assertEqual(head.checkpoint.size, first[1].checkpoint.size + 40)

    def test_by_the_code_it_is_posted_and_no_address_holds_the_code(self):
        self.keep()
        shown = self.find(Client()).content.decode()
        self.assertIn(f'action="{english("found_proof", self.poll, "1")}"', shown)
        self.assertNotRegex(shown, r'(?:href|action|src)="[^"]*' + re.escape(self.code))
        for category in ("1", "2"):
            self.assertEqual(self.found_proof(category).content, self.proof(category).content)
        self.assertEqual(self.client.get(address("found_proof", self.poll, "1")).status_code, 405)
        asking = Client(enforce_csrf_checks=True)
        self.assertEqual(
            asking.post(address("found_proof", self.poll, "1"), {"code": self.code}).status_code, 403
        )

    def test_who_has_no_receipt_or_another_code_gets_none(self):
        self.keep()
        self.assertEqual(Client().get(address("proof", self.poll, "1")).status_code, 404)
        self.assertEqual(self.proof("9").status_code, 404)
        for code in ("", "x", "0000-0000-0000-0000"):
            self.assertEqual(self.found_proof(code=code).status_code, 404)

    def test_entered_is_said_only_of_what_a_signed_head_covers(self):
        run_batch(self.poll)  # Entered, but no head is signed over it.
        self.assertTrue(Ballot.objects.filter(code=self.code).exists())
        self.assertContains(self.receipt(), "it is being entered")
        self.assertNotContains(self.receipt(), "of the public ledger</li>")
        self.assertContains(self.find(), "No ballot with this code is entered yet.")
        self.assertEqual((self.proof().status_code, self.found_proof().status_code), (404, 404))
        self.keep()
        self.assertContains(self.receipt(), "These places are under the signed head of 10 entries")
        self.assertContains(self.find(), "These places are under the signed head of 10 entries")

    def test_more_entries_cost_no_more_queries(self):
        self.keep()
        for _round in range(2):
            with self.assertNumQueries(4):
                self.receipt()
            for _other in range(5):
                cast(self.poll)
            self.keep()


@temporary_keys
class OverdueTest(ProofsCase):
    def setUp(self):
        super().setUp()
        self.late = self.promise.due + timedelta(seconds=1)

    def test_a_promise_not_kept_is_shown_as_a_fault_with_the_evidence(self):
        self.keep_all_but_mine()
        self.at(self.late)
        site = {"url": "", "telephone": "0351-123", "complaints": "Office 7"}
        with override_settings(SITE=site), self.assertLogs("voting.proofs", "ERROR") as log:
            shown = self.receipt()
        self.assertContains(shown, FAULT)
        for words in ("0351-123", "Office 7", "Save the signed confirmation", "Save the latest signed head"):
            self.assertContains(shown, words)
        self.assertContains(shown, f'href="/ledger/{self.poll.slug}/checkpoint"')
        self.assertNotContains(shown, "it is being entered")
        self.assertEqual(len(log.output), 1)
        self.assertIn(self.poll.uid, log.output[0])
        for secret in (self.code, self.pledge.split("\n")[4]):
            self.assertNotIn(secret, log.output[0])

    def keep_all_but_mine(self):
        """Lose one acknowledged envelope: the fault that the page is for."""
        PendingEnvelope.objects.filter(pk=PendingEnvelope.objects.latest("pk").pk).delete()
        self.keep()

    def test_the_controls_neither_in_time_nor_entered_is_it_a_fault(self):
        self.at(self.promise.due)
        self.assertNotContains(self.receipt(), FAULT)
        self.assertContains(self.receipt(), "it is being entered")
        self.keep()
        self.at(self.late)
        self.assertNotContains(self.receipt(), FAULT)

    def test_entered_and_not_signed_when_it_was_due_is_a_fault(self):
        run_batch(self.poll)
        self.at(self.late)
        with self.assertLogs("voting.proofs", "ERROR"):
            self.assertContains(self.receipt(), FAULT)

    def test_the_log_says_it_once_for_each_head(self):
        self.keep_all_but_mine()
        self.at(self.late)
        with self.assertLogs("voting.proofs", "ERROR") as log:
            self.receipt()
            self.receipt()
            cast(self.poll)
            self.keep()
            self.receipt()
        self.assertEqual(len(log.output), 2)

    def test_while_the_ledger_is_stopped_receipts_say_so(self):
        Poll.objects.update(ledger_alarm="Restored.")
        words = "Ballots already cast are kept."
        self.assertContains(self.receipt(), words)
        self.assertContains(self.find(), words)
        self.at(self.late)
        with self.assertLogs("voting.proofs", "ERROR"):
            self.assertContains(self.receipt(), words)

    def test_a_ballot_of_which_only_the_entries_are_left_is_not_called_entered(self):
        self.keep()
        Ballot.objects.filter(code=self.code).update(code="", commitments=b"", inner=b"", fault="lost")
        for shown in (self.receipt(), self.check(self.pledge)):
            self.assertContains(shown, "its content was lost when a backup was restored")
            self.assertNotContains(shown, FAULT)
        self.assertEqual(self.proof().status_code, 200)


@temporary_keys
class CheckTest(ProofsCase):
    def test_a_saved_confirmation_is_checked_from_a_file_or_from_its_text(self):
        self.keep()
        windows = self.pledge.replace("\n", "\r\n")
        file = SimpleUploadedFile("pledge.txt", self.pledge.encode())
        for shown in (
            self.check(self.pledge),
            self.check(windows),
            self.check("\ufeff\n " + self.pledge + "  \n\n"),
            self.check(file=file),
        ):
            self.assertContains(shown, "The signature is ours")
            self.assertContains(shown, format_code(self.code))
            self.assertContains(shown, "These places are under the signed head of 10 entries")
            self.assertEqual(shown["Cache-Control"], "private, no-store")

    def test_before_it_is_due_it_names_the_time_and_then_the_fault(self):
        shown = self.check(self.pledge)
        self.assertContains(shown, "This ballot is not entered yet. We promised to enter it by: Beijing time")
        self.at(self.promise.due + timedelta(seconds=1))
        with self.assertLogs("voting.proofs", "ERROR"):
            shown = self.check(self.pledge)
        self.assertContains(shown, FAULT)
        self.assertContains(shown, "Keep the file with the signed confirmation.")

    def test_what_the_key_did_not_sign_is_refused(self):
        key = load_keyring(make_open_poll().uid).pledge
        value = self.pledge.split("\n")[4]
        changed = self.pledge.replace(value, value[:2] + ("A" if value[2] != "A" else "B") + value[3:])
        later = self.pledge.replace(f"{self.promise.due:%Y-%m-%dT}", "2031-01-01T")
        for text in (changed, later, sign_pledge(self.promise, key)):
            self.assertContains(self.check(text), "The signature does not fit", status_code=422)

    def test_what_is_no_confirmation_gets_a_sentence_and_stays_in_the_field(self):
        for text in ("x", self.pledge[:80], self.pledge.replace("—", "-"), "<b>", "\0"):
            self.assertEqual(self.check(text).status_code, 422, text)
        self.assertContains(self.check("<b>hm"), "&lt;b&gt;hm", status_code=422)
        self.assertContains(self.check("<b>hm"), "This is no signed confirmation", status_code=422)
        self.assertContains(self.check(), "Choose the file or copy its text", status_code=422)
        self.assertContains(self.check("x" * 30_000), "too long", status_code=422)
        for data in (b"x" * 30_000, b"\xff\xfe\x00", b""):
            self.assertEqual(self.check(file=SimpleUploadedFile("x", data)).status_code, 422)

    def test_a_confirmation_of_another_vote_is_named_as_such(self):
        text = cast(make_open_poll()).pledge
        self.assertContains(self.check(text), "belongs to another vote", status_code=422)

    def test_one_that_names_another_voting_plan_is_evidence_against_us(self):
        key = load_keyring(self.poll.uid).pledge
        text = sign_pledge(self.promise._replace(manifest="ab" * 32), key)
        self.assertContains(self.check(text), "is not the published one", status_code=422)

    def test_it_asks_for_a_token_and_no_other_method(self):
        client = Client(enforce_csrf_checks=True)
        self.assertEqual(client.post(english("check", self.poll), {"text": self.pledge}).status_code, 403)
        form = client.get(english("check", self.poll)).content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
        data = {"text": self.pledge, "csrfmiddlewaretoken": token}
        self.assertEqual(client.post(english("check", self.poll), data).status_code, 200)
        self.assertEqual(self.client.put(english("check", self.poll)).status_code, 405)

    def test_it_still_works_after_the_close(self):
        self.poll = settle(self.poll)
        self.assertContains(self.check(self.pledge), "The signature is ours")


@temporary_keys
class DocumentTest(ProofsCase):
    def run_program(self, proof, category="1"):
        """Run the program in docs/ledger.md as a reader would."""
        text = (settings.BASE_DIR / "docs" / "ledger.md").read_text()
        with tempfile.TemporaryDirectory() as folder:
            for name, content in (
                ("place.py", re.search(r"```python\n(.*?)```", text, re.S)[1]),
                ("pledge.txt", self.pledge),
                ("proof", proof),
            ):
                Path(folder, name).write_text(content)
            command = [sys.executable, "-I", "place.py", "pledge.txt", "proof", category]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        return done.stdout

    def test_the_program_in_the_document_finds_the_place_and_no_other(self):
        for others in (0, 1, 3):
            for _other in range(others):
                cast(self.poll)
            self.keep()
            for category in ("1", "2"):
                proof = self.proof(category).content.decode()
                said = self.run_program(proof, category)
                number = parse_proof(proof).index + 1
                size = latest_head(self.poll).size
                self.assertEqual(said, f"No. {number} of {size} in {self.plan.origin}: True\n")
        self.assertIn("False", self.run_program(self.proof("2").content.decode(), "1"))
