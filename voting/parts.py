"""A key holder's part as text that survives paper: four lines of base32, each with a check character.

Crockford's alphabet; a line holds 65 bits, the first one 61. Case, blanks, dashes, full-width
characters and the usual confusions (O for 0, I and L for 1) are forgiven; any other slip is found
in its own line.
"""

import re
import secrets
import unicodedata

from django.utils.translation import gettext as _

from .ledger.code import CHECKS, DIGITS, READ_AS, format_code

LINES = 4
DIGITS_A_LINE = 13
BITS_A_LINE = 5 * DIGITS_A_LINE
LARGEST = 100_000  # bytes of a file; a part has under a thousand
MARK = re.compile(r"^\s*([1-4])\s*[.:)：．、]\s*(\S.*?)\s*$")


class PartError(Exception):
    """The text holds no part. The message says which line is wrong and what to do."""


def new_part() -> bytes:
    """Return a fresh part: 32 random bytes, an X25519 secret key."""
    return secrets.token_bytes(32)


def part_lines(part: bytes) -> list[str]:
    """Return the four lines of a part, numbered, in groups of four."""
    number = int.from_bytes(part, "big")
    lines = []
    for line in range(LINES):
        value = number >> BITS_A_LINE * (LINES - 1 - line) & (1 << BITS_A_LINE) - 1
        digits = "".join(DIGITS[value >> 5 * place & 31] for place in reversed(range(DIGITS_A_LINE)))
        lines.append(f"{line + 1}: {format_code(digits + CHECKS[value % 37])}")
    return lines


def parse_part(text: str) -> bytes:
    """Find the four numbered lines in a text, whatever stands around them; PartError otherwise."""
    found = {}
    for line in unicodedata.normalize("NFKC", text[:LARGEST]).splitlines():
        match = MARK.match(line)
        if match and (value := _parse_line(match[2])) is not None:
            found.setdefault(int(match[1]), set()).add(value)
    if not found:
        raise PartError(_("This is no key part: it must hold four lines that begin with 1: to 4:."))
    for line in range(1, LINES + 1):
        if len(found.get(line, ())) != 1 or None in found[line]:
            raise PartError(
                _("Line %(line)d of the key part is missing or mistyped. Compare it with the sheet.")
                % {"line": line}
            )
    number = 0
    for line in range(1, LINES + 1):
        number = number << BITS_A_LINE | found[line].pop()
    if number >> 256:
        raise PartError(
            _("Line %(line)d of the key part is missing or mistyped. Compare it with the sheet.")
            % {"line": 1}
        )
    return number.to_bytes(32, "big")


def public_lines(public: str) -> list[str]:
    """Return the four lines of a part's public half, given in hex.

    They begin with P1 to P4, so that neither half can be typed where the other belongs.
    """
    return [f"P{line}" for line in part_lines(bytes.fromhex(public))]


def parse_public(text: str) -> str:
    """Find the four lines of a public half in a text and return it in hex; PartError otherwise."""
    lines = [line.strip() for line in unicodedata.normalize("NFKC", text[:LARGEST]).splitlines()]
    lines = [line[1:] for line in lines if line[:1] in ("P", "p") and MARK.match(line[1:])]
    if not lines:
        raise PartError(
            _(
                "This is no public half: its four lines begin with P1: to P4:. "
                "Never type the key itself, 1: to 4:, here."
            )
        )
    return parse_part("\n".join(lines)).hex()


def read_part(data: bytes) -> bytes:
    """Find a part in a file, however an editor may have stored it; PartError otherwise."""
    # An editor may have turned it into UTF-16; the digits survive without the zero bytes.
    return parse_part(data[:LARGEST].replace(b"\0", b"").decode("utf-8", "replace"))


def _parse_line(typed):
    """Return the value of one line's code; None where it is none."""
    text = "".join(c for c in typed.upper() if c not in " -_—–\t").translate(READ_AS)
    if len(text) != DIGITS_A_LINE + 1 or any(c not in DIGITS for c in text[:-1]):
        return None
    value = 0
    for c in text[:-1]:
        value = value << 5 | DIGITS.index(c)
    return value if CHECKS[value % 37] == text[-1] else None
