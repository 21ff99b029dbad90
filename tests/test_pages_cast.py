"""The post that casts: what can go wrong ends in a page that still holds the picks."""

from unittest import mock

from django.test import Client, TestCase

from voting.casting import CastRefused
from voting.keyring import KeyringError
from voting.lifecycle import close_poll, pause_poll
from voting.models import Participation, PendingEnvelope

from .factories import make_open_poll, temporary_keys
from .pages import address, confirm, english, hidden_fields, post_ballot, vote


@temporary_keys
class CastTest(TestCase):
    def setUp(self):
        self.poll = make_open_poll()

    def fields(self, *codes, client=None, **changes):
        return hidden_fields(post_ballot(client or self.client, self.poll, *codes)) | changes

    def assert_stored(self, count):
        self.assertEqual(Participation.objects.filter(poll_id=self.poll.pk).count(), count)
        self.assertEqual(PendingEnvelope.objects.filter(poll_id=self.poll.pk).count(), count)

    def assert_confirm_again(self, page, codes, status):
        self.assertContains(page, "Confirm my ballot", status_code=status)
        self.assertEqual(hidden_fields(page)["codes"], codes)
        self.assert_stored(0)

    def test_it_leads_to_the_receipt_and_no_code_stands_in_the_address(self):
        answer = vote(self.client, self.poll, "101", "202")
        self.assertEqual((answer.status_code, answer["Location"]), (303, english("receipt", self.poll)))
        self.assertIn("receipt-" + self.poll.uid, answer.cookies)
        self.assert_stored(1)

    def test_an_empty_ballot_counts(self):
        self.assertEqual(vote(self.client, self.poll).status_code, 303)

    def test_the_same_post_again_gets_the_same_answer(self):
        fields = self.fields("101")
        first, second = (confirm(self.client, self.poll, fields) for _ in range(2))
        self.assertEqual((first.status_code, second.status_code), (303, 303))
        self.assert_stored(1)

    def test_another_ballot_of_the_same_device_is_refused(self):
        fields = self.fields("101"), self.fields("102")
        confirm(self.client, self.poll, fields[0])
        page = confirm(self.client, self.poll, fields[1])
        self.assertContains(page, "A ballot was already cast from this device.", status_code=409)
        self.assert_stored(1)

    def test_without_a_token_the_page_comes_again_with_a_fresh_one(self):
        client = Client(enforce_csrf_checks=True)
        fields = self.fields("101", "201", client=client)
        token = fields.pop("csrfmiddlewaretoken")
        page = confirm(client, self.poll, fields)
        self.assertContains(page, "This page was out of date", status_code=403)
        self.assert_confirm_again(page, "101 201", 403)
        self.assertNotEqual(hidden_fields(page)["csrfmiddlewaretoken"], token)
        self.assertEqual(confirm(client, self.poll, hidden_fields(page)).status_code, 303)

    def test_a_stale_or_foreign_ticket_brings_the_page_again(self):
        for ticket in ("", "nonsense", "é" * 10, "x" * 5000):
            page = confirm(self.client, self.poll, self.fields("101", ticket=ticket))
            self.assert_confirm_again(page, "101", 409)
        other = self.fields("101", client=Client())
        self.assert_confirm_again(confirm(self.client, self.poll, other), "101", 409)
        with self.settings(TICKET_SECONDS=0):
            expired = self.fields("101")
        self.assert_confirm_again(confirm(self.client, self.poll, expired), "101", 409)

    def test_it_never_makes_a_credential(self):
        fields = self.fields("101")
        self.client.cookies.clear()
        page = confirm(self.client, self.poll, fields)
        self.assertEqual(page.status_code, 409)
        self.assert_stored(0)

    def test_odd_nonces_bring_the_page_again(self):
        for odd in ("", "xyz", "g" * 64, "A" * 64, "a" * 63, "a" * 100_000, "\0" * 64):
            page = confirm(self.client, self.poll, self.fields("101", **{"nonce-1": odd}))
            self.assert_confirm_again(page, "101", 409)
        self.assert_confirm_again(
            confirm(self.client, self.poll, self.fields("101", nonces_by="?")), "101", 409
        )

    def test_picks_that_break_a_rule_bring_the_ballot_with_the_picks(self):
        fields = self.fields("101", codes="101 102 103 104")
        page = confirm(self.client, self.poll, fields)
        self.assertContains(page, "1 too many", status_code=422)
        self.assertContains(page, 'value="104" checked', status_code=422)
        page = confirm(self.client, self.poll, {**fields, "codes": "101 999"})
        self.assertContains(page, "There is no candidate 999 on this ballot.", status_code=422)
        page = confirm(self.client, self.poll, {**fields, "codes": "101 102 103 104", "ticket": ""})
        self.assertContains(page, "1 too many", status_code=422)
        self.assert_stored(0)

    def test_odd_codes_are_no_fault_of_ours(self):
        for odd in ("101\0", "\0", "x" * 500_000, "101 " * 1000, "１０１", "101,102"):
            page = confirm(self.client, self.poll, self.fields("101", codes=odd))
            self.assertIn(page.status_code, (303, 409, 422), odd[:20])
        self.assertEqual(
            self.client.post(english("cast", self.poll), "{", "application/json").status_code, 409
        )
        broken = self.client.post(english("cast", self.poll), b"--x", "multipart/form-data; boundary=y")
        self.assertIn(broken.status_code, (400, 409))

    def test_a_closed_and_a_paused_vote_say_that_nothing_was_sent(self):
        fields = self.fields("101")
        pause_poll(by=["Clerk"], poll=self.poll, reason="test")
        self.assertContains(confirm(self.client, self.poll, fields), "Voting is paused.", status_code=409)
        close_poll(by=["Clerk"], poll=self.poll)
        page = confirm(self.client, self.poll, fields)
        self.assertContains(page, "What you just chose was not sent.", status_code=409)
        self.assert_stored(0)

    def test_a_lost_reply_can_be_asked_for_again_after_the_close(self):
        fields = self.fields("101")
        confirm(self.client, self.poll, fields)
        close_poll(by=["Clerk"], poll=self.poll)
        self.assertEqual(confirm(self.client, self.poll, fields).status_code, 303)

    def test_what_is_not_confirmed_or_too_busy_brings_the_very_same_ballot(self):
        fields = self.fields("101", **{"nonce-1": "ab" * 32, "nonces_by": "device"})
        for code in ("unconfirmed", "busy"):
            with mock.patch(
                "voting.views.casting.cast_ballot", side_effect=CastRefused(code, "Press again.")
            ):
                page = confirm(self.client, self.poll, fields)
            self.assertContains(page, "Press again.", status_code=503)
            self.assertContains(page, 'data-nonces="keep"', status_code=503)
            again = hidden_fields(page)
            for name in ("codes", "ticket", "nonce-1", "nonce-2", "nonces_by"):
                self.assertEqual(again[name], fields[name])
        self.assertEqual(confirm(self.client, self.poll, again).status_code, 303)

    def test_unusable_keys_bring_the_same_ballot_and_a_log_line_without_it(self):
        fields = self.fields("101")
        with (
            mock.patch("voting.views.casting.cast_ballot", side_effect=KeyringError("a key is missing")),
            self.assertLogs("voting", "ERROR") as log,
        ):
            page = confirm(self.client, self.poll, fields)
        self.assertContains(page, "The system is busy", status_code=503)
        self.assertEqual(hidden_fields(page)["ticket"], fields["ticket"])
        for secret in (fields["ticket"], fields["nonce-1"]):
            self.assertNotIn(secret, "".join(log.output))

    def test_a_get_is_refused_and_an_unknown_vote_is_no_page(self):
        self.assertEqual(self.client.get(address("cast", self.poll)).status_code, 405)
        self.assertEqual(self.client.post("/p/no-such-vote/cast/").status_code, 404)
