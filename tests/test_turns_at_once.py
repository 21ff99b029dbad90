"""Several ballots from one device, over HTTP: fifty posts at once never make more than the poll's number."""

import secrets
from unittest import mock

from django.core.servers.basehttp import ThreadedWSGIServer
from django.test import LiveServerTestCase

from voting.eligibility import device
from voting.models import Participation, PendingEnvelope

from .factories import make_open_poll, temporary_keys
from .pages import FIELD, address
from .test_posts_at_once import POSTS, Device
from .threads import at_once

BALLOTS = 2


@temporary_keys
class TurnsAtOnce(LiveServerTestCase):
    @classmethod
    def setUpClass(cls):
        # By default only ten connections may wait to be accepted; more would be turned away unread.
        cls.enterClassContext(mock.patch.object(ThreadedWSGIServer, "request_queue_size", 2 * POSTS))
        super().setUpClass()

    def setUp(self):
        self.poll = make_open_poll(ballots_per_device=BALLOTS)
        self.device = Device(self.live_server_url)

    def post(self, name, data, cookies=None):
        return self.device.ask("POST", address(name, self.poll), data, **(cookies or {}))

    def review(self):
        """Go to the page to confirm; return its status and fields. The device keeps the cookies."""
        status, cookies, page = self.post("review", {"picks-1": ["101"]})
        self.device.cookies.update(cookies)
        return status, dict(FIELD.findall(page.decode()))

    def fifty_of(self, fields):
        nonces = ("nonce-1", "nonce-2")
        return [fields | {name: secrets.token_hex(32) for name in nonces} for _post in range(POSTS)]

    def at_once(self, act, arguments):
        answers = at_once(act, arguments)
        self.assertEqual([answer for answer in answers if isinstance(answer, Exception)], [])
        return answers

    def hand_on(self, token):
        """Fifty times at once the phone is handed to the next; the device keeps the last answer's cookies."""
        answers = self.at_once(lambda data: self.post("next", data), [{"csrfmiddlewaretoken": token}] * POSTS)
        self.assertEqual({status for status, _cookies, _page in answers}, {303})
        for _status, cookies, _page in answers:
            self.device.cookies.update({name: value for name, value in cookies.items() if value})
        return answers

    def vote_at_once(self, turns):
        """Cast fifty ballots at once at each of so many turns; return how many were taken at each."""
        taken = []
        for _turn in range(turns):
            status, fields = self.review()
            if status != 200:
                taken.append(0)
                continue
            answers = self.at_once(lambda data: self.post("cast", data), self.fifty_of(fields))
            taken.append([status for status, _cookies, _page in answers].count(303))
            self.hand_on(fields["csrfmiddlewaretoken"])
        return taken

    def ballots(self):
        guards = Participation.objects.filter(poll_id=self.poll.pk).count()
        return guards, PendingEnvelope.objects.filter(poll_id=self.poll.pk).count()

    def test_fifty_ballots_at_each_turn_leave_one_a_turn_and_there_are_no_more_turns(self):
        self.assertEqual(self.vote_at_once(BALLOTS + 2), [1, 1, 0, 0])
        self.assertEqual(self.ballots(), (BALLOTS, BALLOTS))

    def test_fifty_ballots_of_all_turns_at_once_leave_the_number_of_the_poll(self):
        _status, first = self.review()
        # One more browser with the same device number, which has gone to the second turn already.
        self.post("cast", first)
        self.hand_on(first["csrfmiddlewaretoken"])
        _status, second = self.review()
        turn = device.TURN + self.poll.uid
        jars = [({turn: ""}, first), ({turn: self.device.cookies[turn]}, second), ({turn: "1:x:y"}, second)]
        posts = [(cookies, ballot) for cookies, fields in jars for ballot in self.fifty_of(fields)[:17]]
        answers = self.at_once(lambda post: self.post("cast", post[1], post[0]), posts)
        self.assertEqual([status for status, _cookies, _page in answers].count(303), 1)
        self.assertEqual(self.ballots(), (BALLOTS, BALLOTS))

    def test_the_control_without_the_number_there_is_a_turn_for_everybody(self):
        with mock.patch.object(device, "ballots", return_value=BALLOTS + 1):
            self.assertEqual(self.vote_at_once(BALLOTS + 1), [1, 1, 1])
        self.assertEqual(self.ballots(), (BALLOTS + 1, BALLOTS + 1))
