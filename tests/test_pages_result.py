"""The result page shows what the rules let out, when they let it out."""

import re
import subprocess
import tempfile
from pathlib import Path

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from voting.manifest import plan_of
from voting.models import Ballot, Tally
from voting.views.results import how_to_check

from .approvers import do
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
        self.assertContains(page, "There is a tie at the cut: 3 candidates, tied 2.")
        self.assertContains(page, "all of the tied are chosen")
        self.assertContains(page, "tied 2")
        self.assertContains(page, "tied at the cut, all chosen", 3)

    def test_a_tie_that_waits_for_a_decision_is_no_outcome_yet(self):
        page = self.page(self.counted(tie_rule="decision"))
        self.assertContains(page, "tied at the cut, the organiser decides")

    def test_the_cut_line_stands_between_chosen_and_not(self):
        page = self.page(self.counted(ballots=(["101", "102"], ["101", "102"], ["103"])))
        self.assertContains(page, "out below-cut", 1)

    def test_each_bar_is_as_long_as_the_votes_beside_it(self):
        html = self.page(self.counted()).content.decode()
        part = html.split('id="result-1"')[1].split("</section>")[0]
        rows = re.findall(r'class="bar" width="([\d.]+)".*?Votes</span> (\d+)<', part, re.DOTALL)
        self.assertEqual([int(votes) for _bar, votes in rows], [3, 1, 1, 1, 0])
        for bar, votes in rows:
            self.assertAlmostEqual(float(bar), int(votes) * 100 / 3, 2)

    def test_where_not_every_place_is_filled_it_says_why(self):
        page = self.page(self.counted(tie_rule="all_out", publish="chosen"))
        self.assertContains(page, "Not every place is filled", 2)
        self.assertContains(page, "none of the tied is chosen")
        full = self.page(self.counted(ballots=(["101", "102", "201", "202"],)))
        self.assertNotContains(full, "Not every place is filled")

    def test_what_was_not_counted_is_told_with_its_reason(self):
        poll = make_open_poll()
        for _ballot in range(3):
            cast(poll, codes=["101"])
        poll = settle(poll)
        Ballot.objects.filter(pk=Ballot.objects.filter(poll=poll).first().pk).update(inner=b"broken")
        page = self.page(count(poll))
        self.assertContains(page, '<tr><th scope="row">cannot be opened</th><td class="amount">1</td></tr>')
        self.assertContains(page, '<a href="#not-counted">1</a>')
        self.assertNotContains(page, "Every ballot in the public ledger was counted.")
        self.assertContains(self.page(self.counted()), "Every ballot in the public ledger was counted.")

    def test_it_never_speaks_of_people_and_says_whether_it_is_certified(self):
        poll = self.counted()
        self.assertContains(self.page(poll), "These are ballots, not people")
        self.assertContains(self.page(poll), "not certified yet")
        poll = do(poll, "certify", {})
        self.assertContains(self.page(poll), "<h1>Result (certified)</h1>", html=True)
        self.assertNotContains(self.page(poll), "not certified yet")
        chinese = self.client.get(address("result", poll)).content.decode()
        self.assertNotIn("投票人数", chinese)

    def test_it_says_how_to_check_with_commands_that_fit_this_vote(self):
        poll = self.counted()
        page = self.page(poll)
        self.assertContains(page, f"verify bundle.zip --manifest {poll.manifest_sha256}")
        self.assertContains(page, "marks-1.txt | sort | uniq -c")
        self.assertContains(page, english("ledger", poll))
        hidden = self.page(self.counted(publish="chosen"))
        self.assertNotContains(hidden, "uniq -c")

    def test_the_printed_commands_count_as_we_do(self):
        poll = self.counted()
        marks = b"".join(self.client.get(address("document", poll, "marks-1.txt")))
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "marks-1.txt").write_bytes(marks)
            commands = how_to_check(plan_of(poll))
            said = {
                name: subprocess.run(
                    ["sh", "-c", commands[name]], cwd=folder, capture_output=True, text=True, check=True
                ).stdout.split()
                for name in ("ballots", "votes")
            }
        self.assertEqual(said["ballots"], ["4"])
        votes = dict(zip(said["votes"][1::2], said["votes"][::2], strict=True))
        self.assertEqual(votes, {"101": "3", "102": "1", "103": "1", "104": "1"})

    def test_everyone_gets_the_same_stored_page(self):
        poll = self.counted()
        one, other = self.page(poll), self.page(poll)
        self.assertEqual((one.content, one["ETag"]), (other.content, other["ETag"]))
        self.assertEqual(one["Cache-Control"], "public, max-age=60, stale-while-revalidate=30")

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
        for hidden in ('class="votes"', "%</td>", "Title 104", "Votes", "chose nobody"):
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
        costs = []
        for poll in (short, long):
            plan_of(poll)
            with CaptureQueriesContext(connection) as first:
                self.page(poll)
            costs.append(len(first))
            with self.assertNumQueries(2):
                self.page(poll)
        self.assertEqual(costs[0], costs[1])

    def test_a_post_is_refused_and_an_unknown_vote_is_no_page(self):
        poll = make_open_poll()
        self.assertEqual(self.client.post(address("result", poll)).status_code, 405)
        self.assertEqual(self.client.get("/p/no-such-vote/result/").status_code, 404)
