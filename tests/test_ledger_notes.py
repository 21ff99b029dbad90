"""Notes, keys, heads and their lines: what is written is read again, and nothing else is."""

import base64
from datetime import UTC, datetime, timedelta
from unittest import TestCase

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.homes import at_home
from voting.ledger.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from voting.ledger.code import MistypedCode
from voting.ledger.cosignature import cosign, verify_cosignature
from voting.ledger.head import open_head, sign_head
from voting.ledger.headline import format_headline, parse_headline
from voting.ledger.note import (
    COSIGNATURE,
    decode_base64,
    format_vkey,
    key_id,
    parse_note,
    parse_vkey,
    sign_note,
    verify_note,
)
from voting.ledger.tree import EMPTY_ROOT

load_tests = at_home("postgresql", __name__)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC = KEY.public_key().public_bytes_raw()
ORIGIN = "demo.invalid/shanxi/0123456789abcdef0123"
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
CHECKPOINT = Checkpoint(ORIGIN, 1204, bytes(range(32)))


class Base64(TestCase):
    def test_each_value_has_one_writing_only(self):
        for text in ("AB==", "AA=", "AA", "A A=", "AA==\n", "AA==AA==", "_w==", "//9="):
            with self.subTest(text), self.assertRaises(ValueError):
                decode_base64(text)
        self.assertEqual(decode_base64("AA=="), b"\0")


class Checkpoints(TestCase):
    @given(
        st.integers(1, 10**15), st.binary(min_size=32, max_size=32), st.lists(st.just("a line"), max_size=3)
    )
    def test_what_is_written_is_read_again(self, size, root, lines):
        checkpoint = Checkpoint(ORIGIN, size, root, tuple(lines))
        self.assertEqual(parse_checkpoint(format_checkpoint(checkpoint)), checkpoint)

    def test_nothing_else_is_read(self):
        good = format_checkpoint(CHECKPOINT)
        root = base64.b64encode(bytes(range(32))).decode()
        for text in (
            "",
            good[:-1],
            good + "\n",
            good.replace("1204", "01204"),
            good.replace("1204", "-1"),
            good.replace("1204", "１２０４"),
            good.replace("1204", "1 204"),
            good.replace(root, root[:-1]),
            good.replace(root, root + " "),
            good.replace(ORIGIN, ""),
            good.replace(ORIGIN, ORIGIN + "\r"),
            good + "an extension\0\n",
            good + "\nan extension\n",
            f"{ORIGIN}\n0\n{root}\n",
        ):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_checkpoint(text)

    def test_an_empty_tree_has_the_root_of_nothing(self):
        empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
        self.assertEqual(parse_checkpoint(format_checkpoint(empty)), empty)


class Heads(TestCase):
    def setUp(self):
        self.note = sign_head(CHECKPOINT, KEY, AT)

    def test_a_head_carries_both_signatures(self):
        head = open_head(self.note, ORIGIN, PUBLIC)
        self.assertEqual((head.checkpoint, head.at), (CHECKPOINT, AT))
        self.assertEqual(len(parse_note(self.note)[1]), 2)

    def test_lines_of_others_and_of_unknown_kinds_are_passed_over(self):
        strange = "— other.example " + base64.b64encode(bytes(5) + b"whatever").decode()
        witness = cosign(format_checkpoint(CHECKPOINT), "witness.example/w1", OTHER, AT)
        note = f"{self.note}{strange}\n{witness}\n"
        self.assertEqual(open_head(note, ORIGIN, PUBLIC).checkpoint, CHECKPOINT)
        seen = verify_cosignature(note, "witness.example/w1", OTHER.public_key().public_bytes_raw())
        self.assertEqual(seen, AT)

    def test_without_either_line_it_is_none(self):
        lines = self.note.splitlines(keepends=True)
        for missing in (-1, -2):
            kept = [line for at, line in enumerate(lines) if at != len(lines) + missing]
            with self.subTest(missing), self.assertRaises(ValueError):
                open_head("".join(kept), ORIGIN, PUBLIC)

    def test_another_key_or_name_is_not_taken_for_the_ledgers(self):
        for note, origin in ((sign_head(CHECKPOINT, OTHER, AT), ORIGIN), (self.note, ORIGIN + "x")):
            with self.assertRaises(ValueError):
                open_head(note, origin, PUBLIC)
        moved = sign_note(format_checkpoint(CHECKPOINT._replace(origin="other.example")), ORIGIN, KEY)
        moved += (
            cosign(format_checkpoint(CHECKPOINT._replace(origin="other.example")), ORIGIN, KEY, AT) + "\n"
        )
        with self.assertRaisesRegex(ValueError, "not of"):
            open_head(moved, ORIGIN, PUBLIC)

    def test_no_byte_of_a_head_can_be_changed(self):
        data = self.note.encode()
        for at in range(len(data)):
            changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            with self.subTest(at), self.assertRaises(ValueError):
                open_head(changed.decode("utf-8", "surrogateescape"), ORIGIN, PUBLIC)

    def test_the_time_is_under_the_signature(self):
        text = format_checkpoint(CHECKPOINT)
        line = cosign(text, ORIGIN, KEY, AT)
        name, blob = line.removeprefix("— ").split(" ")
        raw = decode_base64(blob)
        later = int.from_bytes(raw[4:12], "big") + 60
        forged = base64.b64encode(raw[:4] + later.to_bytes(8, "big") + raw[12:]).decode()
        with self.assertRaises(ValueError):
            verify_cosignature(f"{text}\n— {name} {forged}\n", ORIGIN, PUBLIC)
        self.assertEqual(verify_cosignature(f"{text}\n{line}\n", ORIGIN, PUBLIC), AT)

    def test_a_plain_signature_is_not_taken_for_a_timestamped_one(self):
        with self.assertRaisesRegex(ValueError, "no cosignature"):
            verify_cosignature(sign_note(format_checkpoint(CHECKPOINT), ORIGIN, KEY), ORIGIN, PUBLIC)

    def test_seconds_are_whole(self):
        note = sign_head(CHECKPOINT, KEY, AT + timedelta(microseconds=999_999))
        self.assertEqual(open_head(note, ORIGIN, PUBLIC).at, AT)


