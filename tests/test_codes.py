"""Voting codes as they are issued, kept, voided and entered in the ledger."""

import io
import tempfile
from pathlib import Path
from unittest import mock

from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import TestCase, override_settings
from django.utils import timezone

from voting.codes import enter_codes_at_opening, issue_codes, standing_of_codes, void_batch, void_code
from voting.eligibility import code, code_text
from voting.keyring import keys_of
from voting.ledger.canonical import parse_canonical
from voting.lifecycle import close_poll, open_poll
from voting.manifest import plan_of
from voting.models import Code, CodeBatch, Entry, Event
from voting.reconciliation import reconcile
from voting.refusals import ActRefused

from .cards import CheapCodes, cast_with, make_code_poll
from .factories import cast, make_keys_for, make_open_poll, make_poll, temporary_keys


def entries(poll):
    """Return what the ledger says of issued codes."""
    rows = Entry.objects.filter(poll=poll, type="credentials").order_by("index")
    return [parse_canonical(bytes(row.leaf)) for row in rows]


def numbers(poll):
    """Return issued and void of each entry."""
    return [(entry["issued"], entry["void"]) for entry in entries(poll)]


@temporary_keys
class IssuedCodes(CheapCodes, TestCase):
    def test_both_forms_of_a_code_lead_to_the_same_right(self):
        poll, cards = make_code_poll(count=2)
        keys = keys_of(poll, plan_of(poll))
        for card in cards:
            found = code.find_right(poll, keys, card.link, timezone.now())
            self.assertEqual(found, card.link.encode())
            self.assertEqual(code.find_right(poll, keys, card.typed, timezone.now()), found)

    def test_nothing_of_a_code_can_be_read_from_the_database(self):
        poll, cards = make_code_poll(count=3)
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM voting_code")
            kept = b"\n".join(
                bytes(cell) if isinstance(cell, (bytes, memoryview)) else str(cell).encode()
                for row in cursor.fetchall()
                for cell in row
            )
        for card in cards:
            for secret in (card.link.encode(), card.typed.encode(), card.typed[5:19].encode()):
                self.assertNotIn(secret, kept)
                self.assertNotIn(secret.hex().encode(), kept)
        # The control: what is kept would be found.
        self.assertIn(bytes(Code.objects.first().credential), kept)

    def test_a_typed_code_of_one_card_opens_no_other(self):
        poll, cards = make_code_poll(count=2)
        keys = keys_of(poll, plan_of(poll))
        body = code_text.new_typed(1)[:5] + cards[1].typed[5:19]
        mixed = body + code_text._check(body)
        self.assertEqual(code_text.parse(mixed), mixed)
        self.assertIsNone(code.find_right(poll, keys, mixed, timezone.now()))

    def test_codes_of_another_vote_are_worth_nothing(self):
        _other, cards = make_code_poll(count=1)
        poll, _own = make_code_poll(count=1)
        for text in (cards[0].link, cards[0].typed):
            self.assertIsNone(code.find_right(poll, keys_of(poll, plan_of(poll)), text, timezone.now()))

    def test_serials_run_on_from_batch_to_batch(self):
        poll, cards = make_code_poll(count=3)
        more = issue_codes(poll=poll, label="Village", count=2, who="clerk")
        self.assertEqual([card.serial for card in cards + more], [1, 2, 3, 4, 5])
        batches = list(CodeBatch.objects.filter(poll=poll).values_list("number", "label", "first", "count"))
        self.assertEqual(batches, [(1, "", 1, 3), (2, "Village", 4, 2)])

    def test_a_page_that_is_sent_again_makes_no_second_batch(self):
        poll, _cards = make_code_poll(count=1)
        issue_codes(poll=poll, label="", count=1, who="clerk", number=2)
        with self.assertRaisesMessage(ActRefused, "made already"):
            issue_codes(poll=poll, label="", count=1, who="clerk", number=2)
        self.assertEqual(Code.objects.filter(poll=poll).count(), 2)

    def test_a_batch_that_breaks_off_leaves_no_code_and_no_entry(self):
        poll, _cards = make_code_poll(count=1)
        with mock.patch("voting.codes.record", side_effect=RuntimeError), self.assertRaises(RuntimeError):
            issue_codes(poll=poll, label="", count=2, who="clerk")
        self.assertEqual(Code.objects.filter(poll=poll).count(), 1)
        self.assertEqual(numbers(poll), [(1, 0)])
        self.assertEqual([card.serial for card in issue_codes(poll=poll, label="", count=1, who="c")], [4])

    def test_none_are_issued_where_nobody_votes_by_code_or_once_voting_has_ended(self):
        with self.assertRaisesMessage(ActRefused, "nobody votes by code"):
            issue_codes(poll=make_open_poll(), label="", count=1, who="clerk")
        poll, _cards = make_code_poll(count=1)
        close_poll(poll=poll, by=["Clerk"])
        with self.assertRaisesMessage(ActRefused, "Voting has ended"):
            issue_codes(poll=poll, label="", count=1, who="clerk")

    def test_too_many_or_none_are_refused(self):
        poll, _cards = make_code_poll(count=1)
        for count in (0, -1, 100_001):
            with self.assertRaisesMessage(ActRefused, "1 to 100000 codes"):
                issue_codes(poll=poll, label="", count=count, who="clerk")


