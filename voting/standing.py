"""Where a ballot stands: received, entered in the public ledger, counted or not counted."""

from typing import NamedTuple

from .keeper import ballot_leaf
from .ledger.commitment import COMMITMENT_BYTES
from .models import Ballot, Entry


class Standing(NamedTuple):
    """`state` is `entered`, `counted` or `not_counted`, `reason` the fault of a ballot not counted.

    `places` are pairs of a category and the number of its entry in the public ledger, from 1.
    """

    state: str
    reason: str
    places: list


def standing_of(poll, plan, code) -> Standing | None:
    """Return where the ballot with this receipt code stands; None where none is entered yet.

    Until results may be seen nothing is said but that it was entered.
    """
    row = Ballot.objects.filter(poll=poll, code=code).values_list("commitments", "fault").first()
    if row is None:
        return None
    commitments, fault = bytes(row[0]), row[1]
    places = places_of(poll, plan, commitments)
    if not poll.may_see_results():
        return Standing("entered", "", places)
    return Standing("not_counted" if fault else "counted", fault, places)


def places_of(poll, plan, commitments: bytes):
    """Return each category with the number of its ledger entry, for the commitments of one ballot."""
    leaves = {
        ballot_leaf(category.code, commitments[at * COMMITMENT_BYTES : (at + 1) * COMMITMENT_BYTES]): category
        for at, category in enumerate(plan.sections)
    }
    # The leaves' index covers entries of ballots only, and an order by number would keep it from being used.
    entries = Entry.objects.filter(poll=poll, type="ballot", leaf__in=list(leaves)).order_by()
    numbers = {bytes(leaf): index + 1 for leaf, index in entries.values_list("leaf", "index")}
    return [(category, numbers[leaf]) for leaf, category in leaves.items() if leaf in numbers]
