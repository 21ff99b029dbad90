"""The staff's pages for polls. Ballots, participations and the ledger have none: nothing to see early."""

from . import holidays, people, poll, trail  # noqa: F401  (register their pages)
