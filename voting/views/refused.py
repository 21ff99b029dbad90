"""Error pages in the reader's language, each with what to do next."""

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from . import entrance
from .casting import draw_without_token
from .public import page_of


def csrf_failure(request, reason=""):
    """Draw the page to confirm once more where a ballot was posted; else say how to go on."""
    match = request.resolver_match
    if match and match.view_name == "voting:cast" and request.method == "POST":
        return draw_without_token(request, **match.kwargs)
    if match and match.view_name == "voting:enter" and request.method == "POST":
        return entrance.draw_without_token(request, **match.kwargs)
    return _refuse(request, "403_csrf.html", 403)


def bad_request(request, exception):
    return _refuse(request, "400.html", 400)


def forbidden(request, exception):
    return _refuse(request, "403.html", 403)


def not_found(request, exception):
    return _refuse(request, "404.html", 404)


def server_error(request):
    """Say that it is our fault. Touches neither database nor session, and repeats nothing of the input."""
    return _refuse(request, "500.html", 500)


def _refuse(request, template, status):
    page = render_to_string(template, page_of(request, reverse("voting:home")))
    response = HttpResponse(page, status=status)
    response["Cache-Control"] = "private, no-store"
    return response
