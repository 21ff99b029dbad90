"""From a receipt and all that is public nobody can tell its marks, unless the reveals are public."""

import secrets
import unittest

from django.test import TestCase

from tests.factories import make_open_poll, temporary_keys
from tests.pages import hidden_fields, post_ballot
from voting.ledger.commitment import commitment
from voting.ledger.note import parse_note
from voting.ledger.pledge import parse_pledge

from . import attacker
from .chance import FALSE_ALARM, chance_of
from .public import receipt_by_rank
from .stage import VOTERS
from .test_secrecy import SceneTest, written_picks


def rightly_told(play, category, told):
    """Return how many receipts are given the line that their ballot really has in a category."""
    return sum(
        told[vote.commitments[category]] == " ".join(code for code in vote.codes if code[0] == category)
        for vote in play.votes
    )


class ReceiptsWithRevealsForAuditors(SceneTest):
    def chances(self, play):
        return {
            (category, name): chance_of(rightly_told(play, category, told), [len(play.votes)])
            for category in play.published
            for name, told in receipt_by_rank(play, category)
        }

    def test_no_order_of_public_files_tells_more_than_chance(self):
        chances = self.chances(self.play)
        for attempt, chance in chances.items():
            self.assertGreater(chance, FALSE_ALARM / len(chances), attempt)

    def test_no_commitment_is_recomputed_from_what_is_public(self):
        self.assertEqual(attacker.recompute(self.scene.after_all()), {})

    def test_a_receipt_holds_neither_picks_nor_nonces(self):
        text = "\n".join(vote.pledge for vote in self.play.votes)
        self.assertFalse([picks for picks in written_picks(self.play) if picks.decode() in text])
        self.assertFalse([n for vote in self.play.votes for n in vote.nonces.values() if n.hex() in text])

    def test_the_control_lines_in_the_ledgers_order_tell_everything(self):
        lines = {
            category: [
                " ".join(self.play.reveals[value])
                for value in dict(next(receipt_by_rank(self.play, category))[1])
            ]
            for category in self.play.published
        }
        told = self.play._replace(published=lines)
        self.assertLess(min(self.chances(told).values()), 1e-100)

    def test_the_control_public_reveals_lead_from_a_receipt_to_its_marks(self):
        found = 0
        for vote in self.play.votes:
            promise = parse_pledge(parse_note(vote.pledge)[0])
            codes = [code for value in promise.commitments.values() for code in self.play.reveals[value]]
            found += tuple(sorted(codes)) == vote.codes
        self.assertEqual(found, VOTERS)


class EqualSelections(unittest.TestCase):
    def test_their_commitments_differ_ten_thousand_times_in_ten_thousand(self):
        made = {commitment("poll", "1", ["101", "102"], secrets.token_bytes(32)) for _ in range(10_000)}
        self.assertEqual(len(made), 10_000)

    def test_the_control_with_one_nonce_they_are_the_same(self):
        made = {commitment("poll", "1", ["101", "102"], bytes(32)) for _ in range(100)}
        self.assertEqual(len(made), 1)


@temporary_keys
class NoncesOfTheServer(TestCase):
    def test_every_page_to_confirm_has_its_own(self):
        poll = make_open_poll()
        nonces = []
        for _again in range(50):
            fields = hidden_fields(post_ballot(self.client, poll, "101", "201"))
            nonces += [bytes.fromhex(fields[f"nonce-{category}"]) for category in "12"]
        self.assertEqual(len(set(nonces)), 100)
        self.assertEqual({len(nonce) for nonce in nonces}, {32})
