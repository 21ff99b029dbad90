"""A lane of its own for the cast: the one request for which every tenth of a millisecond counts.

It stands ahead of Django's handler and of all middleware, of which a cast needs four: the secure connection,
the host, the token, the headers. Whatever is not the usual ballot, well formed and taken, goes the whole
way and comes to the same view's long form, which says what is wrong.
"""

import io
import logging
import re
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections, connection
from django.http import UnreadablePostError
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import set_script_prefix

logger = logging.getLogger(__name__)
CAST = re.compile(r"/(?:en/)?p/([-\w]+)/cast/")
FORM = "application/x-www-form-urlencoded"
# Far above any ballot; more is not read here.
LONGEST = 100_000


class Token(CsrfViewMiddleware):
    """Django's own check of the token; the whole way tells and logs what is wrong with one."""

    def _reject(self, request, reason):
        return reason


def ahead(whole_way):
    """Return a WSGI application that answers the usual cast itself and hands everything else on, unread."""
    from voting.views.casting import cast_at_once

    policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())
    token, secure, frames = (
        kind(lambda request: None) for kind in (Token, SecurityMiddleware, XFrameOptionsMiddleware)
    )

    def application(environ, start_response):
        found = environ["REQUEST_METHOD"] == "POST" and CAST.fullmatch(environ.get("PATH_INFO", ""))
        if not found or not _is_a_ballot(environ):
            return whole_way(environ, start_response)
        set_script_prefix("/")
        request = WSGIRequest(environ)
        response = answer(request, found[1])
        if response is None:
            if hasattr(request, "_body"):
                environ["wsgi.input"] = io.BytesIO(request._body)
            return whole_way(environ, start_response)
        lines = [
            *response.items(),
            *(("Set-Cookie", each.OutputString()) for each in response.cookies.values()),
        ]
        start_response(f"{response.status_code} {HTTPStatus(response.status_code).phrase}", lines)
        return [response.content]

    def answer(request, slug):
        """Return the way to the receipt, None where anything else is due."""
        try:
            request.get_host()
            if secure.process_request(request):
                return None
            token.process_request(request)
            if token.process_view(request, cast_at_once, (), {}):
                return None
            # A lost connection shows when the ballot is stored; asking first would be a round trip each time.
            connection.health_check_done = True
            response = cast_at_once(request, slug)
        except (DisallowedHost, RequestDataTooBig, TooManyFieldsSent, UnreadablePostError):
            return None
        except Exception:
            # A ballot that was stored is found again on the whole way, and an error gets its page there.
            logger.exception("A cast left its lane")
            return None
        finally:
            if connection.errors_occurred:
                close_old_connections()
        if response is None:
            return None
        response.headers["Content-Security-Policy"] = policy
        response.headers["Content-Length"] = "0"
        for each in (token, frames, secure):
            response = each.process_response(request, response)
        return response

    return application


def _is_a_ballot(environ):
    """Say whether the body is a form of a ballot's length, which can be kept whole for the whole way."""
    length = environ.get("CONTENT_LENGTH") or ""
    return (
        environ.get("CONTENT_TYPE", "").partition(";")[0] == FORM
        and length.isdecimal()
        and int(length) <= LONGEST
        and not environ.get("SCRIPT_NAME")
    )
