"""How voting codes are written and read."""

from unittest import TestCase

from voting.eligibility import code_text


class CodeText(TestCase):
    def test_it_has_no_character_that_is_taken_for_another(self):
        self.assertEqual(len(set(code_text.ALPHABET)), 31)
        self.assertFalse(set("O0I1L") & set(code_text.ALPHABET))

    def test_link_codes_hold_130_bits_and_typed_ones_65_besides_their_number(self):
        self.assertGreaterEqual(31**code_text.LINK, 2**130)
        self.assertGreaterEqual(31**code_text.SECRET, 2**65)
        self.assertEqual(len({code_text.new_link() for _each in range(500)}), 500)

    def test_small_full_width_and_grouped_writing_is_read(self):
        typed = code_text.new_typed(12345)
        wide = "".join(chr(ord(c) + 0xFEE0) for c in typed.lower())
        for written in (typed, typed.lower(), code_text.grouped(typed), wide, f" {typed[:9]}　{typed[9:]} "):
            self.assertEqual(code_text.parse(written), typed)
        self.assertEqual(code_text.serial_of(typed), 12345)

    def test_every_wrong_character_and_every_swap_is_found(self):
        typed = code_text.new_typed(77)
        for at, right in enumerate(typed):
            for wrong in set(code_text.ALPHABET) - {right}:
                with self.assertRaises(code_text.MistypedCode):
                    code_text.parse(typed[:at] + wrong + typed[at + 1 :])
            for other in range(at):
                swapped = list(typed)
                swapped[at], swapped[other] = swapped[other], swapped[at]
                if "".join(swapped) != typed:
                    with self.assertRaises(code_text.MistypedCode):
                        code_text.parse("".join(swapped))

    def test_what_has_another_length_or_a_foreign_character_is_no_code(self):
        typed = code_text.new_typed(1)
        for text in ("", typed[:-1], typed + "2", "O" + typed[1:], "0" * 20, "码" * 20, typed * 3):
            with self.assertRaises(code_text.MistypedCode):
                code_text.parse(text)
