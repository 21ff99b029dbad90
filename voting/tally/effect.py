"""What the order on the page did: votes by the part of its category in which a candidate was shown.

Each ballot of a rotated poll carries, under its seal, which order its voter saw. It is looked at once,
when the reveals are written, and only sums over all ballots are kept.
"""

from collections import defaultdict
from typing import NamedTuple

from ..order import shift_of, variants_of
from .count import count_marks

FORMAT = "shortlist/order/v1"
THIRDS = 3
# Nothing is said of fewer ballots than this.
LEAST = 20


class OrderEffect:
    """Adds up opened ballots by the order that their voters saw; ballots without one are set aside."""

    def __init__(self, plan):
        self.plan = plan
        self.parts = variants_of(plan.rules)
        self.ballots = defaultdict(int)
        self.votes = defaultdict(lambda: [0] * len(plan.candidates))

    def add(self, opened):
        """Add a chunk of opened ballots that count."""
        marks = defaultdict(list)
        for ballot in opened:
            marks[ballot.variant if ballot.variant <= self.parts else 0].append(ballot.marks)
        for variant, rows in marks.items():
            ballots, votes, _blanks = count_marks(self.plan, [b"".join(rows)])
            self.ballots[variant] += ballots
            self.votes[variant] = [sum(pair) for pair in zip(self.votes[variant], votes, strict=True)]

    def document(self) -> dict:
        """Return the sums as canonical JSON can hold them.

        Per category and third: `shown`, how often a candidate stood there on a counted ballot's page,
        and `votes`, how often it was picked there. `categories` is empty where there are fewer than
        `LEAST` ballots, or so few of other channels that the tally less these sums would tell of them.
        """
        ballots = sum(count for variant, count in self.ballots.items() if variant)
        few = ballots < LEAST or 0 < self.ballots[0] < LEAST
        return {
            "format": FORMAT,
            "poll": self.plan.uid,
            "manifest": self.plan.sha256,
            "ballots": ballots,
            "least": LEAST,
            "categories": [] if few else [self._category(part) for part in self.plan.sections],
        }

    def _category(self, category):
        first, count = self.plan.index[category.candidates[0].code], len(category.candidates)
        thirds = [{"shown": 0, "votes": 0} for _third in range(THIRDS)]
        for variant in range(1, self.parts + 1):
            start = shift_of(count, variant, self.parts)
            for place in range(count):
                third = thirds[place * THIRDS // count]
                third["shown"] += self.ballots[variant]
                third["votes"] += self.votes[variant][first + (start + place) % count]
        return {"code": category.code, "thirds": thirds}


class Third(NamedTuple):
    """A part of a category as the result page tells it: `share` is votes in a hundred showings."""

    votes: int
    shown: int
    share: str


def thirds_of(document: dict, plan) -> list[tuple]:
    """Return each category with its thirds, for a page."""
    named = {category.code: category for category in plan.sections}
    return [
        (
            named[part["code"]],
            [
                Third(third["votes"], third["shown"], f"{third['votes'] * 100 / third['shown']:.1f} %")
                for third in part["thirds"]
                if third["shown"]
            ],
        )
        for part in document["categories"]
    ]
