"""What staff can do with a poll, one entry an act, and the steps of making keys, opening and counting."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..exports.table import local_time
from ..holders import add_holder, holder_fault, lend_to_server, make_part, open_test_envelope
from ..holds.groups import decided_by, undecided, waiting_sentence
from ..keeper import locked_poll
from ..keyfile import keep_on_this_machine, part_file
from ..lifecycle import announce_poll, check_countable, count_poll, opening_faults
from ..manifest import plan_of
from ..models import Ballot, Poll
from ..refusals import ActRefused
from ..sheets import paper_part
from ..unsealing import unseal
from .act import Act
from .forms import OpenForm
from .grave import GRAVE
from .key_forms import HolderForm, PartsForm, TestForm

State = Poll.State
# A web request must not run for minutes; opening takes about a second for each 20,000 ballots.
MOST_IN_A_REQUEST = 20_000


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


def _opening(poll, form):
    """Return what is approved of an opening besides list and rules."""
    given = form.cleaned_data
    return {
        "accept_short_list": given.get("accept_short_list", False),
        "acknowledged": list(given.get("acknowledged") or []),
    }


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
    waiting = undecided(poll).filter(reviewed=True).count()
    if waiting and timezone.now() < decided_by(poll):
        return [waiting_sentence(waiting)]
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
            content=_opening,
            explain=_about_opening,
            faults=_against_opening,
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
        *GRAVE,
    ]
}
