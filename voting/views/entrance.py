"""The entrance: where a voter shows that they may vote, before picking or after; no pick is lost.

Each kind that needs it draws its own pages (`Kind.draw_entrance`, `Kind.enter`) with what stands here.
"""

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ..casting import has_voted
from ..eligibility import kind_of
from ..eligibility.protocol import Admission, NotAdmitted
from ..eligibility.right import remember_right
from ..keyring import keys_of
from .ballots import draw_already, draw_closed, draw_review, posted_codes
from .order import in_some_order
from .public import draw, now, of_poll


@require_http_methods(["GET", "HEAD", "POST"])
@of_poll
@in_some_order
def enter(request, poll, plan):
    """Tell a voter whether they can vote, and ask for what their kind of poll needs to know it."""
    kind, at = kind_of(plan), now()
    codes = [code for code in posted_codes(request) if code in plan.index]
    if kind.ENTRANCE and request.method == "POST":
        if poll.may_vote(at):
            return kind.enter(request, poll, plan, codes, at)
        return draw_closed(request, poll, plan, codes, at)
    if not kind.ENTRANCE or not poll.may_vote(at):
        return redirect("voting:ballot", poll.slug)
    return draw_standing(request, poll, plan, at)


def draw_standing(request, poll, plan, at):
    """Say that this caller may vote, or has voted; else draw the entrance's first page."""
    kind = kind_of(plan)
    try:
        admission = kind.admit(request, plan)
    except NotAdmitted as refusal:
        return kind.draw_entrance(request, poll, plan, [], sentence=str(refusal), status=200)
    if has_voted(poll, keys_of(poll, plan), admission.credential, at):
        return draw_already(request, poll, plan, at)
    picks_waiting = getattr(kind, "picks_waiting", None)
    if picks_waiting and (codes := picks_waiting(request, plan)):
        return draw_review(request, poll, plan, codes, admission=admission)
    context = {"poll": poll, "plan": plan, "phase": poll.phase(at)}
    return draw(request, "voting/may_vote.html", context, here=entrance_address(poll, plan))


def draw_step(request, poll, plan, template, codes, context, *, sentence="", status=200):
    """Draw a page of the entrance. Its template extends `voting/entrance.html` and is told the picks."""
    context = {
        "poll": poll,
        "plan": plan,
        "phase": poll.phase(),
        "codes": " ".join(dict.fromkeys(codes)),
        "sentence": sentence,
        "enter_address": entrance_address(poll, plan),
        **context,
    }
    return draw(request, template, context, here=reverse("voting:enter", args=[poll.slug]), status=status)


def admitted(request, poll, plan, codes, credential):
    """Remember a proven credential and go on: to the page to confirm, or, without picks, to say so."""
    if codes:

        def remember(response):
            remember_right(response, plan, credential)

        return draw_review(request, poll, plan, codes, admission=Admission(credential, remember))
    response = redirect(entrance_address(poll, plan))
    response.status_code = 303
    response["Cache-Control"] = "private, no-store"
    remember_right(response, plan, credential)
    return response


@of_poll
@in_some_order
def draw_without_token(request, poll, plan):
    """Answer a post to the entrance that came without a valid token: the first page again, picks kept."""
    sentence = _(
        "This page was out of date; nothing was lost and nothing was sent. Please fill it in once more. "
        "Should this come again, allow cookies for this site."
    )
    codes = [code for code in posted_codes(request) if code in plan.index]
    return kind_of(plan).draw_entrance(request, poll, plan, codes, sentence=sentence, status=403)


def entrance_address(poll, plan):
    """Return where the entrance is, in the order that the voter sees."""
    return reverse("voting:enter", args=[poll.slug]) + plan.order_query
