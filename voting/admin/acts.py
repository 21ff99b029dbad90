"""What staff can do with a poll, one entry an act: when, what it asks, what it says, what it calls."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..exports.table import local_time
from ..holders import add_holder, holder_fault, lend_to_server, make_part, open_test_envelope
from ..keeper import has_entry, locked_poll
from ..keyfile import keep_on_this_machine, part_file
from ..keyring import has_election_key
from ..lifecycle import (
    ActRefused,
    announce_poll,
    check_countable,
    close_poll,
    count_poll,
    open_poll,
    opening_faults,
    pause_poll,
    resume_poll,
)
from ..manifest import plan_of
from ..models import Ballot, Poll
from ..sheets import paper_part
from ..unsealing import unseal
from .forms import ActForm, HolderForm, OpenForm, PartsForm, PauseForm, TestForm
from .steps import phase_label

State = Poll.State
# A web request must not run for minutes; opening takes about a second for each 20,000 ballots.
MOST_IN_A_REQUEST = 20_000


@dataclass(frozen=True)
class Act:
    """One act of staff on a poll.

    `phases` are those in which the button is shown and pressed; lifecycle decides again under a
    lock. `explain` gives the sentences of the page that asks for confirmation, `faults` what
    stands against the act. `perform` does it; where it returns bytes, they are a file to hand over,
    and a `PaperPart` is a sheet to print.
    `prepare` runs before it, in transactions of its own. `grave` acts cannot be undone.
    """

    name: str
    label: str
    done: str
    phases: frozenset
    perform: Callable
    explain: Callable
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


def _make_key(poll, form):
    with transaction.atomic():
        poll = locked_poll(poll)
        if poll.frozen or poll.state not in (State.DRAFT, State.ANNOUNCED):
            raise ActRefused(_("A key is made before the poll is opened."))
        if not poll.sealed:
            lend_to_server(poll=poll)
            return None
        name, number = form.cleaned_data["name"], poll.key_holders.count() + 1
        if public := form.cleaned_data["public"]:
            add_holder(poll=poll, name=name, public=public)
            return None
        part = make_part(poll=poll, name=name)
        text = part_file(poll, name, part)
        keep_on_this_machine(poll, number, text)
        return paper_part(name, part) if form.cleaned_data["form"] == "paper" else text


def _about_key(poll, form):
    if not poll.sealed:
        return [
            _("This poll is not sealed: the key is lent to the server, and nothing is downloaded."),
            _("Voters are told that the server can count while the vote goes on."),
        ]
    return [
        _("This is key holder %(number)d of %(all)d.")
        % {"number": poll.key_holders.count() + 1, "all": poll.holders},
        _("Let the key holder sit down at this computer now."),
        _("The browser downloads one file, this once. The ballots cannot be counted without it.")
        if poll.holders == 1
        else _("The browser downloads one file, this once. Any two of the three files open the ballots."),
        _("Or it shows a sheet to print, this once; choose one of the two."),
        _("The server keeps only the half that seals. Read the file after saving it: it says what to do."),
    ]


def _open_test(poll, form):
    open_test_envelope(poll=poll, parts=form.parts)


def _open(poll, form):
    open_poll(poll=poll, accept_short_list=form.cleaned_data.get("accept_short_list", False))


def _about_opening(poll, form):
    opens = local_time(poll.opens_at, poll.zone)
    past = poll.opens_at <= timezone.now()
    return [
        _("From now on nothing below can be changed by anybody."),
        _("The opening time is past, so voting begins at once.")
        if past
        else _("Voting begins by itself on %(time)s.") % {"time": opens},
        _("It ends by itself on %(time)s.") % {"time": local_time(poll.closes_at, poll.zone)},
    ]


def _against_opening(poll):
    faults = opening_faults(poll)
    if poll.closes_at <= timezone.now():
        faults.append(_("The closing time is past. Set a later one, then open the poll."))
    return faults


def _open_ballots(poll, form):
    check_countable(poll)
    if form.unopened > MOST_IN_A_REQUEST:
        raise ActRefused(_too_many(poll, form.unopened))
    for _step in unseal(poll, plan_of(poll), form.secret):
        pass


def _too_many(poll, count):
    return _(
        "%(count)d ballots are under seal: too many for a web page. Let the operator run: "
        "python3 manage.py tally --poll %(slug)s --part FILE"
    ) % {"count": count, "slug": poll.slug}


def _against_counting(poll):
    try:
        check_countable(poll)
    except ActRefused as refusal:
        return [str(refusal)]
    unopened = Ballot.objects.filter(poll=poll).unopened().count()
    return [_too_many(poll, unopened)] if unopened > MOST_IN_A_REQUEST else []


def _about_counting(poll, form):
    count = {"count": form.unopened}
    if not form.parts_needed():
        seal = _("%(count)d ballots are under seal. The key was found on this machine.") % count
    else:
        seal = _("%(count)d ballots are under seal.") % count
    return [_("All ballots are opened and counted now. After that no ballot can be added."), seal]


ACTS = {
    act.name: act
    for act in [
        Act(
            name="key",
            label=gettext_lazy("Make a key holder's file"),
            done=gettext_lazy("The key holder was recorded."),
            phases=frozenset({State.DRAFT, State.ANNOUNCED}),
            form=HolderForm,
            perform=_make_key,
            explain=_about_key,
        ),
        Act(
            name="test",
            label=gettext_lazy("Open the test envelope"),
            done=gettext_lazy("The test envelope was opened."),
            phases=frozenset({State.DRAFT, State.ANNOUNCED}),
            form=TestForm,
            perform=_open_test,
            explain=lambda poll, form: [
                _("A test ballot is sealed now and must open with the key files."),
                _("No poll opens without that."),
                holder_fault(poll),
            ],
        ),
        Act(
            name="announce",
            label=gettext_lazy("Announce"),
            done=gettext_lazy("The poll was announced."),
            phases=frozenset({State.DRAFT}),
            perform=lambda poll, form: announce_poll(poll=poll),
            explain=lambda poll, form: [
                _("Everyone can read the list then, and nobody can vote yet."),
                _("Its text can still be corrected until the poll is opened."),
            ],
        ),
        Act(
            name="open",
            label=gettext_lazy("Open the poll"),
            done=gettext_lazy("The poll was opened; list and rules are frozen."),
            phases=frozenset({State.DRAFT, State.ANNOUNCED}),
            form=OpenForm,
            perform=_open,
            explain=_about_opening,
            faults=_against_opening,
            grave=True,
        ),
        Act(
            name="pause",
            label=gettext_lazy("Pause"),
            done=gettext_lazy("The poll was paused."),
            phases=frozenset({State.OPEN}),
            form=PauseForm,
            perform=lambda poll, form: pause_poll(poll=poll, reason=form.cleaned_data["reason"]),
            explain=lambda poll, form: [
                _("No ballot is taken until you resume. Ballots already cast stand."),
                _("The closing time does not move."),
            ],
        ),
        Act(
            name="resume",
            label=gettext_lazy("Resume"),
            done=gettext_lazy("The poll goes on."),
            phases=frozenset({State.PAUSED}),
            perform=lambda poll, form: resume_poll(poll=poll),
            explain=lambda poll, form: [
                _("Ballots are taken again, until %(time)s.")
                % {"time": local_time(poll.closes_at, poll.zone)}
            ],
        ),
        Act(
            name="close",
            label=gettext_lazy("Close early"),
            done=gettext_lazy("The poll was closed."),
            phases=frozenset({State.OPEN, State.PAUSED}),
            perform=lambda poll, form: close_poll(poll=poll),
            explain=lambda poll, form: [
                _("This cannot be undone: nobody can vote in this poll any more."),
                _("If you do nothing, it closes by itself on %(time)s.")
                % {"time": local_time(poll.closes_at, poll.zone)},
            ],
            grave=True,
        ),
        Act(
            name="count",
            label=gettext_lazy("Open the ballots and count"),
            done=gettext_lazy("The ballots were opened and counted."),
            phases=frozenset({State.CLOSED}),
            form=PartsForm,
            prepare=_open_ballots,
            perform=lambda poll, form: count_poll(poll=poll),
            explain=_about_counting,
            faults=_against_counting,
        ),
    ]
}
