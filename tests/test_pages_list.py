"""The list as everyone reads it."""

import re
from datetime import timedelta
from itertools import pairwise

from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shortlist.evidence import chart_points
from shortlist.models import Candidate, Category, Shortlist
from voting.lifecycle import announce_poll, close_poll, pause_poll
from voting.manifest import plan_of

from .factories import make_list, make_open_poll, make_poll, temporary_keys
from .pages import address, english


@temporary_keys
class ListTest(TestCase):
    def test_it_shows_categories_candidates_rules_and_the_check_code(self):
        poll = make_open_poll()
        page = self.client.get(english("list", poll))
        for words in ("一、Category 1", "101", "Title 101", "choose up to 3", "One ballot per device"):
            self.assertContains(page, words)
        self.assertContains(page, poll.manifest_sha256)
        self.assertContains(page, address("ballot", poll))

    def test_the_text_keeps_its_own_language_on_an_english_page(self):
        page = self.client.get(english("list", make_open_poll()))
        self.assertContains(page, '<html lang="en">')
        self.assertContains(page, '<span class="headline" lang="zh-Hans">Title 101</span>')

    def test_headings_go_down_without_a_gap_from_the_title_to_each_candidate(self):
        html = self.client.get(english("list", make_open_poll())).content.decode()
        levels = [int(level) for level in re.findall(r"<h([1-6])", html[html.index("<main") :])]
        self.assertEqual(levels[0], 1)
        self.assertEqual(levels.count(1), 1)
        self.assertTrue(all(after <= before + 1 for before, after in pairwise(levels)), levels)
        self.assertEqual(levels.count(4), 9)

    def test_each_candidate_stands_with_its_most_telling_figure_and_its_kind(self):
        call_command("loaddata", "fixtures/shanxi.json", verbosity=0)
        poll = make_open_poll(shortlist=Shortlist.objects.get())
        html = self.client.get(english("list", poll)).content.decode()
        stories = dict(re.findall(r'<li class="story" data-code="(\d+)">(.*?)</li>', html, re.DOTALL))
        self.assertEqual(list(stories), [candidate.code for candidate in plan_of(poll).candidates])
        for candidate in plan_of(poll).candidates:
            story, said = stories[candidate.code], candidate.headline_evidence
            if said is None:
                self.assertIn("The text gives no figures", story)
                continue
            self.assertIn(f'kind-{said.kind}">{said.kind_label}', story)
            for point in said.points:
                self.assertIn(point.raw, re.sub("<[^>]+>", "", story))
            # Bars stand only where figures may be joined, and say nothing that the words do not say.
            self.assertEqual("<svg" in story, bool(chart_points(said)), candidate.code)
            self.assertEqual(story.count("<svg"), story.count('aria-hidden="true"'))

    def test_marks_of_reading_wait_for_a_script_and_a_device(self):
        html = self.client.get(english("list", make_open_poll())).content.decode()
        for part in ('<div id="reading" hidden', '<p class="progress" hidden', 'aria-label="Show" hidden'):
            self.assertIn(part, html)
        self.assertNotIn("data-state", html)

    def test_a_shorter_list_than_declared_says_so(self):
        page = self.client.get(english("list", make_open_poll(shortlist=make_list(declared_count=16))))
        self.assertContains(page, "The source says 16; 5 are listed here.")

    def test_a_category_that_is_only_named_is_only_mentioned(self):
        shortlist = make_list()
        Category.objects.create(shortlist=shortlist, code="9", name="Only named", on_ballot=False)
        page = self.client.get(english("list", make_open_poll(shortlist=shortlist)))
        self.assertContains(page, "Only named in the source")

    def test_an_announced_list_is_not_final(self):
        poll = announce_poll(poll=make_poll(opens_at=timezone.now() + timedelta(hours=1)))
        page = self.client.get(english("list", poll))
        self.assertContains(page, "not final yet")
        self.assertContains(page, "Voting has not begun.")
        self.assertEqual(page["Cache-Control"], "private, no-store")

    def test_a_change_of_an_announced_list_is_seen_and_one_behind_an_opened_list_is_not(self):
        announced, opened = announce_poll(poll=make_poll()), make_open_poll()
        for poll in (announced, opened):
            Candidate.objects.filter(category__shortlist=poll.shortlist, code="101").update(
                title="New words。"
            )
        self.assertContains(self.client.get(address("list", announced)), "New words")
        self.assertNotContains(self.client.get(address("list", opened)), "New words")

    def test_a_pause_and_the_close_are_said(self):
        poll = make_open_poll()
        self.assertContains(self.client.get(english("list", poll)), "Voting is open until")
        pause_poll(by=["Clerk"], poll=poll, reason="test")
        self.assertContains(self.client.get(english("list", poll)), "Voting is paused")
        close_poll(by=["Clerk"], poll=poll)
        self.assertContains(self.client.get(english("list", poll)), "Voting has closed")

    def test_a_demo_is_marked(self):
        page = self.client.get(english("list", make_open_poll(demo=True)))
        self.assertContains(page, "Demo, not a formal vote")

    def test_a_draft_is_for_staff_who_may_see_polls(self):
        poll = make_poll()
        self.assertEqual(self.client.get(address("list", poll)).status_code, 404)
        user = User.objects.create_user("stranger", is_staff=True)
        self.client.force_login(user)
        self.assertEqual(self.client.get(address("list", poll)).status_code, 404)
        user.user_permissions.add(Permission.objects.get(codename="view_poll"))
        self.assertContains(self.client.get(english("list", poll)), "This is a draft")

    def test_a_longer_list_costs_no_more_queries(self):
        counts = []
        for size in ((1, 1), (30, 30)):
            poll = announce_poll(poll=make_poll(shortlist=make_list(candidates=size)))
            with CaptureQueriesContext(connection) as queries:
                self.client.get(address("list", poll))
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])

    def test_a_post_is_refused(self):
        self.assertEqual(self.client.post(address("list", make_open_poll())).status_code, 405)


@temporary_keys
class SearchTest(TestCase):
    def search(self, words, poll=None):
        self.poll = poll or make_open_poll()
        return self.client.get(english("list", self.poll), {"q": words})

    def test_it_finds_by_code_and_by_words_and_says_how_many(self):
        page = self.search("102")
        self.assertContains(page, "1 candidate found.")
        self.assertContains(page, "Title 102")
        self.assertNotContains(page, "Title 101")
        self.assertContains(self.search("title text"), "9 candidates found.")

    def test_full_width_and_capitals_are_the_same_words(self):
        self.assertContains(self.search("ＴＩＴＬＥ １０２"), "1 candidate found.")

    def test_categories_stay_when_nothing_is_found(self):
        page = self.search("nowhere")
        self.assertContains(page, "0 candidates found.")
        self.assertContains(page, "Category 1")
        self.assertContains(page, 'value="nowhere"')

    def test_a_search_is_stored_nowhere(self):
        self.assertEqual(self.search("102")["Cache-Control"], "private, no-store")

    def test_odd_searches_get_a_sentence_and_the_list(self):
        self.assertContains(self.search("x" * 101), "Search for at most 100 characters.", status_code=422)
        self.assertContains(self.search("a\0b"), "Title 101", status_code=422)
        self.assertContains(self.search("<script>"), "&lt;script&gt;")
