"""The list as everyone reads it: home, list, candidate, manifest, attachments."""

import hashlib
import unicodedata
from dataclasses import replace

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from shortlist.models import Attachment

from ..forms import SearchForm
from ..models import Manifest, Poll
from .public import draw, draw_for_all, now, of_poll

SHOWN_IN_PLACE = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")


@require_safe
def home(request):
    """Name the public polls and where each stands."""
    at = now()
    polls = [(poll, poll.phase(at)) for poll in Poll.objects.public().select_related("shortlist")]
    return draw(request, "voting/home.html", {"polls": polls})


@require_safe
@of_poll
def show_list(request, poll, plan):
    """Show the whole list, or what a search finds in it."""
    if not request.GET.get("q"):
        return draw_for_all(
            request, poll, plan, "voting/list.html", lambda: {"sections": plan.sections, "form": SearchForm()}
        )
    form = SearchForm(request.GET)
    context = {"poll": poll, "plan": plan, "phase": poll.phase(), "form": form, "sections": plan.sections}
    if form.is_valid():
        sections = search(plan.sections, form.cleaned_data["q"])
        found = sum(len(category.candidates) for category in sections)
        context |= {"sections": sections, "searched": True, "found": found}
    return draw(request, "voting/list.html", context, status=200 if form.is_valid() else 422)


def search(sections, words):
    """Return the categories with the candidates that hold all of these words in code or text."""
    wanted = [_folded(word) for word in words.split()]

    def holds(candidate):
        text = _folded(f"{candidate.code} {candidate.text}")
        return all(word in text for word in wanted)

    return [replace(part, candidates=tuple(filter(holds, part.candidates))) for part in sections]


def _folded(text):
    return unicodedata.normalize("NFKC", text).casefold()


@require_safe
@of_poll
def show_candidate(request, poll, plan, code):
    """Show one candidate with its evidence."""
    if code not in plan.index:
        raise Http404
    at = plan.index[code]
    around = {
        "candidate": plan.candidates[at],
        "category": plan.section_of[code],
        "previous": plan.candidates[at - 1] if at else None,
        "next": plan.candidates[at + 1] if at + 1 < len(plan.candidates) else None,
    }
    return draw_for_all(request, poll, plan, "voting/candidate.html", lambda: around)


@require_safe
@of_poll
def show_manifest(request, poll, plan):
    """Hand out the manifest's bytes as they were hashed."""
    manifest = Manifest.objects.filter(poll=poll).first()
    if manifest is None:
        raise Http404
    response = HttpResponse(bytes(manifest.data), content_type="application/json")
    response["ETag"] = f'"{manifest.sha256}"'
    response["Cache-Control"] = "public, max-age=60"
    return response


@require_safe
@of_poll
def show_attachment(request, poll, plan, sha256, name):
    """Hand out a file of the published list, once its bytes are those that the list names."""
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
    kind = named[0].media_type if named[0].media_type in SHOWN_IN_PLACE else "application/octet-stream"
    response = HttpResponse(data, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = content_disposition_header(kind not in SHOWN_IN_PLACE, name)
    response["Cache-Control"] = "public, max-age=60"
    return response
