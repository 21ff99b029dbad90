"""What the voter takes home, and how a ballot is found again by its code."""

import segno
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_safe

from ..forms import FindForm
from ..ledger.code import format_code
from ..picture import receipt_picture
from ..proofs import commitments_of, is_overdue
from ..receipt import recall_receipt
from ..standing import standing_of
from .public import draw, now, of_poll


@require_safe
@of_poll
def show_receipt(request, poll, plan):
    """Show the receipt that the voter's cookie carries; without one, how to find a ballot."""
    receipt = recall_receipt(request, poll)
    if receipt is None:
        return draw(request, "voting/no_receipt.html", {"poll": poll, "plan": plan, "phase": poll.phase()})
    standing = standing_of(poll, plan, receipt.code, commitments_of(plan, receipt.promise))
    context = {
        "poll": poll,
        "plan": plan,
        "phase": poll.phase(),
        "receipt": receipt,
        "standing": standing,
        "due": receipt.promise.due,
        "overdue": is_overdue(poll, standing, receipt.promise, now()),
        "qr": qr_drawing(find_address(request, poll, receipt.code)),
        "minutes": max(1, -(-int(plan.rules["merge_delay"]) // 60)),
    }
    return draw(request, "voting/receipt.html", context)


@require_safe
@of_poll
def show_picture(request, poll, plan):
    """Draw the receipt as a picture to keep; it holds no picks and no nonces."""
    receipt = recall_receipt(request, poll)
    if receipt is None:
        raise Http404
    picture = receipt_picture(poll, plan, receipt, find_address(request, poll, receipt.code))
    return HttpResponse(picture, content_type="image/png", headers={"Cache-Control": "private, no-store"})


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
            context |= {"asked": True, "code": code, "standing": standing_of(poll, plan, code)}
        else:
            status = 422
    return draw(request, "voting/find.html", context, status=status)


def find_address(request, poll, code):
    """Return where a QR code leads: the look-up, with the code behind `#`, which no browser sends."""
    return f"{request.build_absolute_uri(reverse('voting:find', args=[poll.slug]))}#{format_code(code)}"


def qr_drawing(address):
    """Return the QR code of an address as SVG to stand in a page."""
    drawing = segno.make(address, error="m", micro=False)
    svg = drawing.svg_inline(border=4, light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return mark_safe(svg)  # noqa: S308 - segno draws it; nothing that anyone typed is in it.
