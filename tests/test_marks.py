"""Picks as bits, limits in sentences, and a ballot under its two seals."""

import secrets

from django.test import TestCase
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase
from nacl.exceptions import CryptoError
from nacl.public import SealedBox

from voting.envelope import Envelope, open_envelope, open_inner, seal_envelope, seal_inner
from voting.keyring import load_keyring
from voting.manifest import Plan, plan_of
from voting.marks import codes_from_marks, find_faults, marks_from_codes
from voting.opening import open_box

from .factories import make_list, make_open_poll, make_poll, secret_of, temporary_keys
from .homes import at_home

load_tests = at_home("sqlite", __name__, "Bits")


def plan_with(*candidates, **category) -> Plan:
    return plan_of(make_poll(shortlist=make_list(candidates=candidates, **category)))


class Bits(HypothesisTestCase):
    @given(st.data())
    def test_codes_survive_their_way_through_bits(self, data):
        plan = plan_with(13, 12)
        codes = data.draw(st.sets(st.sampled_from(sorted(plan.index))))
        self.assertEqual(codes_from_marks(plan, marks_from_codes(plan, codes)), sorted(codes))


class BitsByHand(TestCase):
    def test_the_first_candidate_is_the_highest_bit(self):
        plan = plan_with(5, 4)
        self.assertEqual(marks_from_codes(plan, ["101"]), bytes([0b10000000, 0]))
        self.assertEqual(marks_from_codes(plan, ["105", "201", "204"]), bytes([0b00001100, 0b10000000]))
        self.assertEqual(marks_from_codes(plan, []), bytes(2))

    def test_a_bit_that_stands_for_nobody_is_refused(self):
        plan = plan_with(5, 4)
        for marks in (bytes([0, 1]), bytes(1), bytes(3)):
            with self.assertRaises(ValueError):
                codes_from_marks(plan, marks)

    def test_an_unknown_code_is_refused(self):
        with self.assertRaises(ValueError):
            marks_from_codes(plan_with(5, 4), ["999"])


class Limits(TestCase):
    def faults(self, codes, **category):
        with override("en"):
            return [(f.code, f.category, f.message) for f in find_faults(plan_with(5, 4, **category), codes)]

    def test_picks_within_the_limits_have_no_fault(self):
        self.assertEqual(self.faults(["101", "102", "103", "204"]), [])
        self.assertEqual(self.faults([]), [])

    def test_one_too_many_is_named_with_category_and_number(self):
        ((code, category, message),) = self.faults(["101", "102", "103", "104", "201"])
        self.assertEqual((code, category), ("too_many", "1"))
        for part in ("4", "“Category 1”", "1 too many"):
            self.assertIn(part, message)

    def test_too_few_is_named_for_each_category(self):
        faults = self.faults(["101"], min_choices=2)
        self.assertEqual([fault[:2] for fault in faults], [("too_few", "1"), ("too_few", "2")])

    def test_an_unknown_code_is_the_only_fault(self):
        self.assertEqual([f[0] for f in self.faults(["101", "102", "103", "104", "nonsense"])], ["unknown"])


@temporary_keys
class Seals(TestCase):
    def setUp(self):
        self.poll = make_open_poll()
        self.plan = plan_of(self.poll)
        self.keys = load_keyring(self.poll.uid)

    def test_an_envelope_is_read_back_and_all_have_one_length(self):
        lengths = set()
        for marks in (bytes(2), b"\xff\x00"):
            inner = seal_inner(self.keys, marks, [bytes(32), b"1" * 32])
            sealed = seal_envelope(self.keys, Envelope([b"c" * 32, b"d" * 32], "web", inner))
            self.assertEqual(open_envelope(self.keys, sealed), Envelope([b"c" * 32, b"d" * 32], "web", inner))
            lengths.add(len(sealed))
        self.assertEqual(len(lengths), 1)

    def test_a_changed_envelope_does_not_open(self):
        sealed = bytearray(seal_envelope(self.keys, Envelope([b"c" * 32], "web", b"inner")))
        sealed[40] ^= 1
        with self.assertRaises(CryptoError):
            open_envelope(self.keys, bytes(sealed))

    def test_the_keeper_key_does_not_open_the_inner_box(self):
        inner = seal_inner(self.keys, bytes(2), [bytes(32)] * 2)
        with self.assertRaises(CryptoError):
            open_inner(self.keys.keeper_box, inner, marks_bytes=2, categories=2)

    def opened(self, marks, nonces, commitments=b""):
        box = SealedBox(secret_of(self.poll))
        return open_box(self.plan, box, seal_inner(self.keys, marks, nonces), commitments)

    def test_opening_checks_again_what_sealed_bytes_hide(self):
        nonces = [secrets.token_bytes(32) for _ in range(2)]
        too_many = marks_from_codes(self.plan, ["101", "102", "103", "104"])
        self.assertEqual(self.opened(too_many, nonces).fault, "limits")
        self.assertEqual(self.opened(bytes(2), nonces[:1]).fault, "unreadable")
        self.assertEqual(self.opened(b"\x00\x01", nonces).fault, "unreadable")
        other = self.opened(marks_from_codes(self.plan, ["101"]), nonces, commitments=b"x" * 64)
        self.assertEqual((other.fault, other.marks), ("commitment", None))
