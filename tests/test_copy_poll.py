"""A copy has the rules of a poll and nothing else of it; a rehearsal's ballots reach no other count."""

from datetime import timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.desk import DeskCase, at
from tests.factories import (
    PEOPLE,
    cast,
    make_keys_for,
    make_list,
    make_open_poll,
    make_poll,
    make_post,
    secret_of,
    temporary_keys,
)
from tests.pages import english
from tests.tallies import count, settle
from voting.admin.copying import moved_times
from voting.casting import CastRefused, cast_ballot
from voting.copying import RULES, copy_poll, free_slug
from voting.exports.table import result_table
from voting.keyring import has_election_key
from voting.lifecycle import open_poll
from voting.manifest import plan_of
from voting.models import Ballot, Poll
from voting.opening import open_ballots

# What belongs to one poll alone; a field that is neither here nor copied makes a test fail.
OWN = {
    "id",
    "slug",
    "uid",
    "title",
    "state",
    "opens_at",
    "closes_at",
    "wrapped",
    "holds_decided_by",
    "rehearsal",
    "demo",
    "accepts_short_list",
    "manifest_sha256",
    "corrected",
    "public_acts",
    "opened_at",
    "closed_at",
    "closed_early",
    "ledger_alarm",
    "last_batch_at",
    "secrets_destroyed_at",
}


def copy(poll, **fields):
    now = timezone.now()
    values = {
        "slug": free_slug(poll.slug),
        "title": "A copy",
        "opens_at": now - timedelta(minutes=1),
        "closes_at": now + timedelta(days=1),
        "rehearsal": False,
        **fields,
    }
    return copy_poll(poll=poll, **values)


def votes(poll):
    """Return the votes of a counted poll by code, without the candidates that have none."""
    sections = result_table(poll, public=False).sections
    return {row.code: row.votes for section in sections for row in section.rows if row.votes}


@temporary_keys
class CopyTests(DeskCase):
    def test_a_copy_is_a_draft_with_the_same_rules_and_list(self):
        poll = make_open_poll(tie_rule="all_out", holders=3, daily=True, objection_days=7, approvals=3)
        draft = copy(poll)
        for name in RULES:
            self.assertEqual(getattr(draft, name), getattr(poll, name), name)
        self.assertEqual((draft.state, draft.frozen), ("draft", False))

    def test_every_field_of_a_poll_is_either_copied_or_its_own(self):
        fields = {field.name for field in Poll._meta.fields}
        self.assertEqual(fields, set(RULES) | OWN)

    def test_keys_holders_and_ballots_stay_with_their_poll(self):
        poll = make_open_poll()
        cast(poll)
        draft = copy(poll)
        self.assertNotEqual(draft.uid, poll.uid)
        self.assertFalse(has_election_key(draft.uid))
        self.assertEqual(
            (draft.key_holders.count(), draft.wrapped, Ballot.objects.filter(poll=draft).count()), (0, {}, 0)
        )

    def test_the_date_of_the_decisions_moves_with_the_close(self):
        poll = make_poll()
        poll.holds_decided_by = poll.closes_at + timedelta(days=2)
        poll.save()
        draft = copy(poll)
        self.assertEqual(draft.holds_decided_by - draft.closes_at, timedelta(days=2))

    def test_the_trail_of_the_copy_begins_with_where_it_comes_from(self):
        poll = make_poll()
        draft = copy_poll(
            poll=poll,
            slug="other",
            title="Other",
            opens_at=poll.opens_at,
            closes_at=poll.closes_at,
            rehearsal=True,
            who="clerk",
        )
        (event,) = draft.events.all()
        self.assertEqual((event.who, event.act, event.detail), ("clerk", "copied", {"source": poll.slug}))

    def test_an_address_is_proposed_that_no_poll_has(self):
        make_poll(slug="vote")
        make_poll(slug="vote-2")
        self.assertEqual(free_slug("vote"), "vote-3")

    def test_times_move_by_whole_weeks_into_the_future(self):
        now = timezone.now()
        poll = make_poll(opens_at=now - timedelta(days=30), closes_at=now - timedelta(days=20))
        opens_at, closes_at = moved_times(poll, now)
        self.assertGreaterEqual(opens_at, now + timedelta(days=1))
        self.assertLess(opens_at, now + timedelta(days=8))
        self.assertEqual((opens_at - poll.opens_at) % timedelta(weeks=1), timedelta(0))
        self.assertEqual(closes_at - opens_at, timedelta(days=10))


