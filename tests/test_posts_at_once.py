"""One device, one ballot, over HTTP: fifty posts at once against a running server."""

import http.client
import secrets
from http.cookies import SimpleCookie
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

from django.core.servers.basehttp import ThreadedWSGIServer
from django.test import LiveServerTestCase

from voting import storing
from voting.models import Participation, PendingEnvelope

from .factories import make_open_poll, temporary_keys
from .pages import FIELD, address
from .test_casting_once import restore_guard, weaken_guard
from .threads import at_once

POSTS = 50
PATIENCE = 120  # seconds


class Device:
    """What one browser holds: a server's address and its cookies."""

    def __init__(self, server):
        self.server = urlsplit(server).netloc
        self.cookies = {}

    def ask(self, method, path, data=None, **cookies):
        """Send a request; return status, cookies set and body."""
        connection = http.client.HTTPConnection(self.server, timeout=PATIENCE)
        held = "; ".join(f"{name}={value}" for name, value in {**self.cookies, **cookies}.items())
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": held}
        try:
            connection.request(method, path, urlencode(data or {}, doseq=True), headers)
            answer = connection.getresponse()
            fresh = SimpleCookie()
            for line in answer.headers.get_all("Set-Cookie", []):
                fresh.load(line)
            return answer.status, {name: each.coded_value for name, each in fresh.items()}, answer.read()
        finally:
            connection.close()


@temporary_keys
class PostsAtOnce(LiveServerTestCase):
    @classmethod
    def setUpClass(cls):
        # By default only ten connections may wait to be accepted; more would be turned away unread.
        cls.enterClassContext(patch.object(ThreadedWSGIServer, "request_queue_size", 2 * POSTS))
        super().setUpClass()

    def setUp(self):
        self.poll = make_open_poll()
        self.device = Device(self.live_server_url)

    def review(self):
        """Go to the page to confirm and return its fields; the device keeps the cookies."""
        picks = {"picks-1": ["101", "102"], "picks-2": ["201"]}
        status, self.device.cookies, page = self.device.ask("POST", address("review", self.poll), picks)
        self.assertEqual(status, 200)
        self.assertEqual(set(self.device.cookies), {"device", "csrftoken"})
        fields = dict(FIELD.findall(page.decode()))
        self.assertTrue({"csrfmiddlewaretoken", "ticket", "nonce-1", "nonce-2"} <= set(fields))
        return fields

    def send_at_once(self, ballots):
        """Post all ballots together and return the answers."""
        answers = at_once(lambda fields: self.device.ask("POST", address("cast", self.poll), fields), ballots)
        broken = [answer for answer in answers if isinstance(answer, Exception)]
        self.assertEqual(broken, [])
        return answers

    def different_ballots(self):
        """Return fifty ballots of one device: one ticket, nonces and picks of their own."""
        fields = self.review()
        return [
            {
                **fields,
                "codes": f"10{1 + at % 5} 20{1 + at % 4}",
                "nonce-1": secrets.token_hex(32),
                "nonce-2": secrets.token_hex(32),
            }
            for at in range(POSTS)
        ]

    def ballots(self):
        guards = Participation.objects.filter(poll_id=self.poll.pk).count()
        return guards, PendingEnvelope.objects.filter(poll_id=self.poll.pk).count()

    def test_fifty_different_ballots_of_one_device_leave_exactly_one(self):
        answers = self.send_at_once(self.different_ballots())
        statuses = [status for status, _cookies, _page in answers]
        self.assertEqual((statuses.count(303), statuses.count(409)), (1, POSTS - 1), set(statuses))
        self.assertEqual(self.ballots(), (1, 1))
        for status, _cookies, page in answers:
            if status == 409:
                self.assertIn("本机已投过票。", page.decode())

    def test_the_same_ballot_fifty_times_gets_fifty_receipts_with_one_pledge(self):
        answers = self.send_at_once([self.review()] * POSTS)
        self.assertEqual({status for status, _cookies, _page in answers}, {303})
        self.assertEqual(self.ballots(), (1, 1))
        pledges = [self.device.ask("GET", address("pledge", self.poll), **new) for _s, new, _p in answers]
        self.assertEqual({status for status, _cookies, _pledge in pledges}, {200})
        self.assertEqual(len({pledge for _status, _cookies, pledge in pledges}), 1)
        self.assertIn(self.poll.manifest_sha256.encode(), pledges[0][2])

    def test_the_control_without_the_constraint_the_same_posts_leave_more(self):
        ballots = self.different_ballots()
        weaken_guard()
        self.addCleanup(restore_guard)
        with patch.object(storing, "GUARD", (*storing.GUARD, "retry_tag")):
            answers = self.send_at_once(ballots)
        self.assertGreater([status for status, _cookies, _page in answers].count(303), 1)
        self.assertGreater(self.ballots()[1], 1)
