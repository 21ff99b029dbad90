"""Turnout by day and channel: numbers of ballots alone, the same in drawing, words and table."""

import re
import tempfile
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from voting.channels import import_channel_file
from voting.keeper import keep_poll
from voting.manifest import plan_of
from voting.models import Ballot
from voting.turnout import Days, Slips, ballots_by_day, merge_small, slips_of

from .factories import cast, make_list, make_open_poll, temporary_keys
from .pages import english
from .tallies import count, settle

DAY = timedelta(days=1)


def days(*numbers):
    """Return days in a row with these numbers of ballots."""
    return [Days(date(2026, 5, at), date(2026, 5, at), ballots) for at, ballots in enumerate(numbers, 1)]


def in_short(found):
    """Return days as (first, last, ballots)."""
    return [(each.first.day, each.last.day, each.ballots) for each in found]


class MergingTest(SimpleTestCase):
    def test_days_with_enough_ballots_stay_as_they_are(self):
        self.assertEqual(in_short(merge_small(days(20, 35))), [(1, 1, 20), (2, 2, 35)])

    def test_a_small_day_goes_with_the_next(self):
        self.assertEqual(in_short(merge_small(days(19, 1, 30))), [(1, 2, 20), (3, 3, 30)])

    def test_what_is_left_over_goes_with_the_days_before(self):
        self.assertEqual(in_short(merge_small(days(40, 3, 2))), [(1, 3, 45)])

    def test_too_few_ballots_altogether_are_one_row(self):
        self.assertEqual(in_short(merge_small(days(3, 0, 4))), [(1, 3, 7)])
        self.assertEqual(merge_small([]), [])


@temporary_keys
class ByDayTest(TestCase):
    def voted(self, *numbers, **fields):
        """Make a counted poll whose ballots were entered on days in a row, so many on each."""
        poll = make_open_poll(shortlist=make_list(candidates=(3, 2)), **fields)
        parts, start = poll.parts, timezone.now()
        for at, ballots in enumerate(numbers):
            for _ballot in range(ballots):
                cast(poll, codes=["101"])
            with mock.patch("voting.signer._now", lambda at=at: start + at * DAY):
                keep_poll(poll, timezone.now() + timedelta(minutes=at), {})
        poll.parts = parts
        return settle(poll)

    def test_ballots_stand_on_the_days_of_their_heads(self):
        poll = self.voted(21, 25)
        self.assertEqual([each.ballots for each in ballots_by_day(poll, plan_of(poll))], [21, 25])

    def test_the_days_add_up_to_the_ballots_of_the_web(self):
        poll = self.voted(23, 4, 22, 3)
        found = ballots_by_day(poll, plan_of(poll))
        self.assertEqual(sum(each.ballots for each in found), Ballot.objects.filter(poll=poll).count())
        self.assertGreaterEqual(min(each.ballots for each in found), 20)

    def test_before_the_closing_is_entered_nothing_is_told(self):
        poll = make_open_poll()
        cast(poll, codes=["101"])
        keep_poll(poll, timezone.now(), {})
        self.assertEqual(ballots_by_day(poll, plan_of(poll)), [])

    def test_slips_are_told_as_received_valid_and_invalid_and_stand_on_no_day(self):
        poll = self.voted(20, 20)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "slips.csv")
            file.write_text("picks\n101\n102 201\n101 999\n")
            for _step in import_channel_file(poll=poll, path=file, channel="newspaper"):
                pass
        self.assertEqual(slips_of(poll), [Slips("newspaper", 3, 2, 1)])
        page = self.client.get(english("result", count(poll)))
        self.assertContains(page, '<tr><th scope="row">newspaper</th><td class="amount">2</td></tr>')
        self.assertContains(
            page,
            '<th scope="row">newspaper</th><td class="amount">3</td><td class="amount">2</td>'
            '<td class="amount">1</td>',
        )
        self.assertEqual(table_of(page), ["20", "20"])

    def test_drawing_words_and_table_say_the_same_numbers(self):
        page = self.client.get(english("result", count(self.voted(40, 20, 30))))
        html = page.content.decode()
        words = re.search(r'<desc id="by-day-words">(.*?)</desc>', html, re.DOTALL)[1]
        drawn = [
            float(height) for height in re.findall(r'<rect class="bar"[^>]* height="([\d.]+)"/>', svg(html))
        ]
        told = [int(number) for number in re.findall(r": (\d+)(?:;|$)", words.strip())]
        self.assertEqual(told, [40, 20, 30])
        self.assertEqual([int(cell) for cell in table_of(page)], told)
        self.assertEqual([round(height / 40, 3) for height in drawn], [round(n / 40, 3) for n in told])
        self.assertIn('aria-labelledby="by-day-title by-day-words"', svg(html))

    def test_a_single_day_is_not_drawn(self):
        self.assertNotContains(self.client.get(english("result", count(self.voted(30)))), "by-day")


def svg(html):
    """Return the drawing of the days."""
    return re.search(r'<figure class="by-day">\s*(<svg.*?</svg>)', html, re.DOTALL)[1]


def table_of(page):
    """Return the cells of the table of days."""
    figure = re.search(r'<figure class="by-day">.*?</figure>', page.content.decode(), re.DOTALL)[0]
    return re.findall(r'<td class="amount">(\d+)</td>', figure)
