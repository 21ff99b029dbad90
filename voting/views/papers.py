"""What is printed, shared or read beside the vote: poster, paper ballot, share picture, privacy page."""

import hashlib

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from ..forget import plan_of_deletion
from ..mode import in_other_mode, is_elder
from ..privacy import privacy_parts
from ..share import share_picture
from .public import draw_for_all, of_poll
from .receipts import qr_drawing


@require_safe
@of_poll
def show_poster(request, poll, plan):
    """Show a poster for one sheet of A4, with the address of the list as text and QR code."""
    path = reverse("voting:list", args=[poll.slug])
    address = site_address(request, in_other_mode(request, path) if is_elder(request) else path)

    def context():
        return {"address": address, "qr": qr_drawing(address)}

    return draw_for_all(request, poll, plan, "voting/poster.html", context, mark=address)


@require_safe
@of_poll
def show_paper_ballot(request, poll, plan):
    """Show the ballot to be printed for a paper box or a newspaper."""
    return draw_for_all(request, poll, plan, "voting/paper_ballot.html", dict)


@require_safe
@of_poll
def show_privacy(request, poll, plan):
    """Show what is kept of a voter under this poll's rules."""
    return draw_for_all(
        request,
        poll,
        plan,
        "voting/privacy.html",
        lambda: {"parts": privacy_parts(poll, plan)},
        mark=(poll.secrets_destroyed_at, *plan_of_deletion(poll, plan)),
    )


@require_safe
@of_poll
def show_share_picture(request, poll, plan):
    """Send the picture that a shared link shows; it is the same for everyone and holds no result."""
    data = share_picture(poll, plan)
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    kept = "public, max-age=3600" if plan.sha256 else "private, no-store"
    response = HttpResponse(data, content_type="image/png", headers={"ETag": etag, "Cache-Control": kept})
    return get_conditional_response(request, etag=etag, response=response)


def site_address(request, path):
    """Return an absolute address: at `SITE_URL`, else at the host that was asked."""
    return settings.SITE["url"] + path if settings.SITE["url"] else request.build_absolute_uri(path)
