"""The announcement of the result as a page to print and as PDF."""

import re
from datetime import date
from unittest import mock, skipUnless

from django.contrib.staticfiles import finders
from django.test import Client, TestCase

from tests.desk import DeskCase, at
from tests.factories import make_open_poll, temporary_keys
from tests.homes import at_home
from tests.pages import address, english, vote
from tests.papers import BASE, certified_poll, counted_poll
from voting.models import Event, Objection, Poll, Tally
from voting.papers.pdf import STYLES, has_pdf, notice_pdf
from voting.refusals import ActRefused

load_tests = at_home("postgresql", __name__)


@temporary_keys
class NoticePageTest(TestCase):
    def page(self, poll):
        return self.client.get(english("notice", poll))

    def test_before_the_result_is_certified_it_says_so_and_shows_no_count(self):
        for poll in (make_open_poll(), counted_poll()):
            page = self.page(poll)
            self.assertContains(page, "once the result is certified")
            self.assertNotContains(page, "<table")
            self.assertNotContains(page, "75.00%")

    def test_it_has_list_counts_codes_and_the_way_to_the_result(self):
        poll = certified_poll()
        page = self.page(poll)
        for words in ("Title 105", "75.00%", "by ana and", english("result", poll)):
            self.assertContains(page, words)
        self.assertContains(page, 'class="qr"')
        for code in (poll.manifest_sha256, poll.tally.sha256, poll.result.sha256):
            self.assertContains(page, " ".join(re.findall("....", code)))
        self.assertContains(page, "Every ballot in the public ledger was counted.")

    def test_the_result_leads_to_it_and_to_the_objections_once_it_is_certified(self):
        counted, certified = counted_poll(), certified_poll()
        for name in ("notice", "objections"):
            self.assertNotContains(self.client.get(english("result", counted)), english(name, counted))
            self.assertContains(self.client.get(english("result", certified)), english(name, certified))

    def test_a_tie_stands_with_its_reason(self):
        decisions = {"1": {"chosen": ["102"], "reason": "The jury met on 1 December."}}
        page = self.page(certified_poll(tie_rule="decision", decisions=decisions))
        self.assertContains(page, "The jury met on 1 December.")
        self.assertContains(page, "Chosen of them: 102 Title 102.")

    def test_what_the_rules_do_not_publish_stays_out(self):
        chosen = self.page(certified_poll(publish="chosen"))
        self.assertNotContains(chosen, "Title 104")
        self.assertContains(chosen, "75.00%")
        in_order = self.page(certified_poll(publish="chosen_in_list_order"))
        self.assertNotContains(in_order, "75.00%")
        self.assertContains(in_order, "the order is no ranking")

    def test_objections_are_counted_anew_when_one_comes_in(self):
        poll = certified_poll()
        self.assertContains(self.page(poll), "<dt>Objections received</dt><dd>0</dd>", html=True)
        Objection.objects.create(poll=poll, received_on=date(2026, 11, 25), about="A count")
        self.assertContains(self.page(poll), "<dt>Objections received</dt><dd>1</dd>", html=True)

    def test_everyone_gets_the_same_bytes_from_a_stored_copy(self):
        poll = make_open_poll()
        voter = Client()
        vote(voter, poll, "101")
        poll = certified_poll()
        pages = [client.get(english("notice", poll)) for client in (voter, Client())]
        self.assertEqual(pages[0].content, pages[1].content)
        self.assertEqual(pages[0]["Cache-Control"], "public, max-age=60, stale-while-revalidate=30")
        self.assertFalse(pages[1].cookies)
        self.assertNotContains(pages[0], "csrfmiddlewaretoken")

    def test_an_annulled_poll_has_none_any_more(self):
        poll = certified_poll()
        self.assertContains(self.page(poll), "75.00%")
        Poll.objects.filter(pk=poll.pk).update(state="annulled")
        self.assertNotContains(self.page(poll), "75.00%")

    def test_a_tally_that_was_changed_is_announced_by_nobody(self):
        poll = certified_poll()
        Tally.objects.filter(poll=poll).update(sha256="0" * 64)
        self.assertEqual(self.page(poll).status_code, 503)

    def test_a_demonstration_is_marked_in_both_languages(self):
        poll = certified_poll(demo=True)
        self.assertContains(self.client.get(address("notice", poll)), '<p class="stamp">演示，非正式投票</p>')
        self.assertContains(self.page(poll), '<p class="stamp">Demo, not a formal vote</p>')

    def test_it_takes_no_posts_and_unknown_votes_have_none(self):
        self.assertEqual(self.client.post(english("notice", make_open_poll())).status_code, 405)
        self.assertEqual(self.client.get("/p/no-such-vote/notice/").status_code, 404)


@temporary_keys
class NoticePdfTest(DeskCase):
    @skipUnless(has_pdf(), "WeasyPrint is not installed, so no PDF can be made.")
    def test_the_desk_gets_it_as_pdf_and_the_trail_says_so(self):
        poll = certified_poll()
        answer = self.client.post(at("papers_pdf", poll))
        self.assertEqual((answer.status_code, answer["Content-Type"]), (200, "application/pdf"))
        self.assertEqual(answer.content[:5], b"%PDF-")
        self.assertEqual(Event.objects.get(poll=poll, act="papers made").detail, {"papers": ["result.pdf"]})

    def test_a_result_that_is_not_certified_has_no_pdf(self):
        self.assertEqual(self.client.post(at("papers_pdf", counted_poll())).status_code, 404)

    def test_where_weasyprint_is_absent_a_sentence_says_what_to_do(self):
        poll = certified_poll()
        with mock.patch("voting.papers.pdf.find_spec", lambda name: None):
            with self.assertRaisesMessage(ActRefused, "print the page with the browser"):
                notice_pdf(poll, BASE, poll.result.certified_at, language="en")
            with mock.patch("voting.admin.papers.has_pdf", has_pdf):
                page = self.client.get(at("papers", poll))
        self.assertContains(page, "WeasyPrint is not installed")
        self.assertNotContains(page, at("papers_pdf", poll))

    def test_its_styles_are_files_of_this_project(self):
        self.assertTrue(all(finders.find(name) for name in STYLES))
