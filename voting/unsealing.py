"""From sealed ballots to reveals: the long step between the close and the count."""

from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from .holds.groups import look_at_tags, review_held
from .keeper import append_act, has_entry, locked_poll
from .lifecycle import check_countable
from .models import Ballot
from .opening import open_ballots
from .publication import write_reveals


class Step(NamedTuple):
    """How far it is: boxes opened in all so far, and how many openings there are to do."""

    done: int
    total: int


def unseal(poll, plan, secret):
    """Open what is under seal, write the reveals and enter them once; yield a Step after each chunk.

    Every box is opened twice, first for its marks and then for the reveals, so that a run which is
    broken off goes on where it stopped and the reveals are written whole or not at all. Raises
    ActRefused before the close.
    """
    check_countable(poll)
    # Tags and marks never stand in the database together.
    look_at_tags(poll, timezone.now())
    done, total = (
        0,
        Ballot.objects.filter(poll=poll).count() + Ballot.objects.filter(poll=poll).unopened().count(),
    )
    for count in open_ballots(poll, plan, secret):
        done += count
        yield Step(done, total)
    if has_entry(poll, "reveals"):
        review_held(poll, plan, timezone.now())
        return
    documents = []
    for result in write_reveals(poll, plan, secret):
        if isinstance(result, list):
            documents = result
        else:
            done += result
            yield Step(done, total)
    with transaction.atomic():
        poll = locked_poll(poll)
        check_countable(poll)
        if not has_entry(poll, "reveals"):
            append_act(
                poll,
                "reveals",
                to=plan.rules["reveals"],
                documents=[document._asdict() for document in documents],
            )
    review_held(poll, plan, timezone.now())
