"""What the desk's home shows: where each poll stands, what waits for this person, what is wrong."""

from typing import NamedTuple

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Value, When
from django.utils import timezone

from .admin.proposals import label_of
from .admin.steps import Step, step_of
from .models import Entry, Participation, Poll, Proposal

FINISHED = [Poll.State.CERTIFIED, Poll.State.ANNULLED]
FINISHED_SHOWN = 5


class Row(NamedTuple):
    """One poll. `received` is the number of ballots cast online, None before the opening."""

    poll: Poll
    step: Step
    received: int | None


class Waiting(NamedTuple):
    """A proposal that this person has not approved yet."""

    proposal: Proposal
    label: str
    missing: int


class Overview(NamedTuple):
    rows: list[Row]
    more_finished: int
    waiting: list[Waiting]
    alarms: list[Poll]


def overview(user, at=None) -> Overview:
    """Return the polls that this person may see, current ones first; seven queries however many there are."""
    if not user.has_perm("voting.view_poll"):
        return Overview([], 0, [], [])
    at = at or timezone.now()
    polls, more = _polls()
    received = _received(polls)
    rows = [Row(poll, step_of(poll, at), received.get(poll.pk, _none(poll))) for poll in polls]
    alarms = [poll for poll in polls if poll.ledger_alarm]
    return Overview(rows, more, _waiting(user) if user.has_perm("voting.approve") else [], alarms)


def _polls():
    """Return all polls that go on and the latest that are finished, and how many others there are."""
    closing = Entry.objects.filter(poll=OuterRef("pk"), type="close")
    polls = Poll.objects.annotate(close_entered=Exists(closing)).prefetch_related("key_holders")
    urgent = Case(
        When(state__in=[Poll.State.OPEN, Poll.State.PAUSED, Poll.State.CLOSED], then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    current = list(polls.exclude(state__in=FINISHED).order_by(urgent, "opens_at", "slug"))
    finished = polls.filter(state__in=FINISHED)
    shown = list(finished[:FINISHED_SHOWN])
    more = finished.count() - len(shown) if len(shown) == FINISHED_SHOWN else 0
    return current + shown, more


def _none(poll):
    """Return what no rows mean: no ballot yet; before the opening and after a deletion they say nothing."""
    return 0 if poll.frozen and poll.state not in FINISHED else None


def _received(polls):
    pks = [poll.pk for poll in polls if poll.frozen]
    counts = Participation.objects.filter(poll_id__in=pks).order_by().values_list("poll_id")
    return dict(counts.annotate(Count("credential")))


def _waiting(user):
    """Return the proposals that wait for a yes of this person, oldest first."""
    proposals = Proposal.objects.filter(state=Proposal.State.WAITING).exclude(approvals__person=user)
    proposals = proposals.select_related("poll").annotate(given=Count("approvals")).order_by("pk")
    return [Waiting(each, label_of(each), each.needed - each.given) for each in proposals]
