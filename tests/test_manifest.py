"""Rules and text are frozen at opening."""

import json
from datetime import timedelta

import rfc8785
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import TestCase
from django.utils import timezone

from shortlist.document import from_json, read_list, to_json
from shortlist.models import Candidate, Category, Shortlist
from voting.lifecycle import announce_poll, close_poll, open_poll, pause_poll, resume_poll
from voting.manifest import ManifestError, _plan_now, frozen_plan, parse_manifest, plan_of
from voting.models import Entry, Manifest, Poll
from voting.refusals import ActRefused

from .factories import digest, make_list, make_open_poll, make_poll, temporary_keys


@temporary_keys
class Opening(TestCase):
    def test_the_manifest_is_canonical_json_with_the_hash_that_the_poll_names(self):
        poll = make_open_poll()
        data = bytes(poll.manifest.data)
        self.assertEqual(digest(data), poll.manifest_sha256)
        self.assertEqual(rfc8785.dumps(json.loads(data)), data)

    def test_the_first_entry_names_the_manifest(self):
        poll = make_open_poll()
        leaf = json.loads(bytes(Entry.objects.get(poll=poll, index=0).leaf))
        self.assertEqual((leaf["type"], leaf["sha256"]), ("manifest", poll.manifest_sha256))

    def test_what_is_edited_afterwards_changes_nothing_that_voters_see(self):
        poll = make_open_poll()
        Candidate.objects.update(title="Another title", body="Another text")
        Category.objects.update(max_choices=99)
        poll.title = "Another poll"
        plan = plan_of(poll)
        self.assertEqual(plan.candidates[0].title, "Title 101。")
        self.assertEqual(plan.sections[0].max_choices, 3)
        self.assertEqual(plan.title, "A poll")

    def test_control_a_draft_does_follow_the_tables(self):
        poll = make_poll()
        Candidate.objects.update(title="Another title")
        self.assertEqual(plan_of(poll).candidates[0].title, "Another title")
        self.assertEqual(plan_of(poll).sha256, "")

    def test_bytes_that_do_not_have_their_hash_are_refused(self):
        poll = make_open_poll()
        on = " ON voting_manifest" if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER voting_manifest_is_frozen{on}")
        data = bytes(poll.manifest.data).replace(b"Title 101", b"Title 10X")
        Manifest.objects.filter(poll=poll).update(data=data)
        for kept in (frozen_plan, _plan_now):
            kept.cache_clear()
            self.addCleanup(kept.cache_clear)
        with self.assertRaises(ManifestError):
            plan_of(poll)

    def test_a_list_shorter_than_declared_needs_an_explicit_yes_that_the_manifest_keeps(self):
        poll = make_poll(shortlist=make_list(declared_count=16))
        with self.assertRaises(ActRefused):
            make_open_poll(shortlist=poll.shortlist, accept_short_list=False)
        poll = make_open_poll(shortlist=poll.shortlist, accept_short_list=True)
        self.assertTrue(plan_of(poll).document["accepts_short_list"])

    def test_a_full_list_says_nothing_of_being_short(self):
        self.assertFalse(plan_of(make_open_poll()).document["accepts_short_list"])

    def test_a_poll_without_the_holders_key_does_not_open(self):
        with self.assertRaises(ActRefused):
            open_poll(by=["Clerk"], poll=make_poll())

    def test_a_list_that_cannot_be_voted_on_does_not_open(self):
        for shortlist in (make_list(candidates=()), make_list(candidates=(3, 0))):
            with self.assertRaises(ActRefused):
                make_open_poll(shortlist=shortlist)

    def test_a_category_off_the_ballot_is_no_section(self):
        shortlist = make_list()
        Category.objects.create(shortlist=shortlist, code="9", name="Named only", on_ballot=False)
        plan = plan_of(make_open_poll(shortlist=shortlist))
        self.assertEqual([section.code for section in plan.sections], ["1", "2"])
        self.assertEqual(len(plan.shortlist.categories), 3)


