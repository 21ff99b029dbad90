"""Codes under many posts at once: each votes once, and none both votes and is void.

`CODES_AT_ONCE` is the number of codes, each posted fifty times: 5 by default, 200 for the long run.
"""

import importlib
import os
import random
import secrets
from unittest import mock

from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connection
from django.test import LiveServerTestCase, TransactionTestCase

from voting import storing
from voting.casting import Cast, CastRefused, cast_ballot
from voting.codes import void_code
from voting.models import Code, Participation, PendingEnvelope
from voting.refusals import ActRefused

from .cards import CheapCodes, make_code_poll
from .factories import make_post, temporary_keys
from .pages import FIELD, address
from .test_casting_once import restore_guard, weaken_guard
from .test_posts_at_once import Device
from .threads import at_once

CODES = int(os.environ.get("CODES_AT_ONCE", "5"))
POSTS = 50
THREADS = 50
triggers = importlib.import_module("voting.migrations.0009_desk_triggers")


def cast_each(posts):
    """Cast ballots one after the other; return what came of each."""
    done = []
    for post in posts:
        try:
            done.append(cast_ballot(**post))
        except CastRefused as refused:
            done.append(refused.code)
    return done


def many_posts(poll, cards):
    """Return fifty different ballots of each card, all mixed, in as many heaps as there are threads."""
    posts = [make_post(poll, credential=card.link.encode()) for card in cards for _post in range(POSTS)]
    random.SystemRandom().shuffle(posts)
    return [posts[at::THREADS] for at in range(THREADS)]


def ballots(poll):
    """Return how many guards and how many envelopes there are."""
    guards = Participation.objects.filter(poll_id=poll.pk).count()
    return guards, PendingEnvelope.objects.filter(poll_id=poll.pk).count()


@temporary_keys
class OneBallotACode(CheapCodes, TransactionTestCase):
    def setUp(self):
        self.poll, self.cards = make_code_poll(count=CODES)

    def test_fifty_posts_of_each_code_at_once_leave_one_ballot_each(self):
        results = [each for heap in at_once(cast_each, many_posts(self.poll, self.cards)) for each in heap]
        self.assertEqual(sum(isinstance(each, Cast) for each in results), CODES)
        self.assertEqual(results.count("already"), CODES * (POSTS - 1))
        self.assertEqual(ballots(self.poll), (CODES, CODES))

    def test_the_control_without_the_constraint_there_are_more(self):
        weaken_guard()
        self.addCleanup(restore_guard)
        with mock.patch.object(storing, "GUARD", (*storing.GUARD, "retry_tag")):
            at_once(cast_each, many_posts(self.poll, self.cards))
        self.assertGreater(ballots(self.poll)[1], CODES)


@temporary_keys
class VoidOrUsed(CheapCodes, TransactionTestCase):
    """A code is voided in one half of the threads and votes in the other, all at once."""

    def setUp(self):
        self.poll, self.cards = make_code_poll(count=4)

    def act(self, do):
        try:
            return do()
        except (ActRefused, CastRefused) as refused:
            return refused

    def race(self, card):
        """Return how many casts and how many voidings were done."""
        serial = card.serial
        posts = [make_post(self.poll, credential=card.link.encode()) for _half in range(THREADS // 2)]
        acts = [lambda post=post: cast_ballot(**post) for post in posts]
        acts += [
            lambda: void_code(poll=self.poll, serial=serial, reason="Lost", who="clerk") for _post in posts
        ]
        random.SystemRandom().shuffle(acts)
        results = at_once(self.act, acts)
        broken = [each for each in results if not isinstance(each, (Cast, list, ActRefused, CastRefused))]
        self.assertEqual(broken, [])
        return sum(isinstance(each, Cast) for each in results), results.count([])

    def test_of_fifty_acts_at_once_one_is_done(self):
        for card in self.cards:
            cast, voided = self.race(card)
            row = Code.objects.get(poll=self.poll, serial=card.serial)
            used = Participation.objects.filter(poll_id=self.poll.pk, credential=row.credential).count()
            self.assertEqual((cast, voided), (used, 1 - used))
            self.assertEqual(row.voided_at is None, bool(used))

    def test_a_code_voided_while_its_page_stood_open_does_not_vote(self):
        post = make_post(self.poll, credential=self.cards[0].link.encode())
        void_code(poll=self.poll, serial=1, reason="Lost", who="clerk")
        with self.assertRaises(CastRefused):
            cast_ballot(**post)
        self.assertEqual(ballots(self.poll), (0, 0))

    def test_the_control_without_the_triggers_both_are_done(self):
        self.drop_triggers()
        cast, voided = self.race(self.cards[0])
        self.assertEqual((cast, voided), (1, 1))

    def drop_triggers(self):
        names = [(triggers.CODE, "is_frozen"), (triggers.CODE, "has_voted"), (triggers.GUARD, "void")]
        with connection.schema_editor() as editor:
            for table, name in names:
                triggers.before.drop_trigger(editor, table, name)
        self.addCleanup(self.restore_triggers)

    def restore_triggers(self):
        with connection.schema_editor() as editor:
            triggers.guard_codes(editor)


@temporary_keys
class FiftyBrowsers(CheapCodes, LiveServerTestCase):
    """One card in fifty browsers, over HTTP."""

    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(mock.patch.object(ThreadedWSGIServer, "request_queue_size", 2 * POSTS))
        super().setUpClass()

    def test_fifty_browsers_that_read_the_same_card_cast_one_ballot(self):
        poll, (card,) = make_code_poll()

        def go(_browser):
            browser = Device(self.live_server_url)
            path = address("enter", poll)
            _status, browser.cookies, page = browser.ask("GET", path)
            fields = dict(FIELD.findall(page.decode()))
            asked = {**fields, "code": card.link, "codes": "101 201"}
            status, cookies, page = browser.ask("POST", path, asked)
            browser.cookies.update(cookies)
            return browser, status, dict(FIELD.findall(page.decode()))

        entered = at_once(go, range(POSTS))
        self.assertEqual({status for _browser, status, _fields in entered}, {200})
        nonces = ("nonce-1", "nonce-2")
        posts = [
            (browser, fields | {name: secrets.token_hex(32) for name in nonces})
            for browser, _status, fields in entered
        ]
        answers = at_once(lambda post: post[0].ask("POST", address("cast", poll), post[1])[0], posts)
        self.assertEqual((answers.count(303), answers.count(409)), (1, POSTS - 1))
        self.assertEqual(ballots(poll), (1, 1))
