"""Whoever stands on the organiser's roll: something that the roll has, and a one-time password.

The credential is a keyed digest of the person on the roll, so that two devices of one person have one.
Pages answer alike whether somebody stands on the roll or not (`rolls/delivery.py`).
"""

from django.utils.translation import gettext as _

from ..models import RollEntry
from ..senders import sender_fault
from .protocol import Admission, NotAdmitted
from .right import forget_right, recall_right

ENTRANCE = True


def ballots(plan):
    """Return 1: a person has one turn."""
    return 1


def credentials(request, plan):
    """Return the credential that the caller has proven, if any."""
    known = credential(request, plan)
    return [known] if known else []


def credential(request, plan):
    """Return the credential that the caller has proven at the entrance."""
    return recall_right(request, plan)


def admit(request, plan):
    """Return the caller's credential; NotAdmitted without one."""
    known = credential(request, plan)
    if known is None:
        raise NotAdmitted
    return Admission(known, lambda response: None)


def take_turn(response, plan, turn):
    """Forget the person: the next voter proves who they are themselves."""
    forget_right(response, plan)


def how_limited(plan):
    """Return the label that stands on every page."""
    if plan.rules["daily"]:
        return _("One ballot a person on the roll and day")
    return _("One ballot a person on the roll")


def draw_entrance(request, poll, plan, codes, *, sentence, status):
    """Draw the page that says what personal data are for, and then asks."""
    from ..views.rolls import draw_roll_form  # The pages know the kinds, not the other way.

    return draw_roll_form(request, poll, plan, codes, sentence=sentence, status=status)


def enter(request, poll, plan, codes, at):
    """Answer who somebody says to be, or the password that came back."""
    from ..views.rolls import take_password, take_person

    step = take_password if "asked" in request.POST else take_person
    return step(request, poll, plan, codes, at)


def opening_faults(poll):
    """Return what stands against opening a poll by roll, in sentences for the clerk."""
    faults = []
    if not poll.purpose.strip():
        faults.append(no_purpose())
    if not poll.roll_question.strip():
        faults.append(_("Say what voters on the roll state, such as the staff number."))
    if not RollEntry.objects.filter(poll=poll).exists():
        faults.append(_("The roll is empty. Import it first."))
    if fault := fault_here(poll):
        faults.append(fault)
    return faults


def fault_here(poll):
    """Return why voters could not be sent a password from this server, '' where they could."""
    return sender_fault(trial=poll.demo or poll.rehearsal)


def issued(poll):
    """Return how many people stand on the roll, for the ledger."""
    return RollEntry.objects.filter(poll=poll).count()


def no_purpose():
    """Return what stands against a poll that asks for personal data without saying why."""
    return _("Personal data are asked for: write down first what they are for.")
