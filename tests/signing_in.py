"""Polls by signing in, and the real provider on this machine at which tests sign in."""

import html
import http.client
import re
from unittest import mock, skipUnless
from urllib.parse import urlsplit

from django.test import TestCase, override_settings

from voting.eligibility import sign_in
from voting.signing_in import openid

from .factories import make_open_poll, temporary_keys
from .pages import english

try:
    from .oidc_provider import CLIENT, SECRET, Provider
except ImportError:  # Authlib and what it brings are optional.
    CLIENT = SECRET = Provider = None

HOME = "http://testserver"
BACK = f"{HOME}/sign-in/"
needs_authlib = skipUnless(Provider, "Authlib is not installed")


def make_sign_in_poll(**fields):
    """Make an open poll by signing in."""
    values = {"eligibility": "sign_in", "purpose": "To let each account vote once.", **fields}
    with mock.patch.object(sign_in, "opening_faults", lambda poll: []):
        return make_open_poll(**values)


def ask(url):
    """Ask the provider as a browser does; return status and where it leads."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers.get("Location", "")


def way_out(page):
    """Return the address of the provider that a page, answer or text, leads to."""
    text = page if isinstance(page, str) else page.content.decode()
    return html.unescape(re.search(r'class="button" href="(http[^"]+)"', text)[1])


@needs_authlib
@temporary_keys
class SignInCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.poll = make_sign_in_poll()

    def setUp(self):
        self.provider = self.enterContext(Provider(BACK))
        self.enterContext(
            override_settings(
                OIDC_ISSUER=self.provider.issuer, OIDC_CLIENT_ID=CLIENT, OIDC_CLIENT_SECRET=SECRET
            )
        )
        openid._clients.clear()

    def come_back(self, client, page):
        """Go to the provider and back; return the answer to coming back."""
        status, location = ask(way_out(page))
        self.assertEqual(status, 302)
        self.assertTrue(location.startswith(BACK), location)
        return client.get(location.removeprefix(HOME), headers={"Sec-Fetch-Site": "cross-site"})

    def go(self, client=None, poll=None):
        """Sign in from the entrance and return the entrance as it then is."""
        client, poll = client or self.client, poll or self.poll
        answer = self.come_back(client, client.get(english("enter", poll)))
        self.assertRedirects(answer, english("enter", poll), 303, fetch_redirect_response=False)
        return client.get(english("enter", poll))
