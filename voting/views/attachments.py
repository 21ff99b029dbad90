"""The files of a published list: handed out only while their bytes are those that the list names."""

import hashlib
from functools import lru_cache

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from shortlist.models import Attachment
from shortlist.pictures import WIDTHS, shrink

from .public import of_poll

SHOWN_IN_PLACE = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")
COPIES_KEPT = 64


@require_safe
@of_poll
def show_attachment(request, poll, plan, sha256, name):
    """Hand out a file of the published list."""
    named, data = _read(plan, sha256, name)
    kind = named.media_type if named.media_type in SHOWN_IN_PLACE else "application/octet-stream"
    response = HttpResponse(data, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = content_disposition_header(kind not in SHOWN_IN_PLACE, name)
    response["Cache-Control"] = _caching(plan)
    return response


@require_safe
@of_poll
def show_small(request, poll, plan, sha256, width, name):
    """Hand out a smaller copy of a picture, made from the bytes that the list names.

    Copies are kept in memory alone, so that nobody can put another picture in their place. What
    cannot be made smaller is shown as it is.
    """
    if width not in WIDTHS:
        raise Http404
    named, data = _read(plan, sha256, name)
    try:
        small = _small_copy(data, width)
    except ValueError:
        return HttpResponseRedirect(reverse("voting:attachment", args=[poll.slug, sha256, named.name]))
    response = HttpResponse(small, content_type="image/webp")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = _caching(plan)
    return response


_small_copy = lru_cache(COPIES_KEPT)(shrink)


def _read(plan, sha256, name):
    """Return the attachment as the list names it and its bytes; Http404 where they do not agree."""
    named = [
        attachment
        for candidate in plan.candidates
        for attachment in candidate.attachments
        if (attachment.sha256, attachment.name) == (sha256, name)
    ]
    stored = Attachment.objects.filter(sha256=sha256).first()
    if not named or stored is None:
        raise Http404
    try:
        with stored.file.open("rb") as file:
            data = file.read()
    except OSError:
        raise Http404 from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Http404
    return named[0], data


def _caching(plan):
    """Say how long a copy is good: the address names the bytes, but an unopened list may still change."""
    return "public, max-age=86400, immutable" if plan.sha256 else "public, max-age=60"
