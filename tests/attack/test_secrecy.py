"""Nobody who owns database, write-ahead log, backups and logs can say who chose what.

The controls that show that the same attacks succeed where a protection is missing stand in
`test_secrecy_controls.py`. The attacker is told who is behind each credential digest, in which order
the voters came, and gets each batch's tables before and after. Key files lie outside what he owns
until the close; afterwards he gets those that are left.
"""

from django.test import SimpleTestCase

from . import attacker
from .chance import FALSE_ALARM, chance_of
from .search import find_any
from .stage import VOTERS, scene


def right(play, guesses):
    """Return how many guessed selections are the voters' own."""
    truth = {vote.digest: vote.codes for vote in play.votes}
    return sum(truth[digest] == guess.codes for digest, guess in guesses.items())


def rightly_linked(play, linked):
    """Return how many voters are linked to their own ballots."""
    truth = {vote.digest: b"".join(vote.commitments.values()) for vote in play.votes}
    return sum(truth[digest] == commitments for digest, commitments in linked.items())


def certain_links(loot):
    """Return what the attacks that do not guess find, by their names: {digest: commitments} each."""
    return {
        "neighbourhood": attacker.link_by_neighbourhood(loot),
        "retry tags": attacker.link_by_tags(loot),
        "envelopes": attacker.open_everything(loot)[0],
    }


def secrets_of(play):
    """Return all bytes that give a selection away: nonces, and the picks as text."""
    nonces = {nonce for vote in play.votes for nonce in vote.nonces.values()}
    return nonces | written_picks(play)


def written_picks(play):
    """Return each voter's picks as lists are commonly written."""
    commas = (" ", ",", ", ", '","', '", "', "', '", "+", "%20")
    return {comma.join(vote.codes).encode() for vote in play.votes for comma in commas}


class SceneTest(SimpleTestCase):
    poll = "sound"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scene = scene()
        cls.play = cls.scene.plays[cls.poll]


class TheStage(SceneTest):
    def test_every_voter_was_counted_and_requests_failed_in_every_way(self):
        self.assertEqual(len(self.play.votes), VOTERS)
        self.assertEqual(len(self.play.ballots), VOTERS)
        self.assertTrue(all(ballot.marks for ballot in self.play.ballots))
        self.assertLessEqual({400, 403, 404, 405, 409, 422, 500, 503}, self.scene.statuses)

    def test_the_attacker_links_every_voter_to_the_envelope(self):
        loot = self.scene.after_all()
        owners = attacker.link_envelopes(loot)
        self.assertEqual(set(owners.values()), set(self.play.voters))
        hidden = set(owners) - attacker.carve(loot)
        self.assertEqual(len(hidden), 0, "from files alone, deleted rows too")
        if self.scene.vendor == "postgresql":
            by_log = attacker.link_by_log(loot)
            self.assertGreater(len(by_log), VOTERS * 0.7, "those whose row no repeated post has moved")
            self.assertEqual(by_log, {sealed: owners[sealed] for sealed in by_log})


class BeforeTheClose(SceneTest):
    """No selection is recovered: there is nothing yet that a link could lead to."""

    def setUp(self):
        self.loot = self.scene.before_close(self.poll)

    def test_neither_nonces_nor_picks_stand_anywhere(self):
        self.assertEqual(find_any(self.loot.disk, secrets_of(self.play)), set())

    def test_no_sealed_string_opens(self):
        self.assertEqual(attacker.open_everything(self.loot), ({}, {}))
        self.assertEqual(attacker.open_ballots_alone(self.loot), [])

    def test_no_link_is_certain_and_no_commitment_is_recomputed(self):
        for name, linked in certain_links(self.loot).items():
            self.assertEqual(linked, {}, name)
        self.assertEqual(attacker.recompute(self.loot), {})

    def test_no_guessed_link_leads_to_marks(self):
        for name, linked, _sizes in attacker.link_by_orders(self.loot):
            self.assertEqual(attacker.read_marks(self.loot, linked), {}, name)


class AfterTheMarksArePublic(SceneTest):
    """With all marks, all reveals and the keys that are left, a batch is as far as anybody gets."""

    def setUp(self):
        self.loot = self.scene.after_all(self.poll)

    def test_the_keys_that_would_lead_further_are_gone(self):
        self.assertFalse(set(self.play.kept.values()) & set(self.loot.keys.values()))
        self.assertEqual({guard.tag for guard in self.play.guards}, {None})
        self.assertEqual(find_any(self.loot.disk, set(self.play.kept.values())), set())

    def test_neither_nonces_nor_picks_stand_in_the_database(self):
        self.assertEqual(find_any(self.loot.disk, secrets_of(self.play)), set())

    def test_no_link_is_certain(self):
        for name, linked in certain_links(self.loot).items():
            self.assertEqual(linked, {}, name)
        self.assertEqual(attacker.open_ballots_alone(self.loot), [])
        self.assertEqual(attacker.recompute(self.loot), {})

    def test_no_order_tells_more_than_chance_within_a_batch(self):
        attempts = list(attacker.link_by_orders(self.loot))
        self.assertGreater(len(attempts), 50)
        for name, linked, sizes in attempts:
            guesses = attacker.read_marks(self.loot, linked)
            self.assertEqual(len(guesses), len(self.play.votes), name)
            chance = chance_of(right(self.play, guesses), sizes)
            self.assertGreater(chance, FALSE_ALARM / len(attempts), name)


class TheLogs(SceneTest):
    """Application, gunicorn and database logs, of failed requests too."""

    def test_they_tell_of_the_failures_and_of_no_voter(self):
        text = "\n".join(self.scene.logs.values())
        self.assertIn("Internal Server Error", text)
        self.assertIn("CSRF token missing", text)
        found = traces_in(text, self.play)
        self.assertEqual(found, set())


def traces_in(text, play):
    """Return which of the voters' addresses, cookies, tickets, digests, codes and picks stand in a text."""
    traces = {trace for vote in play.votes for trace in (*vote.traces, vote.code, vote.digest.hex())}
    traces |= {nonce.hex() for vote in play.votes for nonce in vote.nonces.values()}
    traces |= {picks.decode() for picks in written_picks(play)}
    return {trace for trace in traces if trace in text}
