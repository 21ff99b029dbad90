"""The attacks of `test_secrecy.py` recover selections as soon as one protection is gone."""

import unittest

from django.db import connection

from . import attacker
from .chance import FALSE_ALARM, chance_of, fixed_points
from .search import find_any
from .stage import VOTERS
from .test_secrecy import SceneTest, right, rightly_linked, secrets_of, traces_in


class WithoutProtection(SceneTest):
    def loot(self, name):
        return self.scene.plays[name], self.scene.after_all(name)

    def test_without_seals_every_selection_is_read_before_the_close(self):
        play = self.scene.plays["not_sealed"]
        loot = self.scene.before_close("not_sealed")
        _linked, guesses = attacker.open_everything(loot)
        self.assertEqual(right(play, guesses), len(play.votes))
        nonces = {nonce for vote in play.votes for nonce in vote.nonces.values()}
        self.assertEqual(find_any(loot.disk, nonces), nonces)

    def test_with_commitments_in_clear_beside_the_guard_and_reveals_every_selection_is_read(self):
        play, loot = self.loot("tags_in_clear")
        guesses = attacker.read_marks(loot, attacker.link_by_neighbourhood(loot))
        self.assertEqual(right(play, guesses), len(play.votes))

    def test_with_the_keeper_key_kept_every_selection_is_read_from_log_and_backups(self):
        loot = self.scene.after_all()
        loot = loot._replace(keys=loot.keys | {"kept": self.play.kept["keeper"]})
        linked, _guesses = attacker.open_everything(loot)
        self.assertEqual(rightly_linked(self.play, linked), VOTERS)
        self.assertEqual(right(self.play, attacker.read_marks(loot, linked)), VOTERS)

    def test_with_the_retry_key_kept_every_selection_is_read_from_old_tags(self):
        loot = self.scene.after_all()
        loot = loot._replace(keys=loot.keys | {"kept": self.play.kept["retry"]})
        linked = attacker.link_by_tags(loot)
        self.assertEqual(right(self.play, attacker.read_marks(loot, linked)), VOTERS)

    def test_without_sorting_the_order_of_arrival_tells_everything(self):
        play, loot = self.loot("not_sorted")
        attempts = list(attacker.link_by_orders(loot))
        betrayed = {
            name
            for name, linked, sizes in attempts
            if chance_of(right(play, attacker.read_marks(loot, linked)), sizes) < FALSE_ALARM / len(attempts)
        }
        self.assertIn("arrival / number", betrayed)
        best = max(right(play, attacker.read_marks(loot, linked)) for _name, linked, _sizes in attempts)
        self.assertEqual(best, len(play.votes))

    def test_batches_of_one_hide_nothing(self):
        play, loot = self.loot("batches_of_one")
        _name, linked, _sizes = next(attacker.link_by_orders(loot))
        self.assertEqual(right(play, attacker.read_marks(loot, linked)), len(play.votes))

    def test_with_nonces_that_can_be_guessed_every_commitment_is_recomputed_before_the_close(self):
        play = self.scene.plays["weak_nonces"]
        loot = self.scene.before_close("weak_nonces")
        self.assertEqual(len(attacker.recompute(loot)), 2 * len(loot.ballots))
        self.assertGreater(len(loot.ballots), len(play.votes) // 2)


class WhatIsPlantedIsFound(SceneTest):
    def test_a_nonce_or_picks_on_the_disk_in_any_form(self):
        nonce = next(iter(self.play.votes[0].nonces.values()))
        picks = " ".join(self.play.votes[1].codes).encode()
        for planted in (nonce, nonce.hex().encode(), picks, picks.hex().encode()):
            disk = bytes(13) + planted + bytes(50)
            self.assertEqual(len(find_any(disk, secrets_of(self.play))), 1, planted)

    def test_each_kind_of_trace_in_a_log(self):
        by_web = next(vote for vote in self.play.votes if vote.traces)
        for trace in (*by_web.traces, by_web.code, by_web.digest.hex(), " ".join(by_web.codes)):
            self.assertIn(trace, traces_in(f'{{"message": "x {trace} y"}}', self.play))

    @unittest.skipUnless(connection.vendor == "postgresql", "SQLite writes no log of statements.")
    def test_postgresql_logs_the_code_of_a_failed_look_up_unless_it_is_told_not_to(self):
        self.assertIn(self.scene.planted, self.scene.logs["postgresql.log"])


class Chance(unittest.TestCase):
    def test_fixed_points_are_those_of_small_permutations(self):
        self.assertEqual([round(p * 6) for p in fixed_points(3)], [2, 3, 0, 1])
        self.assertAlmostEqual(fixed_points(500).sum(), 1)

    def test_all_right_is_no_chance_and_one_a_batch_is(self):
        self.assertLess(chance_of(60, [20] * 3), 1e-50)
        self.assertGreater(chance_of(10, [20] * 10), 0.4)
        self.assertLess(chance_of(40, [20] * 10), 1e-6)
