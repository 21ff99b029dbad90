"""Opening the ballots, broken off or in many processes; and what is published of them."""

import base64
import hashlib
import json
from collections import Counter
from unittest.mock import patch

from django.db import IntegrityError, transaction
from django.test import TestCase, TransactionTestCase

from voting import opening
from voting.holders import HolderError, recover_secret
from voting.keeper import has_entry
from voting.ledger.canonical import parse_canonical
from voting.ledger.commitment import commitment
from voting.lifecycle import count_poll
from voting.manifest import plan_of
from voting.models import Ballot, Entry
from voting.opening import open_ballots
from voting.parts import new_part
from voting.publication import BLANK, document_path
from voting.refusals import ActRefused
from voting.unsealing import unseal

from .factories import cast, digest, make_open_poll, make_poll, secret_of, temporary_keys
from .tallies import settle

PICKS = [["101", "201"], ["102"], [], ["101", "102", "203"], ["101", "201"], ["204"]] * 4


def settled_poll(**fields):
    poll = make_open_poll(**fields)
    for codes in PICKS:
        cast(poll, codes=codes)
    return settle(poll)


def marks_of(poll):
    return list(Ballot.objects.filter(poll=poll).order_by("number").values_list("marks", "fault"))


@temporary_keys
class Opening(TransactionTestCase):
    def test_an_opening_that_was_broken_off_goes_on_where_it_stopped(self):
        poll = settled_poll()
        plan, secret = plan_of(poll), secret_of(poll)
        with patch.object(opening, "CHUNK", 5):
            steps = open_ballots(poll, plan, secret)
            self.assertEqual(next(steps), 5)
            steps.close()
            self.assertEqual(Ballot.objects.filter(poll=poll).unopened().count(), len(PICKS) - 5)
            with patch.object(opening, "open_box", wraps=opening.open_box) as opened:
                self.assertEqual(sum(open_ballots(poll, plan, secret)), len(PICKS) - 5)
            self.assertEqual(opened.call_count, len(PICKS) - 5, "none is opened twice")

    def test_many_processes_find_what_one_finds(self):
        poll = settled_poll()
        plan, secret = plan_of(poll), secret_of(poll)
        faulty = Ballot.objects.filter(poll=poll).order_by("number")[3]
        Ballot.objects.filter(pk=faulty.pk).update(commitments=b"x" * 64)
        found = []
        for processes in (1, 2):
            Ballot.objects.filter(poll=poll).update(marks=None, fault="")
            with patch.object(opening, "CHUNK", 4):
                self.assertEqual(sum(open_ballots(poll, plan, secret, processes=processes)), len(PICKS))
            found.append([(bytes(marks or b""), fault) for marks, fault in marks_of(poll)])
        self.assertEqual(found[0], found[1])
        self.assertEqual(Counter(fault for _marks, fault in found[0]), {"": len(PICKS) - 1, "commitment": 1})

    def test_a_wrong_secret_sets_every_ballot_aside_so_it_is_refused_before(self):
        poll = settled_poll()
        with self.assertRaises(HolderError):
            recover_secret(poll, [new_part()])
        self.assertEqual(Ballot.objects.filter(poll=poll).unopened().count(), len(PICKS))


@temporary_keys
class Publication(TestCase):
    def setUp(self):
        self.poll = settled_poll()
        self.plan = plan_of(self.poll)
        list(unseal(self.poll, self.plan, secret_of(self.poll)))
        self.counted = count_poll(poll=self.poll)

    def lines(self, name):
        return document_path(self.poll, name).read_text().splitlines()

    def test_the_marks_of_a_category_are_those_that_were_cast_sorted_and_without_their_ballots(self):
        for section in self.plan.sections:
            cast_here = [
                " ".join(code for code in picks if code[0] == section.code) or BLANK for picks in PICKS
            ]
            self.assertEqual(self.lines(f"marks-{section.code}.txt"), sorted(cast_here))

    def test_every_reveal_proves_its_commitment_and_every_commitment_has_one(self):
        entered = {
            (leaf["category"], leaf["commitment"])
            for leaf in (
                parse_canonical(entry.leaf) for entry in Entry.objects.filter(poll=self.poll, type="ballot")
            )
        }
        revealed = set()
        for section in self.plan.sections:
            lines = [json.loads(line) for line in self.lines(f"reveals-{section.code}.jsonl")]
            values = [base64.b64decode(line["commitment"]) for line in lines]
            self.assertEqual(values, sorted(values))
            for line, value in zip(lines, values, strict=True):
                nonce = bytes.fromhex(line["nonce"])
                self.assertEqual(commitment(self.poll.uid, section.code, line["codes"], nonce), value)
                revealed.add((section.code, line["commitment"]))
        self.assertEqual(revealed, entered)

    def test_the_ledger_names_every_file_with_its_length_and_hash(self):
        for kind, count in (("reveals", 2), ("tally", 3)):
            leaf = parse_canonical(Entry.objects.get(poll=self.poll, type=kind).leaf)
            self.assertEqual(len(leaf["documents"]), count)
            for document in leaf["documents"]:
                data = document_path(self.poll, document["name"]).read_bytes()
                self.assertEqual((document["length"], document["sha256"]), (len(data), digest(data)))
        self.assertEqual(
            hashlib.sha256(bytes(self.counted.tally.data)).hexdigest(), self.counted.tally.sha256
        )

    def test_opening_once_more_enters_nothing_again(self):
        poll = settled_poll()
        for _again in range(2):
            list(unseal(poll, plan_of(poll), secret_of(poll)))
        self.assertEqual(Entry.objects.filter(poll=poll, type="reveals").count(), 1)

    def test_nothing_is_opened_before_the_close_and_nothing_counted_before_the_reveals(self):
        poll = make_open_poll()
        with self.assertRaises(ActRefused):
            list(unseal(poll, plan_of(poll), secret_of(poll)))
        poll = settled_poll()
        list(open_ballots(poll, plan_of(poll), secret_of(poll)))
        self.assertFalse(has_entry(poll, "reveals"))
        with self.assertRaises(ActRefused):
            count_poll(poll=poll)

    def test_reveals_for_everyone_with_the_chosen_alone_published_are_refused_by_the_table(self):
        poll = make_poll()
        poll.publish, poll.reveals = "chosen", "everyone"
        with self.assertRaises(IntegrityError), transaction.atomic():
            poll.save()
