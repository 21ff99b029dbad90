"""The cast's own lane answers exactly as the whole way does, and hands on whatever is not a ballot taken."""

import io
from http.cookies import SimpleCookie
from unittest import mock
from urllib.parse import urlencode

from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client, TestCase, override_settings

from config import lane
from config.wsgi import application, whole_way
from tests.approvers import do
from tests.factories import make_open_poll, temporary_keys
from tests.pages import address, hidden_fields, post_ballot
from voting.models import Participation, PendingEnvelope

# The receipt is sealed anew each time; an empty answer has no language that could vary.
DIFFERENT = {"Set-Cookie", "Content-Language", "Vary"}


@temporary_keys
class LaneTest(TestCase):
    def setUp(self):
        self.poll = make_open_poll()
        self.client = Client(enforce_csrf_checks=True)

    def confirmed(self, *codes, language="zh-hans"):
        """Go to the page to confirm and return what its form posts."""
        return hidden_fields(post_ballot(self.client, self.poll, *codes, language=language)) | {
            "csrfmiddlewaretoken": self.client.cookies["csrftoken"].value
        }

    def post(self, way, fields, *, language="zh-hans", cookies=None, **environ):
        """Send the post through a WSGI application; return its status line, headers and body."""
        body = urlencode(fields).encode()
        held = self.client.cookies if cookies is None else cookies
        request = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": address("cast", self.poll, language=language),
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_COOKIE": "; ".join(f"{name}={each.value}" for name, each in held.items()),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            **environ,
        }
        # The test's transaction lives on one connection, which a request's end would look at and close.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        said = []
        try:
            pieces = way(request, lambda status, headers, *_: said.append((status, headers)))
            content = b"".join(pieces)
            if hasattr(pieces, "close"):
                pieces.close()
        finally:
            for signal in (request_started, request_finished):
                signal.connect(close_old_connections)
        ((status, headers),) = said
        return status, headers, content

    def in_the_lane(self, fields, **options):
        """Post through the lane and fail where anything was handed on."""
        with mock.patch.object(lane, "_is_a_ballot", wraps=lane._is_a_ballot) as looked:
            answer = self.post(lane.ahead(self.refuse), fields, **options)
        self.assertTrue(looked.called)
        return answer

    def refuse(self, environ, start_response):
        self.fail("The ballot left its lane.")

    def test_a_ballot_is_taken_and_leads_to_its_receipt(self):
        for language, prefix in (("zh-hans", ""), ("en", "/en")):
            with self.subTest(language):
                self.client = Client(enforce_csrf_checks=True)
                fields = self.confirmed("101", "201", language=language)
                status, headers, _body = self.in_the_lane(fields, language=language)
                self.assertEqual(status, "303 See Other")
                self.assertEqual(dict(headers)["Location"], f"{prefix}/p/{self.poll.slug}/receipt/")
                cookies = SimpleCookie()
                for name, value in headers:
                    if name == "Set-Cookie":
                        cookies.load(value)
                self.client.cookies.update(cookies)
                self.assertContains(self.client.get(address("receipt", self.poll)), "回执码")
        self.assertEqual(PendingEnvelope.objects.count(), 2)

    def test_both_ways_send_the_same_status_headers_and_body(self):
        fields = self.confirmed("101")
        quick = self.in_the_lane(fields)
        long = self.post(whole_way, fields)
        self.assertEqual(quick[0], long[0])
        self.assertEqual(quick[2], long[2])
        wanted = {name: value for name, value in long[1] if name not in DIFFERENT}
        self.assertEqual({name: value for name, value in quick[1] if name not in DIFFERENT}, wanted)
        self.assertEqual(PendingEnvelope.objects.count(), 1, "the second was the same ballot again")

    def test_the_receipts_cookie_is_guarded_as_the_whole_way_guards_it(self):
        fields, name = self.confirmed("101"), f"receipt-{self.poll.uid}"
        for https in (False, True):
            with self.subTest(https=https), override_settings(HTTPS=https):
                found = []
                for way in (lane.ahead(self.refuse), whole_way):
                    cookies = SimpleCookie()
                    for header, value in self.post(way, fields)[1]:
                        if header == "Set-Cookie":
                            cookies.load(value)
                    found.append({key: value for key, value in cookies[name].items() if key != "expires"})
                self.assertEqual(*found)
                self.assertEqual((found[0]["httponly"], bool(found[0]["secure"])), (True, https))

    def test_what_is_wrong_is_said_by_the_whole_way_with_the_picks_kept(self):
        fields = self.confirmed("101")
        wrongs = {
            "no token": ({**fields, "csrfmiddlewaretoken": ""}, "403"),
            "a stale ticket": ({**fields, "ticket": "x"}, "409"),
            "a nonce that is none": ({**fields, "nonce-1": "x"}, "409"),
            "too many picks": ({**fields, "codes": "101 102 103 104"}, "422"),
            "nothing": ({}, "403"),
        }
        for name, (posted, code) in wrongs.items():
            with self.subTest(name):
                status, _headers, body = self.post(application, posted)
                self.assertEqual(status[:3], code)
                self.assertIn(b"<html", body)
        self.assertEqual(Participation.objects.count(), 0)

    def test_a_foreign_host_or_another_device_is_handed_on(self):
        fields = self.confirmed("101")
        with override_settings(ALLOWED_HOSTS=["vote.example"]):
            self.assertEqual(self.post(application, fields)[0][:3], "400")
        stranger = Client(enforce_csrf_checks=True)
        stranger.cookies = SimpleCookie({"csrftoken": self.client.cookies["csrftoken"].value})
        self.assertEqual(self.post(application, fields, cookies=stranger.cookies)[0][:3], "409")
        self.assertEqual(Participation.objects.count(), 0)

    def test_a_poll_that_was_paused_or_corrected_a_moment_ago_takes_no_ballot(self):
        fields = self.confirmed("101")
        self.client.get(address("list", self.poll))  # this process remembers the poll as open
        do(self.poll, "pause", reason="x")
        self.assertEqual(self.post(application, fields)[0][:3], "409")
        do(self.poll, "resume")
        do(self.poll, "correct", {"changes": [], "withdrawn": ["101"]})
        self.assertEqual(self.post(application, fields)[0][:3], "422")
        self.assertEqual(Participation.objects.count(), 0)

    def test_a_second_ballot_of_the_same_device_is_told_so(self):
        first, second = self.confirmed("101"), self.confirmed("102")
        self.assertEqual(self.post(application, first)[0][:3], "303")
        self.assertEqual(self.post(application, second)[0][:3], "409")
        self.assertEqual(PendingEnvelope.objects.count(), 1)

    def test_an_error_nobody_thought_of_goes_the_whole_way(self):
        fields = self.confirmed("101")
        with (
            mock.patch("voting.views.casting.cast_at_once", side_effect=RuntimeError),
            self.assertLogs("config.lane", "ERROR"),
        ):
            self.assertEqual(self.post(lane.ahead(whole_way), fields)[0][:3], "303")

    def test_over_https_a_plain_request_is_handed_on(self):
        fields, handed = self.confirmed("101"), []

        def elsewhere(environ, start_response):
            handed.append(environ["wsgi.input"].read())
            start_response("301 Moved Permanently", [])
            return []

        with override_settings(SECURE_SSL_REDIRECT=True):
            self.post(lane.ahead(elsewhere), fields)
        self.assertEqual(handed, [urlencode(fields).encode()])
        self.assertEqual(Participation.objects.count(), 0)
