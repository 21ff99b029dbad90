"""What public pages share: finding their poll, drawing it, and keeping whole pages ready."""

import functools
import gzip
import hashlib
import logging
from collections import OrderedDict
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.urls import get_script_prefix, translate_url
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from ..current import poll_lately, poll_now
from ..keyring import KeyringError
from ..manifest import ManifestError, plan_of
from ..mode import in_other_mode, is_elder
from ..models import Poll
from ..staff.second_factor import fully_signed_in

logger = logging.getLogger(__name__)

# What changes a page changes its address or its ETag. A copy elsewhere is a minute old at most, and half a
# minute more while its keeper asks for the next.
FOR_EVERYONE = "public, max-age=60, stale-while-revalidate=30"
# Of each process: a page and its packed copy are some 30 kB.
BYTES_KEPT = 16_000_000
_kept = OrderedDict()


class Page(NamedTuple):
    """A page as it is kept: its bytes, the same packed by gzip, what their ETags have in common, and the
    whole answers that were made of it, for the lane ahead of Django's handler."""

    body: bytes
    packed: bytes
    tag: str
    answers: dict

    @property
    def size(self):
        """Bytes in memory."""
        return len(self.body) + len(self.packed)


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
    key = _key(poll, request.path, plan.variant, template, context["phase"], mark)
    page = _kept.get(key)
    if page is None:
        context |= make_context()
        page = _keep(key, render_to_string(template, _page(request, request.path, context)).encode())
    return hand_out(request, page)


def stored_page(path, slug, inside, variant) -> Page | None:
    """Return the copy kept of list (`inside` is ''), ballot (`ballot/`) or candidate, None without one.

    A query a second asks where the poll stands: a copy made before anything changed is not found then.
    """
    at, poll = now(), poll_lately(slug)
    if poll is None or not poll.frozen or poll.state == Poll.State.DRAFT:
        return None
    if bool(variant) != (poll.order_rule == Poll.Order.ROTATED):
        return None
    ballot = "voting/ballot.html" if poll.may_vote(at) else "voting/closed.html"
    template = {"": "voting/list.html", "ballot/": ballot}.get(inside, "voting/candidate.html")
    return _kept.get(_key(poll, path, variant, template, poll.phase(at), ()))


def hand_out(request, page: Page):
    """Answer with a page for everyone, packed for whoever takes that, or with 304.

    Packing tells nothing by its length, for no page for everyone holds a secret or what a reader sent.
    """
    packed = takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    etag = f'"{page.tag}-gzip"' if packed else f'"{page.tag}"'
    response = HttpResponse(
        page.packed if packed else page.body,
        headers={"ETag": etag, "Cache-Control": FOR_EVERYONE, "Vary": "Accept-Encoding"},
    )
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return get_conditional_response(request, etag=etag, response=response)


@functools.lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Say whether an Accept-Encoding header takes gzip (RFC 9110, 12.5.3)."""
    weights = {}
    for part in accepted.lower().split(","):
        name, _semicolon, weight = part.replace(" ", "").partition(";q=")
        weights[name] = weight.strip("0.") != "" or not weight
    return weights.get("gzip", weights.get("*", False))


def _key(poll, path, variant, template, phase, mark):
    """Return what a stored page's bytes depend on."""
    frozen = (poll.manifest_sha256, path, variant, template)
    return *frozen, phase, poll.closes_at, poll.may_see_results(), poll.corrected, poll.public_acts, mark


def _keep(key, body):
    page = Page(body, gzip.compress(body, mtime=0), hashlib.sha256(body).hexdigest()[:32], {})
    _kept[key] = page
    size = sum(each.size for each in _kept.values())
    while size > BYTES_KEPT and len(_kept) > 1:
        size -= _kept.pop(next(iter(_kept))).size
    return page


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
