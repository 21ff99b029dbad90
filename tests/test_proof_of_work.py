"""A proof of work counts once, in time, for its own poll: everything else is no proof."""

import base64
import hashlib
import json
import secrets
import threading
from datetime import timedelta
from unittest import mock

import altcha
from django.db import connection
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from voting import work
from voting.limits import DEFAULTS
from voting.models import SpentChallenge
from voting.work import GOOD_FOR, LONGEST, make_challenge, read_proof, spend

from .factories import make_open_poll, make_poll, temporary_keys
from .pages import address
from .threads import at_once

TRIES = 1000
MOST = 30  # so that a test may try every number


def solve(challenge):
    """Return the text that the page's script would send."""
    prefix = challenge["salt"].encode()
    number = next(
        number
        for number in range(challenge["maxNumber"] + 1)
        if hashlib.sha256(prefix + str(number).encode()).hexdigest() == challenge["challenge"]
    )
    return packed({**challenge, "number": number})


def packed(solution):
    names = ("algorithm", "challenge", "number", "salt", "signature")
    text = json.dumps({name: solution[name] for name in names if name in solution})
    return base64.b64encode(text.encode()).decode()


def unpacked(text):
    return json.loads(base64.b64decode(text))


class Reading(TestCase):
    def setUp(self):
        self.at = timezone.now()
        self.later = self.at + timedelta(seconds=30)

    def solved(self, uid="a" * 20, at=None):
        return solve(make_challenge(uid, MOST, at or self.at))

    def accepted(self, texts, uid="a" * 20, at=None):
        return sum(read_proof(uid, text, at or self.later) is not None for text in texts)

    def test_a_thousand_honest_solutions_are_proofs_and_say_when_they_were_asked_for(self):
        texts = [self.solved() for _ in range(TRIES)]
        self.assertEqual(self.accepted(texts), TRIES)
        proof = read_proof("a" * 20, texts[0], self.later)
        self.assertEqual(proof.issued_at, self.at.replace(microsecond=0))
        self.assertEqual(proof.expires_at - proof.issued_at, GOOD_FOR)
        self.assertLess(max(map(len, texts)), LONGEST)

    def test_no_solution_of_another_poll_is_one(self):
        self.assertEqual(self.accepted([self.solved("b" * 20) for _ in range(TRIES)]), 0)

    def test_no_expired_solution_is_one_nor_one_from_the_future(self):
        texts = [self.solved() for _ in range(TRIES)]
        end = self.at.replace(microsecond=0) + GOOD_FOR
        self.assertEqual(self.accepted(texts, at=end), 0)
        self.assertEqual(self.accepted(texts, at=end - timedelta(seconds=1)), TRIES)  # the control
        self.assertEqual(self.accepted(texts, at=self.at - timedelta(seconds=1)), 0)

    def test_no_forged_solution_is_one(self):
        texts = [self.forged(number) for number in range(TRIES)]
        self.assertEqual(self.accepted(texts), 0)
        self.assertGreater(len(set(texts)), TRIES / 2)

    def forged(self, number):
        """Return an honest solution with one thing changed, or one under a key of the forger's own."""
        solution = unpacked(self.solved())
        later = str(int((self.at + 2 * GOOD_FOR).timestamp()))
        expires = str(int((self.at.replace(microsecond=0) + GOOD_FOR).timestamp()))
        ways = (
            lambda: solution | {"number": solution["number"] + 1},
            lambda: solution | {"salt": solution["salt"].replace(expires, later)},
            lambda: solution | {"salt": solution["salt"] + f"&expires={later}&"},
            lambda: solution | {"salt": secrets.token_hex(12) + solution["salt"][24:]},
            lambda: solution | {"signature": secrets.token_hex(32)},
            lambda: solution | {"challenge": secrets.token_hex(32)},
            lambda: solution | {"algorithm": "SHA-1"},
            lambda: unpacked(solve(altcha.create_challenge_v1(max_number=MOST, hmac_key="guess").to_dict())),
        )
        return packed(ways[number % len(ways)]())

    def test_nonsense_is_no_proof_and_no_error(self):
        solution = unpacked(self.solved())
        texts = ["", "-", "é", "AAAA", "null", packed({}), "x" * 5000, base64.b64encode(b"[" * 400).decode()]
        for value in (None, 1, 1.5, "1", [], {}, True, -1, 10**400, "9" * 5000, "\ud800"):
            for name in ("number", "salt", "challenge", "signature", "algorithm"):
                if solution[name] != value:
                    texts.append(packed(solution | {name: value}))
        texts += [base64.b64encode(text.encode()).decode() for text in ("null", "[]", "1", '"a"')]
        self.assertEqual(self.accepted(texts), 0)
        self.assertEqual(self.accepted([packed(solution)]), 1)  # the control

    def test_another_spelling_of_a_solution_is_the_same_challenge(self):
        solution = unpacked(self.solved())
        spellings = [packed(solution), packed(solution | {"salt": solution["salt"].rstrip("&")})]
        proofs = {read_proof("a" * 20, text, self.later) for text in spellings} - {None}
        self.assertEqual(len({proof.challenge for proof in proofs}), 1)


