"""The first page names the public votes."""

from django.test import TestCase

from voting.lifecycle import announce_poll

from .factories import make_open_poll, make_poll, temporary_keys
from .pages import english


@temporary_keys
class HomeTest(TestCase):
    def test_without_a_vote_it_says_so(self):
        self.assertContains(self.client.get("/en/"), "There is no public vote at the moment")

    def test_a_public_vote_is_named_and_a_draft_is_not(self):
        poll = make_open_poll(title="Seen by all")
        make_poll(title="Not ready")
        page = self.client.get("/en/")
        self.assertContains(page, "Seen by all")
        self.assertContains(page, english("list", poll))
        self.assertNotContains(page, "Not ready")

    def test_a_demo_and_a_rehearsal_are_marked(self):
        announce_poll(poll=make_poll(demo=True))
        announce_poll(poll=make_poll(rehearsal=True))
        page = self.client.get("/en/")
        self.assertContains(page, "Demo, not a formal vote")
        self.assertContains(page, "Rehearsal")

    def test_more_votes_cost_no_more_queries(self):
        make_open_poll()
        with self.assertNumQueries(1):
            self.client.get("/en/")
        for _ in range(3):
            make_open_poll()
        with self.assertNumQueries(1):
            self.client.get("/en/")

    def test_a_post_is_refused(self):
        self.assertEqual(self.client.post("/en/").status_code, 405)
