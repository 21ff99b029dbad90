"""Where a poll stands and what comes next, in words."""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..exports.table import local_time
from ..holders import holder_fault
from ..keeper import has_entry
from ..keyring import has_election_key
from ..models import Poll

State = Poll.State
WAITING = gettext_lazy("opens soon")


class Step(NamedTuple):
    """A poll's phase, its name, and the sentence that says what to do next."""

    phase: str
    label: str
    next: str


def step_of(poll, at=None) -> Step:
    """Return where the poll stands now."""
    phase = poll.phase(at)
    return Step(phase, phase_label(phase), _next(poll, phase))


def phase_label(phase) -> str:
    """Return the name of a phase."""
    return WAITING if phase == "waiting" else State(phase).label


def _next(poll, phase):
    opens, closes = (local_time(moment, poll.zone) for moment in (poll.opens_at, poll.closes_at))
    if phase == State.DRAFT and not has_election_key(poll.uid):
        return _("Next: check the list and the rules, then make the key holders' files.")
    if phase in (State.DRAFT, State.ANNOUNCED) and has_election_key(poll.uid) and holder_fault(poll):
        return _("Next: let the key holders open the test envelope.")
    if phase == State.DRAFT:
        return _("Next: announce the poll, so that citizens can read the list, or open it.")
    if phase == State.ANNOUNCED and not has_election_key(poll.uid):
        return _("Citizens can read the list. Next: make the key holders' files, then open the poll.")
    if phase == State.ANNOUNCED:
        return _("Citizens can read the list. Next: open the poll; from then on nothing can be changed.")
    if phase == "waiting":
        return _("List and rules are frozen. Voting begins by itself on %(time)s.") % {"time": opens}
    if phase == State.OPEN:
        return _("Voting is under way. It ends by itself on %(time)s.") % {"time": closes}
    if phase == State.PAUSED:
        return _("No ballots are taken. Next: resume. Voting ends by itself on %(time)s.") % {"time": closes}
    if phase == State.CLOSED and not (poll.state == State.CLOSED and _closing_is_entered(poll)):
        return _("Voting has ended. The last ballots are being entered; reload this page in a moment.")
    if phase == State.CLOSED:
        return _("Voting has ended. Next: import ballots of other channels, if any; then open and count.")
    if phase == State.COUNTED and not poll.may_see_results():
        return _("The ballots are counted. Next: certify the result; the counts are shown then.")
    if phase == State.COUNTED:
        return _("The ballots are counted. Next: look at the tally, then certify the result.")
    if phase == State.CERTIFIED:
        return _("The result is certified. Next: print the notice and the papers; answer objections.")
    return _("The poll was annulled.")


def _closing_is_entered(poll):
    """Say whether the ledger has the closing; a list of polls has asked for all of them at once."""
    known = getattr(poll, "close_entered", None)
    return has_entry(poll, "close") if known is None else known