@temporary_keys
class NumbersInTheLedger(CheapCodes, TestCase):
    def test_codes_issued_before_the_opening_are_entered_right_after_the_manifest(self):
        poll = make_poll(eligibility="code", approvals=1)
        make_keys_for(poll)
        issue_codes(poll=poll, label="", count=3, who="clerk")
        void_code(poll=poll, serial=2, reason="Lost", who="clerk")
        poll = open_poll(poll=poll, accept_short_list=True, by=["Clerk"])
        types = list(Entry.objects.filter(poll=poll).order_by("index").values_list("type", flat=True))
        self.assertEqual(types[:2], ["manifest", "credentials"])
        self.assertEqual(numbers(poll), [(3, 1)])

    def test_codes_can_be_issued_before_the_key_holders_have_made_their_keys_and_still_vote(self):
        poll = make_poll(eligibility="code", approvals=1)
        cards = issue_codes(poll=poll, label="", count=1, who="clerk")
        make_keys_for(poll)
        poll = open_poll(poll=poll, accept_short_list=True, by=["Clerk"])
        cast_with(poll, cards[0])
        self.assertEqual(standing_of_codes(Code.objects.filter(poll=poll)), (1, 1, 0))

    def test_while_voting_goes_on_each_act_is_an_entry_with_its_reason(self):
        poll, _cards = make_code_poll(count=4)
        void_code(poll=poll, serial=1, reason="Lost in the post", who="clerk")
        void_code(poll=poll, serial=2, reason="Torn", who="clerk", reissue=True)
        void_batch(poll=poll, number=1, reason="Stolen", who="clerk")
        self.assertEqual(numbers(poll), [(4, 0), (0, 1), (1, 1), (0, 2)])
        self.assertEqual(
            [entry["reason"] for entry in entries(poll)], ["", "Lost in the post", "Torn", "Stolen"]
        )

    def test_another_kind_of_poll_enters_nothing(self):
        poll = make_open_poll()
        enter_codes_at_opening(poll, timezone.now())
        self.assertEqual(entries(poll), [])

    def test_every_act_stands_in_the_audit_trail(self):
        poll, _cards = make_code_poll(count=2)
        void_code(poll=poll, serial=1, reason="Lost", who="editor", reissue=True)
        lines = Event.objects.filter(poll=poll, act__contains="code").order_by("number")
        self.assertEqual(
            [(line.who, line.act) for line in lines], [("clerk", "issue codes"), ("editor", "void code")]
        )

    def test_the_reconciliation_sheet_closes(self):
        poll, cards = make_code_poll(count=5)
        cast_with(poll, cards[0])
        cast_with(poll, cards[1])
        void_code(poll=poll, serial=5, reason="Lost", who="clerk")
        line = next(line for line in reconcile(poll, plan_of(poll)) if line.whole == 5)
        self.assertEqual([count for _name, count in line.parts], [2, 2, 1])
        self.assertEqual(line.difference, 0)

    def test_the_control_a_guard_without_a_code_opens_a_gap(self):
        poll, cards = make_code_poll(count=5)
        cast_with(poll, cards[0])
        cast(poll)
        line = next(line for line in reconcile(poll, plan_of(poll)) if line.whole == 5)
        self.assertEqual(line.difference, -1)


