"""The desk's home: where each poll stands, what comes next, what waits for this person, what is wrong."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from tests.desk import DeskCase, closed_poll
from tests.factories import cast, make_open_poll, make_poll, temporary_keys
from voting.approval import propose
from voting.lifecycle import announce_poll
from voting.models import Poll, Proposal


@temporary_keys
class HomeTests(DeskCase):
    def home(self):
        with translation.override("en"):
            return self.client.get(reverse("admin:index"))

    def rows(self):
        return self.home().context["overview"].rows

    def person(self, name, role):
        user = get_user_model().objects.create_user(name, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        return user

    def propose_pausing(self, person, **fields):
        poll = make_open_poll(approvals=2, **fields)
        return propose(poll=poll, act="pause", content={}, reason="A storm", person=person)

    def test_each_poll_stands_with_its_state_and_its_next_step(self):
        make_poll(title="Draft one")
        make_open_poll(title="Open one")
        announce_poll(poll=make_poll(title="Announced one"))
        page = self.home()
        for words in ("Draft one", "Open one", "Announced one"):
            self.assertContains(page, words)
        for words in ("Voting is under way.", "Citizens can read the list.", "make the key holders"):
            self.assertContains(page, words)

    def test_polls_that_are_under_way_come_first_and_finished_ones_last(self):
        finished = make_open_poll()
        Poll.objects.filter(pk=finished.pk).update(state="annulled")
        draft, opened = make_poll(opens_at=timezone.now() - timedelta(days=9)), make_open_poll()
        self.assertEqual([row.poll for row in self.rows()], [opened, draft, finished])

    def test_ballots_that_were_received_are_counted_for_each_poll(self):
        draft, one, other = make_poll(), make_open_poll(), make_open_poll()
        for poll in (one, one, other):
            cast(poll)
        self.assertEqual({row.poll: row.received for row in self.rows()}, {draft: None, one: 2, other: 1})

    def test_a_proposal_waits_for_whoever_has_not_approved_it(self):
        proposal = self.propose_pausing(self.person("li", "officer"))
        waiting = self.home().context["overview"].waiting
        self.assertEqual([(item.proposal, item.missing) for item in waiting], [(proposal, 1)])

    def test_ones_own_proposal_does_not_wait_for_oneself(self):
        self.propose_pausing(self.staff)
        self.assertEqual(self.home().context["overview"].waiting, [])

    def test_a_settled_proposal_waits_for_nobody(self):
        proposal = self.propose_pausing(self.person("li", "officer"))
        Proposal.objects.filter(pk=proposal.pk).update(state="withdrawn")
        self.assertEqual(self.home().context["overview"].waiting, [])

    def test_who_cannot_approve_is_not_asked_to(self):
        self.propose_pausing(self.person("li", "officer"))
        self.client.force_login(self.person("wang", "editor"))
        overview = self.home().context["overview"]
        self.assertEqual((overview.waiting, len(overview.rows)), ([], 1))

    def test_a_stopped_ledger_is_an_alarm(self):
        poll = make_open_poll(title="Stopped one")
        self.assertNotContains(self.home(), "is stopped")
        Poll.objects.filter(pk=poll.pk).update(ledger_alarm="the database is another one")
        self.assertContains(self.home(), "The public ledger of “Stopped one” is stopped.")

    def test_staff_without_the_right_see_no_poll(self):
        make_open_poll(title="Open one")
        self.as_guest()
        self.assertNotContains(self.home(), "Open one")

    def test_it_costs_the_same_for_one_poll_and_for_many(self):
        def make_each(person):
            make_poll()
            announce_poll(poll=make_poll())
            cast(make_open_poll())
            closed_poll()
            self.propose_pausing(person)

        def queries():
            with CaptureQueriesContext(connection) as context:
                self.assertEqual(self.home().status_code, 200)
            return len(context)

        person = self.person("li", "officer")
        make_each(person)
        self.home()
        before = queries()
        for _more in range(3):
            make_each(person)
        self.assertEqual(queries(), before)
        self.assertEqual(len(self.rows()), 20)
