"""What the voter takes home, and how a ballot is found again by its code."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from ..forms import FindForm
from ..models import Ballot
from ..receipt import recall_receipt
from .public import draw, now, of_poll


@require_safe
@of_poll
def show_receipt(request, poll, plan):
    """Show the receipt that the voter's cookie carries; without one, how to find a ballot."""
    receipt = recall_receipt(request, poll)
    if receipt is None:
        return draw(request, "voting/no_receipt.html", {"poll": poll, "plan": plan, "phase": poll.phase()})
    entered = Ballot.objects.filter(poll=poll, code=receipt.code).exists()
    context = {
        "poll": poll,
        "plan": plan,
        "phase": poll.phase(),
        "receipt": receipt,
        "entered": entered,
        "minutes": max(1, -(-int(plan.rules["merge_delay"]) // 60)),
    }
    return draw(request, "voting/receipt.html", context)


@require_safe
@of_poll
def download_pledge(request, poll, plan):
    """Hand out the signed pledge as a file."""
    receipt = recall_receipt(request, poll)
    if receipt is None:
        raise Http404
    response = HttpResponse(receipt.pledge, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="pledge.txt"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@of_poll
def find(request, poll, plan):
    """Look a ballot up by its code. The code is posted, so that it stands in no address and no log."""
    form = FindForm(request.POST if request.method == "POST" else None)
    context = {"poll": poll, "plan": plan, "phase": poll.phase(now()), "form": form}
    status = 200
    if form.is_bound:
        if form.is_valid():
            code = form.cleaned_data["code"]
            context |= {"asked": True, "code": code, "state": ballot_state(poll, code)}
        else:
            status = 422
    return draw(request, "voting/find.html", context, status=status)


def ballot_state(poll, code):
    """Return what became of a ballot: `unknown`, `entered`, `counted` or the reason why it is not.

    Until results may be seen nothing is said but that it was entered.
    """
    fault = Ballot.objects.filter(poll=poll, code=code).values_list("fault", flat=True).first()
    if fault is None:
        return "unknown"
    if not poll.may_see_results():
        return "entered"
    return fault or "counted"
