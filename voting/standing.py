"""Where a ballot stands: received, entered in the public ledger, counted or not counted.

Entered means: each of its leaves is under a signed head, which can be proved to anybody.
"""

from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from .heads import latest_head
from .holds.words import rule_label
from .keeper import ballot_leaf
from .ledger.commitment import COMMITMENT_BYTES
from .models import Ballot, Checkpoint, Entry, HoldGroup, Result
from .recovery import LOST

EXCLUDED = "excluded"


class Standing(NamedTuple):
    """`state` is `entered`, `counted` or `not_counted`, `reason` the fault of a ballot not counted.

    `why` is what people decided of a ballot that they excluded, in the words of the public ledger;
    `until` is the last day for objections, None before the result is certified.
    `places` are pairs of a category and the number of its entry in the public ledger, from 1;
    `head` is the latest signed head, which covers them all.
    """

    state: str
    reason: str
    places: list
    head: Checkpoint
    why: str = ""
    until: date | None = None


def standing_of(poll, plan, code, commitments=b"") -> Standing | None:
    """Return where the ballot with this receipt code stands; None where none is under a signed head yet.

    Until results may be seen nothing is said but that it was entered. `commitments`, where the
    voter's pledge gives them, find a ballot too of which a restored backup has left the ledger's
    entries alone: it cannot be counted.
    """
    head = latest_head(poll)
    fields = ("commitments", "fault", "held__group__decision", "held__group__rule", "held__group__reason")
    row = Ballot.objects.filter(poll=poll, code=code).values_list(*fields).first()
    value, fault = (bytes(row[0]), row[1]) if row else (commitments, LOST)
    places = places_of(poll, plan, value, head.size if head and value else 0)
    if len(places) < len(plan.sections):
        return None
    if row is None:
        return Standing("not_counted", LOST, places, head, until=_objections_until(poll))
    if not poll.may_see_results():
        return Standing("entered", "", places, head)
    if row[2] == HoldGroup.Decision.EXCLUDED:
        why = _("%(rule)s: %(reason)s") % {"rule": rule_label(row[3]), "reason": row[4]}
        return Standing("not_counted", EXCLUDED, places, head, why, _objections_until(poll))
    if fault:
        return Standing("not_counted", fault, places, head, until=_objections_until(poll))
    return Standing("counted", "", places, head)


def _objections_until(poll):
    return Result.objects.filter(poll=poll).values_list("objections_until", flat=True).first()


def places_of(poll, plan, commitments: bytes, size: int):
    """Return each category with the number of its entry among the first `size`, for one ballot."""
    if not size:
        return []
    leaves = {
        ballot_leaf(category.code, commitments[at * COMMITMENT_BYTES : (at + 1) * COMMITMENT_BYTES]): category
        for at, category in enumerate(plan.sections)
    }
    entries = Entry.objects.of_ballots(poll, leaves).values_list("leaf", "index")
    numbers = {bytes(leaf): index + 1 for leaf, index in entries}
    return [
        (category, numbers[leaf]) for leaf, category in leaves.items() if numbers.get(leaf, size + 1) <= size
    ]
