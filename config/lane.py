"""A lane of its own for the cast: the one request for which every tenth of a millisecond counts.

It stands before all other middleware and needs few of them: the secure connection, the host, the token, the
headers. Whatever is not the usual ballot, well formed and taken, goes on through all of them and comes to
the same view's long form, which says what is wrong.
"""

import re

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils import translation

CAST = re.compile(r"/(?:(en)/)?p/([-\w]+)/cast/")


class Token(CsrfViewMiddleware):
    """Django's own check of the token; the long way tells and logs what is wrong with one."""

    def _reject(self, request, reason):
        return reason


def cast_lane(get_response):
    """Answer the usual cast here; hand everything else on, unchanged."""
    from voting.views.casting import cast, cast_at_once

    policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())
    token, secure, frames = (
        kind(get_response) for kind in (Token, SecurityMiddleware, XFrameOptionsMiddleware)
    )

    def middleware(request):
        found = CAST.fullmatch(request.path_info) if request.method == "POST" else None
        return (found and answer(request, *found.groups())) or get_response(request)

    def answer(request, language, slug):
        """Return the way to the receipt, None where anything else is due."""
        try:
            request.get_host()
        except DisallowedHost:
            return None
        if secure.process_request(request):
            return None
        token.process_request(request)
        if token.process_view(request, cast, (), {}):
            return None
        # A lost connection shows when the ballot is stored; asking first would be a round trip each time.
        connection.health_check_done = True
        with translation.override(language or settings.LANGUAGE_CODE):
            response = cast_at_once(request, slug)
        if response is None:
            return None
        response.headers["Content-Security-Policy"] = policy
        for each in (token, frames, secure):
            response = each.process_response(request, response)
        return response

    return middleware
