"""Brakes notice and hardly ever refuse: what review sees of a caller, and how it counts."""

import dataclasses
import secrets
from datetime import timedelta
from unittest import mock

from django.core.exceptions import ValidationError
from django.test import RequestFactory, TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from voting import brakes
from voting.brakes import (
    DAY,
    TEN_MINUTES,
    Overloaded,
    count_try,
    forget_old,
    look,
    over_tries,
    signals_named,
)
from voting.holds import SIGNALS
from voting.keyring import load_keyring
from voting.limits import DEFAULTS, check_limits, effective_limits, limits_of
from voting.manifest import plan_of
from voting.models import Counter, SpentChallenge
from voting.work import GOOD_FOR, make_challenge

from .factories import make_open_poll, make_poll, temporary_keys
from .test_proof_of_work import solve
from .threads import at_once

WORK = 5
NO_SCRIPT = SIGNALS["no_script"] | SIGNALS["no_work"]


class BrakesCase:
    def set_up(self, **limits):
        self.poll = make_open_poll(brakes={"work": WORK, **limits})
        self.plan = plan_of(self.poll)
        self.keys = load_keyring(self.poll.uid, self.plan.keys)
        # In the middle of a window and not late in a day, so that no test crosses into the next by itself.
        now = timezone.now()
        self.at = now + timedelta(seconds=(TEN_MINUTES / 2 - now.timestamp()) % TEN_MINUTES)
        if self.at.timestamp() % DAY > DAY - 2 * 3600:
            self.at += timedelta(hours=2)

    def solved(self, asked=60):
        return solve(make_challenge(self.poll.uid, WORK, self.at - timedelta(seconds=asked)))

    def look(self, remote="1.2.3.4", *, credential=None, at=None, **posted):
        """Return the signals of one review."""
        request = RequestFactory().post("/", posted, REMOTE_ADDR=remote)
        return look(
            request=request,
            poll=self.poll,
            plan=self.plan,
            keys=self.keys,
            credential=credential or secrets.token_bytes(16),
            at=at or self.at,
        ).signals


@temporary_keys
class Noticing(BrakesCase, TestCase):
    def setUp(self):
        self.set_up()

    def test_an_honest_voter_is_above_all_suspicion(self):
        self.assertEqual(self.look(work=self.solved()), 0)

    def test_each_oddity_is_one_signal(self):
        for posted, named in (
            ({}, ["no_script", "no_work"]),
            ({"work": "-"}, ["no_work"]),
            ({"work": "nonsense"}, ["no_work"]),
            ({"work": "x" * 5000}, ["no_work"]),
            ({"work": self.solved(asked=1)}, ["fast"]),
            ({"work": self.solved(), "remark": "Buy!"}, ["honeypot"]),
        ):
            self.assertEqual(signals_named(self.look(**posted)), named, posted)

    def test_a_used_or_expired_solution_is_none_but_the_same_device_may_post_again(self):
        work, mine = self.solved(), secrets.token_bytes(16)
        self.assertEqual(self.look(work=work, credential=mine), 0)
        self.assertEqual(self.look(work=work, credential=mine), 0)
        self.assertEqual(self.look(work=work), SIGNALS["no_work"])
        self.assertEqual(self.look(work=self.solved(asked=GOOD_FOR.total_seconds() + 1)), SIGNALS["no_work"])

    def test_polls_of_other_kinds_have_no_brakes(self):
        self.plan = mock.Mock(rules={"eligibility": "code"})
        self.assertEqual(self.look(), 0)
        self.assertFalse(Counter.objects.exists())

    def test_without_a_known_address_only_the_whole_is_counted(self):
        self.set_up(burst_10_minutes=9)
        for remote in ("127.0.0.1", "::1", ""):
            self.look(remote, work=self.solved())
        self.assertEqual(Counter.objects.count(), 1)

    def test_once_the_tag_key_is_gone_nothing_is_counted_and_nobody_is_stopped(self):
        self.keys = dataclasses.replace(self.keys, tag=None)
        self.assertEqual(self.look(), NO_SCRIPT)
        self.assertFalse(Counter.objects.exists())


