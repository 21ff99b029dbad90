"""Hand passwords to a gateway for short messages or mail, over HTTP.

The settings `PASSWORD_GATEWAY_*` say where and how: an address, one header with a secret, and the body
as a template with `$contact`, `$password` and `$text`. A body that begins with `{` is sent as JSON, any
other as a form; what is put in is escaped for it. Every answer from 200 to 299 is a success, unless
`PASSWORD_GATEWAY_SUCCESS` names words that must stand in it, for gateways that say 200 to everything.
"""

import json
import string
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException

from django.conf import settings
from django.utils.translation import gettext as _

from . import SendFailed

LARGEST_ANSWER = 64 * 1024
LOCAL = ("127.0.0.1", "localhost", "::1")


class Unmoved(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it would hand the number to somebody whom no setting names."""

    def redirect_request(self, *arguments):
        return None


class HttpSender:
    """Posts each message to the gateway."""

    def __init__(self):
        self.url = settings.PASSWORD_GATEWAY_URL
        parts = urllib.parse.urlsplit(self.url)
        if not self.url:
            raise SendFailed(_("The gateway's address is missing: set PASSWORD_GATEWAY_URL."))
        if parts.scheme != "https" and parts.hostname not in LOCAL:
            raise SendFailed(_("PASSWORD_GATEWAY_URL must begin with https://."))
        # No proxy of the environment: it would read along.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Unmoved)

    def send(self, message):
        """Post the message and wait for the answer, at most `PASSWORD_GATEWAY_SECONDS`; SendFailed."""
        request = urllib.request.Request(self.url, self.body(message), self.headers(), method="POST")
        try:
            with self.opener.open(request, timeout=settings.PASSWORD_GATEWAY_SECONDS) as answer:
                said = answer.read(LARGEST_ANSWER).decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            error.close()
            raise SendFailed(_("The gateway answered %(status)d.") % {"status": error.code}) from None
        except TimeoutError:
            raise SendFailed(self.too_slow()) from None
        except urllib.error.URLError as error:
            late = isinstance(error.reason, TimeoutError)
            raise SendFailed(
                self.too_slow()
                if late
                else _("The gateway cannot be reached (%(reason)s).")
                % {"reason": type(error.reason).__name__}
            ) from None
        except (OSError, ValueError, HTTPException) as error:
            raise SendFailed(
                _("The gateway cannot be reached (%(reason)s).") % {"reason": type(error).__name__}
            ) from None
        if settings.PASSWORD_GATEWAY_SUCCESS not in said:
            raise SendFailed(_("The gateway took the message and said no to it."))

    def too_slow(self):
        return _("The gateway did not answer within %(count)d seconds.") % {
            "count": settings.PASSWORD_GATEWAY_SECONDS
        }

    def body(self, message):
        """Return the template's bytes with the message in it."""
        template = settings.PASSWORD_GATEWAY_BODY
        escape = (
            (lambda text: json.dumps(text)[1:-1])
            if template.lstrip().startswith("{")
            else (lambda text: urllib.parse.quote(text, safe=""))
        )
        values = {name: escape(value) for name, value in message._asdict().items()}
        return string.Template(template).safe_substitute(values).encode()

    def headers(self):
        """Return what kind of body it is, and the header that carries the secret."""
        json_body = settings.PASSWORD_GATEWAY_BODY.lstrip().startswith("{")
        kind = "application/json" if json_body else "application/x-www-form-urlencoded"
        headers = {"Content-Type": f"{kind}; charset=utf-8"}
        name, colon, value = settings.PASSWORD_GATEWAY_HEADER.partition(":")
        if colon:
            headers[name.strip()] = value.strip()
        return headers
