"""What a verifier needs of the manifest."""

import hashlib
import re
from datetime import UTC, datetime
from typing import NamedTuple

from ..canonical import parse_canonical
from .report import Fault

FORMAT = "shortlist/manifest/v1"


class Section(NamedTuple):
    """A category on the ballot: its digit, its candidates' codes in the manifest's order, and its limits."""

    code: str
    codes: tuple[str, ...]
    places: int
    least: int
    most: int

    def fault(self, picked) -> str:
        """Return what is wrong with picks in ascending order, '' if nothing is."""
        if any(code not in self.codes for code in picked):
            return "a code that is not on the ballot"
        if list(picked) != sorted(set(picked)):
            return "codes out of order"
        if not self.least <= len(picked) <= self.most:
            return f"{len(picked)} picks where {self.least} to {self.most} are allowed"
        return ""


class Plan(NamedTuple):
    """A poll's rules as the manifest froze them."""

    sha256: str
    length: int
    uid: str
    origin: str
    ledger_key: bytes
    pledge_key: bytes
    opens_at: str
    closes_at: str
    rehearsal: bool
    reveals: str
    least_votes: int
    daily: bool
    approvals: int
    tie_rule: str
    lot_source: str
    sections: tuple[Section, ...]
    holds_decided_by: str = ""


def read_plan(data: bytes) -> Plan:
    """Return the plan of a manifest's bytes; Fault where they are none."""
    try:
        document = parse_canonical(data)
        if document["format"] != FORMAT:
            raise ValueError("unknown format")
        sections = [
            _section(category) for category in document["list"]["categories"] if category["on_ballot"]
        ]
        if len({section.code for section in sections}) != len(sections):
            raise ValueError("two categories of one digit")
        return Plan(
            hashlib.sha256(data).hexdigest(),
            len(data),
            _typed(str, document["poll"]),
            _typed(str, document["origin"]),
            _key(document["keys"]["ledger"]),
            _key(document["keys"]["pledge"]),
            _time(document["opens_at"]),
            _time(document["closes_at"]),
            _typed(bool, document["rehearsal"]),
            _typed(str, document["rules"]["reveals"]),
            _typed(int, document["rules"]["least_votes"]),
            _typed(bool, document["rules"]["daily"]),
            _typed(int, document["rules"]["approvals"]),
            _typed(str, document["rules"]["tie_rule"]),
            _typed(str, document["rules"]["lot_source"]),
            tuple(sections),
            _time(document["holds_decided_by"]) if document.get("holds_decided_by") else "",
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Fault(f"The manifest cannot be read: {error!r}.", "投票方案（定本）无法读取。") from None


def _section(category):
    digit, codes = category["code"], tuple(candidate["code"] for candidate in category["candidates"])
    numbers = [_typed(int, category[name]) for name in ("places", "min_choices", "max_choices")]
    if not re.fullmatch("[1-9]", digit, re.ASCII) or len(set(codes)) != len(codes):
        raise ValueError("a category that is no digit, or a code twice")
    if not all(re.fullmatch(f"{digit}[0-9][0-9]", code, re.ASCII) for code in codes):
        raise ValueError("a code that is not its category's digit and two more")
    return Section(digit, codes, *numbers)


def _typed(kind, value):
    if type(value) is not kind:
        raise TypeError(f"{value!r} where a {kind.__name__} is needed")
    return value


def _key(text):
    value = bytes.fromhex(text)
    if len(value) != 32:
        raise ValueError("a key of the wrong length")
    return value


def _time(text):
    datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return text
