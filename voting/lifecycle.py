"""The acts that move a poll from state to state. Each is one transaction on a locked poll."""

import hashlib
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .codes import enter_codes_at_opening
from .eligibility import kind_of
from .forget import retention_faults
from .heads import append_entries
from .holders import holder_fault
from .holds.groups import settle
from .keeper import append_act, enter_opening, has_entry, locked_poll
from .keyring import load_keyring, make_keys
from .ledger.canonical import canonical
from .manifest import build_manifest, origin_of, parse_manifest, plan_of
from .models import Ballot, ChannelFile, Manifest, Participation, PendingEnvelope, Poll
from .publication import write_marks, write_order_effect, write_tally
from .refusals import ActRefused
from .rolls.importing import enter_roll_at_opening
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


def open_poll(*, poll, accept_short_list=False, by=(), at=None):
    """Freeze the manifest and let the clock open the poll.

    Voting begins at `opens_at`, or now where that is past. A list with fewer candidates than its
    source declares needs `accept_short_list`, which the manifest then says to everyone. `by` are the
    names of those who approved.
    """
    at = at or timezone.now()
    with transaction.atomic():
        poll = _in_state(poll, State.DRAFT, State.ANNOUNCED)
        need_approvals(poll, by)
        if poll.closes_at <= at:
            raise ActRefused(_("The closing time is past. Set a later one, then open the poll."))
        faults = opening_faults(poll)
        if faults:
            raise ActRefused(" ".join(faults))
        short = bool(plan_of(poll).short_sections)
        if short and not accept_short_list:
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
        poll.accepts_short_list = short
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
                            "by": list(by),
                        }
                    ),
                )
            ],
        )
        enter_codes_at_opening(poll, at)
        enter_roll_at_opening(poll, at)
    return poll


def opening_faults(poll) -> list[str]:
    """Return what stands against opening, in sentences for the clerk."""
    plan = parse_manifest(build_manifest(poll, {}))
    faults = [holder_fault(poll)] if holder_fault(poll) else []
    if any(model.objects.filter(poll_id=poll.pk).exists() for model in NONE_BEFORE_OPENING):
        faults.append(_("There are ballots or participations of this poll already. Make a new poll."))
    faults += getattr(kind_of(plan), "opening_faults", lambda poll: [])(poll) + retention_faults(poll)
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


def pause_poll(*, poll, reason, by=(), at=None):
    """Stop taking ballots for a while. What was cast stands; the reason is public."""
    at = at or timezone.now()
    with transaction.atomic():
        poll = _in_state(poll, State.OPEN)
        need_approvals(poll, by)
        if not poll.may_vote(at):
            raise ActRefused(_("Voting is not under way at this moment, so it cannot be paused."))
        enter_opening(poll)
        _enter_public_act(poll, "pause", state=State.PAUSED, at=_time(at), reason=reason, by=list(by))
    return poll


def resume_poll(*, poll, by=(), at=None):
    """Take ballots again."""
    at = at or timezone.now()
    with transaction.atomic():
        poll = _in_state(poll, State.PAUSED)
        need_approvals(poll, by)
        if poll.phase(at) == State.CLOSED:
            raise ActRefused(_("The closing time is past; the poll cannot go on."))
        _enter_public_act(poll, "resume", state=State.OPEN, at=_time(at), by=list(by))
    return poll


def extend_poll(*, poll, closes_at, reason, by=(), at=None):
    """Let a poll close later than it was to; the new time and the reason are public."""
    at = at or timezone.now()
    with transaction.atomic():
        poll = _in_state(poll, State.OPEN, State.PAUSED)
        need_approvals(poll, by)
        if poll.phase(at) == State.CLOSED:
            raise ActRefused(_("The closing time is past; a closed poll cannot be extended."))
        if closes_at <= poll.closes_at:
            raise ActRefused(_("The new closing time must be later than the present one."))
        poll.closes_at = closes_at.replace(microsecond=0)
        if poll.phase(at) != "waiting":
            enter_opening(poll)
        _enter_public_act(
            poll, "extend", at=_time(at), closes_at=_time(poll.closes_at), reason=reason, by=list(by)
        )
    return poll


def close_poll(*, poll, reason="", by=(), at=None):
    """Close a poll before its time. The keeper then enters what still waits, and the closing.

    `reason` and `by` are kept for the closing's entry, which tells that people closed it, not the clock.
    """
    at = at or timezone.now()
    with transaction.atomic():
        poll = _in_state(poll, State.OPEN, State.PAUSED)
        need_approvals(poll, by)
        poll.state = State.CLOSED
        poll.closed_at = min(at, poll.closes_at)
        if poll.closed_at < poll.closes_at:
            poll.closed_early = {"reason": reason, "by": list(by)}
        poll.save(update_fields=["state", "closed_at", "closed_early"])
    return poll


def annul_poll(*, poll, reason, by=(), at=None):
    """Declare an opened poll void, whatever its state. Nothing of how people voted is shown any more."""
    at = at or timezone.now()
    with transaction.atomic():
        poll = _in_state(poll, *Poll.FROZEN_STATES)
        need_approvals(poll, by)
        enter_opening(poll)
        poll.closed_at = poll.closed_at or min(at, poll.closes_at)
        poll.save(update_fields=["closed_at"])
        _enter_public_act(
            poll, "audit", state=State.ANNULLED, act="annulled", at=_time(at), reason=reason, by=list(by)
        )
    return poll


def perform_open(poll, content, by, at):
    """Open as it was approved (`approval.PERFORM`); so do the functions below."""
    open_poll(poll=poll, accept_short_list=content.get("accept_short_list", False), by=by, at=at)


def perform_pause(poll, content, by, at):
    pause_poll(poll=poll, reason=content["reason"], by=by, at=at)


def perform_resume(poll, content, by, at):
    resume_poll(poll=poll, by=by, at=at)


def perform_extend(poll, content, by, at):
    closes_at = datetime.fromisoformat(content["closes_at"])
    extend_poll(poll=poll, closes_at=closes_at, reason=content["reason"], by=by, at=at)


def perform_close(poll, content, by, at):
    close_poll(poll=poll, reason=content["reason"], by=by, at=at)


def perform_annul(poll, content, by, at):
    annul_poll(poll=poll, reason=content["reason"], by=by, at=at)


def need_approvals(poll, by):
    """Raise ActRefused where fewer different people stand for a grave act than the poll's rules ask for."""
    if len(set(by)) < poll.approvals:
        raise ActRefused(
            ngettext(
                "This act needs the approval of %(count)d person.",
                "This act needs the approval of %(count)d different people.",
                poll.approvals,
            )
            % {"count": poll.approvals}
        )


def _enter_public_act(poll, kind, *, state=None, **content):
    """Enter an act that everyone is shown, and move the poll with it. The poll is locked."""
    poll.state = state or poll.state
    poll.public_acts += 1
    poll.save(update_fields=["state", "closes_at", "public_acts"])
    append_act(poll, kind, **content)


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
        settle(poll, plan, at)
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
