"""Heads and tiles: every batch comes under a signed head, and the database keeps what was signed."""

from unittest import mock

from django.db import DatabaseError, connection, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from voting import heads
from voting.heads import (
    append_entries,
    check_memory,
    latest_head,
    node_of,
    sign_entries,
    signer_here,
    size_of,
)
from voting.keeper import keep_poll, run_batch
from voting.ledger.canonical import canonical
from voting.ledger.tree import Frontier, consistency_proof, inclusion_proof, leaf_hash, root_at
from voting.manifest import plan_of
from voting.models import Checkpoint, Entry, PendingEnvelope, Poll, Tile

from .factories import cast, make_open_poll, temporary_keys


@temporary_keys
class HeadsOfTheKeeper(TransactionTestCase):
    def test_a_head_follows_every_batch_and_covers_it(self):
        poll = make_open_poll()
        keep_poll(poll, timezone.now(), {})
        for _ in range(2):
            cast(poll)
            keep_poll(Poll.objects.get(pk=poll.pk), timezone.now(), {})
        self.assertEqual([head.size for head in Checkpoint.objects.filter(poll=poll)], [2, 4, 6])

    def test_no_batch_is_entered_while_the_last_one_is_not_under_a_head(self):
        poll = make_open_poll()
        keep_poll(poll, timezone.now(), {})
        cast(poll)
        run_batch(poll)
        cast(poll)
        unsure = heads.NotDurable(maybe=True)
        with (
            self.assertLogs("voting.heads", "WARNING"),
            mock.patch.object(heads, "durably", side_effect=unsure),
        ):
            keep_poll(Poll.objects.get(pk=poll.pk), timezone.now(), {})
        self.assertEqual(latest_head(poll).size, 2)
        self.assertEqual(PendingEnvelope.objects.count(), 1)

    def test_a_head_that_was_signed_and_not_stored_is_stored_by_the_next_round(self):
        poll = make_open_poll()
        plan = plan_of(poll)
        size, node = size_of(poll), node_of(poll)
        note = signer_here().sign(poll.uid, size, root_at(size, node), [])
        check_memory(poll, plan, signer_here())
        self.assertEqual(latest_head(poll).note, note)

    def test_tiles_hold_the_tree_at_every_size(self):
        poll = make_open_poll()
        tree, plan = Frontier(), plan_of(poll)
        tree.append(leaf_hash(bytes(Entry.objects.get(poll=poll).leaf)))
        for step in (1, 2, 252, 1, 255, 256, 300):
            leaves = [canonical({"type": "x", "n": size_of(poll) + at}) for at in range(step)]
            append_entries(poll, [("audit", leaf) for leaf in leaves])
            for leaf in leaves:
                tree.append(leaf_hash(leaf))
            self.assertEqual(root_at(size_of(poll), node_of(poll)), tree.root())
            sign_entries(poll, plan, signer_here())
            self.assertEqual(bytes(latest_head(poll).root), tree.root())

    def test_a_proof_reads_all_its_tiles_at_once_however_many_levels_there_are(self):
        poll = make_open_poll()
        append_entries(poll, [("audit", canonical({"type": "x", "n": at})) for at in range(700)])
        size = size_of(poll)
        for index in (0, 255, 256, 511, 512, size - 1):
            with self.assertNumQueries(1):
                proof = inclusion_proof(index, size, node_of(poll, index, size - 1))
            self.assertEqual(proof, inclusion_proof(index, size, node_of(poll)))
        for old in (1, 255, 256, 300, 512, 513, size):
            with self.assertNumQueries(1):
                proof = consistency_proof(old, size, node_of(poll, size - 1, old - 1))
            self.assertEqual(proof, consistency_proof(old, size, node_of(poll)))


@temporary_keys
class WhatTheDatabaseRefuses(TestCase):
    """Signed heads never change and tiles only grow, whoever writes to the table."""

    def setUp(self):
        self.poll = make_open_poll()
        cast(self.poll)
        keep_poll(self.poll, timezone.now(), {})
        self.tile = Tile.objects.get(poll=self.poll, level=0)

    def changes(self):
        data = bytes(self.tile.data)
        heads_of, tiles = Checkpoint.objects.filter(poll=self.poll), Tile.objects.filter(pk=self.tile.pk)
        return [
            (heads_of, {"root": bytes(32)}),
            (heads_of, {"note": "another"}),
            (tiles, {"data": data[:-32]}),
            (tiles, {"data": bytes(32) + data[32:]}),
            (tiles, {"index": 7}),
        ]

    def test_a_changed_head_and_a_tile_that_shrinks_or_changes(self):
        for rows, change in self.changes():
            with self.subTest(change), self.assertRaises(DatabaseError), transaction.atomic():
                rows.update(**change)
        Tile.objects.filter(pk=self.tile.pk).update(data=bytes(self.tile.data) + bytes(32))

    def test_the_control_without_the_triggers_each_change_is_taken(self):
        with connection.cursor() as cursor:
            for table, name in (("voting_checkpoint", "is_frozen"), ("voting_tile", "only_grows")):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER {table}_{name}{on}")
        for rows, change in self.changes():
            self.assertTrue(rows.update(**change), change)
