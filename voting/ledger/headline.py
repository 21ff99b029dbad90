"""A head in one line for poster and newspaper: origin, size, root, and check characters."""

import hashlib
import re
import unicodedata

from .checkpoint import SIZE, Checkpoint
from .code import DIGITS, READ_AS, MistypedCode
from .tree import HASH_BYTES

LABEL = "shortlist/headline/v1"
ROOT_DIGITS = 52  # 260 bits, of which the last four are zero
CHECK_DIGITS = 4
GROUP = 4


def format_headline(checkpoint: Checkpoint) -> str:
    """Write a head in one line: origin, size, then the root and 20 check bits in groups of four digits.

    Digits are Crockford's base32, as in receipt codes.
    """
    number = int.from_bytes(checkpoint.root, "big") << (5 * ROOT_DIGITS - 8 * HASH_BYTES)
    digits = "".join(DIGITS[number >> 5 * place & 31] for place in reversed(range(ROOT_DIGITS)))
    digits += _check(checkpoint.origin, checkpoint.size, checkpoint.root)
    groups = [digits[at : at + GROUP] for at in range(0, len(digits), GROUP)]
    return f"{checkpoint.origin} {checkpoint.size} {'-'.join(groups)}"


def parse_headline(typed: str) -> Checkpoint:
    """Return the head that a person typed, forgiving case, blanks, line breaks, dashes, O, I and L.

    ValueError where it cannot be a head, MistypedCode where the check characters do not fit.
    """
    parts = unicodedata.normalize("NFKC", typed).split()
    if len(parts) < 3 or not SIZE.fullmatch(parts[1]):
        raise ValueError("A head's line is its origin, its size and its digits.")
    origin, size = parts[0], int(parts[1])
    digits = re.sub(r"[-_—–]", "", "".join(parts[2:])).upper().translate(READ_AS)
    if len(digits) != ROOT_DIGITS + CHECK_DIGITS or any(digit not in DIGITS for digit in digits):
        raise ValueError(f"A head's line ends in {ROOT_DIGITS + CHECK_DIGITS} digits and letters.")
    number = 0
    for digit in digits[:ROOT_DIGITS]:
        number = number << 5 | DIGITS.index(digit)
    spare = 5 * ROOT_DIGITS - 8 * HASH_BYTES
    root = (number >> spare).to_bytes(HASH_BYTES, "big")
    if number & (1 << spare) - 1 or _check(origin, size, root) != digits[ROOT_DIGITS:]:
        raise MistypedCode("The check characters do not fit: something was mistyped.")
    return Checkpoint(origin, size, root)


def _check(origin, size, root):
    digest = hashlib.sha256(f"{LABEL}\n{origin}\n{size}\n{root.hex()}\n".encode()).digest()
    number = int.from_bytes(digest, "big") >> (256 - 5 * CHECK_DIGITS)
    return "".join(DIGITS[number >> 5 * place & 31] for place in reversed(range(CHECK_DIGITS)))
