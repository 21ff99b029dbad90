"""Whoever signs in with the organiser's provider. The subject that it names becomes a keyed digest.

Nothing of the sign-in is stored: what must come back rides in a sealed cookie for ten minutes, tokens are
read and dropped, and the credential is a digest of provider and subject under the poll's own key.
"""

from django.utils.translation import gettext as _

from ..signing_in import SignInFailed, provider
from .protocol import Admission, NotAdmitted
from .right import forget_right, recall_right
from .roll import no_purpose

ENTRANCE = True


def ballots(plan):
    """Return 1: a subject has one turn."""
    return 1


def credentials(request, plan):
    """Return the credential that the caller has proven, if any."""
    known = credential(request, plan)
    return [known] if known else []


def credential(request, plan):
    """Return the credential that the caller has proven by signing in."""
    return recall_right(request, plan)


def admit(request, plan):
    """Return the caller's credential; NotAdmitted without one."""
    from ..views.sign_in import forget_start

    known = credential(request, plan)
    if known is None:
        raise NotAdmitted
    return Admission(known, forget_start)


def take_turn(response, plan, turn):
    """Forget who signed in, and what waits of a sign-in; the provider may still remember its own."""
    from ..views.sign_in import forget_start

    forget_right(response, plan)
    forget_start(response)


def how_limited(plan):
    """Return the label that stands on every page."""
    return _("One ballot an account and day") if plan.rules["daily"] else _("One ballot an account")


def draw_entrance(request, poll, plan, codes, *, sentence, status):
    """Draw the page that says what personal data are for, and leads to the provider."""
    from ..views.sign_in import draw_way_out  # The pages know the kinds, not the other way.

    return draw_way_out(request, poll, plan, codes, sentence=sentence, status=status)


def picks_waiting(request, plan):
    """Return the picks that were made before the voter went to sign in."""
    from ..views import sign_in

    return sign_in.picks_waiting(request, plan)


def enter(request, poll, plan, codes, at):
    """Draw the way to the provider; nothing else is posted to this entrance."""
    return draw_entrance(request, poll, plan, codes, sentence="", status=200)


def voter_of(keys, issuer: str, subject: str) -> bytes:
    """Return the credential of a subject. Two providers may give two people the same name."""
    return keys.digest("roll", b"subject", issuer.encode(), subject.encode())


def opening_faults(poll):
    """Return what stands against opening a poll by signing in, in sentences for the clerk."""
    faults = [] if poll.purpose.strip() else [no_purpose()]
    if fault := fault_here(poll):
        faults.append(fault)
    return faults


def fault_here(poll):
    """Return why nobody could be signed in from this server, '' where they could."""
    try:
        provider().check()
    except SignInFailed as error:
        return str(error)
    return ""
