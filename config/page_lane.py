"""A lane for the pages of an open poll: list, candidate and ballot, the same for everyone and kept whole.

It stands ahead of Django's handler and of the middlewares that read what such a page does not depend on. A
copy that still holds is answered with the headers of the whole way, made by the same middlewares; whatever
is not kept, or asks for anything else, goes the whole way and is drawn and kept there.
"""

import logging
import re
from http import HTTPStatus

from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections, connection
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from .middleware import content_security_policy

logger = logging.getLogger(__name__)
PAGE = re.compile(r"/(?:elder/)?(en/)?p/([-a-zA-Z0-9_]+)/((?:[1-9][0-9]{2}/|ballot/)?)")
ORDER = re.compile(r"order=([1-9][0-9]?)")


# Whoever sends one of these may get something else than the page.
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")


def pages_ahead(whole_way):
    """Return a WSGI application that answers with kept pages and hands everything else on."""
    from voting.views.public import hand_out, stored_page, takes_gzip

    def drawn(request):
        response = hand_out(request, request.page)
        response.headers["Content-Language"] = request.language
        response.headers["Content-Length"] = str(len(response.content))
        return response

    secure = SecurityMiddleware(content_security_policy(XFrameOptionsMiddleware(drawn)))

    def find(request, asked):
        """Return status line, headers and body of the answer, None where anything else is due."""
        request.get_host()
        if secure.process_request(request):
            return written(request)
        request.page = stored_page(request.path, *asked)
        if request.page is None:
            return None
        if any(name in request.META for name in CONDITIONS):
            return written(request)
        # The answer is the same as the last one to whoever asked alike.
        alike = request.scheme, request.language, takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        answers = request.page.answers
        if alike not in answers:
            answers[alike] = written(request)
        return answers[alike]

    def written(request):
        response = secure(request)
        status = HTTPStatus(response.status_code)
        return f"{status.value} {status.phrase}", list(response.items()), response.content

    def answer(request, asked):
        # A lost connection shows at the one query; asking first would be a round trip each time.
        connection.health_check_done = True
        try:
            return find(request, asked)
        except DisallowedHost:
            return None
        except Exception:
            logger.exception("A page left its lane")
            return None
        finally:
            if connection.errors_occurred:
                close_old_connections()

    def application(environ, start_response):
        asked = _asked(environ)
        if asked is None:
            return whole_way(environ, start_response)
        request = WSGIRequest(environ)
        request.language, *rest = asked
        found = answer(request, rest)
        if found is None:
            return whole_way(environ, start_response)
        status, headers, body = found
        # A copy, for servers add to it.
        start_response(status, [*headers])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return application


def _asked(environ):
    """Return language, poll, page within it and number of the order; None where a page cannot be meant."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or environ.get("SCRIPT_NAME"):
        return None
    found = PAGE.fullmatch(environ.get("PATH_INFO", ""))
    query = environ.get("QUERY_STRING", "")
    order = ORDER.fullmatch(query)
    if not found or (query and not order):
        return None
    return "en" if found[1] else "zh-hans", found[2], found[3], int(order[1]) if order else 0
