"""Grave acts need as many different people as the rules say, and stand in a trail that nobody edits."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone
from django.utils.translation import override

from shortlist.models import Candidate
from tests.desk import StaffCase, State, page
from tests.factories import make_keys_for, make_open_poll, make_poll, temporary_keys
from tests.threads import at_once
from voting.approval import approve, propose, withdraw
from voting.keeper import keep_poll
from voting.ledger.canonical import parse_canonical
from voting.lifecycle import pause_poll
from voting.models import Approval, Entry, Event, Poll, Proposal
from voting.refusals import ActRefused
from voting.trail import check, record


def make_people(*names):
    """Make staff with these names."""
    return [
        get_user_model().objects.create_user(name, first_name=name.title(), is_staff=True) for name in names
    ]


def drop_trigger(table, name):
    """Take a trigger away, as the controls do."""
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {table}_{name}{on}")


def leaf(poll, kind):
    """Return the only entry of a type."""
    return parse_canonical(Entry.objects.get(poll=poll, type=kind).leaf)


@temporary_keys
class ApprovalTest(TestCase):
    def setUp(self):
        self.enterContext(override("en"))

    @classmethod
    def setUpTestData(cls):
        cls.ana, cls.bo, cls.chen = make_people("ana", "bo", "chen")

    def pause(self, poll, person, reason="Power cut"):
        return propose(poll=poll, act="pause", reason=reason, person=person)

    def test_nothing_is_done_until_a_second_person_approves(self):
        poll = make_open_poll(approvals=2)
        proposal = self.pause(poll, self.ana)
        self.assertEqual(Poll.objects.get(pk=poll.pk).state, State.OPEN)
        proposal = approve(proposal=proposal, person=self.bo)
        self.assertEqual(proposal.state, Proposal.State.DONE)
        self.assertEqual(Poll.objects.get(pk=poll.pk).state, State.PAUSED)
        self.assertEqual(leaf(poll, "pause")["by"], ["Ana", "Bo"])

    def test_where_one_is_enough_it_is_done_at_once(self):
        poll = make_open_poll(approvals=1)
        self.assertEqual(self.pause(poll, self.ana).state, Proposal.State.DONE)
        self.assertEqual(Poll.objects.get(pk=poll.pk).state, State.PAUSED)

    def test_nobody_approves_twice(self):
        poll = make_open_poll(approvals=2)
        proposal = self.pause(poll, self.ana)
        with self.assertRaisesMessage(ActRefused, "another person"):
            approve(proposal=proposal, person=self.ana)
        self.assertEqual(Poll.objects.get(pk=poll.pk).state, State.OPEN)

    def test_a_second_account_of_the_same_name_is_no_second_person(self):
        poll = make_open_poll(approvals=2)
        twin = get_user_model().objects.create_user("ana2", first_name="Ana", is_staff=True)
        with self.assertRaises(ActRefused):
            approve(proposal=self.pause(poll, self.ana), person=twin)

    def test_three_are_needed_where_the_rules_say_three(self):
        poll = make_open_poll(approvals=3)
        proposal = self.pause(poll, self.ana)
        approve(proposal=proposal, person=self.bo)
        self.assertEqual(Poll.objects.get(pk=poll.pk).state, State.OPEN)
        approve(proposal=proposal, person=self.chen)
        self.assertEqual(Poll.objects.get(pk=poll.pk).state, State.PAUSED)

    def test_the_list_that_was_proposed_is_the_list_that_opens(self):
        poll = make_poll(approvals=2)
        make_keys_for(poll)
        poll.refresh_from_db()
        proposal = propose(poll=poll, act="open", content={"accept_short_list": False}, person=self.ana)
        Candidate.objects.filter(category__shortlist=poll.shortlist, code="101").update(body="Other words.")
        with self.assertRaisesMessage(ActRefused, "changed since"):
            approve(proposal=proposal, person=self.bo)
        Candidate.objects.filter(category__shortlist=poll.shortlist, code="101").update(body="Text.")
        approve(proposal=proposal, person=self.bo)
        self.assertEqual(leaf(poll, "manifest")["by"], ["Ana", "Bo"])

    def test_what_was_withdrawn_or_done_cannot_be_approved(self):
        poll = make_open_poll(approvals=2)
        proposal = self.pause(poll, self.ana)
        withdraw(proposal=proposal, person=self.ana)
        with self.assertRaisesMessage(ActRefused, "settled already"):
            approve(proposal=proposal, person=self.bo)
        self.assertEqual(self.pause(poll, self.bo).state, Proposal.State.WAITING)

    def test_the_same_act_is_proposed_once_at_a_time(self):
        poll = make_open_poll(approvals=2)
        self.pause(poll, self.ana)
        with self.assertRaisesMessage(ActRefused, "proposed already"):
            self.pause(poll, self.bo)

    def test_what_lifecycle_refuses_leaves_nothing_behind(self):
        poll = make_open_poll(approvals=2)
        proposal = self.pause(poll, self.ana)
        Poll.objects.filter(pk=poll.pk).update(state=State.CLOSED, closed_at=timezone.now())
        with self.assertRaises(ActRefused):
            approve(proposal=proposal, person=self.bo)
        proposal.refresh_from_db()
        self.assertEqual((proposal.state, proposal.approvals.count()), (Proposal.State.WAITING, 1))

    def test_an_act_without_its_people_is_refused_wherever_it_comes_from(self):
        with self.assertRaisesMessage(ActRefused, "2 different people"):
            pause_poll(poll=make_open_poll(approvals=2), reason="x", by=["Ana"])

    def finish(self, proposal):
        with transaction.atomic():
            Proposal.objects.filter(pk=proposal.pk).update(state="done", done_at=timezone.now())

    def test_the_database_refuses_what_too_few_have_approved(self):
        proposal = self.pause(make_open_poll(approvals=2), self.ana)
        with self.assertRaises(DatabaseError):
            self.finish(proposal)
        drop_trigger("voting_proposal", "is_approved")
        self.finish(proposal)

    def test_the_database_keeps_what_was_proposed_as_it_was(self):
        proposal = self.pause(make_open_poll(approvals=2), self.ana)
        for change in ({"needed": 1}, {"act": "resume"}, {"content": {"closes_at": "never"}}):
            with self.assertRaises(DatabaseError), transaction.atomic():
                Proposal.objects.filter(pk=proposal.pk).update(**change)
        drop_trigger("voting_proposal", "is_frozen")
        Proposal.objects.filter(pk=proposal.pk).update(needed=1)


@temporary_keys
class AtOnceTest(TransactionTestCase):
    def agree(self, proposal):
        """Return an act that approves the proposal for a person and says what came of it."""

        def act(person):
            try:
                approve(proposal=proposal, person=person)
            except ActRefused:
                return "refused"
            return "done"

        return act

    def test_two_requests_of_one_person_are_one_approval(self):
        ana, bo = make_people("ana", "bo")
        poll = make_open_poll(approvals=2)
        proposal = propose(poll=poll, act="pause", reason="x", person=ana)

        self.assertEqual(at_once(self.agree(proposal), [ana] * 6), ["refused"] * 6)
        self.assertEqual(Poll.objects.get(pk=poll.pk).state, State.OPEN)

    def test_many_people_at_once_do_it_once(self):
        ana, *others = make_people("ana", "bo", "chen", "deng", "er")
        poll = make_open_poll(approvals=2)
        proposal = propose(poll=poll, act="pause", reason="x", person=ana)

        self.assertEqual(sorted(at_once(self.agree(proposal), others)), ["done"] + ["refused"] * 3)
        self.assertEqual(Entry.objects.filter(poll=poll, type="pause").count(), 1)
        self.assertEqual(Approval.objects.count(), 2)


@temporary_keys
class TrailTest(TestCase):
    def test_the_trail_is_whole_and_its_end_stands_in_the_ledger(self):
        (ana,) = make_people("ana")
        poll = make_open_poll()
        propose(poll=poll, act="pause", reason="x", person=ana)
        self.assertEqual(check(poll), (Event.objects.filter(poll=poll).count(), None))
        anchor = leaf(poll, "audit")
        last = Event.objects.filter(poll=poll).order_by("number").last()
        self.assertEqual((anchor["events"], anchor["sha256"]), (last.number, last.sha256))
        keep_poll(Poll.objects.get(pk=poll.pk), timezone.now() + timedelta(seconds=1), {})

    def test_no_line_is_changed_or_removed(self):
        poll = make_open_poll()
        record(poll, "ana", "looked")
        lines = Event.objects.filter(poll=poll)
        for act in (lambda: lines.update(who="bo"), lines.delete):
            with self.assertRaises(DatabaseError), transaction.atomic():
                act()

    def test_control_without_the_triggers_the_chain_tells(self):
        poll = make_open_poll()
        for number in range(3):
            record(poll, "ana", f"act {number}")
        drop_trigger("voting_event", "is_frozen")
        Event.objects.filter(poll=poll, act="act 1").update(who="bo")
        self.assertEqual(check(poll)[1], Event.objects.get(poll=poll, act="act 1").number)


@temporary_keys
class ProposalPageTest(StaffCase):
    def test_one_proposes_and_another_approves_at_the_desk(self):
        poll = make_open_poll(approvals=2)
        response = self.post(poll, "pause", reason="Power cut")
        self.assertContains(response, "another person must approve it")
        self.assert_state(poll, State.OPEN)
        proposal = Proposal.objects.get()
        address = f"/en/admin/voting/poll/{poll.pk}/proposals/{proposal.pk}/"
        self.assertContains(self.client.get(page(poll)), address)
        self.assertNotContains(self.client.get(address), 'name="approve"')
        self.assertContains(self.client.post(address, {"approve": ""}), "another person", status_code=409)
        second = get_user_model().objects.create_superuser("second", password="a long password")
        self.client.force_login(second)
        self.assertContains(self.client.get(address), "Power cut")
        self.assertContains(self.client.post(address, {"approve": ""}, follow=True), "The poll was paused.")
        self.assert_state(poll, State.PAUSED)

    def test_a_proposal_is_withdrawn_at_the_desk(self):
        poll = make_open_poll(approvals=2)
        self.post(poll, "close", reason="A storm")
        proposal = Proposal.objects.get()
        address = f"/en/admin/voting/poll/{poll.pk}/proposals/{proposal.pk}/"
        self.assertContains(self.client.post(address, {"withdraw": ""}, follow=True), "was withdrawn")
        self.assertEqual(Proposal.objects.get().state, "withdrawn")
        self.assert_state(poll, State.OPEN)

    def test_looking_at_a_proposal_changes_nothing_and_reading_needs_a_right(self):
        poll = make_open_poll(approvals=2)
        self.post(poll, "close", reason="A storm")
        address = f"/en/admin/voting/poll/{poll.pk}/proposals/{Proposal.objects.get().pk}/"
        self.client.get(address)
        self.assertEqual(Approval.objects.count(), 1)
        self.client.force_login(get_user_model().objects.create_user("guest", is_staff=True))
        self.assertEqual(self.client.get(address).status_code, 403)
        self.assertEqual(self.client.post(address, {"approve": ""}).status_code, 403)
