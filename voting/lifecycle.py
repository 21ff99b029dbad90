"""The acts that move a poll from state to state. Each is one transaction on a locked poll."""

import hashlib
from datetime import UTC

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .heads import append_entries
from .holders import holder_fault
from .keeper import append_act, enter_opening, has_entry, locked_poll
from .keyring import load_keyring, make_keys
from .ledger.canonical import canonical
from .manifest import build_manifest, origin_of, parse_manifest, plan_of
from .models import Ballot, ChannelFile, Manifest, Participation, PendingEnvelope, Poll
from .publication import write_marks, write_order_effect, write_tally
from .refusals import ActRefused
from .signer import begin_memory
from .tally.count import save_tally

State = Poll.State
NONE_BEFORE_OPENING = (Ballot, Participation, PendingEnvelope)


def announce_poll(*, poll):
    """Show a draft to the public. Its text can still be corrected until it is opened."""
    with transaction.atomic():
        poll = _in_state(poll, State.DRAFT)
        poll.state = State.ANNOUNCED
        poll.save(update_fields=["state"])
    return poll


def open_poll(*, poll, accept_short_list=False, at=None):
    """Freeze the manifest and let the clock open the poll.

    Voting begins at `opens_at`, or now where that is past. A list with fewer candidates than its
    source declares needs `accept_short_list`, which the manifest then says to everyone.
    """
    at = at or timezone.now()
    with transaction.atomic():
        poll = _in_state(poll, State.DRAFT, State.ANNOUNCED)
        if poll.closes_at <= at:
            raise ActRefused(_("The closing time is past. Set a later one, then open the poll."))
        faults = opening_faults(poll)
        if faults:
            raise ActRefused(" ".join(faults))
        if plan_of(poll).short_sections and not accept_short_list:
            raise ActRefused(
                _(
                    "The list is shorter than its source declares. Add what is missing, or confirm "
                    "expressly that it opens like this; everyone will see that."
                )
            )
        make_keys(poll.uid)
        if poll.sealed and load_keyring(poll.uid).election_secret is not None:
            raise ActRefused(
                _("This server has the key to the ballots, so the poll cannot be called sealed.")
            )
        poll.accepts_short_list = bool(plan_of(poll).short_sections)
        poll.opens_at = max(poll.opens_at, at)
        data = build_manifest(poll, load_keyring(poll.uid).fingerprints)
        begin_memory(settings.SIGNER_DIR, poll.uid, origin_of(poll))
        poll.manifest_sha256 = hashlib.sha256(data).hexdigest()
        poll.opened_at = at
        poll.state = State.OPEN
        Manifest.objects.create(poll=poll, data=data, sha256=poll.manifest_sha256, created_at=at)
        poll.save()
        append_entries(
            poll,
            [
                (
                    "manifest",
                    canonical(
                        {
                            "type": "manifest",
                            "name": "manifest.json",
                            "length": len(data),
                            "sha256": poll.manifest_sha256,
                        }
                    ),
                )
            ],
        )
    return poll


def opening_faults(poll) -> list[str]:
    """Return what stands against opening, in sentences for the clerk."""
    plan = parse_manifest(build_manifest(poll, {}))
    faults = [holder_fault(poll)] if holder_fault(poll) else []
    if any(model.objects.filter(poll_id=poll.pk).exists() for model in NONE_BEFORE_OPENING):
        faults.append(_("There are ballots or participations of this poll already. Make a new poll."))
    if not plan.sections:
        faults.append(_("The list has no category on the ballot. Add one with its candidates."))
    codes = [candidate.code for candidate in plan.candidates]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        faults.append(_("The code %(code)s stands twice. Give each candidate its own.") % {"code": code})
    for category in plan.sections:
        values = {"category": category.name, "count": len(category.candidates)}
        if not category.candidates:
            faults.append(_("“%(category)s” has no candidates. Add some or take it off the ballot.") % values)
        elif category.min_choices > len(category.candidates):
            faults.append(
                _("“%(category)s” asks for more choices than its %(count)d candidates allow.") % values
            )
        for candidate in category.candidates:
            if candidate.code[0] != category.code:
                faults.append(
                    _("The code %(code)s does not begin with its category's digit %(digit)s.")
                    % {"code": candidate.code, "digit": category.code}
                )
    return faults


def pause_poll(*, poll, reason, at=None):
    """Stop taking ballots for a while. What was cast stands; the reason is public."""
    at = at or timezone.now()
    with transaction.atomic():
        poll = _in_state(poll, State.OPEN)
        if not poll.may_vote(at):
            raise ActRefused(_("Voting is not under way at this moment, so it cannot be paused."))
        poll.state = State.PAUSED
        poll.save(update_fields=["state"])
        enter_opening(poll)
        append_act(poll, "pause", at=_time(at), reason=reason)
    return poll


def resume_poll(*, poll, at=None):
    """Take ballots again."""
    at = at or timezone.now()
    with transaction.atomic():
        poll = _in_state(poll, State.PAUSED)
        if poll.phase(at) == State.CLOSED:
            raise ActRefused(_("The closing time is past; the poll cannot go on."))
        poll.state = State.OPEN
        poll.save(update_fields=["state"])
        append_act(poll, "resume", at=_time(at))
    return poll


def close_poll(*, poll, at=None):
    """Close a poll before its time. The keeper then enters what still waits, and the closing."""
    at = at or timezone.now()
    with transaction.atomic():
        poll = _in_state(poll, State.OPEN, State.PAUSED)
        poll.state = State.CLOSED
        poll.closed_at = min(at, poll.closes_at)
        poll.save(update_fields=["state", "closed_at"])
    return poll


def count_poll(*, poll, at=None):
    """Count the opened ballots and keep the tally. The ballots must have been opened before."""
    at = at or timezone.now()
    with transaction.atomic():
        poll = _in_state(poll, State.CLOSED)
        check_countable(poll)
        if Ballot.objects.filter(poll=poll).unopened().exists():
            raise ActRefused(_("Some ballots are still under seal. Open them with the holder's key first."))
        if not has_entry(poll, "reveals"):
            raise ActRefused(_("The reveals have not been written yet. Open the ballots once more."))
        plan = plan_of(poll)
        tally = save_tally(poll, plan, at)
        documents = [write_tally(poll, bytes(tally.data)), *write_marks(poll, plan)]
        documents += write_order_effect(poll, plan)
        append_act(poll, "tally", documents=[document._asdict() for document in documents])
        poll.state = State.COUNTED
        poll.save(update_fields=["state"])
    return poll


def check_countable(poll):
    """Raise ActRefused where the count may not begin yet: counting never runs ahead of the ledger."""
    if poll.phase() != State.CLOSED or poll.state != State.CLOSED:
        raise ActRefused(_("Counting begins after the poll is closed."))
    if not has_entry(poll, "close"):
        raise ActRefused(_("The last ballots are still being entered. Try again in a moment."))
    unread = ChannelFile.objects.filter(poll=poll, complete=False).first()
    if unread:
        raise ActRefused(
            _("The file %(name)s was not read to its end. Import it once more; it goes on where it stopped.")
            % {"name": unread.name}
        )


def _in_state(poll, *states):
    """Return the locked poll; ActRefused unless it is in one of these states."""
    poll = locked_poll(poll)
    if poll.state not in states:
        raise ActRefused(
            _("This is not possible in the state “%(state)s”. Reload the page to see where the poll stands.")
            % {"state": poll.get_state_display()}
        )
    return poll


def _time(moment):
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
