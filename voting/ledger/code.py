"""The receipt code: 75 bits of a hash in Crockford's base32, with a check character, fit for paper."""

import hashlib
import unicodedata

LABEL = b"shortlist/receipt/v1\n"
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECKS = DIGITS + "*~$=U"
LENGTH = 15
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


class MistypedCode(ValueError):
    """The text has the form of a code, but its check character does not fit."""


def receipt_code(commitments: dict[str, bytes]) -> str:
    """Return the code of a ballot: 15 digits and a check character, without dashes.

    The digits are the first 75 bits of SHA-256 over the label and the commitments in the order of
    their categories.
    """
    content = b"".join(value for _category, value in sorted(commitments.items()))
    number = int.from_bytes(hashlib.sha256(LABEL + content).digest(), "big") >> (256 - 5 * LENGTH)
    digits = "".join(DIGITS[number >> 5 * place & 31] for place in reversed(range(LENGTH)))
    return digits + CHECKS[number % 37]


def format_code(code: str) -> str:
    """Write a code in groups of four, as it is printed."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def parse_code(typed: str) -> str:
    """Return the code that a person typed, forgiving case, blanks, dashes, O for 0 and I or L for 1.

    Full-width characters are read as their half-width twins. ValueError where it cannot be a code,
    MistypedCode where the check character does not fit.
    """
    text = unicodedata.normalize("NFKC", typed).upper()
    text = "".join(c for c in text if c not in " -_—–\t\r\n").translate(READ_AS)
    if len(text) != LENGTH + 1 or any(c not in DIGITS for c in text[:LENGTH]) or text[LENGTH] not in CHECKS:
        raise ValueError("A receipt code has 15 digits and a check character.")
    number = 0
    for c in text[:LENGTH]:
        number = number << 5 | DIGITS.index(c)
    if CHECKS[number % 37] != text[LENGTH]:
        raise MistypedCode("The check character does not fit: a digit was mistyped.")
    return text