@temporary_keys
class Spending(TransactionTestCase):
    def setUp(self):
        self.poll = make_open_poll()

    def proofs(self, count):
        at = timezone.now()
        return [
            read_proof(self.poll.uid, solve(make_challenge(self.poll.uid, MOST, at)), at)
            for _ in range(count)
        ]

    def test_of_fifty_devices_at_once_one_uses_a_solution(self):
        for proof in self.proofs(3):
            done = at_once(
                lambda credential, proof=proof: spend(self.poll, proof, credential),
                [secrets.token_bytes(16) for _ in range(50)],
            )
            self.assertEqual(sorted(map(str, done)), ["False"] * 49 + ["True"])
        self.assertEqual(SpentChallenge.objects.count(), 3)

    def test_without_the_primary_keys_say_all_would_use_it(self):
        """The control: a look before the insert, where the insert alone decides, lets several through."""
        (proof,) = self.proofs(1)

        def look_first(credential):
            table, digest = SpentChallenge._meta.db_table, hashlib.sha256(proof.challenge).digest()
            if SpentChallenge.objects.filter(poll_id=self.poll.pk, digest=digest).exists():
                return False
            barrier.wait()
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {table} (poll_id, digest, used_by, expires_at) VALUES (%s, %s, %s, %s) "
                    "ON CONFLICT (poll_id, digest) DO UPDATE SET used_by = excluded.used_by",
                    [self.poll.pk, digest, credential, timezone.now()],
                )
            return True

        barrier = threading.Barrier(3)
        done = at_once(look_first, [secrets.token_bytes(16) for _ in range(3)])
        self.assertEqual(done, [True] * 3)

    def test_a_thousand_replays_by_others_are_refused_and_the_same_device_may_post_again(self):
        (proof,) = self.proofs(1)
        mine = secrets.token_bytes(16)
        self.assertTrue(spend(self.poll, proof, mine))
        self.assertEqual(sum(spend(self.poll, proof, secrets.token_bytes(16)) for _ in range(TRIES)), 0)
        self.assertTrue(spend(self.poll, proof, mine))

    def test_what_is_stored_leads_neither_to_the_challenge_nor_to_the_device(self):
        (proof,) = self.proofs(1)
        credential = b"credential" * 2
        spend(self.poll, proof, credential)
        stored = repr([bytes(value) for value in SpentChallenge.objects.values_list("digest", "used_by")[0]])
        for secret in (proof.challenge, credential, hashlib.sha256(credential).digest()):
            self.assertNotIn(repr(secret)[2:-1], stored)


@temporary_keys
class ChallengePage(TestCase):
    def test_it_gives_each_caller_another_one_and_stores_nothing(self):
        poll = make_open_poll()
        answers = [self.client.get(address("challenge", poll)) for _ in range(3)]
        self.assertEqual({answer.status_code for answer in answers}, {200})
        self.assertEqual({answer["Cache-Control"] for answer in answers}, {"private, no-store"})
        self.assertEqual(len({answer.json()["challenge"] for answer in answers}), 3)
        self.assertEqual(answers[0].json()["maxNumber"], DEFAULTS["work"])
        self.assertFalse(answers[0].cookies)
        self.assertFalse(SpentChallenge.objects.exists())

    def test_a_poll_says_how_much_work_it_wants(self):
        poll = make_open_poll(brakes={"work": 7})
        self.assertEqual(self.client.get(address("challenge", poll)).json()["maxNumber"], 7)

    def test_only_an_open_poll_has_one_and_nobody_posts_there(self):
        draft, poll = make_poll(), make_open_poll()
        self.assertEqual(self.client.get(address("challenge", draft)).status_code, 404)
        self.assertEqual(self.client.get(address("challenge", poll)).status_code, 200)
        self.assertEqual(self.client.post(address("challenge", poll)).status_code, 405)
        with mock.patch("voting.views.challenges.now", lambda: poll.closes_at):
            self.assertEqual(self.client.get(address("challenge", poll)).status_code, 404)

    def test_the_ballot_page_stays_the_same_for_everyone(self):
        poll = make_open_poll()
        pages = {self.client.get(address("ballot", poll)).content for _ in range(2)}
        self.assertEqual(len(pages), 1)
        self.assertIn(address("challenge", poll), pages.pop().decode())


class Format(TestCase):
    def test_the_format_is_the_librarys_own(self):
        """The library itself solves what we give out, and what we send is what it verifies."""
        challenge = make_challenge("a" * 20, MOST, timezone.now())
        solution = altcha.solve_challenge_v1(
            challenge["challenge"], challenge["salt"], "SHA-256", challenge["maxNumber"]
        )
        text = packed({**challenge, "number": solution.number})
        self.assertEqual(altcha.verify_solution_v1(text, work._key("a" * 20)), (True, None))
        self.assertIsNotNone(read_proof("a" * 20, text, timezone.now()))
