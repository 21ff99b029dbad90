"""The extension point of signing in: a provider that is no OpenID Connect one, as a subclass."""

import json
import secrets
from unittest import mock
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

from django.test import RequestFactory, TestCase, override_settings

from voting.eligibility import sign_in
from voting.eligibility.right import recall_right
from voting.keyring import keys_of
from voting.manifest import plan_of
from voting.signing_in import Provider as Base
from voting.signing_in import SignInFailed, Start, Subject

from .factories import temporary_keys
from .pages import english
from .signing_in import BACK, make_sign_in_poll, way_out
from .stub_server import StubServer


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
    """The silent sign-in of WeChat has neither a token to check nor a description to read."""

    @classmethod
    def setUpTestData(cls):
        cls.poll = make_sign_in_poll()

    def setUp(self):
        self.enterContext(override_settings(SIGN_IN_PROVIDER="tests.test_sign_in_others.WeChat"))
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
