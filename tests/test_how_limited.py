"""What limits the ballots stands on every page and result, in so many words."""

from django.test import TestCase
from django.utils import translation

from voting.eligibility import kind_of
from voting.exports.sheet import head_rows
from voting.exports.table import result_table
from voting.manifest import plan_of

from .desk import closed_poll
from .factories import make_open_poll, make_poll, temporary_keys
from .pages import english, post_ballot, vote
from .tallies import count


@temporary_keys
class HowLimited(TestCase):
    def assert_said(self, page, words="Limited per device: 1 ballot"):
        self.assertContains(page, words)

    def test_it_stands_on_every_page_of_the_way(self):
        poll = make_open_poll()
        for name in ("list", "ballot", "poster", "privacy", "next", "find", "ledger"):
            self.assert_said(self.client.get(english(name, poll)))
        self.assert_said(post_ballot(self.client, poll, "101"))
        vote(self.client, poll, "101")
        self.assert_said(self.client.get(english("receipt", poll)))

    def test_it_stands_on_the_result_and_in_its_files(self):
        poll = count(closed_poll())
        self.assert_said(self.client.get(english("result", poll)))
        with translation.override("en"):
            head = dict(head_rows(result_table(poll, public=True)))
        self.assertEqual(head["How ballots are limited"], "Limited per device: 1 ballot")

    def test_it_follows_the_rules(self):
        wanted = {
            "Limited per device: 3 ballots": {"ballots_per_device": 3},
            "Limited per device: 1 ballot a day": {"daily": True},
            "One ballot for each voting code": {"eligibility": "code"},
            "One ballot a day for each voting code": {"eligibility": "code", "daily": True},
        }
        for words, fields in wanted.items():
            plan = plan_of(make_poll(**fields))
            with translation.override("en"):
                self.assertEqual(kind_of(plan).how_limited(plan), words)
