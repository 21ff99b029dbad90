"""Read a pasted text whole: its lines in their places, and the evidence proposed for every candidate."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from .claims import MOST_CLAIMS as MOST_OF_ONE
from .claims import Claim, propose
from .outline import Item, Outline
from .placing import place
from .text import clean, unbroken

MOST_CLAIMS = 1500


@dataclass
class Reading:
    """A text as it was understood: one paragraph a line; `joined` says that lines were put together."""

    text: str
    outline: Outline
    joined: bool = False
    claims: dict[str, list[Claim]] = field(default_factory=dict)
    cut_off: bool = False

    @property
    def every_claim(self):
        return [claim for claims in self.claims.values() for claim in claims]

    @property
    def keys(self) -> list[str]:
        return [claim.key for claim in self.every_claim]

    @property
    def digest(self) -> str:
        """Return what tells whether a person saw just this reading: its text and its answers."""
        question = self.outline.question
        starts = question.starts if question else ""
        return hashlib.sha256(f"{starts}\n{self.text}".encode()).hexdigest()

    def claims_of(self, item: Item) -> list[Claim]:
        return self.claims.get(item.code, [])


def read(text: str, starts=None) -> Reading:
    """Return the reading of a text; `starts` are the answers to headings at its end. Changes nothing."""
    text, joined = unbroken(clean(text))
    reading = Reading(text, place(text, starts), joined)
    count, seen = 0, Counter()
    for item in reading.outline.items:
        claims = propose(item.title, item.body)
        if count + len(claims) > MOST_CLAIMS:
            reading.cut_off = True
            break
        for claim in claims:
            seen[claim.key] += 1
            if seen[claim.key] > 1:
                claim.key += f"x{seen[claim.key]}"  # Of a candidate that stands in the text twice.
        reading.claims[item.code] = claims
        reading.cut_off |= len(claims) >= MOST_OF_ONE
        count += len(claims)
    return reading
