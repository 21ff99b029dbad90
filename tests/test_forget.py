"""The plan of deletion: what goes when, that it is gone from every table, and that nothing else is."""

import io
from datetime import timedelta
from unittest import mock
from zoneinfo import ZoneInfo

from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client, TestCase
from django.utils import timezone
from django.utils.translation import override

from voting import forget, trail
from voting.certification import perform_certify
from voting.destruction import destroy_secrets
from voting.forget import forget_due, is_forgotten, participations_of, plan_of_deletion, retention_faults
from voting.keyring import keys_of
from voting.lifecycle import opening_faults
from voting.management.commands import keep_ledger
from voting.manifest import plan_of
from voting.models import (
    Ballot,
    BallotTag,
    Code,
    Counter,
    Event,
    HeldBallot,
    HoldGroup,
    OneTimePassword,
    Participation,
    Poll,
    RollEntry,
    SpentChallenge,
)
from voting.reconciliation import reconcile
from voting.rolls.importing import import_roll

from .cards import make_code_poll
from .factories import cast, make_open_poll, make_poll, temporary_keys
from .pages import english, post_ballot
from .rolls import make_draft_roll_poll, make_roll_poll, roll_file
from .signing_in import make_sign_in_poll
from .tallies import count, settle

YEAR = timedelta(days=366)


def everything():
    """Return what stands in all tables, in one piece."""
    found = []
    for model in apps.get_models():
        for row in model.objects.values_list():
            found += [bytes(v) if isinstance(v, (bytes, memoryview)) else repr(v).encode() for v in row]
    return b"\0".join(found)


def digests_of(poll):
    """Return every digest of a person, code or network that a poll has at this moment."""
    columns = [
        (Participation, "credential"),
        (RollEntry, "person"),
        (RollEntry, "contact"),
        (OneTimePassword, "pair"),
        (OneTimePassword, "digest"),
        (Code, "credential"),
        (Code, "typed_mask"),
        (Counter, "key"),
        (SpentChallenge, "digest"),
        (BallotTag, "tags"),
    ]
    return {
        bytes(value)
        for model, name in columns
        for value in model.objects.filter(poll_id=poll.pk).values_list(name, flat=True)
    }


def fill(poll):
    """Cast two ballots and leave a row wherever one may be left."""
    for _ballot in range(2):
        cast(poll)
    later = timezone.now() + timedelta(days=900)
    if poll.eligibility == "roll":
        OneTimePassword.objects.bulk_create(
            [OneTimePassword(poll=poll, pair=b"p" * 32, digest=b"d" * 32, expires_at=later, since=later)]
        )
    if poll.eligibility == "device":
        Counter.objects.bulk_create([Counter(poll=poll, key=b"k" * 32, window=10**11, count=3)])
        SpentChallenge.objects.bulk_create([SpentChallenge(poll=poll, digest=b"s" * 32, expires_at=later)])


def make(kind):
    """Return an open poll of a kind with something of everything in it."""
    poll = {
        "device": make_open_poll,
        "code": lambda: make_code_poll(count=2)[0],
        "roll": make_roll_poll,
        "sign_in": make_sign_in_poll,
    }[kind]()
    fill(poll)
    return poll


def end(poll):
    """Close, count and certify a poll, and destroy the keeper's secrets; return it as it then is."""
    parts = poll.parts
    poll = settle(poll)
    destroy_secrets(poll=poll, at=timezone.now() + timedelta(hours=1))
    poll = Poll.objects.get(pk=poll.pk)
    poll.parts = parts
    poll = count(poll)
    if poll.eligibility == "device":
        # As a run of the rules would leave them that was broken off.
        first = Ballot.objects.filter(poll=poll).first()
        BallotTag.objects.create(ballot=first, poll=poll, tags=b"t" * 41)
        group = HoldGroup.objects.create(poll=poll, number=77, rule="burst")
        HeldBallot.objects.create(ballot=first, group=group, address=77001, bucket=77002)
    digests = digests_of(poll)
    perform_certify(poll, {}, ["Clerk"], timezone.now())
    return Poll.objects.get(pk=poll.pk), digests


