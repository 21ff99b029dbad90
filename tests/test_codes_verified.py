"""The verifier holds the numbers of issued and void codes against each other and against the ballots."""

import tempfile
from pathlib import Path

from django.test import TestCase
from django.utils import timezone

from voting.bundle import Folder, write_bundle
from voting.codes import void_code
from voting.keeper import keep_poll
from voting.ledger.canonical import canonical
from voting.ledger.verify import verify
from voting.ledger.verify.source import open_bundle
from voting.manifest import plan_of
from voting.models import Poll

from .cards import CheapCodes, cast_with, make_code_poll
from .factories import temporary_keys
from .forger import Forger
from .tallies import count, settle


@temporary_keys
class VerifiedNumbers(CheapCodes, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.home = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        poll, cards = make_code_poll(count=4)
        parts = poll.parts
        for card in cards[:2]:
            cast_with(poll, card)
        void_code(poll=poll, serial=4, reason="Lost", who="clerk")
        keep_poll(poll, timezone.now(), {})
        poll = Poll.objects.get(pk=poll.pk)
        poll.parts = parts
        poll = count(settle(poll))
        keep_poll(Poll.objects.get(pk=poll.pk), timezone.now(), {})
        cls.honest = cls.home / "honest"
        for _count in write_bundle(poll, plan_of(poll), Folder(cls.honest), "auditor"):
            pass

    def setUp(self):
        self.forger = Forger(self.honest)

    def failed(self, folder):
        with open_bundle(folder) as bundle:
            return [line.en for line in verify(bundle).lines if line.state == "failed"]

    def assert_rejected(self, words):
        folder = self.home / self.id().rpartition(".")[2]
        (said,) = self.failed(self.forger.write(folder))
        self.assertIn(words, said)

    def rights(self, **numbers):
        entry = {"type": "credentials", "at": "2026-11-24T01:00:00Z", "issued": 0, "void": 0, "reason": ""}
        return canonical(entry | numbers)

    def test_the_honest_bundle_is_accepted(self):
        self.assertEqual(self.failed(self.honest), [])
        self.assertEqual(len(self.forger.acts("credentials")), 2)

    def test_more_ballots_than_codes(self):
        for at in reversed(self.forger.acts("credentials")):
            self.forger.remove(at)
        self.forger.insert(1, self.rights(issued=1))
        self.assert_rejected("2 ballots were cast, but only 1 credentials were issued")

    def test_more_void_than_issued(self):
        self.forger.insert(2, self.rights(void=9, reason="Lost"))
        self.assert_rejected("voids more than were issued")

    def test_a_code_voided_without_a_reason_while_people_vote(self):
        self.forger.insert(self.forger.acts("open")[0] + 1, self.rights(void=1))
        self.assert_rejected("voids without a reason")

    def test_codes_issued_after_the_close(self):
        self.forger.insert(self.forger.acts("close")[0] + 1, self.rights(issued=5))
        self.assert_rejected("none may be issued or voided then")
