"""The one hot path: a ballot is checked, sealed and stored, and its inclusion promised.

Order matters. A ballot that is posted again is recognised before clock, pause or the ticket's end
are looked at, so that a lost reply never turns into a refusal. The reply is built only after the
commit was confirmed as durable.
"""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from .durable import NotDurable, durably
from .envelope import Envelope, seal_envelope, seal_inner
from .holds.tags import NOTHING_KNOWN, cluster_tags
from .keyring import keys_of
from .ledger.commitment import commitment
from .ledger.pledge import Pledge, sign_pledge
from .marks import by_section, find_faults, find_withdrawn, marks_from_codes, out_of_limits
from .models import Participation, Poll
from .storing import store, touch
from .ticket import TicketError, read_ticket

WEB = "web"


class CastRefused(Exception):
    """The ballot was not stored. `code` says why, the message tells the voter what to do next.

    Codes: ticket, expired, not_open, already, marks, unconfirmed, busy. After `unconfirmed` and
    `busy` the same post may be sent again safely; in all other cases nothing was stored.
    """

    def __init__(self, code, message, faults=()):
        super().__init__(message)
        self.code = code
        self.faults = faults


class Cast(NamedTuple):
    """What the voter gets: the signed pledge and the commitments that it covers, by category."""

    pledge: str
    commitments: dict[str, bytes]
    due: datetime


def cast_ballot(*, poll, plan, credential, ticket, codes, nonces, traits=NOTHING_KNOWN, at=None) -> Cast:
    """Store one ballot and promise its inclusion; the same ballot again gets the same answer.

    `credential` are the caller's bytes (None without any), `ticket` review's signed text, `codes`
    the picked candidates, `nonces` 32 bytes for each category on the ballot, `traits` what the sender has
    in common with others (`holds.tags.traits_of`). Raises CastRefused.
    """
    at = at or timezone.now()
    picks = by_section(plan, codes) if plan.index.keys() >= set(codes) else None
    if picks is None or out_of_limits(plan, picks):
        faults = find_faults(plan, codes)
        raise CastRefused("marks", faults[0].message, faults)
    keys = keys_of(poll, plan)
    right = _right_to_cast(poll, keys, credential, ticket)
    if nonces.keys() != picks.keys():
        raise CastRefused("ticket", _("This page is out of date. Please check your choices once more."))
    if keys.retry is None:
        raise _refusal(poll, right, at)
    commitments = {
        category: commitment(poll.uid, category, chosen, nonces[category])
        for category, chosen in picks.items()
    }
    row = (
        poll.pk,
        right.credential,
        right.period,
        keys.digest("retry", right.credential, *commitments.values()),
    )

    stored, withdrawn = False, find_withdrawn(plan, codes)
    if poll.may_vote(at) and at < right.expires and not withdrawn:
        marks, own = marks_from_codes(plan, codes), [nonces[category] for category in picks]
        inner = seal_inner(keys, marks, own, right.variant)
        tags = cluster_tags(plan, keys, traits, right.signals, at)
        sealed = seal_envelope(keys, Envelope(list(commitments.values()), WEB, inner, tags))
        stored = _durably(store, row, sealed, at=at, corrected=poll.corrected)
    if not (stored or _durably(durably, touch, row)):
        if withdrawn:
            raise CastRefused("marks", withdrawn[0].message, withdrawn)
        raise _refusal(poll, right, at)
    pledge = Pledge(poll.uid, plan.sha256, right.due, commitments)
    return Cast(sign_pledge(pledge, keys.pledge), commitments, right.due)


def has_voted(poll, keys, credential: bytes, at) -> bool:
    """Say whether this credential has cast its ballot for the period of this moment."""
    digest = keys.digest("credential", credential)
    return Participation.objects.filter(poll_id=poll.pk, credential=digest, period=poll.period(at)).exists()


def _right_to_cast(poll, keys, credential, text):
    if keys.credential is None:
        # Long after the close the plan of deletion has destroyed it.
        raise CastRefused("not_open", "")
    try:
        ticket = read_ticket(poll, text)
    except TicketError:
        raise CastRefused(
            "ticket", _("This page is out of date. Please check your choices once more.")
        ) from None
    if credential is None or ticket.credential != keys.digest("credential", credential):
        raise CastRefused(
            "ticket",
            _("This page was made for another device or voter. Please check your choices once more."),
        )
    return ticket


def _refusal(poll, right, at):
    """Say why neither a new ballot nor a known one was found."""
    poll = Poll.objects.get(pk=poll.pk)
    if Participation.objects.filter(
        poll_id=poll.pk, credential=right.credential, period=right.period
    ).exists():
        return CastRefused(
            "already", _("A ballot was already cast from this device. Family members press “Next voter”.")
        )
    if not poll.may_vote(at):
        return CastRefused("not_open", "")
    return CastRefused(
        "expired", _("This page has expired. Your choices are kept; please check them once more and confirm.")
    )


def _durably(act, *arguments, **options):
    """Run `act`; CastRefused tells the voter what an unconfirmed commit means."""
    try:
        return act(*arguments, **options)
    except NotDurable as error:
        raise (_unconfirmed() if error.maybe else _busy()) from error


def _unconfirmed():
    return CastRefused(
        "unconfirmed",
        _("We cannot confirm yet that your ballot arrived. Press “Confirm my ballot” again; it counts once."),
    )


def _busy():
    return CastRefused(
        "busy", _("The system is busy and the ballot was not sent. Your choices are kept; please try again.")
    )
