"""What is kept of a person on a roll: keyed digests of what identifies and of where a password is sent.

Both are taken over normalised text, so that full width, small letters and blanks do no harm. A digest
function is `Keyring.digest` bound to the roll's key, or `keyring.early_digest` before the opening.
"""

import re
import unicodedata
from functools import partial

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

CHINESE_MOBILE = re.compile(r"(?:\+|00)?86(1[0-9]{10})", re.ASCII)
TELEPHONE = re.compile(r"\+?[0-9]{6,15}", re.ASCII)
# What people write into numbers and what word processors put there.
WITHIN_NUMBERS = str.maketrans("", "", "-–—‐‑()./")
LONGEST = 200


def roll_digest(keys):
    """Return the digest function of an opened poll."""
    return partial(keys.digest, "roll")


def normalised(text: str) -> str:
    """Return what is digested of an identity: NFKC, capitals, without blanks and invisible characters."""
    text = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))


def parse_contact(text: str) -> str:
    """Return a mobile number or e-mail address as it is sent to; ValueError for anything else."""
    text = "".join(c for c in unicodedata.normalize("NFKC", text) if not c.isspace())
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc"))
    if "@" in text:
        try:
            validate_email(text)
        except ValidationError:
            raise ValueError from None
        return text
    number = text.translate(WITHIN_NUMBERS)
    if chinese := CHINESE_MOBILE.fullmatch(number):
        number = chinese[1]
    # A mobile number of this country has eleven digits; one more or less is the commonest slip.
    if not TELEPHONE.fullmatch(number) or number.startswith("1") and len(number) != 11:
        raise ValueError
    return number


def person_digest(digest, text: str) -> bytes:
    """Return the digest of what identifies a person."""
    return digest(b"person", normalised(text).encode())


def contact_digest(digest, contact: str) -> bytes:
    """Return the digest of a number or address that `parse_contact` has read."""
    return digest(b"contact", normalised(contact).encode())


def pair_digest(digest, person: bytes, contact: bytes) -> bytes:
    """Return what stands for somebody who asked for a password, on the roll or not."""
    return digest(b"pair", person, contact)


def voter_of(digest, person: bytes) -> bytes:
    """Return the credential of a person on the roll."""
    return digest(b"voter", person)
