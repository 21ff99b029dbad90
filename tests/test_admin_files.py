"""Marks and reveals as files, for those whom the rules name."""

import re

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from tests.desk import DeskCase, at, body
from tests.factories import cast, make_open_poll, temporary_keys
from tests.tallies import count, settle


@temporary_keys
class PublishedFiles(DeskCase):
    NAMES = ("marks-1.txt", "marks-2.txt", "reveals-1.jsonl", "reveals-2.jsonl")

    def counted(self, **fields):
        poll = make_open_poll(**fields)
        for codes in (["101", "201"], ["102"]):
            cast(poll, codes=codes)
        return count(settle(poll))

    def public(self, poll, name):
        with translation.override("en"):
            return self.client.get(reverse("voting:document", args=[poll.slug, name]))

    def open_to_all(self, poll):
        return [name for name in self.NAMES if self.public(poll, name).status_code == 200]

    def result(self, poll):
        with translation.override("en"):
            return self.client.get(reverse("voting:result", args=[poll.slug]))

    def test_staff_get_marks_and_reveals_after_the_count_and_not_before(self):
        poll = make_open_poll()
        cast(poll, codes=["101"])
        poll = settle(poll)
        for name in self.NAMES:
            self.assertEqual(self.client.get(at("document", poll, name)).status_code, 404)
        count(poll)
        self.as_reader()
        page = self.client.get(at("tally", poll))
        for name in self.NAMES:
            self.assertContains(page, at("document", poll, name))
            self.assertEqual(self.client.get(at("document", poll, name)).status_code, 200)
        self.assertEqual(body(self.client.get(at("document", poll, "marks-1.txt"))), "101\n")

    def test_who_may_not_see_polls_gets_no_files(self):
        poll = self.counted()
        self.as_guest()
        self.assertEqual(self.client.get(at("document", poll, self.NAMES[0])).status_code, 403)
        self.client.logout()
        self.assertIn("/login/", self.client.get(at("document", poll, self.NAMES[0]))["Location"])

    def test_no_other_file_of_the_folder_and_none_outside_of_it_is_sent(self):
        poll = self.counted()
        for name in ("tally.json", "marks-3.txt", ".marks-1.txt", "..", "%2e%2e"):
            self.assertEqual(self.client.get(at("document", poll, name)).status_code, 404, name)
            self.assertEqual(self.public(poll, name).status_code, 404, name)

    def test_everyone_gets_what_the_rules_give_to_everyone(self):
        self.client.logout()
        cases = {
            ("all", "auditors"): ["marks-1.txt", "marks-2.txt"],
            ("all", "everyone"): list(self.NAMES),
            ("chosen", "auditors"): [],
            ("chosen_in_list_order", "auditors"): [],
        }
        for (publish, reveals), expected in cases.items():
            with self.subTest(publish=publish, reveals=reveals):
                poll = self.counted(publish=publish, reveals=reveals)
                self.assertEqual(self.open_to_all(poll), expected)
                shown = re.findall(r"documents/([\w.-]+)", self.result(poll).content.decode())
                self.assertEqual(shown, expected)

    def test_where_marks_are_not_public_the_result_says_what_that_costs(self):
        sentence = "the public cannot recount; the auditors can"
        self.assertContains(self.result(self.counted(publish="chosen")), sentence)
        self.assertNotContains(self.result(self.counted()), sentence)

    def test_nothing_is_public_before_the_count(self):
        poll = make_open_poll(reveals="everyone")
        cast(poll)
        poll = settle(poll)
        self.assertEqual(self.open_to_all(poll), [])
        self.assertEqual(self.open_to_all(count(poll)), list(self.NAMES), "the control")

    def test_a_file_that_is_missing_is_not_found_and_the_log_says_so(self):
        poll = self.counted()
        (settings.VAR_DIR / "documents" / poll.uid / "marks-1.txt").unlink()
        with self.assertLogs("voting.views.public", "ERROR"):
            self.assertEqual(self.public(poll, "marks-1.txt").status_code, 404)
