"""The staff's pages for polls. Ballots, participations and the ledger have none: nothing to see early."""

from . import poll  # noqa: F401  (registers the poll's pages)
