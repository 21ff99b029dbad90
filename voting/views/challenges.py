"""The challenge that a ballot page's script asks for, while the page itself is one copy for everyone."""

from django.http import Http404, JsonResponse
from django.views.decorators.http import require_safe

from ..limits import limits_of
from ..models import Poll
from ..work import make_challenge
from .public import now, of_poll


@require_safe
@of_poll
def show_challenge(request, poll, plan):
    """Give out a fresh challenge of an open device poll; nothing is stored of it."""
    at = now()
    if plan.rules["eligibility"] != Poll.Eligibility.DEVICE or not poll.may_vote(at):
        raise Http404
    challenge = make_challenge(plan.uid, limits_of(plan)["work"], at)
    return JsonResponse(challenge, headers={"Cache-Control": "private, no-store"})
