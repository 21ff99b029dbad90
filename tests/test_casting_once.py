"""One voter, one ballot: a database constraint decides, however many posts come at once."""

from unittest.mock import patch

from django.db import IntegrityError, connection, transaction
from django.test import TransactionTestCase

from voting import storing
from voting.casting import Cast, CastRefused, cast_ballot
from voting.models import Participation, PendingEnvelope

from .factories import make_open_poll, make_post, temporary_keys
from .threads import at_once

POSTS = 50
TABLE = Participation._meta.db_table


def different_ballots(poll):
    """Fifty posts of one credential, each with its own nonces."""
    return [make_post(poll, credential=b"one voter") for _ in range(POSTS)]


@temporary_keys
class OneVoterOneBallot(TransactionTestCase):
    def test_fifty_different_ballots_at_once_leave_one(self):
        poll = make_open_poll()
        results = at_once(lambda post: cast_ballot(**post), different_ballots(poll))
        self.assertEqual([type(result) for result in results].count(Cast), 1)
        refused = [result for result in results if not isinstance(result, Cast)]
        self.assertEqual({result.code for result in refused}, {"already"})
        self.assertEqual(Participation.objects.filter(poll=poll).count(), 1)
        self.assertEqual(PendingEnvelope.objects.filter(poll=poll).count(), 1)

    def test_the_same_ballot_fifty_times_at_once_gets_one_and_the_same_answer(self):
        poll = make_open_poll()
        post = make_post(poll)
        results = at_once(lambda post: cast_ballot(**post), [post] * POSTS)
        self.assertEqual(len(set(map(str, results))), 1, results)
        self.assertIsInstance(results[0], Cast)
        self.assertEqual(PendingEnvelope.objects.filter(poll=poll).count(), 1)

    def test_eighty_voters_at_once_all_get_through(self):
        poll = make_open_poll()
        posts = [make_post(poll) for _ in range(80)]
        results = at_once(lambda post: cast_ballot(**post), posts)
        self.assertEqual({type(result) for result in results}, {Cast})
        self.assertEqual(PendingEnvelope.objects.filter(poll=poll).count(), len(posts))

    def test_the_table_itself_refuses_a_second_row(self):
        poll = make_open_poll()
        row = {"poll_id": poll.pk, "credential": b"c" * 32, "period": ""}
        Participation.objects.create(**row, retry_tag=b"1" * 32)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Participation.objects.bulk_create([Participation(**row, retry_tag=b"2" * 32)])


@temporary_keys
class WithoutTheConstraint(TransactionTestCase):
    """The control: with the guard's key weakened the same fifty posts leave more than one ballot."""

    def setUp(self):
        self.poll = make_open_poll()
        weaken_guard()
        self.addCleanup(restore_guard)

    def test_the_same_fifty_posts_leave_more(self):
        with patch.object(storing, "GUARD", (*storing.GUARD, "retry_tag")):
            results = at_once(lambda post: cast_ballot(**post), different_ballots(self.poll))
        self.assertGreater([type(result) for result in results].count(Cast), 1)
        self.assertGreater(PendingEnvelope.objects.filter(poll=self.poll).count(), 1)


def weaken_guard():
    """Put a copy of the table in its place whose unique key also spans the retry tag."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} RENAME TO guard_kept")
        cursor.execute(f"CREATE TABLE {TABLE} AS SELECT * FROM guard_kept")
        cursor.execute(f"CREATE UNIQUE INDEX weak ON {TABLE} (poll_id, credential, period, retry_tag)")


def restore_guard():
    """Put the true table back."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")
        cursor.execute(f"ALTER TABLE guard_kept RENAME TO {TABLE}")


@temporary_keys
class RefusalsOfTheService(TransactionTestCase):
    def refused(self, code, **post):
        with self.assertRaises(CastRefused) as caught:
            cast_ballot(**post)
        self.assertEqual(caught.exception.code, code)
        return caught.exception

    def test_a_ticket_of_another_voter_is_refused(self):
        post = make_post(make_open_poll())
        self.refused("ticket", **{**post, "credential": b"somebody else"})
        self.refused("ticket", **{**post, "credential": None})

    def test_a_ticket_of_another_poll_is_refused(self):
        post = make_post(make_open_poll())
        other = make_post(make_open_poll(), credential=post["credential"])
        self.refused("ticket", **{**post, "ticket": other["ticket"]})

    def test_a_forged_ticket_is_refused(self):
        post = make_post(make_open_poll())
        self.refused("ticket", **{**post, "ticket": post["ticket"][:-2] + "xx"})
        self.refused("ticket", **{**post, "ticket": ""})

    def test_a_ballot_over_the_limit_names_category_and_number_and_stores_nothing(self):
        poll = make_open_poll()
        post = make_post(poll, codes=["101", "102", "103", "104"])
        error = self.refused("marks", **post)
        self.assertIn("Category 1", str(error))
        self.assertIn("4", str(error))
        self.assertFalse(Participation.objects.exists())

    def test_an_unknown_candidate_is_refused(self):
        self.refused("marks", **make_post(make_open_poll(), codes=["999"]))
