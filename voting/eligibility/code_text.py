"""How voting codes are written: the link code for QR codes, the typed code for fingers.

Both use 31 characters that nobody takes for each other: no O, 0, I, 1, L. A typed code has 20: five tell
the card, fourteen are secret (69 bits), the last one checks. A link code has 27 secret ones (133 bits).
"""

import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
BASE = len(ALPHABET)  # a prime, so that the check character finds every slip named at `_check`
SERIAL, SECRET, LINK = 5, 14, 27
TYPED = SERIAL + SECRET + 1
MOST_SERIAL = BASE**SERIAL - 1


class MistypedCode(ValueError):
    """The text is no code as it stands: a character is missing, foreign, or does not fit the others."""


def new_link() -> str:
    """Return a new link code."""
    return _random(LINK)


def new_typed(serial: int) -> str:
    """Return a new typed code for the card of this number."""
    if not 0 < serial <= MOST_SERIAL:
        raise ValueError(f"Cards are numbered from 1 to {MOST_SERIAL}.")
    body = "".join(ALPHABET[serial // BASE**place % BASE] for place in reversed(range(SERIAL)))
    body += _random(SECRET)
    return body + _check(body)


def parse(text: str) -> str:
    """Return the link or typed code that a text holds; MistypedCode otherwise.

    Case, blanks and dashes do not matter, and full-width characters are read as their half-width twins.
    """
    code = unicodedata.normalize("NFKC", text).upper()
    code = "".join(c for c in code if c not in " -_—–－・·.\t\r\n")
    if len(code) not in (LINK, TYPED) or any(c not in ALPHABET for c in code):
        raise MistypedCode
    if len(code) == TYPED and _check(code[:-1]) != code[-1]:
        raise MistypedCode
    return code


def serial_of(typed: str) -> int:
    """Return the number of the card that a typed code names."""
    number = 0
    for c in typed[:SERIAL]:
        number = number * BASE + ALPHABET.index(c)
    return number


def grouped(code: str) -> str:
    """Write a typed code in groups of four, as it is printed."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _random(length):
    return "".join(secrets.choice(ALPHABET) for _place in range(length))


def _check(body):
    """Return the check character: it finds each single wrong character and each two that are swapped.

    Each place weighs differently modulo a prime, as in ISBN-10.
    """
    return ALPHABET[sum(weight * ALPHABET.index(c) for weight, c in enumerate(body, 2)) % BASE]
