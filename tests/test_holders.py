"""Key holders: any two of three open the ballots, one does not, and all have shown it beforehand."""

from itertools import permutations

from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import SimpleTestCase
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from voting.holders import (
    HolderError,
    add_holder,
    holder_fault,
    make_part,
    open_test_envelope,
    public_half,
    recover_secret,
)
from voting.keyfile import part_file
from voting.keyring import election_public
from voting.lifecycle import open_poll
from voting.models import Holder, Poll
from voting.parts import PartError, new_part, parse_part, part_lines, read_part
from voting.refusals import ActRefused

from .factories import make_poll, temporary_keys


@temporary_keys
class TwoOfThree(TestCase):
    def setUp(self):
        self.enterContext(override("en"))
        poll = make_poll(holders=3)
        self.parts = [make_part(poll=poll, name=name) for name in ("Li", "Wu", "An")]
        self.poll = Poll.objects.get(pk=poll.pk)

    def test_any_two_in_any_order_open_and_the_third_may_be_lost(self):
        for pair in permutations(self.parts, 2):
            self.assertEqual(
                bytes(recover_secret(self.poll, list(pair)).public_key), election_public(self.poll.uid)
            )

    def test_one_alone_does_not_and_the_missing_ones_are_named(self):
        with self.assertRaisesMessage(HolderError, "One more part is needed, from one of: Li, An."):
            recover_secret(self.poll, [self.parts[1]])

    def test_the_same_part_twice_is_no_second_part(self):
        with self.assertRaisesMessage(HolderError, "The part of Wu was given twice"):
            recover_secret(self.poll, [self.parts[1], self.parts[1]])

    def test_a_wrong_part_is_told_from_a_missing_one(self):
        with self.assertRaisesMessage(HolderError, "Part 2 belongs to none"):
            recover_secret(self.poll, [self.parts[0], new_part()])
        with self.assertRaisesMessage(HolderError, "No key part was given."):
            recover_secret(self.poll, [])

    def test_what_is_wrapped_for_two_is_not_opened_by_one_of_them_alone(self):
        secret = bytes(recover_secret(self.poll, self.parts[:2]))
        self.assertEqual(self.poll.wrapped.keys(), {"1-2", "1-3", "2-3"})
        first, second = (SealedBox(PrivateKey(part)) for part in self.parts[:2])
        wrapped = bytes.fromhex(self.poll.wrapped["1-2"])
        with self.assertRaises(CryptoError):
            first.decrypt(wrapped)
        half_open = second.decrypt(wrapped)
        self.assertNotIn(secret, half_open)
        self.assertEqual(first.decrypt(half_open), secret, "the control: the other one opens the rest")

    def test_a_damaged_wrapping_gets_a_sentence(self):
        self.poll.wrapped["1-2"] = "00" + self.poll.wrapped["1-2"][2:]
        with self.assertRaisesMessage(HolderError, "damaged"):
            recover_secret(self.poll, self.parts[:2])

    def test_the_poll_opens_only_after_every_holder_has_opened_the_test_envelope(self):
        with self.assertRaisesMessage(ActRefused, "test envelope has not been opened yet by: Li, Wu, An"):
            open_poll(by=["Clerk"], poll=self.poll)
        open_test_envelope(poll=self.poll, parts=self.parts[:2])
        with self.assertRaisesMessage(ActRefused, "not been opened yet by: An"):
            open_poll(by=["Clerk"], poll=self.poll)
        open_test_envelope(poll=self.poll, parts=self.parts[1:])
        self.assertEqual(open_poll(by=["Clerk"], poll=self.poll).state, "open")

    def test_a_fourth_holder_and_a_change_after_the_opening_are_refused(self):
        with self.assertRaises(HolderError):
            make_part(poll=self.poll, name="Xu")
        with self.assertRaises(IntegrityError), transaction.atomic():
            Holder.objects.create(poll=self.poll, number=4, name="Xu", public="a" * 64)

    def test_a_part_made_elsewhere_is_recorded_by_its_public_half_alone_and_once(self):
        poll = make_poll(holders=3)
        part = new_part()
        add_holder(poll=poll, name="Li", public=public_half(part))
        with self.assertRaisesMessage(HolderError, "recorded already"):
            add_holder(poll=poll, name="Wu", public=public_half(part))
        self.assertIn("2 key holders have not made their part yet", holder_fault(poll))


class PartsOnPaper(SimpleTestCase):
    @given(st.binary(min_size=32, max_size=32))
    def test_a_part_survives_paper_and_typing(self, part):
        lines = part_lines(part)
        for text in (
            "\n".join(lines),
            "\r\n".join(reversed(lines)).lower(),
            "Key\n\n" + "\n".join(line.replace("-", " ").replace(": ", "．") for line in lines) + "\nend",
            "\n".join(line.replace("0", "O").replace("1: ", "1: ") for line in lines),
        ):
            self.assertEqual(parse_part(text), part)

    def test_a_slip_is_found_in_its_own_line(self):
        lines = part_lines(bytes(range(32)))
        for at in range(4):
            digit = lines[at][5]
            wrong = lines[:]
            wrong[at] = lines[at][:5] + ("7" if digit != "7" else "8") + lines[at][6:]
            with override("en"), self.assertRaisesMessage(PartError, f"Line {at + 1} of the key part"):
                parse_part("\n".join(wrong))
            with override("en"), self.assertRaisesMessage(PartError, f"Line {at + 1} of the key part"):
                parse_part("\n".join(lines[:at] + lines[at + 1 :]))

    def test_what_holds_no_part_says_what_a_part_looks_like(self):
        for text in ("", "hello", "1: hello", "x" * 10_000):
            with override("en"), self.assertRaisesMessage(PartError, "four lines"):
                parse_part(text)


@temporary_keys
class PartFiles(TestCase):
    def test_a_file_is_read_back_however_an_editor_has_stored_it(self):
        poll, part = make_poll(), new_part()
        data = part_file(poll, "Li", part)
        text = data.decode("utf-8-sig")
        unix = text.replace("\r\n", "\n")
        for saved in (data, text.encode(), text.encode("utf-16"), unix.encode("gb18030")):
            self.assertEqual(read_part(saved), part)
