"""What public pages share: finding their poll, drawing it, and keeping whole pages ready."""

import functools
import hashlib
import logging
from collections import OrderedDict

from django.conf import settings
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.urls import get_script_prefix, translate_url
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from ..current import poll_now
from ..keyring import KeyringError
from ..manifest import ManifestError, plan_of
from ..mode import in_other_mode, is_elder
from ..models import Poll
from ..staff.second_factor import fully_signed_in

logger = logging.getLogger(__name__)

PAGES_KEPT = 400
_kept = OrderedDict()


def of_poll(view):
    """Decorator: hand the view its public poll and the plan that holds for it.

    A draft is shown to staff who may see polls, to nobody else. Where manifest or keys cannot be
    used the page says so (503), and the log says which poll, never what was sent.
    """

    @functools.wraps(view)
    def found(request, slug, **rest):
        poll = poll_now(slug)
        if poll is None:
            raise Http404
        if poll.state == Poll.State.DRAFT and not _may_see_drafts(request):
            raise Http404
        try:
            return view(request, poll, plan_of(poll), **rest)
        except (ManifestError, KeyringError) as error:
            logger.error("Poll %s cannot be used: %s", poll.uid, error)
            return draw(request, "voting/unavailable.html", here=poll.get_absolute_url(), status=503)

    return found


def _may_see_drafts(request):
    """Say whether somebody may see polls and has signed in with all that is asked, not by password alone."""
    return request.user.has_perm("voting.view_poll") and fully_signed_in(request)


def draw(request, template, context=None, *, here=None, status=200):
    """Draw a page that is made for this request and stored nowhere.

    `here` is the address under which a reader finds the page again; it defaults to the request's.
    """
    body = render_to_string(template, _page(request, here or request.path, context), request)
    response = HttpResponse(body, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def draw_for_all(request, poll, plan, template, make_context, *, at=None, mark=()):
    """Draw a page that is the same for everyone, from a stored copy where there is one.

    It is drawn without the request, so that no cookie, token or name can get into it; its bytes
    depend on the manifest, the address (language, elder mode and order included), where the poll stands,
    and what else `mark` names. What can still change, a plan before its opening, is never stored.
    """
    context = {"poll": poll, "plan": plan, "phase": poll.phase()}
    if not plan.sha256:
        return draw(request, template, {**context, **make_context()})
    key = (plan.sha256, request.path, template, context["phase"], poll.closes_at, poll.may_see_results())
    key += (plan.variant, poll.corrected, poll.public_acts, mark)
    page = _kept.get(key)
    if page is None:
        context |= make_context()
        body = render_to_string(template, _page(request, request.path, context)).encode()
        page = body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        _kept[key] = page
        while len(_kept) > PAGES_KEPT:
            _kept.popitem(last=False)
    body, etag = page
    response = HttpResponse(body, headers={"ETag": etag, "Cache-Control": "public, max-age=60"})
    return get_conditional_response(request, etag=etag, response=response)


def now():
    """Return the time of this request; a view reads the clock once."""
    return timezone.now()


def page_of(request, here):
    """Return what the frame of every page needs; `here` is the page's own address.

    The reader finds the same page in the other language and in the other mode, normal or for elders.
    """
    other = "en" if get_language() == "zh-hans" else "zh-hans"
    inside = "/" + here.removeprefix(get_script_prefix())
    return {
        "site": settings.SITE,
        "other_address": translate_url(inside, other),
        "elder": is_elder(request),
        "other_mode": in_other_mode(request, here),
    }


def _page(request, here, context):
    plan = (context or {}).get("plan")
    query = plan.order_query if plan else ""
    here += query.replace("?", "&") if "?" in here else query
    return {**page_of(request, here), **(context or {})}
