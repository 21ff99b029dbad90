"""From the ballot to the page that is to be confirmed. Nothing here records anything of a vote."""

import secrets

from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from ..brakes import Overloaded, look
from ..casting import has_voted
from ..eligibility import kind_of
from ..eligibility.protocol import NotAdmitted
from ..forms import BallotForm, CastForm, ballot_of
from ..keyring import KeyringError, keys_of
from ..marks import by_section
from ..ticket import issue_ticket
from .order import in_some_order
from .public import draw, draw_for_all, logger, now, of_poll
from .turns import turns_of


@require_safe
@of_poll
@in_some_order
def show_ballot(request, poll, plan):
    """Show the empty ballot, the same bytes for everyone: no token, no cookie."""
    at = now()
    if not poll.may_vote(at):
        return draw_for_all(request, poll, plan, "voting/closed.html", dict, at=at)
    return draw_for_all(
        request, poll, plan, "voting/ballot.html", lambda: {"form": BallotForm(poll, plan)}, at=at
    )


# No CSRF token is asked for: the ballot page is one stored copy for everyone and cannot hold one, and
# this view records nothing of the vote. Whatever is posted here only comes back as a page on which the
# voter sees the picks and has to confirm them; that confirmation asks for the token.
@csrf_exempt
@require_POST
@of_poll
@in_some_order
def review(request, poll, plan):
    """Check the picks and draw them once more, to be confirmed or edited."""
    if "edit" in request.POST:
        return draw_ballot(request, poll, plan, ballot_of(poll, plan, posted_codes(request)))
    form = BallotForm(poll, plan, request.POST)
    if not form.is_valid():
        return draw_ballot(request, poll, plan, form, status=422)
    return draw_review(request, poll, plan, form.codes)


def draw_ballot(request, poll, plan, form, *, sentence="", status=200):
    """Draw a ballot that holds picks."""
    context = {"poll": poll, "plan": plan, "phase": poll.phase(), "form": form, "sentence": sentence}
    return draw(request, "voting/ballot.html", context, here=ballot_address(poll), status=status)


def draw_review(request, poll, plan, codes, *, admission=None, sentence="", status=200):
    """Settle who may vote, and draw the picks with a fresh ticket and fresh nonces.

    `admission` is what the entrance has just settled. Wherever this is not possible the answer says so
    and holds the picks.
    """
    at = now()
    if not poll.may_vote(at):
        return draw_closed(request, poll, plan, codes, at)
    if admission is None and request.headers.get("Sec-Fetch-Site") == "cross-site":
        # A foreign page's post comes without our cookies: admitting it would replace the device's own.
        return draw_ballot(request, poll, plan, ballot_of(poll, plan, codes))
    try:
        keys = keys_of(poll, plan)
    except KeyringError as error:
        logger.error("Keys of poll %s cannot be used: %s", poll.uid, error)
        return draw_ballot(
            request, poll, plan, ballot_of(poll, plan, codes), sentence=busy_sentence(), status=503
        )
    try:
        admission = admission or kind_of(plan).admit(request, plan)
    except NotAdmitted as refusal:
        return kind_of(plan).draw_entrance(request, poll, plan, codes, sentence=str(refusal), status=403)
    if has_voted(poll, keys, admission.credential, at):
        return draw_already(request, poll, plan, at)
    try:
        seen = look(request=request, poll=poll, plan=plan, keys=keys, credential=admission.credential, at=at)
    except Overloaded as overloaded:
        response = draw_overloaded(request, poll, plan, codes, overloaded.retry_after)
        admission.remember(response)
        return response
    content = {
        "codes": " ".join(dict.fromkeys(codes)),
        "ticket": issue_ticket(
            poll, keys, admission.credential, at=at, variant=plan.variant, signals=seen.signals
        ),
        "nonces_by": "server",
        **{f"nonce-{category.code}": secrets.token_hex(32) for category in plan.sections},
    }
    form = CastForm(poll, plan, initial=content)
    response = draw_confirm(request, poll, plan, form, codes, sentence=sentence, status=status)
    admission.remember(response)
    return response


def draw_overloaded(request, poll, plan, codes, retry_after):
    """Send a voter away for a while, with the picks in the page."""
    ballot = ballot_of(poll, plan, codes)
    response = draw_ballot(request, poll, plan, ballot, sentence=busy_sentence(), status=503)
    response["Retry-After"] = str(retry_after)
    return response


def draw_confirm(request, poll, plan, form, codes, *, sentence="", status=200):
    """Draw the page to confirm around a cast form."""
    chosen = by_section(plan, [code for code in codes if code in plan.index])
    picks = [
        (
            category,
            [candidate for candidate in category.candidates if candidate.code in chosen[category.code]],
        )
        for category in plan.shown
    ]
    context = {
        "poll": poll,
        "plan": plan,
        "phase": poll.phase(),
        "form": form,
        "picks": picks,
        "sentence": sentence,
    }
    return draw(request, "voting/review.html", context, here=ballot_address(poll), status=status)


def draw_closed(request, poll, plan, codes, at):
    """Say why nobody can vote now, and that these picks were not sent."""
    context = {"poll": poll, "plan": plan, "phase": poll.phase(at), "unsent": codes}
    return draw(request, "voting/closed.html", context, here=ballot_address(poll), status=409)


def draw_already(request, poll, plan, at):
    """Say that this device has voted, and whether somebody else may vote from it."""
    context = {"poll": poll, "plan": plan, "phase": poll.phase(at), "at": at}
    context["turns"] = turns_of(request, poll, plan, at)
    return draw(request, "voting/already.html", context, here=ballot_address(poll), status=409)


def posted_codes(request):
    """Return the picks of a posted page to confirm, whatever else is wrong with it."""
    return request.POST.get("codes", "").split()


def ballot_address(poll):
    """Return where a voter of this poll can begin again."""
    return reverse("voting:ballot", args=[poll.slug])


def busy_sentence():
    """Return what a voter reads when it is our fault."""
    return _("The system is busy and the ballot was not sent. Your choices are kept; please try again.")