@temporary_keys
class VoidCodes(CheapCodes, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.poll, cls.cards = make_code_poll(count=3)

    def test_a_void_code_gives_no_right(self):
        void_code(poll=self.poll, serial=1, reason="Lost", who="clerk")
        keys = keys_of(self.poll, plan_of(self.poll))
        for text in (self.cards[0].link, self.cards[0].typed):
            self.assertIsNone(code.find_right(self.poll, keys, text, timezone.now()))

    def test_its_successor_votes(self):
        (new,) = void_code(poll=self.poll, serial=1, reason="Lost", who="clerk", reissue=True)
        cast_with(self.poll, new)
        self.assertEqual(standing_of_codes(Code.objects.filter(poll=self.poll)), (4, 1, 1))

    def test_a_code_that_has_voted_cannot_be_voided(self):
        cast_with(self.poll, self.cards[0])
        with self.assertRaisesMessage(ActRefused, "can no longer be voided"):
            void_code(poll=self.poll, serial=1, reason="Lost", who="clerk", reissue=True)
        self.assertEqual(numbers(self.poll), [(3, 0)])
        self.assertEqual(Code.objects.filter(poll=self.poll).count(), 3)

    def test_of_a_batch_only_what_has_not_voted_is_voided(self):
        cast_with(self.poll, self.cards[0])
        self.assertEqual(void_batch(poll=self.poll, number=1, reason="Stolen", who="clerk"), 2)
        self.assertEqual(standing_of_codes(Code.objects.filter(poll=self.poll)), (3, 1, 2))

    def test_what_is_void_stays_void_and_is_not_voided_twice(self):
        void_code(poll=self.poll, serial=1, reason="Lost", who="clerk")
        with self.assertRaisesMessage(ActRefused, "no code left"):
            void_code(poll=self.poll, serial=1, reason="Again", who="clerk")
        with self.assertRaises(IntegrityError), transaction.atomic():
            Code.objects.filter(poll=self.poll, serial=1).update(voided_at=None, void_reason="")

    def test_a_card_that_does_not_exist_is_named(self):
        with self.assertRaisesMessage(ActRefused, "no card 000099"):
            void_code(poll=self.poll, serial=99, reason="Lost", who="clerk")

    def test_the_database_refuses_a_void_code_without_a_reason_and_any_other_change(self):
        for change in (
            {"voided_at": timezone.now()},
            {"serial": 9},
            {"credential": b"x"},
            {"typed_mask": b"x"},
        ):
            with self.subTest(change), self.assertRaises(IntegrityError), transaction.atomic():
                Code.objects.filter(poll=self.poll, serial=1).update(**change)


@temporary_keys
class CommandTest(CheapCodes, TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.poll, _cards = make_code_poll(count=1)

    def run_command(self, **options):
        file = self.folder / "codes.csv"
        call_command(
            "issue_codes",
            self.poll.slug,
            file,
            count=3,
            by="operator",
            stdout=io.StringIO(),
            stderr=io.StringIO(),
            **options,
        )
        return file

    @override_settings(SITE={"url": "https://vote.example", "telephone": ""})
    def test_it_writes_a_private_file_whose_codes_vote(self):
        file = self.run_command()
        lines = file.read_text("utf-8-sig").splitlines()
        self.assertEqual(len(lines), 4)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        number, typed, link = lines[3].split(",")
        self.assertEqual(number, "000004")
        address, _hash, secret = link.partition("#")
        self.assertTrue(address.startswith("https://vote.example/"))
        keys = keys_of(self.poll, plan_of(self.poll))
        self.assertEqual(
            code.find_right(self.poll, keys, code_text.parse(typed), timezone.now()), secret.encode()
        )

    @override_settings(SITE={"url": "https://vote.example", "telephone": ""})
    def test_it_overwrites_nothing(self):
        (self.folder / "codes.csv").write_text("mine")
        with self.assertRaisesMessage(CommandError, "exists already"):
            self.run_command()
        self.assertEqual(Code.objects.filter(poll=self.poll).count(), 1)

    @override_settings(SITE={"url": "", "telephone": ""})
    def test_without_the_address_of_the_site_it_makes_none(self):
        with self.assertRaisesMessage(CommandError, "SITE_URL"):
            self.run_command()
        self.assertEqual(Code.objects.filter(poll=self.poll).count(), 1)
