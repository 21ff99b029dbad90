"""Voting by signing in: against a real provider on this machine, honest or not, and what stays of it."""

import html
import http.client
import json
import logging
import re
import secrets
import sys
import time
from datetime import timedelta
from unittest import mock, skipUnless
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client, RequestFactory, TestCase, override_settings
from django.utils import timezone
from django.utils.translation import override

from voting.checks import voters_can_show_who_they_are
from voting.eligibility import sign_in
from voting.eligibility.right import recall_right
from voting.keyring import keys_of
from voting.lifecycle import opening_faults
from voting.manifest import plan_of
from voting.models import Participation, Poll
from voting.signing_in import Provider as Base
from voting.signing_in import SignInFailed, Start, Subject, openid
from voting.views import ballots, casting, entrance

from .factories import make_open_poll, make_poll, temporary_keys
from .pages import address, confirm, english, hidden_fields, post_ballot
from .stub_server import StubServer

try:
    from joserfc.jwk import RSAKey

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


class SigningIn(SignInCase):
    def test_what_the_data_are_for_stands_before_the_way_out(self):
        page = self.client.get(english("enter", self.poll))
        text = page.content.decode()
        self.assertLess(text.index("To let each account vote once."), text.index(self.provider.issuer))
        asked = parse_qs(urlsplit(way_out(page)).query)
        self.assertEqual((asked["scope"], asked["redirect_uri"]), (["openid"], [BACK]))
        self.assertEqual(asked["code_challenge_method"], ["S256"])
        self.assertTrue(asked["state"] and asked["nonce"])

    def test_signing_in_before_picking_says_that_one_can_vote(self):
        self.assertContains(self.go(), "You can vote")
        self.assertNotIn("sign-in", {name for name, each in self.client.cookies.items() if each.value})
        page = post_ballot(self.client, self.poll, "101")
        self.assertEqual(confirm(self.client, self.poll, hidden_fields(page)).status_code, 303)
        self.assertContains(self.client.get(english("enter", self.poll)), "Already voted", status_code=409)

    def test_picks_made_before_come_back_to_the_page_to_confirm(self):
        page = post_ballot(self.client, self.poll, "101", "202")
        self.assertContains(page, "Your choices are kept", status_code=403)
        self.come_back(self.client, page)
        page = self.client.get(english("enter", self.poll), headers={"Sec-Fetch-Site": "cross-site"})
        self.assertContains(page, "not sent yet")
        self.assertEqual(hidden_fields(page)["codes"], "101 202")
        self.assertFalse(self.client.cookies["sign-in"].value)
        self.assertEqual(confirm(self.client, self.poll, hidden_fields(page)).status_code, 303)

    def test_one_account_has_one_ballot_from_all_devices_and_two_accounts_two(self):
        for user, expected in (("a", 200), ("a", 409), ("b", 200), ("b", 409)):
            self.provider.user, client = user, Client()
            self.go(client)
            page = post_ballot(client, self.poll, "101")
            self.assertEqual(page.status_code, expected)
            if expected == 200:
                confirm(client, self.poll, hidden_fields(page))
        self.assertEqual(Participation.objects.filter(poll_id=self.poll.pk).count(), 2)

    def test_the_reader_comes_back_in_the_same_language_and_mode(self):
        for path in (f"/elder{address('enter', self.poll)}", english("enter", self.poll)):
            client = Client()
            answer = self.come_back(client, client.get(path))
            self.assertEqual(answer["Location"], path)

    def test_who_does_not_agree_at_the_provider_keeps_the_picks(self):
        self.provider.user = None
        page = post_ballot(self.client, self.poll, "101")
        self.come_back(self.client, page)
        page = self.client.get(english("enter", self.poll))
        self.assertContains(page, "You did not sign in")
        self.assertEqual(hidden_fields(page)["codes"], "101")

    def test_the_next_voter_signs_in_anew(self):
        self.go()
        self.client.post(english("next", self.poll))
        self.assertContains(self.client.get(english("enter", self.poll)), self.provider.issuer)

    def test_a_provider_that_is_away_gets_a_sentence_and_the_picks_stay(self):
        self.provider.broken = True
        with self.assertLogs("voting.signing_in.openid", "ERROR"):
            page = post_ballot(self.client, self.poll, "101")
        self.assertContains(page, "cannot be reached at present", status_code=503)
        self.assertEqual(hidden_fields(page)["codes"], "101")
        self.provider.broken = False
        page = post_ballot(self.client, self.poll, "101")
        self.provider.broken = True
        with self.assertLogs("voting.signing_in.openid"):
            location = f"/sign-in/?{urlencode({'code': 'x', 'state': self.state(page)})}"
            self.client.get(location)
        self.provider.broken = False
        self.assertContains(self.client.get(english("enter", self.poll)), "Your choices are kept")

    def state(self, page):
        return parse_qs(urlsplit(way_out(page)).query)["state"][0]

    def test_only_what_answers_our_own_question_is_read(self):
        """A foreign, forged, old or repeated answer, and one without the cookie, are all the same."""
        page = self.client.get(english("enter", self.poll))
        _status, location = ask(way_out(page))
        query = parse_qs(urlsplit(location).query)
        for values in (
            {},
            {"code": query["code"][0]},
            {"code": query["code"][0], "state": ""},
            {"code": query["code"][0], "state": "another"},
        ):
            answer = self.client.get("/en/sign-in/", values)
            self.assertContains(answer, "could not be matched", status_code=400)
        path = location.removeprefix(HOME)
        self.assertEqual(Client().get(path).status_code, 400)
        with mock.patch("voting.views.sign_in.GOOD_FOR", 0):
            self.assertEqual(self.client.get(path).status_code, 400)
        self.assertEqual(self.client.get(path).status_code, 303)
        self.assertEqual(self.client.get(path).status_code, 400)
        self.assertEqual(self.client.post("/sign-in/").status_code, 405)
        self.assertEqual(self.client.head(path).status_code, 405)
        self.client.cookies["sign-in"] = signing.b64_encode(b"x" * 90).decode()
        self.assertEqual(self.client.get(path).status_code, 400)


