"""A lane of its own for the cast: the one request for which every tenth of a millisecond counts.

It stands ahead of Django's handler and of all middleware, of which a cast needs four: the secure connection,
the host, the token, the headers. Whatever is not the usual ballot, well formed and taken, goes the whole
way and comes to the same view's long form, which says what is wrong.
"""

import functools
import io
import logging
import re
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections, connection
from django.http import HttpResponse, UnreadablePostError
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.functional import cached_property

logger = logging.getLogger(__name__)
CAST = re.compile(r"/(?:en/)?p/([-\w]+)/cast/")
FORM = "application/x-www-form-urlencoded"
# Far above any ballot; more is not read here.
LONGEST = 100_000


class Posted(WSGIRequest):
    """A request that reads host and form once, the form into a plain dictionary, the last of each name."""

    @cached_property
    def POST(self):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, max_num_fields=most))

    @cached_property
    def host(self):
        return super().get_host()

    def get_host(self):
        return self.host


class Token(CsrfViewMiddleware):
    """Django's own check of the token; the whole way tells and logs what is wrong with one."""

    def _reject(self, request, reason):
        return reason


def ahead(whole_way):
    """Return a WSGI application that answers the usual cast itself and hands everything else on, unread."""
    from voting.views.casting import NEVER_KEPT, cast_at_once

    policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())
    token, secure, frames = (
        kind(lambda request: None) for kind in (Token, SecurityMiddleware, XFrameOptionsMiddleware)
    )

    @functools.cache
    def same_for_all(scheme):
        """Return the headers that every receipt's address comes with, as the middlewares write them."""
        asked = {"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(), "wsgi.url_scheme": scheme}
        request = WSGIRequest(asked)
        response = HttpResponse(status=303, headers={"Content-Length": "0", "Cache-Control": NEVER_KEPT})
        response.headers["Content-Security-Policy"] = policy
        for each in (frames, secure):
            response = each.process_response(request, response)
        return list(response.items())

    def application(environ, start_response):
        found = environ["REQUEST_METHOD"] == "POST" and CAST.fullmatch(environ.get("PATH_INFO", ""))
        if not found or not _is_a_ballot(environ):
            return whole_way(environ, start_response)
        request = Posted(environ)
        receipt = answer(request, found[1])
        if receipt is None:
            if hasattr(request, "_body"):
                environ["wsgi.input"] = io.BytesIO(request._body)
            return whole_way(environ, start_response)
        address, cookie = receipt
        own = [("Location", address), ("Set-Cookie", cookie)]
        start_response("303 See Other", own + same_for_all(request.scheme))
        return [b""]

    def answer(request, slug):
        """Return the receipt's address and cookie, None where anything else is due."""
        try:
            request.get_host()
            if secure.process_request(request):
                return None
            if token.process_view(request, cast_at_once, (), {}):
                return None
            # A lost connection shows when the ballot is stored; asking first would be a round trip each time.
            connection.health_check_done = True
            return cast_at_once(request, slug)
        except (DisallowedHost, RequestDataTooBig, UnreadablePostError, ValueError):
            # ValueError: more fields than a form may have, or bytes that are no text.
            return None
        except Exception:
            # A ballot that was stored is found again on the whole way, and an error gets its page there.
            logger.exception("A cast left its lane")
            return None
        finally:
            if connection.errors_occurred:
                close_old_connections()

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