@temporary_keys
class FrozenRules(TestCase):
    """The database itself refuses to change a rule once the manifest is made."""

    changes = {
        "title": "Other",
        "publish": "chosen",
        "daily": True,
        "tie_rule": "lot",
        "ballots_per_device": 5,
        "manifest_sha256": "a" * 64,
    }

    def test_no_rule_of_an_opened_poll_can_be_changed_in_the_table(self):
        poll = make_open_poll()
        for name, value in self.changes.items():
            with self.assertRaises(DatabaseError) as caught, transaction.atomic():
                Poll.objects.filter(pk=poll.pk).update(**{name: value})
            self.assertIn("frozen", str(caught.exception))
        Poll.objects.filter(pk=poll.pk).update(closes_at=poll.closes_at + timedelta(days=1))

    def test_control_without_the_trigger_it_would_be_changed(self):
        poll = make_open_poll()
        on = " ON voting_poll" if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER voting_poll_rules_frozen{on}")
        self.assertEqual(Poll.objects.filter(pk=poll.pk).update(**self.changes), 1)


@temporary_keys
class States(TestCase):
    def test_the_ways_through_the_states(self):
        poll = make_poll()
        self.assertEqual(announce_poll(poll=poll).state, "announced")
        poll = make_open_poll()
        self.assertEqual(pause_poll(by=["Clerk"], poll=poll, reason="Repair").state, "paused")
        self.assertEqual(resume_poll(by=["Clerk"], poll=poll).state, "open")
        self.assertEqual(close_poll(by=["Clerk"], poll=poll).state, "closed")

    def test_an_act_in_the_wrong_state_is_refused_with_a_sentence(self):
        poll = close_poll(by=["Clerk"], poll=make_open_poll())
        for act in (announce_poll, open_poll, resume_poll, close_poll):
            with self.assertRaises(ActRefused) as caught:
                act(poll=poll)
            self.assertGreater(len(str(caught.exception)), 20)
        with self.assertRaises(ActRefused):
            pause_poll(by=["Clerk"], poll=poll, reason="Repair")

    def test_a_poll_whose_closing_time_is_past_does_not_open(self):
        past = timezone.now() - timedelta(hours=1)
        with self.assertRaises(ActRefused):
            make_open_poll(opens_at=past - timedelta(hours=1), closes_at=past)

    def test_results_are_seen_when_the_manifests_rule_says_so(self):
        seen = {
            rule: {
                state for state in Poll.State.values if Poll(state=state, results_from=rule).may_see_results()
            }
            for rule in Poll.ResultsFrom.values
        }
        self.assertEqual(seen, {"counted": {"counted", "certified"}, "certified": {"certified"}})

    def test_marks_and_reveals_go_to_whom_the_rules_name_and_never_before_the_count(self):
        for state in Poll.State.values:
            counted = state in ("counted", "certified")
            for publish, reveals, marks, public in (
                ("all", "auditors", True, False),
                ("all", "everyone", True, True),
                ("chosen", "auditors", False, False),
            ):
                poll = Poll(state=state, publish=publish, reveals=reveals)
                self.assertEqual(poll.may_see_results("marks"), counted and marks)
                self.assertEqual(poll.may_see_results("reveals"), counted and public)
                self.assertEqual(poll.may_see_results("reveals", "auditor"), counted)


class TheRealList(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("loaddata", "fixtures/shanxi.json", verbosity=0)

    def test_the_document_survives_its_way_through_bytes(self):
        document = read_list(Shortlist.objects.get())
        self.assertEqual(from_json(json.loads(json.dumps(to_json(document)))), document)

    def test_the_manifest_of_a_draft_is_read_back(self):
        poll = make_poll(shortlist=Shortlist.objects.get())
        plan = plan_of(poll)
        self.assertEqual([len(section.candidates) for section in plan.sections], [13, 12])
        self.assertEqual([section.missing_count for section in plan.sections], [3, 4])

    def test_reading_the_list_takes_the_same_queries_however_long_it_is(self):
        poll = make_poll(shortlist=Shortlist.objects.get())
        with self.assertNumQueries(7):
            read_list(poll.shortlist)
        Candidate.objects.exclude(code="201").delete()
        with self.assertNumQueries(7):
            read_list(poll.shortlist)

    def test_bytes_that_are_not_canonical_are_no_manifest(self):
        with self.assertRaises(ValueError):
            parse_manifest(b'{ "format": "shortlist/manifest/v1" }')
