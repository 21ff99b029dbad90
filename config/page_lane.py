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


class NotKept(Exception):
    """There is no copy of this page that holds."""


def pages_ahead(whole_way):
    """Return a WSGI application that answers with kept pages and hands everything else on."""
    from voting.views.public import stored_copy

    def kept(request):
        request.get_host()
        response = stored_copy(request, *request.asked)
        if response is None:
            raise NotKept
        response.headers["Content-Language"] = request.language
        response.headers["Content-Length"] = str(len(response.content))
        return response

    with_headers = SecurityMiddleware(content_security_policy(XFrameOptionsMiddleware(kept)))

    def answer(request):
        """Return the kept page, None where anything else is due."""
        # A lost connection shows at the one query; asking first would be a round trip each time.
        connection.health_check_done = True
        try:
            return with_headers(request)
        except (NotKept, DisallowedHost):
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
        request.language, *request.asked = asked
        response = answer(request)
        if response is None:
            return whole_way(environ, start_response)
        status = HTTPStatus(response.status_code)
        start_response(f"{status.value} {status.phrase}", list(response.items()))
        return [] if request.method == "HEAD" else [response.content]

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
