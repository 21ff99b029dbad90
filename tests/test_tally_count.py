"""The count agrees with one that any reader can follow, on random ballots."""

from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlist.document import Candidate, Category
from tests.homes import at_home
from voting.exports.table import share_of
from voting.marks import marks_from_codes
from voting.tally.count import count_marks
from voting.tally.rules import rank

load_tests = at_home("postgresql", __name__)


class SmallPlan:
    """What counting asks of a plan: sections, candidates, the place of each code, the marks' length."""

    def __init__(self, sizes):
        self.sections = [
            Category(
                code=str(digit),
                ordinal="",
                name="",
                on_ballot=True,
                declared_count=None,
                places=1,
                min_choices=0,
                max_choices=99,
                inference="",
                candidates=tuple(Candidate(f"{digit}{at:02}", "", "", (), ()) for at in range(1, size + 1)),
            )
            for digit, size in enumerate(sizes, 1)
        ]
        self.candidates = [candidate for section in self.sections for candidate in section.candidates]
        self.index = {candidate.code: at for at, candidate in enumerate(self.candidates)}
        self.marks_bytes = (len(self.candidates) + 7) // 8


def plain_count(plan, ballots):
    """Count with a dictionary, a ballot at a time."""
    votes = {candidate.code: 0 for candidate in plan.candidates}
    blanks = {section.code: 0 for section in plan.sections}
    for picks in ballots:
        for code in picks:
            votes[code] += 1
        for section in plan.sections:
            if not any(code.startswith(section.code) for code in picks):
                blanks[section.code] += 1
    return len(ballots), list(votes.values()), list(blanks.values())


def plain_rank(votes, places):
    """Rank by asking of each candidate how many have more, and how many as many."""
    rows = {}
    for code, mine in votes:
        above = sum(other > mine for _code, other in votes)
        equal = sum(other == mine for _code, other in votes)
        standing = (
            "out" if not mine else "in" if above + equal <= places else "out" if above >= places else "tied"
        )
        rows[code] = (mine, above + 1, standing)
    return rows


@st.composite
def polls(draw):
    plan = SmallPlan(draw(st.lists(st.integers(1, 9), min_size=1, max_size=4)))
    codes = st.sets(st.sampled_from([candidate.code for candidate in plan.candidates]))
    return plan, draw(st.lists(codes, max_size=40))


class CountTests(SimpleTestCase):
    @settings(max_examples=60, deadline=None)
    @given(polls(), st.integers(1, 7))
    def test_the_count_equals_a_plain_count(self, poll, chunk):
        plan, ballots = poll
        marks = [marks_from_codes(plan, picks) for picks in ballots]
        chunks = [b"".join(marks[at : at + chunk]) for at in range(0, len(marks), chunk)]
        self.assertEqual(count_marks(plan, chunks), plain_count(plan, ballots))

    @settings(max_examples=150, deadline=None)
    @given(st.lists(st.integers(0, 4), min_size=1, max_size=9), st.integers(1, 10))
    def test_ranks_and_the_cut_equal_a_plain_ranking(self, counts, places):
        votes = [(str(at), count) for at, count in enumerate(counts)]
        found = {row["code"]: (row["votes"], row["rank"], row["standing"]) for row in rank(votes, places)}
        self.assertEqual(found, plain_rank(votes, places))

    @settings(max_examples=100, deadline=None)
    @given(st.integers(0, 10**7), st.integers(1, 10**7))
    def test_shares_are_within_half_a_hundredth_of_a_percent(self, votes, ballots):
        error = abs(share_of(votes, ballots) * ballots - 10_000 * votes)
        self.assertLessEqual(2 * error, ballots)

    def test_the_plain_count_notices_a_moved_bit(self):
        plan = SmallPlan([3, 3])
        moved = bytes([marks_from_codes(plan, ["101"])[0] >> 1])
        self.assertNotEqual(count_marks(plan, [moved]), plain_count(plan, [{"101"}]))

    def test_empty_chunks_are_no_ballots(self):
        plan = SmallPlan([2])
        self.assertEqual(count_marks(plan, [b"", b""]), (0, [0, 0], [0]))
