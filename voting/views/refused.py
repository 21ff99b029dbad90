"""Error pages in the reader's language, each with what to do next."""

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import translate_url
from django.utils.translation import get_language

from .casting import draw_without_token


def csrf_failure(request, reason=""):
    """Draw the page to confirm once more where a ballot was posted; else say how to go on."""
    match = request.resolver_match
    if match and match.view_name == "voting:cast" and request.method == "POST":
        return draw_without_token(request, **match.kwargs)
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
    other = "en" if get_language() == "zh-hans" else "zh-hans"
    context = {"site": settings.SITE, "other_address": translate_url("/", other)}
    response = HttpResponse(render_to_string(template, context), status=status)
    response["Cache-Control"] = "private, no-store"
    return response
