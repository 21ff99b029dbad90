"""The ledger's formats: each is written and read by a pair, and the reader takes nothing else."""

import base64
import json
from datetime import UTC, datetime
from unittest import TestCase

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.homes import at_home
from voting.ledger.canonical import canonical, parse_canonical
from voting.ledger.code import CHECKS, DIGITS, format_code, parse_code, receipt_code
from voting.ledger.commitment import commitment
from voting.ledger.note import key_id, parse_note, sign_note, verify_note
from voting.ledger.pledge import Pledge, format_pledge, parse_pledge, sign_pledge, verify_pledge

load_tests = at_home("postgresql", __name__)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
# As deep as a leaf can be: it must be refused like all else, not end the program.
NESTED = b"[" * 30_000 + b"]" * 30_000


def encodable(value):
    """Say whether UTF-8 can hold the text in it: lone surrogates have no bytes."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


class CanonicalJson(TestCase):
    @given(JSON.filter(encodable))
    def test_an_independent_writer_writes_the_same(self, value):
        self.assertEqual(canonical(value), rfc8785.dumps(value))
        self.assertEqual(parse_canonical(canonical(value)), value)

    def test_keys_are_sorted_by_utf_16_code_units(self):
        # The example of RFC 8785, 3.2.3, without its float.
        keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
        written = json.loads(canonical(dict.fromkeys(keys, 0)), object_pairs_hook=list)
        expected = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
        self.assertEqual([key for key, _value in written], expected)

    def test_what_writers_disagree_on_is_refused(self):
        for value in (1.5, 2**53, {1: "a"}, b"bytes", {"a": float("nan")}):
            with self.assertRaises(ValueError):
                canonical(value)

    def test_the_reader_takes_canonical_bytes_only(self):
        for data in (
            b'{"b":1,"a":2}',
            b'{"a": 2}',
            b'{"a":2,"a":2}',
            b'"\\u0041"',
            b"[1.0]",
            b"[1]\n",
            NESTED,
        ):
            with self.assertRaises(ValueError):
                parse_canonical(data)


class SignedNotes(TestCase):
    def test_a_note_signed_by_another_program_is_accepted(self):
        # The example in the documentation of Go's golang.org/x/mod/sumdb/note.
        public = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
        note = (
            "If you think cryptography is the answer to your problem,\n"
            "then you don't know what your problem is.\n\n"
            "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKv"
            "qfqdngotpRZb6KE6RyyBwJnAM=\n"
        )
        self.assertTrue(verify_note(note, "PeterNeumann", public).endswith("your problem is.\n"))
        self.assertEqual(key_id("PeterNeumann", public).hex(), "c74f20a3")

    def test_every_change_of_text_name_or_signature_is_noticed(self):
        note = sign_note("first\nsecond\n", "example/key", KEY)
        self.assertEqual(verify_note(note, "example/key", PUBLIC), "first\nsecond\n")
        for old, new in (("first", "First"), ("example/key", "example/kex"), ("second\n\n", "second\n\n\n")):
            with self.assertRaises(ValueError):
                verify_note(note.replace(old, new, 1), "example/key", PUBLIC)
        body = bytearray(base64.b64decode(note.split(" ")[-1]))
        body[10] ^= 1
        broken = note.replace(note.split(" ")[-1].strip(), base64.b64encode(body).decode())
        with self.assertRaises(ValueError):
            verify_note(broken, "example/key", PUBLIC)

    def test_lines_of_unknown_keys_are_passed_over(self):
        note = sign_note("text\n", "example/key", KEY) + "— other AAAAAAAA\n"
        self.assertEqual(verify_note(note, "example/key", PUBLIC), "text\n")

    def test_malformed_notes_are_refused(self):
        for note in (
            "",
            "text\n",
            "text\n\n",
            "text\n\n- name AAAAAAAA\n",
            "text\n\n— name AAAA\n",
            "a\tb\n\n— n AAAAAAAA\n",
        ):
            with self.assertRaises(ValueError):
                parse_note(note)


class Pledges(TestCase):
    pledge = Pledge(
        "poll", "ab" * 32, datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC), {"2": b"x" * 32, "3": b"y" * 32}
    )

    def test_what_is_signed_is_read_back(self):
        note = sign_pledge(self.pledge, KEY)
        self.assertEqual(verify_pledge(note, "poll", PUBLIC), self.pledge)
        with self.assertRaises(ValueError):
            verify_pledge(note, "other", PUBLIC)

    def test_no_other_text_is_a_pledge(self):
        text = format_pledge(self.pledge)
        lines = text.split("\n")
        wrong = [
            text + "\n",
            text.replace("v1", "v2"),
            text.replace("03:04:05Z", "03:04:05+00:00"),
            "\n".join([*lines[:4], lines[5], lines[4], ""]),
            "\n".join([*lines[:5], ""]) + "3 AAAA\n",
        ]
        for case in wrong:
            with self.assertRaises(ValueError):
                parse_pledge(case)


class Commitments(TestCase):
    def test_the_bytes_are_those_of_the_description(self):
        import hashlib

        written = f"shortlist/commitment/v1\npoll\n2\n201 203\n{'07' * 32}\n"
        self.assertEqual(
            commitment("poll", "2", ["201", "203"], b"\x07" * 32), hashlib.sha256(written.encode()).digest()
        )

    def test_every_part_changes_the_commitment(self):
        base = ("poll", "2", ["201"], bytes(32))
        others = [
            ("pole", *base[1:]),
            ("poll", "3", *base[2:]),
            ("poll", "2", [], bytes(32)),
            (*base[:3], b"1" * 32),
        ]
        self.assertEqual(len({commitment(*case) for case in [base, *others]}), 5)

    def test_what_could_be_mistaken_is_refused(self):
        for case in (
            ("poll", "2", ["203", "201"], bytes(32)),
            ("poll", "2", ["201", "201"], bytes(32)),
            ("poll", "2", ["201"], bytes(31)),
            ("po\nll", "2", ["201"], bytes(32)),
        ):
            with self.assertRaises(ValueError):
                commitment(*case)


class ReceiptCodes(TestCase):
    code = receipt_code({"2": b"x" * 32, "3": b"y" * 32})

    def test_the_code_follows_from_the_commitments_alone_in_any_order(self):
        self.assertEqual(self.code, receipt_code({"3": b"y" * 32, "2": b"x" * 32}))
        self.assertNotEqual(self.code, receipt_code({"2": b"y" * 32, "3": b"x" * 32}))
        self.assertEqual(len(self.code), 16)

    def test_what_people_type_is_understood(self):
        printed = format_code(self.code)
        full_width = "".join(chr(ord(c) + 0xFEE0) for c in self.code)
        swapped = self.code.translate(str.maketrans({"0": "o", "1": "l"}))
        for typed in (
            printed,
            printed.lower(),
            f"  {self.code} ",
            full_width,
            swapped,
            printed.replace("-", "—"),
        ):
            self.assertEqual(parse_code(typed), self.code)

    def test_every_single_mistyped_digit_is_noticed(self):
        for place in range(15):
            for digit in DIGITS:
                if digit != self.code[place]:
                    with self.assertRaises(ValueError):
                        parse_code(self.code[:place] + digit + self.code[place + 1 :])

    def test_every_swap_of_neighbours_is_noticed(self):
        for place in range(14):
            a, b = self.code[place : place + 2]
            if a != b:
                with self.assertRaises(ValueError):
                    parse_code(self.code[:place] + b + a + self.code[place + 2 :])

    @given(st.text())
    def test_any_text_is_a_code_or_a_value_error(self, text):
        try:
            code = parse_code(text)
        except ValueError:
            return
        self.assertIn(code[15], CHECKS)
