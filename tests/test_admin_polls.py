"""A poll's own page at the desk: what can be changed until when, and what it costs."""

from datetime import timedelta

from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from tests.desk import StaffCase, closed_poll, page
from tests.factories import cast, make_open_poll, make_poll, temporary_keys
from voting.admin import acts
from voting.holders import lend_to_server
from voting.keyring import load_keyring
from voting.lifecycle import announce_poll, pause_poll
from voting.models import Poll


@temporary_keys
class PollPageTests(StaffCase):
    RULES = {
        "title": "Other title",
        "slug": "other",
        "opens_at_0": "2026-01-01",
        "opens_at_1": "09:00",
        "closes_at_0": "2026-02-01",
        "closes_at_1": "09:00",
        "zone": "Asia/Shanghai",
        "eligibility": "device",
        "ballots_per_device": "1",
        "order_rule": "fixed",
        "order_variants": "1",
        "publish": "all",
        "reveals": "auditors",
        "holders": "1",
        "results_from": "counted",
        "tie_rule": "all_out",
        "batch_minimum": "20",
        "merge_delay": "3600",
        "change_reason": "A better rule",
        "approvals": "1",
        "objection_days": "5",
    }

    def save(self, poll, **data):
        return self.client.post(page(poll), {**self.RULES, "shortlist": poll.shortlist_id, **data})

    def test_rules_can_be_changed_until_the_opening(self):
        for poll in (make_poll(), announce_poll(poll=make_poll())):
            with self.subTest(poll.state):
                self.assertEqual(self.save(poll, slug=f"other-{poll.pk}").status_code, 302)
                poll.refresh_from_db()
                self.assertEqual((poll.title, poll.tie_rule), ("Other title", "all_out"))

    def test_no_rule_can_be_changed_from_the_opening_on(self):
        for poll in (
            make_open_poll(),
            pause_poll(by=["Clerk"], poll=make_open_poll(), reason="x"),
            closed_poll(),
        ):
            with self.subTest(poll.state):
                before = Poll.objects.filter(pk=poll.pk).values().get()
                self.save(poll)
                self.assertEqual(Poll.objects.filter(pk=poll.pk).values().get(), before)
                self.assertNotContains(self.client.get(page(poll)), 'name="_save"')

    def test_the_seal_is_fixed_once_the_key_is_made(self):
        poll = make_poll(sealed=False)
        lend_to_server(poll=poll)
        self.save(poll, sealed="on")
        poll.refresh_from_db()
        self.assertEqual((poll.title, poll.sealed), ("Other title", False))

    def test_only_drafts_can_be_deleted(self):
        draft, announced, opened = make_poll(), announce_poll(poll=make_poll()), make_open_poll()
        for poll in (draft, announced, opened):
            with translation.override("en"):
                self.client.post(reverse("admin:voting_poll_delete", args=[poll.pk]), {"post": "yes"})
        self.assertEqual(set(Poll.objects.all()), {announced, opened})

    def test_a_closing_before_the_opening_is_refused_by_the_form(self):
        response = self.save(make_poll(), closes_at_0="2025-01-01")
        self.assertTrue(response.context["adminform"].form.has_error("closes_at"))

    def test_a_lot_needs_the_number_that_it_is_drawn_from(self):
        response = self.save(make_poll(), tie_rule="lot")
        self.assertTrue(response.context["adminform"].form.has_error("lot_source", "no_source"))
        self.assertEqual(self.save(make_poll(), tie_rule="lot", lot_source="3D draw").status_code, 302)

    @override_settings(LEAST_APPROVALS=2)
    def test_a_site_can_ask_for_two_people_in_every_poll(self):
        response = self.save(make_poll())
        self.assertTrue(response.context["adminform"].form.has_error("approvals", "too_few"))
        self.assertEqual(self.save(make_poll(), approvals="2").status_code, 302)

    def test_the_page_says_what_comes_next(self):
        waiting = make_open_poll(opens_at=timezone.now() + timedelta(hours=1))
        sentences = {
            make_poll(): "then make the key holder",
            announce_poll(poll=make_poll()): "Citizens can read the list.",
            waiting: "Voting begins by itself on",
            make_open_poll(): "Voting is under way.",
            pause_poll(by=["Clerk"], poll=make_open_poll(), reason="x"): "No ballots are taken.",
            closed_poll(): "then open and count",
        }
        for poll, sentence in sentences.items():
            with self.subTest(sentence):
                self.assertContains(self.client.get(page(poll)), sentence)

    def test_received_ballots_are_shown_while_the_vote_goes_on(self):
        poll = make_open_poll()
        for _voter in range(3):
            cast(poll)
        self.assertEqual(self.client.get(page(poll)).context["received"], 3)

    def test_the_list_of_polls_costs_the_same_for_one_and_for_many(self):
        with translation.override("en"):
            page_of_all = reverse("admin:voting_poll_changelist")

        def queries():
            self.client.get(page_of_all)
            with CaptureQueriesContext(connection) as context:
                self.assertEqual(self.client.get(page_of_all).status_code, 200)
            return len(context)

        make_open_poll()
        before = queries()
        for _more in range(10):
            make_open_poll()
        self.assertEqual(queries(), before)

    def test_keys_are_what_the_manifest_names_after_opening_on_the_page(self):
        poll = make_poll()
        self.client.post(page(poll, "key"), {"name": "Ms Li"})
        self.client.post(page(poll, "test"))
        seen = acts.OpenForm(poll=poll).initial["seen"]
        self.client.post(page(poll, "open"), {"seen": seen, "acknowledge_all": "on"})
        poll.refresh_from_db()
        self.assertIsNone(load_keyring(poll.uid).election_secret)
