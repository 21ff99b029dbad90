"""The audit trail at the desk is read by those who may, and changed by nobody."""

import re
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from tests.factories import make_poll
from tests.staff import desk, make_person
from voting.admin.trail import words_of
from voting.approval import PERFORM
from voting.models import Event
from voting.roles import AUDITOR
from voting.trail import record


class TrailTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.poll = make_poll()
        cls.events = [record(cls.poll, "zhang", "announce"), record(cls.poll, "wang", "close", reason="雨")]

    def setUp(self):
        self.client.force_login(make_person("auditor", AUDITOR))

    def test_the_list_shows_who_did_what_and_how_it_was_said(self):
        page = self.client.get(desk("voting_event_changelist"))
        for words in ("zhang", "Announce", "wang", "Close early", "雨"):
            self.assertContains(page, words)
        other = make_poll()
        record(other, "li", "open")
        page = self.client.get(desk("voting_event_changelist"), {"poll__id__exact": other.pk})
        self.assertEqual([event.who for event in page.context["cl"].result_list], ["li"])

    def test_every_act_that_is_recorded_has_words(self):
        call = re.compile(r'\brecord\(\s*[\w.]+,\s*[\w.]+(?:\(\))?,\s*"([a-z ]+)"')
        folder = Path(settings.BASE_DIR, "voting")
        acts = {act for file in folder.rglob("*.py") for act in call.findall(file.read_text())}
        self.assertIn("papers made", acts)
        for act in acts | set(PERFORM):
            self.assertNotEqual(words_of(act), act, f"{act} is read by people: give it words.")
        self.assertEqual(words_of("propose close"), "proposed: Close early")

    def test_a_line_is_shown_whole(self):
        page = self.client.get(desk("voting_event_change", self.events[1].pk))
        self.assertContains(page, self.events[1].sha256)
        self.assertNotContains(page, 'name="_save"')

    def test_not_even_a_superuser_adds_changes_or_removes_a_line(self):
        self.client.force_login(get_user_model().objects.create_superuser("chief"))
        before = list(Event.objects.values())
        pk = self.events[0].pk
        for name, arguments in (
            ("voting_event_add", []),
            ("voting_event_change", [pk]),
            ("voting_event_delete", [pk]),
        ):
            data = {"who": "another", "act": "nothing", "post": "yes"}
            self.assertEqual(self.client.post(desk(name, *arguments), data).status_code, 403, name)
        data = {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
        self.client.post(desk("voting_event_changelist"), data)
        self.assertEqual(list(Event.objects.values()), before)

    def test_the_check_says_that_the_chain_is_whole_or_where_it_breaks(self):
        self.assertContains(self.client.get(desk("voting_event_check")), "The chain of 2 lines is whole.")
        with mock.patch("voting.trail.START", "another beginning"):
            self.assertContains(self.client.get(desk("voting_event_check")), "Line 1 does not fit")

    def test_the_list_costs_no_query_per_line(self):
        address = desk("voting_event_changelist")
        self.client.get(address)
        with CaptureQueriesContext(connection) as few:
            self.client.get(address)
        for _n in range(5):
            record(self.poll, "zhang", "announce")
        with CaptureQueriesContext(connection) as many:
            self.client.get(address)
        self.assertEqual(len(few), len(many))