@temporary_keys
class WhatGoes(TestCase):
    def go(self, poll, after=YEAR, **more):
        return [
            item.what
            for item in forget_due(poll, plan_of(poll), timezone.now() + after, who="a test", **more)
        ]

    def test_after_all_dates_no_table_holds_a_digest_that_should_be_gone(self):
        for kind in ("device", "code", "roll", "sign_in"):
            with self.subTest(kind):
                poll, digests = end(make(kind))
                rows = everything()
                left = {digest for digest in digests if digest in rows}
                self.assertGreaterEqual(len(left), 2, "the control: before, the search finds them")
                gone = self.go(poll)
                rows = everything()
                self.assertEqual([digest for digest in digests if digest in rows], [])
                self.assertIn("participations", gone)
                for what in gone:
                    for place in (settings.KEY_DIR, settings.KEY_COPY_DIR):
                        for role in forget.STEPS[what].keys:
                            self.assertFalse((place / poll.uid / f"{role}.key").exists())
                        self.assertTrue((place / poll.uid / "pledge.key").exists())
                self.check_that_all_else_stands(poll)

    def check_that_all_else_stands(self, poll):
        """Numbers reconcile, pages answer, the trail holds, and a late ballot is refused politely."""
        self.assertEqual(participations_of(poll), 2)
        self.assertEqual({line.difference for line in reconcile(poll, plan_of(poll))}, {0})
        self.assertIsNone(trail.check(poll)[1])
        self.assertIsNone(keys_of(poll, plan_of(poll)).credential)
        client = Client()
        for name in ("list", "privacy", "result", "ledger", "enter", "next", "find"):
            self.assertLess(client.get(english(name, poll), follow=True).status_code, 500, name)
        self.assertEqual(post_ballot(client, poll, "101").status_code, 409)
        late = client.post(english("cast", poll), {"codes": "101", "ticket": "x", "nonces_by": "server"})
        self.assertEqual(late.status_code, 409)

    def test_it_is_written_into_the_trail_once_and_done_once(self):
        poll, _digests = end(make("roll"))
        first = self.go(poll)
        events = list(Event.objects.filter(poll=poll, act="forget").order_by("number"))
        self.assertEqual([event.detail["what"] for event in events], first)
        self.assertEqual(events[first.index("roll")].detail, {"what": "roll", "rows": 4, "keys": ["roll"]})
        self.assertEqual(self.go(poll), [])
        self.assertEqual(Event.objects.filter(poll=poll, act="forget").count(), len(first))

    def test_before_its_date_nothing_goes(self):
        poll, digests = end(make("roll"))
        self.assertEqual(self.go(poll, timedelta(minutes=5)), ["passwords"])
        self.assertEqual(self.go(poll, timedelta(days=29)), [])
        self.assertEqual(RollEntry.objects.filter(poll=poll).count(), 4)
        self.assertTrue(is_forgotten(poll, "passwords"))
        self.assertFalse(is_forgotten(poll, "roll"))

    def test_a_dry_run_says_what_is_due_and_deletes_nothing(self):
        poll, digests = end(make("roll"))
        due = self.go(poll, dry_run=True)
        self.assertEqual(set(due), {"passwords", "roll", "participations"})
        self.assertTrue(all(digest in everything() for digest in digests))
        self.assertFalse(Event.objects.filter(poll=poll, act="forget").exists())
        self.assertEqual(self.go(poll), due)

    def test_nothing_goes_while_the_last_entries_are_missing(self):
        poll = make("roll")
        Poll.objects.filter(pk=poll.pk).update(state="closed", closed_at=timezone.now())
        poll.refresh_from_db()
        self.assertEqual(self.go(poll, 2 * YEAR), [])
        self.assertTrue(OneTimePassword.objects.filter(poll_id=poll.pk).exists())

    def test_a_run_that_was_broken_off_before_the_key_went_is_finished_by_the_next(self):
        poll, _digests = end(make("roll"))
        with mock.patch.object(forget, "destroy_keys", side_effect=OSError), self.assertRaises(OSError):
            self.go(poll)
        key = settings.KEY_DIR / poll.uid / "roll.key"
        self.assertTrue(key.exists())
        self.assertIn("roll", self.go(poll))
        self.assertFalse(key.exists())

    def test_a_roll_of_a_poll_that_never_opened_goes_as_well(self):
        poll = make_draft_roll_poll()
        import_roll(poll=poll, data=roll_file(), name="r.csv", who="clerk")
        self.assertEqual(self.go(poll, timedelta(days=30)), [])
        self.assertIn("roll", self.go(poll, 2 * YEAR))
        self.assertFalse(RollEntry.objects.exists())

    def test_held_ballots_lose_what_they_have_in_common_and_stay_held(self):
        poll, _digests = end(make("device"))
        self.go(poll, timedelta(days=4))
        held = HeldBallot.objects.get(group__poll=poll, group__number=77)
        self.assertEqual((held.address, held.bucket), (None, None))
        self.assertFalse(BallotTag.objects.filter(poll=poll).exists())


