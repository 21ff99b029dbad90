"""Proof of work: what a voter's device works out unseen while the ballot is filled in.

A challenge is ALTCHA's, of its first version (altcha.org): find the number for which SHA-256(salt ‖
number) is the challenge. Salt and number are signed together through the challenge; the salt says for
which poll and until when. Nothing is stored before a solution is used (`spend`).

The work is a speed bump and no wall: it costs a phone seconds that nobody notices, a machine that stuffs
the same for each ballot, and whoever brings graphics cards very little.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qs

import altcha
from django.db import connection
from django.utils.crypto import salted_hmac

from .models import SpentChallenge

GOOD_FOR = timedelta(minutes=20)
LONGEST = 600  # characters of a solution as it is sent
HEX = re.compile("[0-9a-f]{64}")


class Proof(NamedTuple):
    """A challenge that was solved in time: its 32 bytes, when it was given out, until when it is good."""

    challenge: bytes
    issued_at: datetime
    expires_at: datetime


def make_challenge(uid: str, most: int, at: datetime) -> dict:
    """Return a fresh challenge for a poll as the page's script reads it; it takes `most` / 2 tries."""
    challenge = altcha.create_challenge_v1(
        max_number=most, hmac_key=_key(uid), expires=at + GOOD_FOR, params={"poll": uid}
    )
    return challenge.to_dict()


def read_proof(uid: str, text: str, at: datetime) -> Proof | None:
    """Return what a solution proves, None for one that is forged, late, early or of another poll."""
    solution = _parsed(text)
    # The library looks at the wall clock, and we at the time of the request.
    if not solution or not altcha.verify_solution_v1(solution, _key(uid), check_expires=False)[0]:
        return None
    said = parse_qs(solution["salt"].partition("?")[2])
    expires_at = datetime.fromtimestamp(int(said["expires"][0]), UTC)
    issued_at = expires_at - GOOD_FOR
    if said["poll"] != [uid] or not issued_at <= at < expires_at:
        return None
    return Proof(bytes.fromhex(solution["challenge"]), issued_at, expires_at)


def spend(poll, proof: Proof, credential: bytes) -> bool:
    """Use a proof up; False where another credential has used it. One statement decides, also at once."""
    table = SpentChallenge._meta.db_table
    row = [
        poll.pk,
        hashlib.sha256(proof.challenge).digest(),
        hmac.digest(proof.challenge, credential, "sha256"),
        SpentChallenge._meta.get_field("expires_at").get_db_prep_save(proof.expires_at, connection),
    ]
    with connection.cursor() as cursor:
        cursor.execute(SPEND % {"table": table}, row)
        return cursor.fetchone() is not None


SPEND = """
INSERT INTO %(table)s AS spent (poll_id, digest, used_by, expires_at) VALUES (%%s, %%s, %%s, %%s)
ON CONFLICT (poll_id, digest) DO UPDATE SET used_by = excluded.used_by WHERE spent.used_by = excluded.used_by
RETURNING 1
"""


def _key(uid):
    """Return the key of a poll's challenges: another poll's solution has another signature."""
    return salted_hmac("voting.work", uid, algorithm="sha256").digest()


def _parsed(text):
    """Return the solution that a text holds, None for what the library could stumble over."""
    try:
        solution = json.loads(base64.b64decode(text[: LONGEST + 1], validate=True))
        parts = {name: solution[name] for name in ("algorithm", "challenge", "number", "salt", "signature")}
    except (binascii.Error, ValueError, TypeError, KeyError, RecursionError):
        return None
    number = parts.pop("number")
    if type(number) is not int or not all(
        isinstance(part, str) and part.isascii() for part in parts.values()
    ):
        return None
    if len(text) > LONGEST or parts["algorithm"] != "SHA-256" or not HEX.fullmatch(parts["challenge"]):
        return None
    return {**parts, "number": number}