@temporary_keys
class Limits(BrakesCase, TestCase):
    def count(self, times, remotes, **posted):
        """Let so many reviews come, one each from `remotes` in turn; return how many had which signal."""
        seen = dict.fromkeys(SIGNALS, 0)
        for at in range(times):
            for name in signals_named(self.look(remotes[at % len(remotes)])):
                seen[name] += 1
        return {name: seen[name] for name in ("over_address", "over_network", "burst")}

    def test_each_soft_limit_lets_so_many_through_and_notices_the_next(self):
        for limit, remotes, named in (
            ("address_10_minutes", ["1.2.3.4"], "over_address"),
            ("address_10_minutes", ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"], "over_address"),
            ("address_day", ["1.2.3.4"], "over_address"),
            ("network_10_minutes", ["1.2.3.4", "1.2.3.5"], "over_network"),
            ("network_10_minutes", ["2001:db8:1:2::1", "2001:db8:1:3::1"], "over_network"),
            ("network_day", ["1.2.3.4", "1.2.3.5"], "over_network"),
            ("burst_10_minutes", ["1.2.3.4", "9.8.7.6", "2001:db8::1"], "burst"),
        ):
            with self.subTest(limit, remotes=remotes):
                self.set_up(**{limit: 6})
                expected = dict.fromkeys(("over_address", "over_network", "burst"), 0) | {named: 2}
                self.assertEqual(self.count(8, remotes), expected)

    def test_a_neighbour_is_not_blamed(self):
        self.set_up(address_10_minutes=2)
        self.count(5, ["1.2.3.4"])
        self.assertEqual(self.count(2, ["1.2.3.5"])["over_address"], 0)

    def test_a_window_ends(self):
        self.set_up(address_10_minutes=2)
        self.assertEqual(self.count(4, ["1.2.3.4"])["over_address"], 2)
        self.at += timedelta(seconds=TEN_MINUTES)
        self.assertEqual(self.count(2, ["1.2.3.4"])["over_address"], 0)

    @override_settings(CEILING_TIMES=3)
    def test_above_the_ceiling_a_caller_is_sent_away_until_the_window_ends(self):
        self.set_up(address_10_minutes=2)
        self.assertEqual(self.count(6, ["1.2.3.4"])["over_address"], 4)
        with self.assertRaises(Overloaded) as refused:
            self.look()
        self.assertEqual(refused.exception.retry_after, TEN_MINUTES // 2)
        self.assertEqual(self.look("1.2.4.4"), NO_SCRIPT)
        self.look(at=self.at + timedelta(seconds=TEN_MINUTES))

    def test_the_whole_polls_count_is_spread_over_rows_and_still_about_right(self):
        self.set_up(burst_10_minutes=4 * brakes.SHARE)
        for _ in range(200):
            self.look(work="-")
        counts = list(Counter.objects.filter(count__lt=200).values_list("count", flat=True))
        self.assertEqual((len(counts), sum(counts)), (4, 200))

    def test_what_is_stored_names_no_address_and_two_windows_have_nothing_in_common(self):
        self.set_up()
        for later in (0, TEN_MINUTES, 2 * TEN_MINUTES):
            self.look("1.2.3.4", at=self.at + timedelta(seconds=later))
        rows = list(Counter.objects.values_list("key", "window", "count"))
        self.assertEqual(len({bytes(key) for key, _window, _count in rows}), len(rows))
        self.assertEqual({len(bytes(key)) for key, _window, _count in rows}, {16})
        self.assertNotIn(b"\x01\x02\x03", b"".join(bytes(key) for key, _window, _count in rows))

    def test_what_is_over_is_removed_and_nothing_else(self):
        self.set_up()
        self.look(work=self.solved())
        self.assertEqual((Counter.objects.count(), SpentChallenge.objects.count()), (5, 1))
        forget_old(self.at)
        self.assertEqual((Counter.objects.count(), SpentChallenge.objects.count()), (5, 1))
        forget_old(self.at + max(GOOD_FOR, timedelta(seconds=TEN_MINUTES)))
        self.assertEqual((Counter.objects.count(), SpentChallenge.objects.count()), (2, 0))
        forget_old(self.at + timedelta(seconds=DAY))
        self.assertEqual(Counter.objects.count(), 0)


@temporary_keys
class Crowds(BrakesCase, TestCase):
    """Honest crowds behind one address or network, at the default limits."""

    def crowd(self, remotes, seconds):
        """Let one review come from each address, evenly over some seconds; return their signals."""
        self.set_up()
        start = self.at - timedelta(seconds=TEN_MINUTES / 2)
        step = timedelta(seconds=seconds / len(remotes))
        return [self.look(remote, at=start + at * step, work="-") for at, remote in enumerate(remotes)]

    def test_a_school_of_500_behind_one_address_is_neither_refused_nor_noticed(self):
        for seconds in (3600, TEN_MINUTES):
            self.assertEqual(set(self.crowd(["1.2.3.4"] * 500, seconds)), {SIGNALS["no_work"]})

    def test_a_carriers_network_of_20000_in_an_hour_is_neither_refused_nor_noticed(self):
        """One row for each address would take long, so that 20,000 are counted by hundreds."""
        one = brakes.COUNT
        hundred = one.replace("c.count + 1", "c.count + 100")
        with mock.patch.object(brakes, "COUNT", hundred):
            seen = self.crowd([f"1.2.3.{at}" for at in range(200)], 3600)
        self.assertEqual(set(seen), {SIGNALS["no_work"]})

    def test_a_hundred_times_the_school_would_be_refused(self):
        """The control: the same way of counting does refuse a flood from one address."""
        hundred = brakes.COUNT.replace("c.count + 1", "c.count + 100")
        with mock.patch.object(brakes, "COUNT", hundred), self.assertRaises(Overloaded):
            self.crowd(["1.2.3.4"] * 500, TEN_MINUTES)


@temporary_keys
class AtOnce(BrakesCase, TransactionTestCase):
    def test_reviews_at_once_are_all_counted(self):
        self.set_up()
        done = at_once(lambda at: self.look(f"1.2.{at % 2}.{at % 5}"), range(24))
        self.assertEqual(set(done), {NO_SCRIPT})
        day = (
            Counter.objects.filter(poll=self.poll)
            .order_by("-window", "-count")
            .values_list("count", flat=True)
        )
        burst = 24
        # Networks and addresses have ten minutes and a day each, the whole ten minutes alone.
        self.assertEqual(sum(day), 24 * 4 + burst)
        self.assertEqual(max(Counter.objects.values_list("count", flat=True)), 12)


class Thresholds(TestCase):
    def test_a_poll_changes_what_it_names_and_other_names_are_not_ours(self):
        poll = mock.Mock(brakes={"work": 7, "address_day": 0, "network_day": "many", "cluster": 3})
        self.assertEqual(effective_limits(poll), DEFAULTS | {"work": 7})
        plan = mock.Mock(document={"brakes": {"work": 8}})
        self.assertEqual(limits_of(plan)["work"], 8)
        self.assertEqual(limits_of(mock.Mock(document={})), DEFAULTS)

    def test_what_is_in_force_stands_in_the_manifest(self):
        self.assertEqual(plan_of(make_poll(brakes={"work": 9})).document["brakes"], DEFAULTS | {"work": 9})

    def test_a_threshold_that_is_no_number_is_refused_by_name(self):
        check_limits({"work": 1, "cluster": "ours not"})
        for value in (0, -1, "5", 1.5, None, True, 2**40):
            with self.assertRaisesMessage(ValidationError, "work"):
                check_limits({"work": value})


@temporary_keys
class Tries(TestCase):
    def setUp(self):
        self.poll = make_open_poll(brakes={"tries_10_minutes": 3})
        self.at = timezone.now()

    def ask(self, act, remote="1.2.3.4", name="code", at=None):
        return act(RequestFactory().post("/", REMOTE_ADDR=remote), self.poll, name, at or self.at)

    def test_wrong_tries_of_one_address_run_out_and_come_back(self):
        for _ in range(3):
            self.assertFalse(self.ask(over_tries))
            self.assertFalse(self.ask(count_try))
        self.assertTrue(self.ask(over_tries))
        self.assertTrue(self.ask(count_try))
        self.assertFalse(self.ask(over_tries, "1.2.3.5"))
        self.assertFalse(self.ask(over_tries, name="password"))
        self.assertFalse(self.ask(over_tries, at=self.at + timedelta(seconds=TEN_MINUTES)))

    def test_the_network_has_ten_times_as_many(self):
        for number in range(30):
            self.assertFalse(self.ask(over_tries, f"1.2.3.{number}"))
            self.ask(count_try, f"1.2.3.{number}")
        self.assertTrue(self.ask(over_tries, "1.2.3.99"))
        self.assertFalse(self.ask(over_tries, "1.2.4.99"))

    def test_who_cannot_be_told_apart_is_not_stopped(self):
        for _ in range(5):
            self.assertFalse(self.ask(count_try, "127.0.0.1"))
        self.assertFalse(self.ask(over_tries, "127.0.0.1"))
