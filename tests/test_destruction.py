"""The end of keeper key, retry key and retry tags."""

from datetime import timedelta
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.test import TestCase
from django.utils import timezone

from voting.casting import CastRefused, cast_ballot
from voting.channels import check_channel
from voting.destruction import destroy_secrets, destruction_hindrance
from voting.keeper import keep_poll
from voting.keyring import MORTAL, keys_of
from voting.lifecycle import close_poll
from voting.manifest import plan_of
from voting.models import Participation, PendingEnvelope, Poll

from .factories import make_open_poll, make_post, temporary_keys


@temporary_keys
class EndOfSecrets(TestCase):
    def setUp(self):
        self.poll = make_open_poll()
        self.post = make_post(self.poll)
        cast_ballot(**self.post)
        self.poll = close_poll(by=["Clerk"], poll=self.poll)
        self.post["poll"] = self.poll
        self.late = timezone.now() + timedelta(seconds=settings.TICKET_SECONDS + 1)

    def entered(self):
        keep_poll(self.poll, timezone.now(), {})

    def mortal_files(self):
        return [
            place / self.poll.uid / f"{role}.key"
            for place in (settings.KEY_DIR, settings.KEY_COPY_DIR)
            for role in MORTAL
        ]

    def test_they_are_gone_from_both_places_and_from_the_table(self):
        self.entered()
        self.assertTrue(all(path.exists() for path in self.mortal_files()), "the control: they were there")
        self.assertTrue(destroy_secrets(poll=self.poll, at=self.late))
        self.assertFalse(any(path.exists() for path in self.mortal_files()))
        self.assertEqual(set(Participation.objects.values_list("retry_tag", flat=True)), {None})
        self.assertEqual(keys_of(Poll.objects.get(pk=self.poll.pk), plan_of(self.poll)).keeper, None)

    def test_not_before_the_last_batch_and_not_before_the_last_ticket_has_run_out(self):
        self.assertFalse(destroy_secrets(poll=self.poll, at=self.late))
        self.entered()
        self.assertFalse(destroy_secrets(poll=self.poll, at=self.late - timedelta(seconds=5)))
        self.assertTrue(all(path.exists() for path in self.mortal_files()))
        self.assertTrue(cast_ballot(**self.post).pledge, "a lost reply is still given again")

    def test_a_damaged_envelope_keeps_the_keeper_key(self):
        self.entered()
        PendingEnvelope.objects.create(poll=self.poll, sealed=b"broken", damaged=True)
        self.assertTrue(destruction_hindrance(self.poll, self.late))

    def test_afterwards_a_repeated_post_is_told_that_it_was_cast(self):
        self.entered()
        destroy_secrets(poll=self.poll, at=self.late)
        self.post["poll"] = Poll.objects.get(pk=self.poll.pk)
        with self.assertRaises(CastRefused) as caught:
            cast_ballot(**self.post)
        self.assertEqual(caught.exception.code, "already")
        check_channel(self.post["poll"], "paper-box")  # other channels' ballots may still come

    def test_the_keeper_does_it_and_finishes_what_was_broken_off(self):
        self.entered()
        Poll.objects.update(closed_at=timezone.now() - timedelta(days=1))
        call_command("keep_ledger", "--once", stdout=StringIO())
        self.assertFalse(any(path.exists() for path in self.mortal_files()))
        self.mortal_files()[0].write_text("11" * 32)
        call_command("keep_ledger", "--once", stdout=StringIO())
        self.assertFalse(any(path.exists() for path in self.mortal_files()))
