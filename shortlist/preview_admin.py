"""The list as citizens will read it, before any poll is made on it: for staff alone, read only."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from .document import read_list


@require_safe
def preview_page(request, desk, pk, code=None):
    """Draw a list, or one of its candidates, from the tables as they are."""
    shortlist = get_object_or_404(desk.get_queryset(request), pk=pk)
    if not desk.has_view_permission(request, shortlist):
        raise PermissionDenied
    document = read_list(shortlist)
    context = {"shortlist": shortlist, "document": document}
    if code is None:
        return TemplateResponse(request, "admin/shortlist/shortlist/preview.html", context)
    pairs = [(category, item) for category in document.categories for item in category.candidates]
    at = next((at for at, (_category, item) in enumerate(pairs) if item.code == code), None)
    if at is None:
        raise Http404
    context["category"], context["candidate"] = pairs[at]
    context["previous"] = pairs[at - 1][1] if at else None
    context["next"] = pairs[at + 1][1] if at + 1 < len(pairs) else None
    return TemplateResponse(request, "admin/shortlist/shortlist/preview_candidate.html", context)


URLS = [
    ("<int:pk>/preview/", preview_page, "shortlist_shortlist_preview"),
    ("<int:pk>/preview/<slug:code>/", preview_page, "shortlist_shortlist_preview_candidate"),
]
