"""The pledge (收票确认): the signed promise to enter a ballot in the ledger by a certain time."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from .note import decode_base64, encode_base64, sign_note, verify_note

HEADER = "shortlist/pledge/v1"


class Pledge(NamedTuple):
    """What is promised: these commitments (category → 32 bytes) will be leaves by `due`."""

    poll: str
    manifest: str
    due: datetime
    commitments: dict[str, bytes]


def format_pledge(pledge: Pledge) -> str:
    """Write the pledge's text: header, poll, manifest hash, time, then one line a category."""
    lines = [HEADER, pledge.poll, pledge.manifest, pledge.due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")]
    lines += [f"{code} {encode_base64(value)}" for code, value in sorted(pledge.commitments.items())]
    return "".join(f"{line}\n" for line in lines)


def parse_pledge(text: str) -> Pledge:
    """Read what `format_pledge` writes and nothing else; ValueError otherwise."""
    lines = text.split("\n")
    if len(lines) < 6 or lines[0] != HEADER or not re.fullmatch(r"[0-9a-f]{64}", lines[2]):
        raise ValueError("This is not a pledge.")
    due = datetime.strptime(lines[3], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    commitments = {}
    for line in lines[4:-1]:
        code, _, value = line.partition(" ")
        commitments[code] = decode_base64(value)
    pledge = Pledge(lines[1], lines[2], due, commitments)
    if any(len(value) != 32 for value in commitments.values()) or format_pledge(pledge) != text:
        raise ValueError("This is not a pledge.")
    return pledge


def sign_pledge(pledge: Pledge, key) -> str:
    """Return the pledge as a signed note; the key's name is the poll's uid and `/pledge`."""
    return sign_note(format_pledge(pledge), f"{pledge.poll}/pledge", key)


def verify_pledge(note: str, poll: str, public: bytes) -> Pledge:
    """Return the pledge that the poll's pledge key has signed; ValueError otherwise."""
    return parse_pledge(verify_note(note, f"{poll}/pledge", public))
