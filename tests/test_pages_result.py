"""The result page shows what the rules let out, when they let it out."""

from django.test import TestCase

from voting.models import Tally

from .factories import cast, make_list, make_open_poll, temporary_keys
from .pages import address, english
from .tallies import count, settle

BALLOTS = (["101", "102"], ["101", "103"], ["101", "201"], ["104"])


@temporary_keys
class ResultTest(TestCase):
    def counted(self, ballots=BALLOTS, **fields):
        poll = make_open_poll(**fields)
        for codes in ballots:
            cast(poll, codes=codes)
        return count(settle(poll))

    def page(self, poll):
        return self.client.get(english("result", poll))

    def test_before_the_count_it_says_when(self):
        poll = make_open_poll()
        cast(poll, codes=["101"])
        for moment in (poll, settle(poll)):
            page = self.page(moment)
            self.assertContains(page, "There is no result to see yet.")
            self.assertContains(page, "when the count is done")
            self.assertNotContains(page, "<table")

    def test_votes_shares_ranks_and_bars(self):
        page = self.page(self.counted())
        for words in (
            "Category 1",
            "75.00%",
            '<rect class="bar" width="100.00"',
            '<rect class="bar" width="33.33"',
        ):
            self.assertContains(page, words)
        self.assertContains(page, "3 ballots chose nobody here")
        self.assertContains(page, 'class="rank"><span class="joint">no. 1</span></td>')

    def test_a_tie_at_the_cut_is_said_with_its_rule(self):
        page = self.page(self.counted())
        self.assertContains(page, "There is a tie at the cut.")
        self.assertContains(page, "all of the tied are chosen")
        self.assertContains(page, "tied 2")
        self.assertContains(page, "tied at the cut, all chosen", 3)

    def test_a_tie_that_waits_for_a_decision_is_no_outcome_yet(self):
        page = self.page(self.counted(tie_rule="decision"))
        self.assertContains(page, "tied at the cut, the organiser decides")

    def test_the_cut_line_stands_between_chosen_and_not(self):
        page = self.page(self.counted(ballots=(["101", "102"], ["101", "102"], ["103"])))
        self.assertContains(page, "out below-cut", 1)

    def test_only_the_chosen_are_published_where_the_rules_say_so(self):
        ballots = (["101", "102"], ["101", "102"], ["102", "104", "201", "202"])
        page = self.page(self.counted(ballots, publish="chosen"))
        self.assertContains(page, "Title 101")
        self.assertNotContains(page, "Title 104")

    def test_in_list_order_no_number_of_votes_is_shown(self):
        ballots = (["102", "101"], ["102", "201", "202"])
        page = self.page(self.counted(ballots, publish="chosen_in_list_order"))
        html = page.content.decode()
        self.assertLess(html.index("Title 101"), html.index("Title 102"))
        self.assertContains(page, "the order is no ranking")
        for hidden in ("<svg", "%</td>", "Title 104", "Votes", "chose nobody"):
            self.assertNotContains(page, hidden)

    def test_until_it_is_certified_nothing_is_seen_where_the_rules_say_so(self):
        poll = self.counted(results_from="certified")
        page = self.page(poll)
        self.assertContains(page, "when the result is certified")
        self.assertNotContains(page, "75.00%")

    def test_without_a_ballot_there_is_no_share_and_no_fault(self):
        self.assertContains(self.page(self.counted(ballots=())), "—")

    def test_a_changed_tally_is_not_shown(self):
        poll = self.counted()
        Tally.objects.filter(poll=poll).update(sha256="0" * 64)
        with self.assertLogs("voting", "ERROR"):
            self.assertEqual(self.page(poll).status_code, 503)

    def test_downloads_and_check_codes_are_linked(self):
        poll = self.counted(demo=True)
        page = self.page(poll)
        for kind in ("csv", "xlsx", "json"):
            self.assertContains(page, english("result_export", poll, kind))
        self.assertContains(page, poll.manifest_sha256)
        self.assertContains(page, "Demo, not a formal vote")

    def test_more_candidates_cost_no_more_queries(self):
        short, long = (self.counted((), shortlist=make_list(candidates=size)) for size in ((1, 1), (30, 30)))
        for poll in (short, long):
            self.page(poll)
            with self.assertNumQueries(2):
                self.page(poll)

    def test_a_post_is_refused_and_an_unknown_vote_is_no_page(self):
        poll = make_open_poll()
        self.assertEqual(self.client.post(address("result", poll)).status_code, 405)
        self.assertEqual(self.client.get("/p/no-such-vote/result/").status_code, 404)
