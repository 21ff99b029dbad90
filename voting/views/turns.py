"""Several people at one phone: what this device has cast, and handing it to the next voter."""

from typing import NamedTuple

from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ..casting import has_voted
from ..eligibility import kind_of
from ..keyring import keys_of
from ..receipt import forget_receipt, recall_receipt
from .public import draw, now, of_poll


class Turns(NamedTuple):
    """How many ballots a caller may cast and has cast in this period, and which turn is next.

    `free` is the first turn without a ballot (0 for the first), None where all are used; `ready` says
    that the present turn has none.
    """

    most: int
    used: int
    free: int | None
    ready: bool


def turns_of(request, poll, plan, at):
    """Return the caller's turns. Never makes a credential: a device that has none is ready."""
    kind = kind_of(plan)
    keys = keys_of(poll, plan)
    present = kind.credential(request, plan)
    used = {each: has_voted(poll, keys, each, at) for each in kind.credentials(request, plan)}
    free = next((turn for turn, voted in enumerate(used.values()) if not voted), None if used else 0)
    return Turns(kind.ballots(plan), sum(used.values()), free, not used.get(present, False))


@require_http_methods(["GET", "HEAD", "POST"])
@of_poll
def next_voter(request, poll, plan):
    """Say what this device has cast; a post clears its receipt and moves to the first turn that is free.

    The number is kept by the turns themselves: there are only so many credentials, and each casts once.
    """
    at = now()
    turns = turns_of(request, poll, plan, at) if poll.may_vote(at) else None
    if request.method == "POST":
        # The fragment tells the device's own script that the draft goes too; no server sees it.
        response = redirect(f"{reverse('voting:next', args=[poll.slug])}#cleared")
        response.status_code = 303
        response["Cache-Control"] = "private, no-store"
        forget_receipt(response, poll)
        if kind_of(plan).ENTRANCE:
            kind_of(plan).take_turn(response, plan, 0)
        elif turns and turns.free is not None:
            kind_of(plan).take_turn(response, plan, turns.free)
        return response
    context = {"poll": poll, "plan": plan, "phase": poll.phase(at), "at": at, "turns": turns}
    context["receipt_kept"] = recall_receipt(request, poll) is not None
    return draw(request, "voting/next.html", context)