@temporary_keys
class PageTests(DeskCase):
    FIELDS = {
        "title": "Rehearsal in May",
        "slug": "may",
        "opens_at": "2030-05-01T09:00",
        "closes_at": "2030-05-10T18:00",
        "rehearsal": "on",
    }

    def post(self, poll, **changes):
        return self.client.post(at("copy", poll), {**self.FIELDS, **changes})

    def test_the_button_stands_on_the_polls_page_and_the_page_proposes_a_copy(self):
        poll = make_poll(slug="vote", title="The vote")
        self.assertContains(self.client.get(at("change", poll)), at("copy", poll))
        self.assertContains(self.client.get(at("copy", poll)), 'value="vote-2"')

    def test_posting_it_makes_the_draft_and_leads_there(self):
        poll = make_open_poll()
        response = self.post(poll)
        draft = Poll.objects.get(slug="may")
        self.assertRedirects(response, at("change", draft))
        self.assertEqual((draft.title, draft.rehearsal, draft.state), ("Rehearsal in May", True, "draft"))
        self.assertEqual(timezone.localtime(draft.opens_at).isoformat(), "2030-05-01T09:00:00+08:00")

    def test_bad_input_gets_a_sentence_and_makes_nothing(self):
        poll = make_poll()
        for changes, field in (
            ({"slug": poll.slug}, "slug"),
            ({"closes_at": "2030-04-01T09:00"}, "closes_at"),
            ({"title": ""}, "title"),
            ({"opens_at": "soon"}, "opens_at"),
        ):
            with self.subTest(changes):
                self.assertTrue(self.post(poll, **changes).context["form"].has_error(field))
        self.assertEqual(Poll.objects.count(), 1)

    def test_who_may_not_copy_is_refused(self):
        poll = make_poll()
        self.as_reader()
        self.assertEqual(self.client.get(at("copy", poll)).status_code, 403)
        self.assertEqual(self.post(poll).status_code, 403)
        self.assertEqual(Poll.objects.count(), 1)


@temporary_keys
class RehearsalTests(DeskCase):
    """A rehearsal beside the real poll, on one list, with the same rules."""

    def setUp(self):
        super().setUp()
        self.real = make_open_poll(shortlist=make_list(candidates=(3, 2)), approvals=1)
        rehearsal = copy(self.real, rehearsal=True)
        parts = make_keys_for(rehearsal)
        self.rehearsal = open_poll(poll=rehearsal, accept_short_list=True, by=PEOPLE[:1])
        self.rehearsal.parts = parts

    def test_ballots_of_a_rehearsal_are_in_its_own_count_alone(self):
        for codes in (["101"], ["101", "201"], ["102"]):
            cast(self.rehearsal, codes=codes)
        cast(self.real, codes=["103"])
        real, rehearsal = count(settle(self.real)), count(settle(self.rehearsal))
        self.assertEqual(votes(real), {"103": 1})
        self.assertEqual(votes(rehearsal), {"101": 2, "102": 1, "201": 1})

    def test_what_review_handed_out_for_a_rehearsal_is_refused_by_the_real_poll(self):
        post = make_post(self.rehearsal)
        with self.assertRaises(CastRefused):
            cast_ballot(**{**post, "poll": self.real, "plan": plan_of(self.real)})
        cast_ballot(**post)
        self.assertEqual(Ballot.objects.filter(poll=settle(self.real)).count(), 0)

    def test_a_sealed_ballot_that_is_moved_between_the_tables_cannot_be_opened(self):
        cast(self.rehearsal)
        rehearsal, real = settle(self.rehearsal), settle(self.real)
        moved = Ballot.objects.get(poll=rehearsal)
        Ballot.objects.filter(pk=moved.pk).update(poll=real)
        self.assertEqual(self.opened(real), (None, "unreadable"))
        Ballot.objects.filter(pk=moved.pk).update(poll=rehearsal, fault="")
        self.assertEqual(self.opened(rehearsal)[1], "", "the control: its own poll opens it")

    def opened(self, poll):
        """Open the one ballot of a poll; return its marks and what is wrong with it."""
        for _count in open_ballots(poll, plan_of(poll), secret_of(poll)):
            pass
        return Ballot.objects.values_list("marks", "fault").get(poll=poll)

    def test_a_rehearsal_stays_one_after_its_opening(self):
        with self.assertRaises(DatabaseError), transaction.atomic():
            Poll.objects.filter(pk=self.rehearsal.pk).update(rehearsal=False)
        self.rehearsal.refresh_from_db()
        self.assertTrue(self.rehearsal.rehearsal)
        self.assertTrue(plan_of(self.rehearsal).rehearsal)

    def test_every_page_and_paper_of_a_rehearsal_says_that_it_is_one(self):
        names = ("list", "ballot", "compare", "find", "result", "ledger", "poster", "paper_ballot", "privacy")
        for name in names:
            with self.subTest(name):
                self.assertContains(self.client.get(english(name, self.rehearsal)), "Rehearsal")
                self.assertNotContains(self.client.get(english(name, self.real)), "Rehearsal")

    def test_the_desk_says_so_too(self):
        for name in ("change", "zero", "reconciliation"):
            with self.subTest(name):
                self.assertContains(self.client.get(at(name, self.rehearsal)), "Rehearsal")