class TokensThatLie(SignInCase):
    def refused(self, **lies):
        """Say whether an answer with these lies is refused with a sentence, and no right given."""
        for name, value in lies.items():
            setattr(self.provider, name, value)
        client = Client()
        with self.assertLogs("voting.signing_in.openid"):
            page = self.go(client)
        self.assertContains(page, "The sign-in could not be confirmed")
        self.assertNotIn(f"right-{self.poll.uid}", client.cookies)

    def test_the_control_the_same_way_without_a_lie_is_believed(self):
        self.assertContains(self.go(), "You can vote")
        self.provider.claims = {"aud": ["another", CLIENT], "azp": CLIENT}
        self.assertContains(self.go(Client()), "You can vote")

    def test_another_issuer(self):
        self.refused(claims={"iss": "https://other.example"})

    def test_no_issuer(self):
        self.refused(claims={"iss": None})

    def test_another_audience(self):
        self.refused(claims={"aud": "another"})
        self.refused(claims={"aud": ["another", CLIENT], "azp": "another"})

    def test_no_audience(self):
        self.refused(claims={"aud": None})

    def test_expired(self):
        self.refused(claims={"exp": int(time.time()) - 3600})
        self.refused(claims={"exp": None})

    def test_issued_in_the_future(self):
        self.refused(claims={"iat": int(time.time()) + 3600})

    def test_another_nonce(self):
        self.refused(claims={"nonce": "another"})
        self.refused(claims={"nonce": None})

    def test_no_subject(self):
        self.refused(claims={"sub": None})
        self.refused(claims={"sub": ""})
        self.refused(claims={"sub": 7})

    def test_a_forged_signature(self):
        self.refused(sign_with=RSAKey.generate_key(2048))

    def test_no_signature_and_one_by_the_public_key(self):
        self.refused(header={"alg": "none"})
        self.refused(header={"alg": "HS256"})
        self.provider.metadata = {"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}
        openid._clients.clear()
        self.refused(header={"alg": "none"})
        self.refused(header={"alg": "HS256"})

    def test_no_id_token(self):
        self.refused(metadata={"id_token": "absent"})

    def test_the_control_unchecked_claims_let_a_lie_through(self):
        self.provider.claims = {"aud": "another"}
        with mock.patch("authlib.oidc.core.CodeIDToken.validate"):
            self.assertContains(self.go(), "You can vote")

    def test_a_description_that_names_another_issuer(self):
        self.provider.metadata = {"issuer": "https://other.example"}
        with self.assertLogs("voting.signing_in.openid", "ERROR"):
            page = self.client.get(english("enter", self.poll))
        self.assertContains(page, "cannot be reached", status_code=503)

    def test_a_new_key_of_the_provider_is_fetched(self):
        self.go()
        self.provider.key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig", "alg": "RS256"})
        self.provider.header = {"kid": "second"}
        self.assertContains(self.go(Client()), "You can vote")


class NothingStays(SignInCase):
    def rows(self):
        """Return everything that stands in any table, as text and as bytes."""
        found = []
        for model in apps.get_models():
            for row in model.objects.values_list():
                found += [bytes(v) if isinstance(v, memoryview) else str(v).encode() for v in row]
        return b"\n".join(found)

    def test_no_row_log_line_or_cookie_holds_subject_or_tokens(self):
        self.provider.user = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
        before = {model: model.objects.count() for model in apps.get_models()}
        with self.assertLogs(level=logging.DEBUG) as log:
            logging.getLogger("tests").info("begin")
            self.come_back(self.client, post_ballot(self.client, self.poll, "101"))
            page = self.client.get(english("enter", self.poll))
            self.assertEqual(confirm(self.client, self.poll, hidden_fields(page)).status_code, 303)
        hidden = [self.provider.user, *self.provider.tokens, SECRET]
        self.assertEqual(len(self.provider.tokens), 2)
        cookies = self.client.cookies.output()
        rows, said = self.rows(), "\n".join(log.output)
        for secret in hidden:
            self.assertNotIn(secret.encode(), rows)
            self.assertNotIn(secret, said)
            self.assertNotIn(secret, cookies)
        after = {model.__name__: model.objects.count() - before[model] for model in before}
        self.assertEqual(
            {name: count for name, count in after.items() if count},
            {"Participation": 1, "PendingEnvelope": 1},
        )
        self.assertNotIn("sessionid", self.client.cookies)

    def test_the_control_a_session_would_be_found(self):
        Session.objects.create(session_key="k", session_data="user-0001", expire_date=timezone.now())
        self.assertIn(b"user-0001", self.rows())

    def test_the_credential_is_a_digest_that_differs_by_poll_issuer_and_subject(self):
        other = make_sign_in_poll()
        keys, theirs = (keys_of(poll, plan_of(poll)) for poll in (self.poll, other))
        found = {
            sign_in.voter_of(keys, "a", "b"),
            sign_in.voter_of(keys, "ab", ""),
            sign_in.voter_of(keys, "b", "a"),
            sign_in.voter_of(theirs, "a", "b"),
        }
        self.assertEqual(len(found), 4)
        self.assertEqual({len(value) for value in found}, {32})


class Opening(SignInCase):
    def test_what_is_missing_is_said_before_the_opening(self):
        poll = make_sign_in_poll()
        with override("en"):
            self.assertEqual(sign_in.opening_faults(poll), [])
            poll.purpose = " "
            self.assertIn("what they are for", sign_in.opening_faults(poll)[0])
            with override_settings(OIDC_CLIENT_SECRET=""):
                self.assertIn("OIDC_CLIENT_SECRET is not set", sign_in.opening_faults(poll)[1])
            with mock.patch.dict(sys.modules, {"authlib.integrations.django_client": None}):
                self.assertIn("Install them", sign_in.opening_faults(poll)[1])
                self.assertTrue(any("Authlib" in fault for fault in opening_faults(poll)))

    def test_the_start_is_refused_where_an_open_poll_could_sign_nobody_in(self):
        self.assertEqual(voters_can_show_who_they_are(None, ["default"]), [])
        with override_settings(OIDC_ISSUER=""):
            (found,) = voters_can_show_who_they_are(None, ["default"])
        self.assertIn("OIDC_ISSUER", found.msg)
        self.assertEqual(found.id, "voting.E005")
        Poll.objects.filter(pk=self.poll.pk).update(state="closed", closed_at=timezone.now())
        make_poll(eligibility="sign_in")
        with override_settings(OIDC_ISSUER=""):
            self.assertEqual(
                [found.id for found in voters_can_show_who_they_are(None, ["default"])], ["voting.W006"]
            )


class Period(SignInCase):
    def test_once_only_or_once_a_day_of_the_polls_own_zone(self):
        noon = (timezone.now() + timedelta(days=1)).replace(hour=4, minute=0)  # 12:00 in Shanghai
        for daily, expected in ((False, [200, 409, 409]), (True, [200, 409, 200])):
            poll = make_sign_in_poll(daily=daily, closes_at=timezone.now() + timedelta(days=5))
            found = []
            for hours in (0, 11, 13):
                at, client = noon + timedelta(hours=hours), Client()
                with (
                    mock.patch.object(ballots, "now", lambda at=at: at),
                    mock.patch.object(casting, "now", lambda at=at: at),
                    mock.patch.object(entrance, "now", lambda at=at: at),
                ):
                    self.go(client, poll)
                    page = post_ballot(client, poll, "101")
                    found.append(page.status_code)
                    confirm(client, poll, hidden_fields(page))
            self.assertEqual(found, expected)


class WeChat(Base):
    """The silent sign-in of WeChat (snsapi_base), as docs/operations.md shows it."""

    authorize = "https://open.weixin.qq.com/connect/oauth2/authorize"
    token = "https://api.weixin.qq.com/sns/oauth2/access_token"
    app, secret = "wx0000", "app secret"

    def check(self):
        if not (self.app and self.secret):
            raise SignInFailed("WeChat's app and secret are not set.")

    def start(self, back):
        state = secrets.token_urlsafe(24)
        query = {"appid": self.app, "redirect_uri": back, "response_type": "code"}
        query |= {"scope": "snsapi_base", "state": state}
        return Start(f"{self.authorize}?{urlencode(query)}#wechat_redirect", {"state": state})

    def finish(self, back, answer, kept):
        query = {"appid": self.app, "secret": self.secret, "code": answer.get("code", "")}
        query["grant_type"] = "authorization_code"
        with urlopen(f"{self.token}?{urlencode(query)}", timeout=5) as said:
            content = json.load(said)
        if not content.get("openid"):
            raise SignInFailed("WeChat did not confirm the sign-in. Please try again.")
        return Subject(f"wechat:{self.app}", content["openid"])


@temporary_keys
class AnotherProvider(TestCase):
    """The extension point: a provider that is no OpenID Connect one, as a subclass."""

    @classmethod
    def setUpTestData(cls):
        cls.poll = make_sign_in_poll()

    def setUp(self):
        self.enterContext(override_settings(SIGN_IN_PROVIDER="tests.test_sign_in.WeChat"))
        self.stub = self.enterContext(StubServer(self.wechat))
        self.enterContext(mock.patch.object(WeChat, "token", f"{self.stub.url}/sns/oauth2/access_token"))

    def wechat(self, method, path, headers, body):
        query = parse_qs(urlsplit(path).query)
        if query["code"] != ["good"] or query["secret"] != ["app secret"]:
            return 200, {}, b'{"errcode": 40029, "errmsg": "invalid code"}'
        return 200, {}, b'{"access_token": "t", "expires_in": 7200, "openid": "oABC", "scope": "snsapi_base"}'

    def test_it_signs_in_with_wechats_openid(self):
        for code, words in (("bad", "WeChat did not confirm"), ("good", "You can vote")):
            page = self.client.get(english("enter", self.poll))
            query = parse_qs(urlsplit(way_out(page)).query)
            self.assertEqual((query["scope"], query["redirect_uri"]), (["snsapi_base"], [BACK]))
            self.client.get("/sign-in/", {"code": code, "state": query["state"][0]})
            self.assertContains(self.client.get(english("enter", self.poll)), words)
        keys = keys_of(self.poll, plan_of(self.poll))
        voter = sign_in.voter_of(keys, "wechat:wx0000", "oABC")
        request = RequestFactory().get("/")
        request.COOKIES = {name: each.value for name, each in self.client.cookies.items()}
        self.assertEqual(recall_right(request, plan_of(self.poll)), voter)
