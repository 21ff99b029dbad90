"""One-time passwords: how often and how long they are good, also many at once, and how they are sent."""

import re
import statistics
import threading
import time
from datetime import timedelta
from unittest import mock

from django.db import IntegrityError, transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from voting.keyring import keys_of
from voting.manifest import plan_of
from voting.models import OneTimePassword
from voting.rolls import delivery, digests
from voting.rolls.passwords import NotSent, forget_old, make_password, use_password
from voting.senders import SendFailed

from .factories import temporary_keys
from .rolls import PASSWORD, PEOPLE, answer, ask, make_roll_poll
from .threads import at_once

ON_ROLL = PEOPLE[0]
OFF_ROLL = ("A-9999", "13800138000")
WRONG_PLACE = ("A-1001", "13900139000")
# What differs between two pages of anybody: tokens and sealed fields.
RANDOM = re.compile(r'(name="(?:csrfmiddlewaretoken|asked)"[^>]*value=")[^"]*')


@temporary_keys
class Passwords(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.poll = make_roll_poll()

    def setUp(self):
        self.digest = digests.roll_digest(keys_of(self.poll, plan_of(self.poll)))
        self.at = timezone.now()

    def make(self, after=0, pair=b"p" * 32):
        at = self.at + timedelta(seconds=after)
        return make_password(poll=self.poll, digest=self.digest, pair=pair, at=at)

    def use(self, password, after=0, pair=b"p" * 32):
        at = self.at + timedelta(seconds=after)
        return use_password(poll=self.poll, digest=self.digest, pair=pair, password=password, at=at)

    def refused(self, code, after):
        with self.assertRaises(NotSent) as caught:
            self.make(after)
        self.assertEqual(caught.exception.code, code)

    def test_it_is_good_once_and_for_ten_minutes(self):
        password = self.make()
        self.assertRegex(password, r"^[0-9]{6}$")
        self.assertTrue(self.use(password, 599))
        self.assertFalse(self.use(password, 599))
        password = self.make()
        self.assertFalse(self.use(password, 600))

    def test_it_is_good_for_one_pair_alone(self):
        password = self.make()
        self.make(pair=b"q" * 32)
        self.assertFalse(self.use(password, pair=b"q" * 32) and self.use(password, pair=b"q" * 32))
        self.assertTrue(self.use(password))

    def test_the_sixth_try_comes_too_late(self):
        password = self.make()
        wrong = f"{(int(password) + 1) % 10**6:06}"
        self.assertEqual([self.use(wrong) for _ in range(5)], [False] * 5)
        self.assertFalse(self.use(password))
        self.assertTrue(self.use(self.make(61), 61), "another password has tries of its own")

    def test_the_table_itself_refuses_a_sixth_try_and_a_sixth_password(self):
        self.make()
        rows = OneTimePassword.objects.filter(poll_id=self.poll.pk)
        for values in ({"tries": 6}, {"sent": 6}, {"sent": 0}):
            with self.assertRaises(IntegrityError), transaction.atomic():
                rows.update(**values)

    def test_a_minute_lies_between_two_and_five_are_made_in_a_day(self):
        self.make()
        self.refused("too_soon", 59)
        for number in range(1, 5):
            self.make(60 * number)
        self.refused("too_often", 300)
        self.refused("too_often", 86399)
        self.make(86400)
        self.make(86460)

    def test_old_ones_are_removed_after_a_day(self):
        self.make()
        forget_old(self.at + timedelta(hours=23))
        self.assertTrue(OneTimePassword.objects.exists())
        forget_old(self.at + timedelta(hours=24))
        self.assertFalse(OneTimePassword.objects.exists())

    def test_a_newer_one_makes_the_older_one_void(self):
        older, newer = self.make(), self.make(61)
        self.assertFalse(older != newer and self.use(older, 61))
        self.assertTrue(self.use(newer, 61))

    def test_the_stored_digest_needs_the_key(self):
        password = self.make()
        stored = bytes(OneTimePassword.objects.get().digest)
        self.assertEqual(len(stored), 32)
        other = make_roll_poll()
        theirs = digests.roll_digest(keys_of(other, plan_of(other)))
        self.assertNotEqual(stored, theirs(b"password", b"p" * 32, password.encode()))


@temporary_keys
class AtOnce(TransactionTestCase):
    def setUp(self):
        self.poll = make_roll_poll()
        self.digest = digests.roll_digest(keys_of(self.poll, plan_of(self.poll)))
        self.at = timezone.now()

    def use(self, password):
        return use_password(poll=self.poll, digest=self.digest, pair=b"p" * 32, password=password, at=self.at)

    def make(self, _number=0):
        return make_password(poll=self.poll, digest=self.digest, pair=b"p" * 32, at=self.at)

    def test_one_password_opens_once_however_many_post_it(self):
        password = self.make()
        self.assertEqual(at_once(self.use, [password] * 20).count(True), 1)

    def test_twenty_guesses_at_once_are_five_tries(self):
        password = self.make()
        wrong = [f"{(int(password) + 1 + n) % 10**6:06}" for n in range(20)]
        self.assertEqual(set(at_once(self.use, wrong)), {False})
        self.assertEqual(OneTimePassword.objects.get().tries, 5)
        self.assertFalse(self.use(password))

    def test_twenty_who_ask_at_once_make_one_password(self):
        made = at_once(self.make, range(20))
        self.assertEqual([type(each) for each in made].count(str), 1, made)
        self.assertEqual({each.code for each in made if not isinstance(each, str)}, {"too_soon"})


@temporary_keys
class Delivery(TransactionTestCase):
    """The way of a password behind the voter's back, in threads as in life."""

    def setUp(self):
        self.poll = make_roll_poll()
        delivery.forget_failures()
        self.addCleanup(delivery.forget_failures)
        self.enterContext(override_settings(ONE_TIME_PASSWORD_SENDER="tests.test_roll_passwords.Slow"))
        Slow.sent, Slow.go, Slow.fails = [], threading.Event(), False
        self.addCleanup(Slow.go.set)

    def settle(self):
        """Wait until nothing is under way."""
        Slow.go.set()
        for _room in range(delivery.MOST_WAITING):
            delivery._room.acquire()
        delivery._room.release(delivery.MOST_WAITING)

    def test_the_answer_does_not_wait_for_the_gateway(self):
        page = ask(self.client, self.poll, *ON_ROLL)
        self.assertEqual((page.status_code, Slow.sent), (200, []))
        self.settle()
        self.assertEqual([message.contact for message in Slow.sent], ["13800138000"])
        password = PASSWORD.search(Slow.sent[0].text)[0]
        self.assertEqual(answer(self.client, self.poll, page, password).status_code, 303)

    def test_after_three_failures_everybody_is_told_until_the_gateway_has_rested(self):
        Slow.fails = True
        with self.assertLogs("voting.rolls.delivery", "ERROR") as log:
            for who in PEOPLE[:3]:
                ask(self.client, self.poll, *who)
            self.settle()
        self.assertEqual(len(log.output), 3)
        for who in (PEOPLE[3], OFF_ROLL):
            page = ask(self.client, self.poll, *who, "101")
            self.assertContains(page, "Passwords cannot be sent at present", status_code=503)
            self.assertContains(page, who[0], status_code=503)
        with mock.patch.object(delivery, "_failed_at", delivery._failed_at - delivery.REST):
            self.assertEqual(ask(self.client, self.poll, *PEOPLE[3]).status_code, 200)
            self.settle()

    def test_more_than_can_wait_are_told_so(self):
        with mock.patch.object(delivery, "_room", threading.BoundedSemaphore(1)):
            self.assertEqual(ask(self.client, self.poll, *ON_ROLL).status_code, 200)
            self.assertEqual(ask(self.client, self.poll, *PEOPLE[1]).status_code, 503)
            Slow.go.set()
            self.assertTrue(delivery._room.acquire(timeout=20))

    def test_on_and_off_the_roll_are_answered_in_the_same_time(self):
        Slow.go.set()
        times = {ON_ROLL: [], OFF_ROLL: []}
        for _round in range(15):
            for who, taken in times.items():
                OneTimePassword.objects.filter(poll_id=self.poll.pk).delete()
                start = time.perf_counter()
                ask(self.client, self.poll, *who)
                taken.append(time.perf_counter() - start)
                self.settle()
        on, off = (statistics.median(taken) for taken in times.values())
        self.assertLess(abs(on - off), 0.02, "the sender alone takes 50 ms")


class Slow:
    """A sender that takes its time, or fails."""

    sent, go, fails = [], threading.Event(), False

    def send(self, message):
        Slow.go.wait(20)
        time.sleep(0.05)
        if Slow.fails:
            raise SendFailed("it does not answer")
        Slow.sent.append(message)
