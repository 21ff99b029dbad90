"""Kept pages are answered ahead of the middleware, exactly as the whole way answers them."""

import gzip
import io
import time
from unittest import mock

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client, SimpleTestCase, TestCase, override_settings

from config.page_lane import pages_ahead
from config.wsgi import application, whole_way
from tests.approvers import do
from tests.factories import make_open_poll, make_poll, temporary_keys
from voting import current
from voting.models import Poll
from voting.views import public
from voting.views.public import _kept, takes_gzip

PREFIXES = ("", "/en", "/elder", "/elder/en")


def get(way, path, *, query="", **environ):
    """Send a request through a WSGI application; return its status line, headers and body."""
    request = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
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
    return status, dict(headers), content


@temporary_keys
class PageLaneTest(TestCase):
    def setUp(self):
        _kept.clear()
        self.poll = make_open_poll()

    def in_the_lane(self, path, **options):
        """Ask through the lane and fail where anything was handed on."""
        return get(pages_ahead(lambda environ, start: self.fail(f"{path} left its lane.")), path, **options)

    def is_handed_on(self, path, **options):
        """Say whether the lane leaves a request to the whole way."""
        handed = []

        def elsewhere(environ, start_response):
            handed.append(path)
            start_response("200 OK", [])
            return []

        get(pages_ahead(elsewhere), path, **options)
        return bool(handed)

    def a_second_later(self):
        """What was seen of polls is older than a page may be."""
        clock = time.monotonic
        self.later = getattr(self, "later", 0) + current.LATELY
        return mock.patch.object(current.time, "monotonic", lambda later=self.later: clock() + later)

    def pages(self):
        return [
            f"{prefix}/p/{self.poll.slug}/{inside}"
            for prefix in PREFIXES
            for inside in ("", "ballot/", "101/")
        ]

    def test_both_ways_send_the_same_status_headers_and_bytes(self):
        asks = {
            "plain": {},
            "packed": {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"},
            "over a proxy's TLS": {"wsgi.url_scheme": "https"},
        }
        for path in self.pages():
            get(whole_way, path)
            for name, ask in asks.items():
                with self.subTest(path, ask=name):
                    long = get(whole_way, path, **ask)
                    self.assertEqual(self.in_the_lane(path, **ask), long)
                    self.assertEqual(long[0], "200 OK")
                    self.assertIn("Content-Security-Policy", long[1])
                    again = {**ask, "HTTP_IF_NONE_MATCH": long[1]["ETag"]}
                    self.assertEqual(self.in_the_lane(path, **again), get(whole_way, path, **again))
                    self.assertEqual(self.in_the_lane(path, **again)[0], "304 Not Modified")

    def test_over_https_both_ways_ask_for_it_and_keep_to_it(self):
        path = self.pages()[0]
        with override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=3600):
            get(whole_way, path, **{"wsgi.url_scheme": "https"})
            for scheme, code in (("http", "301"), ("https", "200")):
                way = pages_ahead(whole_way)
                status, headers, _body = answer = get(way, path, **{"wsgi.url_scheme": scheme})
                # Settings of security are read once, when a handler is made.
                self.assertEqual(answer, get(WSGIHandler(), path, **{"wsgi.url_scheme": scheme}))
                self.assertEqual(status[:3], code)
                self.assertEqual("Strict-Transport-Security" in headers, scheme == "https")

    def test_the_packed_copy_is_the_page_with_an_etag_of_its_own(self):
        for path in self.pages()[:3]:
            _status, headers, body = get(whole_way, path)
            _status, packed, small = self.in_the_lane(path, HTTP_ACCEPT_ENCODING="gzip")
            self.assertEqual(gzip.decompress(small), body)
            self.assertEqual((packed["Content-Encoding"], packed["Vary"]), ("gzip", "Accept-Encoding"))
            self.assertEqual(packed["Content-Length"], str(len(small)))
            self.assertNotEqual(packed["ETag"], headers["ETag"])
            self.assertNotIn("Content-Encoding", headers)
            # Whoever has one packing is not told that the other has not changed.
            other = self.in_the_lane(path, HTTP_IF_NONE_MATCH=packed["ETag"])
            self.assertEqual(other[0], "200 OK")

    def test_who_asks_for_the_head_gets_no_body(self):
        path = self.pages()[0]
        _status, headers, body = get(whole_way, path)
        _status, asked, nothing = self.in_the_lane(path, REQUEST_METHOD="HEAD")
        self.assertEqual((asked, nothing), (headers, b""))
        self.assertEqual(asked["Content-Length"], str(len(body)))

    def test_a_page_costs_one_query_a_second_and_reads_no_cookie(self):
        path = self.pages()[0]
        get(whole_way, path)
        with self.assertNumQueries(0):
            plain = self.in_the_lane(path)
        with self.a_second_later(), self.assertNumQueries(1):
            self.in_the_lane(path)
            self.in_the_lane(path)
        self.assertEqual(self.in_the_lane(path, HTTP_COOKIE="sessionid=x; csrftoken=y; order-1=2"), plain)

    def test_what_was_never_drawn_or_asks_for_more_goes_the_whole_way(self):
        path = self.pages()[0]
        self.assertTrue(self.is_handed_on(path), "nobody has drawn it")
        get(whole_way, path)
        self.assertFalse(self.is_handed_on(path))
        for name, ask in {
            "a search": {"query": "q=roads"},
            "an order and more": {"query": "order=1&q=roads"},
            "an order of a poll that has none": {"query": "order=1"},
            "a post": {"REQUEST_METHOD": "POST"},
            "a foreign host": {"HTTP_HOST": "a b"},
        }.items():
            with self.subTest(name):
                self.assertTrue(self.is_handed_on(path, **ask))
        for other in ("receipt/", "result/", "999/", "manifest.json", "ballot"):
            with self.subTest(other):
                self.assertTrue(self.is_handed_on(f"{path}{other}"))
        self.assertEqual(get(application, f"{path}999/")[0][:3], "404")

    def test_drafts_and_unknown_polls_go_the_whole_way(self):
        draft = make_poll()
        for slug in (draft.slug, "nobody"):
            self.assertTrue(self.is_handed_on(f"/p/{slug}/"))
            self.assertEqual(get(application, f"/p/{slug}/")[0][:3], "404")

    def test_a_pause_a_correction_and_the_close_change_the_page_within_a_second(self):
        ballot, shown = self.pages()[1], self.pages()[0]
        before = get(application, ballot)[2], get(application, shown)[2]
        do(self.poll, "pause", reason="A reason.")
        self.assertEqual(self.in_the_lane(ballot)[2], before[0])
        with self.a_second_later():
            self.assertTrue(self.is_handed_on(ballot))
            self.assertNotEqual(get(application, ballot)[2], before[0])
        do(self.poll, "resume")
        do(self.poll, "correct", {"changes": [], "withdrawn": ["101"]})
        with self.a_second_later():
            self.assertTrue(self.is_handed_on(shown))
            self.assertNotEqual(get(application, shown)[2], before[1])
        # At the hour itself nothing has to be asked.
        get(application, ballot)
        with mock.patch.object(public, "now", return_value=self.poll.closes_at):
            self.assertTrue(self.is_handed_on(ballot), "the clock closes it")

    def test_the_control_a_lane_that_never_asks_shows_what_is_past(self):
        ballot = self.pages()[1]
        get(application, ballot)
        stale = Poll.objects.get(pk=self.poll.pk)
        do(self.poll, "pause", reason="A reason.")
        with self.a_second_later(), mock.patch.object(current, "poll_now", return_value=stale):
            self.assertFalse(self.is_handed_on(ballot))

    def test_a_rotated_order_has_its_own_copies_and_none_without_a_number(self):
        poll = make_open_poll(order_rule=Poll.Order.ROTATED, order_variants=3)
        path = f"/p/{poll.slug}/"
        one, two = (get(application, path, query=f"order={number}") for number in (1, 2))
        self.assertNotEqual(one[2], two[2])
        self.assertEqual(self.in_the_lane(path, query="order=1"), one)
        self.assertEqual(self.in_the_lane(path, query="order=2"), two)
        for query in ("", "order=3", "order=4"):
            self.assertTrue(self.is_handed_on(path, query=query))
        self.assertEqual(get(application, path)[0][:3], "302")

    def test_an_error_nobody_thought_of_goes_the_whole_way(self):
        path = self.pages()[0]
        with (
            mock.patch("voting.views.public.stored_page", side_effect=RuntimeError),
            self.assertLogs("config.page_lane", "ERROR"),
        ):
            self.assertTrue(self.is_handed_on(path))

    def test_what_is_kept_stays_within_its_memory_and_the_newest_stays(self):
        size = len(Client().get(self.pages()[0]).content)
        with mock.patch.object(public, "BYTES_KEPT", 4 * size):
            for path in self.pages():
                get(whole_way, path)
            self.assertLess(sum(page.size for page in _kept.values()), 4 * size)
            self.assertLess(len(_kept), len(self.pages()))
            self.in_the_lane(self.pages()[-1])


class TakesGzipTest(SimpleTestCase):
    def test_the_header_is_read_as_its_specification_says(self):
        yes = ["gzip", "GZIP, br", "br;q=1.0, gzip;q=0.8", "*", "deflate, *;q=0.5", "gzip ; q=1"]
        no = ["", "identity", "br", "gzip;q=0", "gzip;q=0.000, br", "*;q=0", "*, gzip;q=0", "gzipped"]
        self.assertEqual([text for text in yes if not takes_gzip(text)], [])
        self.assertEqual([text for text in no if takes_gzip(text)], [])
