"""The page of the papers: one click, one by one, by whom, and what the audit trail says of it."""

from urllib.parse import unquote

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.desk import DeskCase, at
from tests.factories import make_open_poll, make_poll, temporary_keys
from tests.homes import at_home
from tests.papers import certified_poll, counted_poll, files_of, words_of
from tests.staff import make_person
from voting.models import Event

load_tests = at_home("postgresql", __name__)


@temporary_keys
class PapersPageTest(DeskCase):
    def make(self, poll, paper="all", **options):
        return self.client.post(at("papers", poll), {"paper": paper}, **options)

    def made(self, poll):
        """Return what the audit trail says of papers that were made."""
        return list(
            Event.objects.filter(poll=poll, act="papers made")
            .order_by("number")
            .values_list("who", "detail__papers")
        )

    def test_it_lists_every_paper_with_what_stands_against_it(self):
        page = self.client.get(at("papers", make_open_poll()))
        self.assertContains(page, "Announcement of the vote")
        self.assertContains(page, "Not yet: ", 4)
        self.assertContains(page, 'name="paper" value="answers"')
        self.assertNotContains(page, 'name="paper" value="count"')
        self.assertContains(page, "Make all 2 papers")

    def test_one_click_gives_all_that_can_be_made_and_says_what_is_left_out_and_why(self):
        poll = counted_poll()
        answer = self.make(poll)
        self.assertEqual(answer["Content-Type"], "application/zip")
        self.assertIn("no-store", answer["Cache-Control"])
        files = files_of(answer.content)
        self.assertEqual(len(files), 5)
        listing = next(data for name, data in files.items() if name.endswith(".txt")).decode("utf-8-sig")
        self.assertIn("零票单.docx", listing)
        self.assertEqual(len(listing.strip().split("\r\n")), 3 + len(files) + 1)
        self.assertEqual(self.made(poll), [("clerk", ["announcement", "zero", "count", "answers"])])

    def test_one_paper_alone(self):
        poll = certified_poll()
        answer = self.make(poll, "zero")
        self.assertIn("零票单.docx", unquote(answer["Content-Disposition"]))
        self.assertIn("零票单", words_of(answer.content))
        self.assertEqual(self.made(poll), [("clerk", ["zero"])])

    def test_a_paper_that_cannot_be_made_gets_a_sentence_and_no_file(self):
        poll = make_open_poll()
        for paper in ("count", "no such paper", ""):
            answer = self.make(poll, paper)
            self.assertEqual(answer.status_code, 409)
            self.assertContains(answer, 'class="errornote"', status_code=409)
            self.assertNotIn("Content-Disposition", answer)
        self.assertEqual(self.made(poll), [])

    def test_looking_writes_nothing(self):
        poll = certified_poll()
        before = Event.objects.count()
        self.client.get(at("papers", poll))
        self.assertEqual(Event.objects.count(), before)

    def test_an_editor_prints_but_gets_no_report_with_counts_that_are_not_published(self):
        poll = certified_poll(publish="chosen")
        self.client.force_login(make_person("ed", "editor"))
        files = files_of(self.make(poll).content)
        self.assertEqual(len(files), 6)
        papers = [words_of(data) for name, data in files.items() if name.endswith(".docx")]
        self.assertEqual(len(papers), 5)
        self.assertFalse([words for words in papers if "75.00%" in words and "Title 105" in words])
        self.assertFalse([name for name in files if name.startswith("3 ")])
        self.assertEqual(self.make(poll, "count").status_code, 409)
        self.client.force_login(make_person("chief", "officer"))
        self.assertEqual(self.make(poll, "count").status_code, 200)

    def test_strangers_sign_in_and_staff_without_the_right_are_refused(self):
        poll = make_poll()
        for login in (self.as_guest, self.as_reader):
            login()
            self.assertEqual(self.client.get(at("papers", poll)).status_code, 403)
            self.assertEqual(self.make(poll).status_code, 403)
        self.client.logout()
        self.assertIn("/login/", self.client.get(at("papers", poll))["Location"])
        self.assertIn("/login/", self.make(poll)["Location"])

    def test_without_a_token_nothing_is_made(self):
        poll, client = make_poll(), Client(enforce_csrf_checks=True)
        client.force_login(self.staff)
        self.assertEqual(client.post(at("papers", poll), {"paper": "all"}).status_code, 403)

    def test_the_page_costs_as_many_queries_for_many_ballots_as_for_few(self):
        few, many = counted_poll(), counted_poll(ballots=[["101"]] * 12)
        costs = []
        for poll in (few, many):
            self.client.get(at("papers", poll))
            with CaptureQueriesContext(connection) as queries:
                self.client.get(at("papers", poll))
            costs.append(len(queries))
        self.assertEqual(costs[0], costs[1])
