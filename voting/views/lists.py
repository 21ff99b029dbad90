"""The list as everyone reads it: home, list, candidate, manifest."""

import unicodedata
from dataclasses import replace

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from ..forms import SearchForm
from ..models import Manifest, Poll
from ..register import notices_of
from .order import in_some_order
from .public import draw, draw_for_all, now, of_poll


@require_safe
def home(request):
    """Name the public polls and where each stands."""
    at = now()
    polls = [(poll, poll.phase(at)) for poll in Poll.objects.public().select_related("shortlist")]
    return draw(request, "voting/home.html", {"polls": polls})


@require_safe
@of_poll
@in_some_order
def show_list(request, poll, plan):
    """Show the whole list, or what a search finds in it."""
    if not request.GET.get("q"):
        return draw_for_all(
            request,
            poll,
            plan,
            "voting/list.html",
            lambda: {
                "sections": plan.shown,
                "form": SearchForm(plan),
                "notices": notices_of(poll) if poll.public_acts else [],
            },
        )
    form = SearchForm(plan, request.GET)
    context = {"poll": poll, "plan": plan, "phase": poll.phase(), "form": form, "sections": plan.shown}
    if form.is_valid():
        sections = search(plan.shown, form.cleaned_data["q"])
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
@in_some_order
def show_candidate(request, poll, plan, code):
    """Show one candidate with its evidence."""
    if code not in plan.index:
        raise Http404
    shown = [candidate for category in plan.shown for candidate in category.candidates]
    at = next(place for place, candidate in enumerate(shown) if candidate.code == code)
    around = {
        "candidate": shown[at],
        "corrections": plan.corrections.get(code, []),
        "category": plan.section_of[code],
        "previous": shown[at - 1] if at else None,
        "next": shown[at + 1] if at + 1 < len(shown) else None,
        "here": request.path,
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