@temporary_keys
class Dates(TestCase):
    def dates(self, poll):
        return {item.what: item for item in plan_of_deletion(poll, plan_of(poll))}

    def test_each_kind_has_its_own_plan(self):
        for fields, expected in (
            ({}, {"brakes", "tags", "participations"}),
            ({"eligibility": "code"}, {"brakes", "codes", "participations"}),
            ({"eligibility": "roll"}, {"passwords", "brakes", "roll", "participations"}),
            ({"eligibility": "sign_in"}, {"brakes", "accounts", "participations"}),
        ):
            self.assertEqual(set(self.dates(make_poll(**fields))), expected)

    def test_before_the_certificate_only_the_latest_date_is_known(self):
        poll = make_poll(eligibility="roll")
        found = self.dates(poll)
        self.assertEqual((found["passwords"].due, found["passwords"].latest), (poll.closes_at, False))
        self.assertEqual(
            (found["roll"].due, found["roll"].latest), (poll.closes_at + timedelta(days=365), True)
        )

    def test_with_the_certificate_it_is_days_after_the_end_of_objections(self):
        poll, _digests = end(make("roll"))
        item = self.dates(poll)["roll"]
        local = item.due.astimezone(ZoneInfo(poll.zone))
        self.assertEqual((local.hour, item.latest), (0, False))
        self.assertEqual(local.date() - poll.result.objections_until, timedelta(days=31))

    def test_a_polls_own_days_stand_in_its_manifest(self):
        poll = make_open_poll(retention={"participations": 7, "unfinished": 90})
        self.assertEqual(plan_of(poll).rules["retention"], {"participations": 7, "unfinished": 90})
        self.assertEqual(self.dates(poll)["participations"].due, poll.closes_at + timedelta(days=90))

    def test_days_that_cannot_be_read_stand_against_the_opening(self):
        for bad in ({"roll": 0}, {"roll": "30"}, {"roll": True}, {"rolls": 30}, {"roll": 4000}):
            with override("en"):
                faults = retention_faults(make_poll(retention=bad))
            self.assertIn("cannot be read", faults[0])
        with override("en"):
            self.assertTrue(
                any("cannot be read" in fault for fault in opening_faults(make_poll(retention=bad)))
            )
        self.assertEqual(retention_faults(make_poll(retention={"roll": 1})), [])

    def test_tags_go_when_held_ballots_are_decided(self):
        poll = make_poll()
        self.assertEqual(self.dates(poll)["tags"].due, poll.closes_at + timedelta(days=3))
        decided = (poll.closes_at + timedelta(days=9)).replace(microsecond=0)
        self.assertEqual(self.dates(make_poll(holds_decided_by=decided))["tags"].due, decided)

    def test_the_privacy_page_tells_dates_and_then_what_has_gone(self):
        poll = make("roll")
        page = self.client.get(english("privacy", poll))
        self.assertContains(page, "30 days after the end of objections, at the latest on")
        poll, _digests = end(poll)
        self.assertNotContains(self.client.get(english("privacy", poll)), "at the latest on")
        forget_due(poll, plan_of(poll), timezone.now() + YEAR, who="a test")
        self.assertContains(self.client.get(english("privacy", poll)), "deleted on", 3)


@temporary_keys
class Command(TestCase):
    def run_it(self, **options):
        said = io.StringIO()
        with override("en"):
            call_command("forget", stdout=said, **options)
        return said.getvalue()

    def test_it_writes_each_polls_plan_and_carries_out_what_is_due(self):
        poll, _digests = end(make("roll"))
        later = timezone.now() + YEAR
        with mock.patch("voting.management.commands.forget.timezone.now", lambda: later):
            self.assertIn("roll: is due and would be deleted", self.run_it(dry_run=True))
            self.assertTrue(RollEntry.objects.exists())
            self.assertIn("roll: deleted now", self.run_it(poll=poll.slug))
            self.assertFalse(RollEntry.objects.exists())
            self.assertIn("roll: deleted on", self.run_it())
        with self.assertRaisesMessage(CommandError, "There is no poll"):
            self.run_it(poll="nowhere")

    def test_days_are_set_before_the_opening_alone(self):
        poll = make_poll()
        self.run_it(poll=poll.slug, days=["roll=60", "unfinished=90"])
        poll.refresh_from_db()
        self.assertEqual(poll.retention, {"roll": 60, "unfinished": 90})
        with override("en"):
            for days, words in ((["roll=0"], "cannot be read"), (["all=3"], "cannot be read")):
                with self.assertRaisesMessage(CommandError, words):
                    self.run_it(poll=poll.slug, days=days)
            with self.assertRaisesMessage(CommandError, "needs --poll"):
                self.run_it(days=["roll=60"])
            with self.assertRaisesMessage(CommandError, "frozen with its rules"):
                self.run_it(poll=make_open_poll().slug, days=["roll=60"])

    def test_the_keeper_does_it_by_itself(self):
        poll, _digests = end(make("roll"))
        later = timezone.now() + YEAR
        with mock.patch.object(keep_ledger.timezone, "now", lambda: later):
            keep_ledger.forget_all()
        self.assertFalse(RollEntry.objects.filter(poll=poll).exists())