class Notes(TestCase):
    """What other readers refuse in a note, ours refuses too, also in lines that it passes over."""

    good = sign_note(format_checkpoint(CHECKPOINT), ORIGIN, KEY)

    def line(self, name="other.example", blob=bytes(9)):
        return f"— {name} {base64.b64encode(blob).decode()}\n"

    def test_the_control_a_line_of_another_is_passed_over(self):
        self.assertEqual(len(parse_note(self.good + self.line())[1]), 2)

    def test_lines_that_are_none(self):
        for line in (
            self.line(name="a\0b"),
            self.line(name="a\x1fb"),
            self.line(name="a\ud800b"),
            self.line(name="a+b"),
            self.line(name="a\u3000b"),
            self.line(name=""),
            self.line(blob=bytes(4)),
            self.line()[:-1],
            self.line().replace("—", "-"),
            self.line().replace("\n", "\r\n"),
            self.line().replace(" ", "  "),
            self.line() + "\n",
        ):
            with self.subTest(line), self.assertRaises(ValueError):
                parse_note(self.good + line)

    def test_a_hundred_lines_are_read_and_no_more(self):
        self.assertEqual(len(parse_note(self.good + self.line() * 99)[1]), 100)
        with self.assertRaises(ValueError):
            parse_note(self.good + self.line() * 100)


class Keys(TestCase):
    def test_what_is_written_is_read_again(self):
        for kind in (b"\x01", COSIGNATURE):
            text = format_vkey(ORIGIN, PUBLIC, kind)
            self.assertEqual(parse_vkey(text), (ORIGIN, PUBLIC, kind))
        self.assertNotEqual(key_id(ORIGIN, PUBLIC), key_id(ORIGIN, PUBLIC, COSIGNATURE))

    def test_an_id_that_does_not_fit_is_refused(self):
        text = format_vkey(ORIGIN, PUBLIC)
        for wrong in (
            "",
            text[:-1],
            text.replace("+", "-"),
            text.replace(ORIGIN, "x"),
            format_vkey(ORIGIN, PUBLIC, b"\x09"),
        ):
            with self.subTest(wrong), self.assertRaises(ValueError):
                parse_vkey(wrong)

    def test_a_note_by_another_tools_example_key_is_read(self):
        """The key pair and note of the signed-note documentation in Go's x/mod package."""
        vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        note = (
            "If you think cryptography is the answer to your problem,\n"
            "then you don't know what your problem is.\n"
            "\n"
            "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
            "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
        )
        name, public, _kind = parse_vkey(vkey)
        self.assertEqual(verify_note(note, name, public).count("\n"), 2)


class Headlines(TestCase):
    @given(st.integers(1, 10**9), st.binary(min_size=32, max_size=32))
    def test_what_is_printed_is_read_again(self, size, root):
        checkpoint = Checkpoint(ORIGIN, size, root)
        self.assertEqual(parse_headline(format_headline(checkpoint)), checkpoint)

    def test_people_type_it_as_they_like(self):
        line = format_headline(CHECKPOINT)
        origin, size, digits = line.split()
        for typed in (
            f"{origin}\n{size}\n{digits.lower()}",
            f"  {origin}  {size} {digits.replace('-', ' ')} ",
            f"{origin} {size} {digits.replace('0', 'O').replace('1', 'l')}",
            f"{origin} {size} {''.join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in digits)}",
        ):
            self.assertEqual(parse_headline(typed), CHECKPOINT, typed)

    def test_one_wrong_digit_is_noticed(self):
        origin, size, digits = format_headline(CHECKPOINT).split()
        for at, digit in enumerate(digits):
            if digit != "-":
                other = "7" if digit != "7" else "8"
                with self.subTest(at), self.assertRaises(ValueError):
                    parse_headline(f"{origin} {size} {digits[:at]}{other}{digits[at + 1 :]}")
        for wrong in (f"{origin} 1205 {digits}", f"{origin}x {size} {digits}"):
            with self.assertRaises(MistypedCode):
                parse_headline(wrong)

    def test_what_is_no_head_is_said_to_be_none(self):
        for text in ("", "a b c", format_headline(CHECKPOINT)[:-1], format_headline(CHECKPOINT) + "0"):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_headline(text)
