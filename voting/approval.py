"""Grave acts: proposed by one person, done when as many different people as the rules ask have approved.

`PERFORM` names the acts. Each performs on the locked poll, inside the transaction of the last approval:
act, approvals, audit trail and ledger entries happen together or not at all. That nobody approves twice
and nothing is done with too few approvals is kept by the database.
"""

from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import certification, corrections, lifecycle
from .holds.decisions import perform_exclude
from .keeper import locked_poll
from .manifest import draft_sha256
from .models import Approval, Poll, Proposal
from .refusals import ActRefused
from .trail import anchor, record

PERFORM: dict[str, Callable] = {
    "open": lifecycle.perform_open,
    "pause": lifecycle.perform_pause,
    "resume": lifecycle.perform_resume,
    "close": lifecycle.perform_close,
    "extend": lifecycle.perform_extend,
    "annul": lifecycle.perform_annul,
    "correct": corrections.perform_correct,
    "exclude": perform_exclude,
    "certify": certification.perform_certify,
}


def propose(*, poll, act, content=None, reason="", person, at=None) -> Proposal:
    """Propose an act with the proposer's own approval, and do it where that is enough.

    `content` is what the act needs, as JSON; `reason` may be public. Raises ActRefused.
    """
    at = at or timezone.now()
    with transaction.atomic():
        poll = locked_poll(poll)
        content = dict(content or {})
        if not poll.frozen:
            # Whoever approves says yes to the same list and rules as whoever proposed.
            content["draft"] = draft_sha256(poll)
        try:
            with transaction.atomic():
                proposal = Proposal.objects.create(
                    poll=poll, act=act, content=content, reason=reason, needed=poll.approvals, proposed_at=at
                )
        except IntegrityError:
            raise ActRefused(
                _("This is proposed already and waits for approval. Approve it, or withdraw it first.")
            ) from None
        record(poll, person.get_username(), f"propose {act}", at, proposal=proposal.pk, reason=reason)
        return _approve(poll, proposal, person, at)


def approve(*, proposal, person, at=None) -> Proposal:
    """Add one person's approval, and do the act where it was the last one needed. Raises ActRefused."""
    at = at or timezone.now()
    with transaction.atomic():
        poll = locked_poll(proposal.poll)
        proposal = Proposal.objects.get(pk=proposal.pk)
        if proposal.state != Proposal.State.WAITING:
            raise ActRefused(_("This proposal is settled already: %s.") % proposal.get_state_display())
        record(poll, person.get_username(), f"approve {proposal.act}", at, proposal=proposal.pk)
        return _approve(poll, proposal, person, at)


def withdraw(*, proposal, person, at=None) -> Proposal:
    """Take a proposal back; nothing of it is done. Raises ActRefused."""
    at = at or timezone.now()
    with transaction.atomic():
        poll = locked_poll(proposal.poll)
        proposal = Proposal.objects.get(pk=proposal.pk)
        if proposal.state != Proposal.State.WAITING:
            raise ActRefused(_("This proposal is settled already: %s.") % proposal.get_state_display())
        proposal.state = Proposal.State.WITHDRAWN
        proposal.save(update_fields=["state"])
        record(poll, person.get_username(), f"withdraw {proposal.act}", at, proposal=proposal.pk)
    return proposal


def name_of(person) -> str:
    """Return how the public ledger names a person of the staff."""
    return (person.get_full_name() or person.get_username())[:80]


def _approve(poll, proposal, person, at):
    """Add the approval on the locked poll, and do the act where it was the last."""
    if not poll.frozen and proposal.content.get("draft") != draft_sha256(poll):
        raise ActRefused(
            _("List or rules changed since this was proposed. Withdraw it, check them and propose it anew.")
        )
    try:
        with transaction.atomic():
            Approval.objects.create(proposal=proposal, person=person, name=name_of(person), at=at)
    except IntegrityError:
        raise ActRefused(_("You have approved this already; another person must approve it.")) from None
    by = list(proposal.approvals.order_by("name").values_list("name", flat=True))
    if len(by) < proposal.needed:
        return proposal
    # The database refuses this where too few have approved, before anything is done.
    proposal.state, proposal.done_at = Proposal.State.DONE, at
    proposal.save(update_fields=["state", "done_at"])
    content = proposal.content | {"reason": proposal.reason, "proposal": proposal.pk}
    PERFORM[proposal.act](poll, content, by, at)
    told = {name: content[name] for name in ("acknowledged",) if content.get(name)}
    record(poll, person.get_username(), proposal.act, at, proposal=proposal.pk, by=by, **told)
    anchor(Poll.objects.get(pk=poll.pk), at)
    return proposal
