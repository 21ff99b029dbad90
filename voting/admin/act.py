"""What an act of staff on a poll is: when, what it asks, what it says, what it calls."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..holders import holder_fault
from ..keeper import has_entry
from ..keyring import has_election_key
from ..models import Poll
from .forms import ActForm
from .steps import phase_label

State = Poll.State


@dataclass(frozen=True)
class Act:
    """One act of staff on a poll.

    `phases` are those in which the button is shown and pressed; lifecycle decides again under a
    lock. `explain` gives the sentences of the page that asks for confirmation, `faults` what
    stands against the act. `perform` does it; where it returns bytes, they are a file to hand over,
    and a `PaperPart` is a sheet to print.
    `prepare` runs before it, in transactions of its own. `grave` acts cannot be undone.

    An act that needs approvals has `content` in place of `perform`: what is proposed of the form, as JSON.
    """

    name: str
    label: str
    done: str
    phases: frozenset
    explain: Callable
    perform: Callable | None = None
    content: Callable | None = None
    form: type = ActForm
    faults: Callable = lambda poll: []
    prepare: Callable | None = None
    grave: bool = False

    def due(self, poll, at=None) -> bool:
        """Say whether the button belongs on the poll's page now."""
        if self.name == "key" and has_election_key(poll.uid):
            return False
        if self.name == "test" and not (poll.sealed and has_election_key(poll.uid) and holder_fault(poll)):
            return False
        if self.name == "count" and not (poll.state == State.CLOSED and has_entry(poll, "close")):
            return False
        return poll.phase(at) in self.phases

    def objections(self, poll) -> list[str]:
        """Return what stands against the act now, in sentences."""
        if not self.due(poll):
            phase = phase_label(poll.phase())
            if self.name == "key" and has_election_key(poll.uid):
                return [_("This poll has all its keys already; they cannot be replaced.")]
            if self.name == "count" and poll.phase() == State.CLOSED:
                return [_("The last ballots are still being entered. Try again in a moment.")]
            return [_("This is not possible in the state “%(state)s”.") % {"state": phase}]
        return list(self.faults(poll))
