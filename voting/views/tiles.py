"""The ledger for programs of others (c2sp.org/tlog-tiles): no language, no cookie, the same for everyone."""

import functools
import hashlib

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from ..bundle import has_bundle, public_documents, published_bundle
from ..heads import latest_head
from ..ledger.tile import parse_tile_path
from ..models import Manifest, Poll
from ..tiles import file_paths, head_lines, served_tile
from .documents import open_document

SPECIFICATION = "https://c2sp.org/tlog-tiles"
FOR_EVER = "public, immutable, max-age=31536000"
FOR_SECONDS = "public, max-age=5"
FOR_A_MINUTE = "public, max-age=60"


def of_ledger(view):
    """Decorator: hand the view its opened poll, and let pages of other sites read the answer."""

    @functools.wraps(view)
    def found(request, slug, **rest):
        poll = get_object_or_404(Poll.objects.public().exclude(manifest_sha256=""), slug=slug)
        response = view(request, poll, **rest)
        response["Access-Control-Allow-Origin"] = "*"
        response["Link"] = f'<{SPECIFICATION}>; rel="describedby"'
        return response

    return found


@require_safe
@of_ledger
def show_checkpoint(request, poll):
    """Hand out the latest signed head."""
    head = latest_head(poll)
    if head is None:
        raise Http404
    return _whole(request, head.note.encode(), "text/plain; charset=utf-8", FOR_SECONDS)


@require_safe
@of_ledger
def show_tile(request, poll, rest):
    """Hand out a tile of hashes or of entries, whole or up to a width, once a signed head covers it."""
    try:
        data = served_tile(poll, parse_tile_path(f"tile/{rest}"))
    except ValueError:
        raise Http404 from None
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Cache-Control"] = FOR_EVER
    # What an address holds never changes; a time lets mirrors ask for nothing twice.
    since = int(poll.opened_at.timestamp())
    response["Last-Modified"] = http_date(since)
    return get_conditional_response(request, last_modified=since, response=response)


@require_safe
@of_ledger
def show_heads(request, poll):
    """Hand out all signed heads, in pieces."""
    response = StreamingHttpResponse(head_lines(poll), content_type="application/jsonl; charset=utf-8")
    response["Cache-Control"] = FOR_SECONDS
    return response


@require_safe
@of_ledger
def show_files(request, poll):
    """List the addresses of all files under the latest head, one a line, for whoever keeps a mirror."""
    start = request.build_absolute_uri(reverse("tlog:checkpoint", args=[poll.slug])).removesuffix(
        "checkpoint"
    )
    lines = (f"{start}{path}\n" for path in file_paths(poll))
    response = StreamingHttpResponse(lines, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = FOR_SECONDS
    return response


@require_safe
@of_ledger
def show_manifest(request, poll):
    """Hand out the manifest's bytes as they were hashed."""
    data = bytes(get_object_or_404(Manifest, poll=poll).data)
    return _whole(request, data, "application/json", FOR_A_MINUTE)


@require_safe
@of_ledger
def show_document(request, poll, name):
    """Hand out a file that an entry names, once everyone may have it."""
    if name not in public_documents(poll, "public"):
        raise Http404
    response = FileResponse(open_document(poll, name), content_type="application/octet-stream")
    response["Cache-Control"] = FOR_A_MINUTE
    return response


@require_safe
@of_ledger
def show_bundle(request, poll):
    """Hand out the public bundle of a counted poll, which the keeper writes."""
    if not has_bundle(poll):
        raise Http404
    name = f"{poll.slug}-bundle.zip"
    response = FileResponse(published_bundle(poll).open("rb"), as_attachment=True, filename=name)
    response["Cache-Control"] = FOR_A_MINUTE
    return response


def _whole(request, data, kind, caching):
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    response = HttpResponse(data, content_type=kind, headers={"ETag": etag, "Cache-Control": caching})
    return get_conditional_response(request, etag=etag, response=response)
