"""What the manifest's rule makes of a tie at the cut: all in, all out, a decision on record, or a lot.

The lot: the seed is SHA-256 over the ledger's root that covers the tally, followed by a public number
that was drawn later; each of the tied has SHA-256 over seed, category and code, and the lowest win.
Anyone can repeat it with a calculator for SHA-256.
"""

import hashlib
from typing import NamedTuple

from .rules import IN, TIED

ALL_IN, ALL_OUT, DECISION, LOT = "all_in", "all_out", "decision", "lot"


class Tie(NamedTuple):
    """Candidates with equal votes at the cut, and how many of them find a place."""

    category: str
    codes: list[str]
    places: int


def ties_of(tally: dict) -> list[Tie]:
    """Return the ties at the cut in a tally's document."""
    found = []
    for part in tally["categories"]:
        tied = [row["code"] for row in part["rows"] if row["standing"] == TIED]
        above = sum(row["standing"] == IN for row in part["rows"])
        if tied:
            found.append(Tie(part["code"], tied, part["places"] - above))
    return found


def lot_seed(root: bytes, number: str) -> bytes:
    """Return the 32-byte seed of a lot: the ledger's root, 32 bytes, then the public number as text."""
    return hashlib.sha256(root + number.encode()).digest()


def draw_lot(tie: Tie, seed: bytes) -> list[dict]:
    """Return the tied with their hashes, the lowest first: the first `tie.places` of them win."""
    drawn = [
        {"code": code, "sha256": hashlib.sha256(seed + tie.category.encode() + code.encode()).hexdigest()}
        for code in tie.codes
    ]
    return sorted(drawn, key=lambda each: each["sha256"])


def settle(tie: Tie, rule: str, *, seed=None, decision=None) -> dict:
    """Return the tie's part of a result: who is chosen, and the working.

    `decision` is {"chosen": [codes], "reason": text}, `seed` that of a lot. ValueError where the rule
    needs one that is missing or that does not fit the places.
    """
    settled = {
        "codes": tie.codes,
        "places": tie.places,
        "rule": rule,
        "chosen": [],
        "reason": "",
        "draw": [],
    }
    if rule == ALL_IN:
        settled["chosen"] = tie.codes
    elif rule == DECISION:
        chosen = list((decision or {}).get("chosen", []))
        if len(set(chosen)) != tie.places or not set(chosen) <= set(tie.codes):
            raise ValueError("decision")
        if not decision.get("reason", "").strip():
            raise ValueError("reason")
        settled |= {
            "chosen": [code for code in tie.codes if code in chosen],
            "reason": decision["reason"].strip(),
        }
    elif rule == LOT:
        if seed is None:
            raise ValueError("lot")
        settled["draw"] = draw_lot(tie, seed)
        settled["chosen"] = [each["code"] for each in settled["draw"][: tie.places]]
    return settled
