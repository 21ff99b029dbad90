"""What people decide of held ballots: to release them, or to exclude them with another's approval."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import trail
from ..keeper import append_act, locked_poll
from ..ledger.canonical import canonical
from ..models import HeldBallot, HoldGroup, Poll, Proposal
from ..publication import exclusion_name, write_document
from ..refusals import ActRefused
from .groups import EXCLUSION, _time, forget_numbers, leaves_of, release

ACT = "exclude"


def release_group(*, poll, number, reason, person, name, at=None):
    """Release a group because a person says why; `name` is how the ledger names them. Raises ActRefused."""
    at = at or timezone.now()
    with transaction.atomic():
        poll = locked_poll(poll)
        group = group_to_decide(poll, number)
        release(poll, group, reason=reason, by=[name], at=at)
        trail.record(poll, person.get_username(), "release", at, group=number, reason=reason)
        waiting = Proposal.objects.filter(poll=poll, act=ACT, state=Proposal.State.WAITING)
        for proposal in waiting:
            if proposal.content.get("group") == number:
                proposal.state = Proposal.State.WITHDRAWN
                proposal.save(update_fields=["state"])
        forget_numbers(poll)
    return group


def perform_exclude(poll, content, by, at):
    """Exclude a group as it was approved (`approval.PERFORM`)."""
    group = group_to_exclude(poll, content.get("group"))
    ballots = list(HeldBallot.objects.filter(group=group).values_list("ballot_id", flat=True))
    group.decision, group.reason, group.decided_at = HoldGroup.Decision.EXCLUDED, content["reason"], at
    group.proposal_id = content["proposal"]
    group.save(update_fields=["decision", "reason", "decided_at", "proposal"])
    document = write_document(
        poll,
        exclusion_name(group.number),
        [
            canonical(
                {
                    "format": EXCLUSION,
                    "poll": poll.uid,
                    "hold": group.number,
                    "rule": group.rule,
                    "leaves": leaves_of(poll, ballots),
                }
            )
        ],
    )
    append_act(
        poll,
        "exclude",
        at=_time(at),
        hold=group.number,
        reason=content["reason"],
        by=list(by),
        documents=[document._asdict()],
    )
    forget_numbers(poll)


def group_to_decide(poll, number) -> HoldGroup:
    """Return a group that can be decided now; ActRefused otherwise."""
    group = HoldGroup.objects.filter(poll=poll, number=number).first()
    if group is None:
        raise ActRefused(_("There is no such group."))
    if group.decision:
        raise ActRefused(_("This group is decided already."))
    if poll.state != Poll.State.CLOSED:
        raise ActRefused(_("Held ballots are decided between the close and the count."))
    return group


def group_to_exclude(poll, number) -> HoldGroup:
    """Return a group that can be excluded: only after the ballots were opened and the review was done."""
    group = group_to_decide(poll, number)
    if not group.reviewed:
        raise ActRefused(
            _("Before the ballots are opened nothing can be excluded: the review may release this group.")
        )
    return group
