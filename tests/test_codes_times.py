"""Unknown, void, used and valid codes are told apart neither by text nor by time; no wrong code hits.

`CODE_TIMES` is the number of posts of each kind whose times are compared; without it the work is counted
instead, which is as true on a busy machine. `CODE_TRIES` is the number of wrong codes that are tried.
"""

import os
import statistics
import time
import unittest
from unittest import mock

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from voting.codes import void_code
from voting.eligibility import code, code_text
from voting.keyring import keys_of
from voting.manifest import plan_of

from .cards import CheapCodes, cast_with, make_code_poll
from .factories import temporary_keys
from .pages import english

TIMES = int(os.environ.get("CODE_TIMES", "0"))
TRIES = int(os.environ.get("CODE_TRIES", "400"))
NEAR = 0.002  # seconds


class FourCodes:
    """A mixin with a poll that has a valid, a used and a void code, and one that was never issued."""

    @classmethod
    def setUpTestData(cls):
        cls.poll, (cls.valid, cls.used, cls.void) = make_code_poll(count=3)
        cast_with(cls.poll, cls.used)
        void_code(poll=cls.poll, serial=cls.void.serial, reason="Lost", who="clerk")

    def kinds(self, form):
        """Return a code of each kind, in its typed or its link form."""
        unknown = code_text.new_typed(77) if form == "typed" else code_text.new_link()
        return {
            "unknown": unknown,
            "used": getattr(self.used, form),
            "void": getattr(self.void, form),
            "valid": getattr(self.valid, form),
        }

    def post(self, text, client=None):
        return (client or Client()).post(english("enter", self.poll), {"code": text})


@temporary_keys
class ToldApartByNothing(FourCodes, TestCase):
    def test_unknown_used_and_void_codes_get_the_same_page(self):
        for form in ("typed", "link"):
            kinds = self.kinds(form)
            pages = set()
            for kind in ("unknown", "used", "void"):
                answer = self.post(kinds[kind])
                self.assertEqual(answer.status_code, 422)
                self.assertContains(answer, "not valid", status_code=422)
                text = answer.content.decode().replace(kinds[kind], "")
                pages.add(text.partition("csrfmiddlewaretoken")[0] + text.rpartition('id="id_code"')[2])
                self.assertFalse([name for name in answer.cookies if name.startswith("right-")])
            self.assertEqual(len(pages), 1)
        # The control: a valid one is answered otherwise.
        self.assertEqual(self.post(self.kinds("typed")["valid"]).status_code, 303)

    def test_the_same_work_is_done_for_each_kind(self):
        for form, hashes in (("typed", 1), ("link", 0)):
            done = set()
            for text in self.kinds(form).values():
                with (
                    CaptureQueriesContext(connection) as queries,
                    mock.patch.object(code.hashlib, "scrypt", wraps=code.hashlib.scrypt) as slow,
                ):
                    code.find_right(self.poll, self.keys(), text, timezone.now())
                self.assertEqual(slow.call_count, hashes)
                done.add(tuple(query["sql"].split("WHERE")[0] for query in queries))
            self.assertEqual(len(done), 1, done)

    def keys(self):
        return keys_of(self.poll, plan_of(self.poll))

    def test_the_slow_hash_is_slow(self):
        begun = time.perf_counter()
        code.find_right(self.poll, self.keys(), self.kinds("typed")["unknown"], timezone.now())
        self.assertGreater(time.perf_counter() - begun, 0.01)


@temporary_keys
class WrongCodes(CheapCodes, FourCodes, TestCase):
    def test_none_of_many_wrong_codes_hits(self):
        keys, at = keys_of(self.poll, plan_of(self.poll)), timezone.now()
        for number in range(TRIES):
            text = code_text.new_typed(1 + number % 4) if number % 2 else code_text.new_link()
            self.assertIsNone(code.find_right(self.poll, keys, text, at))
        self.assertIsNotNone(code.find_right(self.poll, keys, self.valid.typed, at))


@temporary_keys
class Throttled(CheapCodes, TestCase):
    """Whoever floods the entrance with typed codes costs no more slow hashes, and shuts nobody out."""

    @classmethod
    def setUpTestData(cls):
        cls.poll, cls.cards = make_code_poll(count=2, brakes={"tries_10_minutes": 3})

    def post(self, text, address="203.0.113.7"):
        return Client(REMOTE_ADDR=address).post(english("enter", self.poll), {"code": text, "codes": "101"})

    def flood(self):
        for number in range(3):
            self.assertEqual(self.post(code_text.new_typed(1 + number)).status_code, 422)

    def test_after_too_many_wrong_ones_typed_codes_are_not_tried(self):
        self.flood()
        with mock.patch.object(code.hashlib, "scrypt") as slow:
            answer = self.post(self.cards[0].typed)
        self.assertContains(answer, "Scan the picture on your card", status_code=429)
        self.assertContains(answer, 'value="101"', status_code=429)
        self.assertEqual(answer.headers["Retry-After"], "600")
        slow.assert_not_called()

    def test_the_pictures_code_still_leads_in_and_other_networks_are_untouched(self):
        self.flood()
        self.assertContains(self.post(self.cards[0].link), "not sent yet")
        self.assertContains(self.post(self.cards[1].typed, "198.51.100.9"), "not sent yet")

    def test_good_and_mistyped_codes_are_no_wrong_tries(self):
        for _again in range(5):
            self.assertContains(self.post(self.cards[0].typed), "not sent yet")
            self.assertContains(self.post("ABC"), "not a voting code", status_code=422)


@unittest.skipUnless(TIMES, "Times are compared where CODE_TIMES says how often.")
@temporary_keys
class Times(FourCodes, TestCase):
    def test_medians_lie_within_two_milliseconds(self):
        for form in ("typed", "link"):
            kinds = self.kinds(form)
            times = {kind: [] for kind in kinds}
            for _round in range(TIMES):
                for kind, text in kinds.items():
                    client = Client()
                    begun = time.perf_counter()
                    self.post(text, client)
                    times[kind].append(time.perf_counter() - begun)
            medians = {kind: statistics.median(each) for kind, each in times.items()}
            print(form, {kind: f"{1000 * median:.2f} ms" for kind, median in medians.items()})
            self.assertLess(max(medians.values()) - min(medians.values()), NEAR, (form, medians))
