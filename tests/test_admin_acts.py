"""Staff move a poll from draft to count on the admin's pages, each act confirmed by a post."""

from dataclasses import replace
from unittest.mock import patch

from django.contrib.admin.models import LogEntry
from django.utils import timezone

from shortlist.models import Candidate
from tests.desk import StaffCase, State, closed_poll, key_of, page
from tests.factories import make_keys_for, make_list, make_open_poll, make_poll, temporary_keys
from voting.admin import acts
from voting.keeper import has_entry
from voting.lifecycle import close_poll, pause_poll
from voting.models import Entry, Poll


@temporary_keys
class ActTests(StaffCase):
    def test_announcing_shows_the_draft_and_is_logged(self):
        poll = make_poll()
        response = self.post(poll, "announce")
        self.assert_state(poll, State.ANNOUNCED)
        self.assertContains(response, "The poll was announced.")
        entry = LogEntry.objects.get()
        self.assertEqual((entry.user, entry.object_id), (self.staff, str(poll.pk)))
        self.assertEqual(entry.get_change_message(), "The poll was announced.")

    def test_opening_freezes_what_the_page_showed(self):
        poll = make_poll()
        make_keys_for(poll)
        shown = self.client.get(page(poll, "open"))
        self.assertContains(shown, "Category 1")
        self.post(poll, "open", seen=shown.context["form"].initial["seen"], acknowledge_all="on")
        self.assert_state(poll, State.OPEN)
        self.assertTrue(poll.frozen)

    def test_opening_is_refused_when_the_list_changed_since_the_page_was_shown(self):
        poll = make_poll()
        make_keys_for(poll)
        seen = self.client.get(page(poll, "open")).context["form"].initial["seen"]
        Candidate.objects.filter(category__shortlist=poll.shortlist, code="101").update(body="Other words.")
        response = self.post(poll, "open", seen=seen)
        self.assert_state(poll, State.DRAFT)
        self.assertContains(response, "changed while you were reading")
        again = response.context["form"]["seen"].value()
        self.assertNotEqual(again, seen)
        self.post(poll, "open", seen=again, acknowledge_all="on")
        self.assert_state(poll, State.OPEN)

    def test_opening_names_every_fault_and_offers_no_button(self):
        poll = make_poll(shortlist=make_list(candidates=(0, 2), min_choices=3))
        response = self.client.get(page(poll, "open"))
        self.assertContains(response, "“Category 1” has no candidates")
        self.assertContains(response, "“Category 2” asks for more choices")
        self.assertContains(response, "1 key holders have not made their part yet")
        self.assertIsNone(response.context["form"])
        self.post(poll, "open")
        self.assert_state(poll, State.DRAFT)

    def test_a_short_list_opens_only_with_an_express_tick(self):
        poll = make_poll(shortlist=make_list(declared_count=16))
        make_keys_for(poll)
        shown = self.client.get(page(poll, "open"))
        self.assertContains(shown, "Everyone will see that the list was opened like this.")
        self.assertContains(shown, "the source declares 16, 5 are listed")
        seen = shown.context["form"].initial["seen"]
        response = self.post(poll, "open", seen=seen)
        self.assertTrue(response.context["form"].has_error("accept_short_list", "required"))
        self.assert_state(poll, State.DRAFT)
        self.post(poll, "open", seen=seen, accept_short_list="on", acknowledge_all="on")
        self.assert_state(poll, State.OPEN)
        self.assertTrue(poll.accepts_short_list)

    def test_a_pause_needs_a_reason_which_the_ledger_keeps(self):
        poll = make_open_poll()
        response = self.post(poll, "pause", reason=" ")
        self.assertTrue(response.context["form"].has_error("reason", "required"))
        self.assert_state(poll, State.OPEN)
        self.post(poll, "pause", reason="Power cut")
        self.assert_state(poll, State.PAUSED)
        self.assertIn(b"Power cut", bytes(Entry.objects.get(poll=poll, type="pause").leaf))

    def test_a_paused_poll_resumes(self):
        poll = pause_poll(by=["Clerk"], poll=make_open_poll(), reason="Power cut")
        self.post(poll, "resume")
        self.assert_state(poll, State.OPEN)

    def test_closing_early_warns_that_it_cannot_be_undone(self):
        poll = make_open_poll()
        self.assertContains(self.client.get(page(poll, "close")), "This cannot be undone")
        self.post(poll, "close")
        self.assert_state(poll, State.OPEN)
        self.post(poll, "close", reason="A storm")
        self.assert_state(poll, State.CLOSED)

    def test_counting_waits_for_the_last_ballots_to_be_entered(self):
        poll = make_open_poll()
        close_poll(by=["Clerk"], poll=poll)
        self.assertFalse(has_entry(poll, "close"))
        response = self.post(poll, "count", file_1=key_of(poll))
        self.assertContains(response, "still being entered")
        self.assert_state(poll, State.CLOSED)

    def test_too_many_ballots_for_a_web_page_show_the_command(self):
        poll = closed_poll()
        self.assertNotContains(self.client.get(page(poll, "count")), "manage.py tally")
        acts.MOST_IN_A_REQUEST, before = 2, acts.MOST_IN_A_REQUEST
        self.addCleanup(setattr, acts, "MOST_IN_A_REQUEST", before)
        command = f"python3 manage.py tally --poll {poll.slug}"
        self.assertContains(self.client.get(page(poll, "count")), command)
        self.assertContains(self.client.post(page(poll, "count"), {"file_1": key_of(poll)}), command)
        self.assert_state(poll, State.CLOSED)

    def test_an_act_whose_time_ran_out_meanwhile_is_refused_with_a_sentence(self):
        poll = make_open_poll()
        self.assertIsNotNone(self.client.get(page(poll, "pause")).context["form"])
        Poll.objects.filter(pk=poll.pk).update(state=State.CLOSED, closed_at=timezone.now())
        self.assertContains(
            self.post(poll, "pause", reason="Power cut"), "not possible in the state “closed”"
        )
        self.assertFalse(Entry.objects.filter(poll=poll, type="pause").exists())

    def test_what_lifecycle_refuses_is_shown_and_keeps_what_was_typed(self):
        poll = make_open_poll()

        def lose_the_race(poll, form):
            pause_poll(by=["Clerk"], poll=poll, reason="A colleague was faster")
            return {}

        late = replace(acts.ACTS["pause"], content=lose_the_race)
        with patch.dict(acts.ACTS, pause=late):
            response = self.post(poll, "pause", reason="Power cut")
        self.assertContains(response, "Reload the page to see where the poll stands")
        self.assertContains(response, "Power cut")

    def test_nothing_is_logged_where_nothing_was_done(self):
        poll = make_poll()
        self.post(poll, "pause", reason="Power cut")
        self.assertFalse(LogEntry.objects.exists())
