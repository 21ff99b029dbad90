"""The grave acts of staff after the opening: each is proposed by one person and approved by others."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..certification import counted_tally
from ..corrections import changes_of
from ..exports.table import local_time
from ..manifest import plan_of
from ..models import Poll
from ..refusals import ActRefused
from ..tally.ties import ties_of
from .act import Act
from .grave_forms import AnnulForm, CertifyForm, CloseForm, CorrectForm, ExtendForm, PauseForm

State = Poll.State
UNDER_WAY = frozenset({State.OPEN, State.PAUSED})


def _nothing(poll, form):
    return {}


def _against_correcting(poll):
    try:
        changes_of(poll, plan_of(poll))
    except ActRefused as refused:
        return [str(refused)]
    return []


def _about_correcting(poll, form):
    count = len(form.changes)
    return [
        _("Edit the list as before the opening; citizens see nothing of that until it is corrected here."),
        _("%(count)d candidates read differently from what citizens see now.") % {"count": count}
        if count
        else _("The list reads as citizens see it. You can withdraw candidates below."),
        _("Old and new text stand side by side on the public page for ever, with the reason."),
    ]


def _about_certifying(poll, form):
    tied = len(ties_of(counted_tally(poll)))
    return [
        _("The result is frozen: nobody can change it any more. It is entered into the public ledger."),
        _("Objections are received for %(count)d working days from tomorrow.")
        % {"count": poll.objection_days},
        _("%(count)d categories have a tie at the cut.") % {"count": tied}
        if tied
        else _("There is no tie at the cut."),
        *([_("This is a rehearsal: its result stands for nothing.")] if poll.rehearsal else []),
    ]


GRAVE = [
    Act(
        name="correct",
        label=gettext_lazy("Correct or withdraw"),
        done=gettext_lazy("The correction was published."),
        phases=frozenset({"waiting", State.OPEN, State.PAUSED, State.CLOSED}),
        form=CorrectForm,
        content=lambda poll, form: form.content,
        explain=_about_correcting,
        faults=_against_correcting,
    ),
    Act(
        name="extend",
        label=gettext_lazy("Extend"),
        done=gettext_lazy("The poll was extended."),
        phases=UNDER_WAY | {"waiting"},
        form=ExtendForm,
        content=lambda poll, form: {"closes_at": form.cleaned_data["closes_at"].isoformat()},
        explain=lambda poll, form: [
            _("The poll ends on %(time)s now.") % {"time": local_time(poll.closes_at, poll.zone)},
            _("A later time is shown to everyone with the reason. It can never be moved back."),
        ],
        grave=True,
    ),
    Act(
        name="pause",
        label=gettext_lazy("Pause"),
        done=gettext_lazy("The poll was paused."),
        phases=frozenset({State.OPEN}),
        form=PauseForm,
        content=_nothing,
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
        content=_nothing,
        explain=lambda poll, form: [
            _("Ballots are taken again, until %(time)s.") % {"time": local_time(poll.closes_at, poll.zone)}
        ],
    ),
    Act(
        name="close",
        label=gettext_lazy("Close early"),
        done=gettext_lazy("The poll was closed."),
        phases=UNDER_WAY,
        form=CloseForm,
        content=_nothing,
        explain=lambda poll, form: [
            _("This cannot be undone: nobody can vote in this poll any more."),
            _("If you do nothing, it closes by itself on %(time)s.")
            % {"time": local_time(poll.closes_at, poll.zone)},
        ],
        grave=True,
    ),
    Act(
        name="certify",
        label=gettext_lazy("Certify the result"),
        done=gettext_lazy("The result was certified."),
        phases=frozenset({State.COUNTED}),
        form=CertifyForm,
        content=lambda poll, form: form.content,
        explain=_about_certifying,
        grave=True,
    ),
    Act(
        name="annul",
        label=gettext_lazy("Annul the poll"),
        done=gettext_lazy("The poll was annulled."),
        phases=frozenset({"waiting", *Poll.FROZEN_STATES}),
        form=AnnulForm,
        content=_nothing,
        explain=lambda poll, form: [
            _("This cannot be undone: the poll is void, and nothing of its votes is shown any more."),
            _("The public ledger stays, with the reason, so that everyone can see what happened."),
        ],
        grave=True,
    ),
]
