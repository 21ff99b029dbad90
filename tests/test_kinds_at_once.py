"""Devices, people on a roll and accounts that sign in, fifty posts each, all at once: one ballot each.

`VOTERS_AT_ONCE` is the number of voters: 2 by default, 200 for the long run.
"""

import os
import random
import secrets
from http.client import HTTPConnection
from unittest import mock, skipUnless
from urllib.parse import urlsplit

from django.core.servers.basehttp import ThreadedWSGIServer
from django.test import LiveServerTestCase, override_settings

from voting import storing
from voting.models import Participation, PendingEnvelope
from voting.signing_in import openid

from .factories import make_open_poll, temporary_keys
from .pages import FIELD, address
from .rolls import FIELD as ANY_FIELD
from .rolls import PASSWORD, Mailbox, mailbox, make_roll_poll
from .signing_in import CLIENT, SECRET, Provider, make_sign_in_poll, way_out
from .test_casting_once import restore_guard, weaken_guard
from .test_posts_at_once import Device
from .threads import at_once

VOTERS = int(os.environ.get("VOTERS_AT_ONCE", "2"))
POSTS = 50
THREADS = 50
PICKS = "101 201"


class Browser(Device):
    """A browser that keeps its cookies from answer to answer."""

    def go(self, method, path, data=None):
        status, fresh, page = self.ask(method, path, data)
        self.cookies.update(fresh)
        return status, page.decode()


class ManyPosts:
    """What the kinds share: `enter(browser, number)` brings a voter to the page to confirm."""

    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(mock.patch.object(ThreadedWSGIServer, "request_queue_size", 2 * POSTS))
        super().setUpClass()

    def posts(self):
        """Return fifty different ballots of each voter, all mixed, in as many heaps as there are threads."""
        posts = []
        for number in range(VOTERS):
            browser = Browser(self.live_server_url)
            fields = dict(FIELD.findall(self.enter(browser, number)))
            self.assertEqual(fields["codes"], PICKS)
            for _post in range(POSTS):
                nonces = {name: secrets.token_hex(32) for name in ("nonce-1", "nonce-2")}
                posts.append((browser, fields | nonces))
        random.SystemRandom().shuffle(posts)
        return [posts[at::THREADS] for at in range(THREADS)]

    def send(self, heaps):
        path = address("cast", self.poll)
        found = at_once(lambda heap: [each.ask("POST", path, fields)[0] for each, fields in heap], heaps)
        self.assertEqual([each for each in found if isinstance(each, Exception)], [])
        return [status for heap in found for status in heap]

    def ballots(self):
        guards = Participation.objects.filter(poll_id=self.poll.pk).count()
        return guards, PendingEnvelope.objects.filter(poll_id=self.poll.pk).count()

    def test_fifty_posts_of_each_voter_at_once_leave_one_ballot_each(self):
        statuses = self.send(self.posts())
        self.assertEqual((statuses.count(303), statuses.count(409)), (VOTERS, VOTERS * (POSTS - 1)))
        self.assertEqual(self.ballots(), (VOTERS, VOTERS))

    def test_the_control_without_the_constraint_there_are_more(self):
        heaps = self.posts()
        weaken_guard()
        self.addCleanup(restore_guard)
        with mock.patch.object(storing, "GUARD", (*storing.GUARD, "retry_tag")):
            self.send(heaps)
        self.assertGreater(self.ballots()[1], VOTERS)


@temporary_keys
class OneBallotADevice(ManyPosts, LiveServerTestCase):
    def setUp(self):
        self.poll = make_open_poll()

    def enter(self, browser, number):
        picks = {f"picks-{code[0]}": [code] for code in PICKS.split()}
        return browser.go("POST", address("review", self.poll), picks)[1]


@temporary_keys
class OneBallotAPersonOnTheRoll(ManyPosts, LiveServerTestCase):
    def setUp(self):
        mailbox(self)
        self.people = [(f"A-{1000 + at}", f"1380013{at:04}") for at in range(VOTERS)]
        self.poll = make_roll_poll(self.people)

    def enter(self, browser, number):
        path, (person, contact) = address("enter", self.poll), self.people[number]
        _status, page = browser.go("GET", path)
        token = dict(FIELD.findall(page))["csrfmiddlewaretoken"]
        data = {"csrfmiddlewaretoken": token, "person": person, "contact": contact, "codes": PICKS}
        _status, page = browser.go("POST", path, data)
        password = PASSWORD.search(Mailbox.messages[-1].text)[0]
        return browser.go("POST", path, {**dict(ANY_FIELD.findall(page)), "password": password})[1]


@skipUnless(Provider, "Authlib is not installed")
@temporary_keys
class OneBallotAnAccount(ManyPosts, LiveServerTestCase):
    def setUp(self):
        self.provider = self.enterContext(Provider(f"{self.live_server_url}/sign-in/"))
        names = {"OIDC_ISSUER": self.provider.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}
        self.enterContext(override_settings(**names))
        openid._clients.clear()
        self.poll = make_sign_in_poll()

    def enter(self, browser, number):
        self.provider.user = f"user-{number}"
        picks = {f"picks-{code[0]}": [code] for code in PICKS.split()}
        _status, page = browser.go("POST", address("review", self.poll), picks)
        link = urlsplit(way_out(page))
        connection = HTTPConnection(link.netloc, timeout=20)
        connection.request("GET", f"{link.path}?{link.query}")
        back = connection.getresponse().headers["Location"]
        connection.close()
        browser.go("GET", back.removeprefix(self.live_server_url))
        return browser.go("GET", address("enter", self.poll))[1]
