"""Which picks were made how often in one category, in memory that does not grow with the ballots."""

import hashlib
import secrets
from collections import Counter

BLANK = "-"
MOST_WAITING = 1 << 16
KEY = secrets.token_bytes(32)


class Selections:
    """A multiset of selections, each written as in published marks: `101 103`, or `-` for none.

    `votes` by code, `blank` and `total` are its sums. Two of them are equal where they hold the same
    selections equally often: compared are sums of keyed hashes, whose key is drawn anew in each run, so
    that nobody can make different selections that agree.
    """

    def __init__(self, lines=()):
        self._waiting, self._votes = Counter(), Counter()
        self._blank = self._total = self._fingerprint = 0
        for line in lines:
            self.add(line)

    def add(self, line: str):
        """Take one selection."""
        self._waiting[line] += 1
        if len(self._waiting) > MOST_WAITING:
            self._fold()

    def __contains__(self, line):
        """Say whether this selection came lately; True means that it came."""
        return line in self._waiting

    def __eq__(self, other):
        return (self.total, self._folded()) == (other.total, other._folded())

    @property
    def votes(self) -> Counter:
        """How often each code was picked."""
        self._fold()
        return self._votes

    @property
    def blank(self) -> int:
        """How many selections are empty."""
        self._fold()
        return self._blank

    @property
    def total(self) -> int:
        """How many selections there are."""
        self._fold()
        return self._total

    def _folded(self):
        self._fold()
        return self._fingerprint

    def _fold(self):
        """Add up what waits and forget it."""
        for line, count in self._waiting.items():
            digest = hashlib.blake2b(line.encode(), key=KEY, digest_size=32).digest()
            self._fingerprint = (self._fingerprint + count * int.from_bytes(digest, "big")) % (1 << 256)
            self._total += count
            if line == BLANK:
                self._blank += count
            else:
                for code in line.split(" "):
                    self._votes[code] += count
        self._waiting.clear()
