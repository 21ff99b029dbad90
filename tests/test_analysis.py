"""How firm a count is, and its parts by day and channel, each worked out by hand."""

from datetime import timedelta

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from tests.factories import cast, make_list, make_open_poll, temporary_keys
from tests.pages import english
from tests.tallies import count, settle
from voting.keeper import keep_poll
from voting.manifest import plan_of
from voting.models import Ballot, Checkpoint, Poll
from voting.tally.analysis import by_channel, by_day, margin_of
from voting.tally.rules import rank


def part(*votes, places=2):
    """Return one category of a tally in which candidates 101, 102, … have these votes."""
    return {"rows": rank([(f"1{at:02}", number) for at, number in enumerate(votes, 1)], places)}


class MarginTest(SimpleTestCase):
    def test_one_vote_between_them_is_turned_by_one_ballot(self):
        # 102 has 6, 103 has 5: one ballot that moves its vote makes it 5 to 6.
        self.assertEqual(margin_of(part(9, 6, 5)), ("102", "103", 1, 1, 1))

    def test_two_votes_are_level_after_one_changed_ballot_and_two_added_ones(self):
        self.assertEqual(margin_of(part(9, 7, 5)), ("102", "103", 2, 1, 2))

    def test_seven_votes_need_four_changed_ballots(self):
        # After three: 9 - 3 = 6 against 2 + 3 = 5, still the same list; the fourth turns it.
        self.assertEqual(margin_of(part(20, 9, 2)), ("102", "103", 7, 4, 7))

    def test_at_a_tie_nothing_is_needed(self):
        self.assertEqual(margin_of(part(9, 5, 5))[2:], (0, 0, 0))

    def test_where_everybody_finds_a_place_there_is_no_cut(self):
        self.assertIsNone(margin_of(part(9, 5)))


@temporary_keys
class PartsTest(TestCase):
    def counted(self, *days):
        """Return a counted poll with as many ballots each day, those of day n all for candidate 10n."""
        poll = make_open_poll(shortlist=make_list(candidates=(5,)))
        parts = poll.parts
        start = timezone.now().replace(hour=4, minute=0)
        for number, ballots in enumerate(days, 1):
            for _ballot in range(ballots):
                cast(poll, codes=[f"10{number}"])
            keep_poll(Poll.objects.get(pk=poll.pk), timezone.now() + timedelta(seconds=10 * number), {})
            head = Checkpoint.objects.filter(poll=poll).latest("size")
            day = start + timedelta(days=number)
            moved = Checkpoint(
                poll=poll,
                size=head.size,
                root=head.root,
                note=head.note,
                signed_at=day,
            )
            # A signed head is frozen; the test sets the clock by writing the row anew.
            head.delete()
            moved.save(force_insert=True)
        poll = Poll.objects.get(pk=poll.pk)
        poll.parts = parts
        return count(settle(poll))

    def test_days_under_twenty_ballots_are_merged_with_the_next(self):
        # 21, 3, 5, 20: the second and third have 8 together, so they go with the fourth: 28.
        poll = self.counted(21, 3, 5, 20)
        found = by_day(poll, plan_of(poll))
        self.assertEqual([part.ballots for part in found], [21, 28])
        self.assertEqual([part.votes for part in found], [[21, 0, 0, 0, 0], [0, 3, 5, 20, 0]])
        self.assertContains(self.client.get(english("result", poll)), "Votes by day")

    def test_a_small_last_day_goes_with_the_one_before(self):
        poll = self.counted(20, 22, 4)
        found = by_day(poll, plan_of(poll))
        self.assertEqual([part.ballots for part in found], [20, 26])

    def test_few_ballots_are_not_broken_down_at_all(self):
        poll = self.counted(10, 12)
        self.assertEqual(by_day(poll, plan_of(poll)), [])
        self.assertNotContains(self.client.get(english("result", poll)), "Votes by day")

    def test_a_channel_of_few_ballots_is_not_shown_and_a_larger_one_is(self):
        poll = self.counted(40)
        for size, shown in ((19, False), (20, True)):
            numbers = list(range(1, size + 1))
            Ballot.objects.filter(poll=poll, number__in=numbers).update(channel="slips")
            found = by_channel(poll, plan_of(poll))
            self.assertEqual([part.ballots for part in found], [20, 20] if shown else [])
