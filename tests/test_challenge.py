"""Answers to a challenge: the page for the head of the office, and ten questions answered from the data."""

from django.test import TestCase
from django.utils import timezone, translation

from tests.desk import DeskCase, at
from tests.factories import cast, make_open_poll, make_poll, temporary_keys
from tests.papers import BASE, certified_poll, counted_poll, paper_words, words_of
from tests.staff import make_person
from tests.tallies import settle
from voting.lifecycle import pause_poll
from voting.models import (
    Correction,
    Event,
    HoldGroup,
    Participation,
    PendingEnvelope,
    Poll,
)
from voting.papers.answers import answers_of
from voting.papers.facts import facts_of


def answers(poll):
    """Return the ten answers in English, by their place from 1."""
    with translation.override("en"):
        found = answers_of(facts_of(Poll.objects.get(pk=poll.pk), timezone.now(), BASE))
        return dict(enumerate(found, 1))


@temporary_keys
class GlanceTest(DeskCase):
    def page(self, poll):
        return self.client.get(at("challenge", poll))

    def test_in_every_state_it_says_where_the_poll_stands_and_what_comes_next(self):
        draft, opened, counted, certified = make_poll(), make_open_poll(), counted_poll(), certified_poll()
        for poll, words in (
            (draft, "State: draft"),
            (opened, "Voting is under way"),
            (counted, "State: counted"),
            (certified, "Last day for objections"),
        ):
            self.assertContains(self.page(poll), words)

    def test_it_counts_ballots_and_never_votes(self):
        # 101 has 3 of 4 votes; the page says 4 received and nowhere 75.00% or 3.
        poll = counted_poll(results_from="certified")
        page = self.page(poll)
        self.assertContains(page, "<dt>Ballots received online</dt><dd>4</dd>", html=True)
        self.assertNotContains(page, "75.00%")
        self.assertContains(page, "No count is shown to anybody yet")
        self.assertNotContains(page, at("tally", poll))
        certified = self.page(certified_poll(results_from="certified"))
        self.assertContains(certified, "The counts may be seen.")
        self.assertNotContains(certified, "75.00%")

    def test_what_waits_and_what_cannot_be_opened_is_told(self):
        poll = make_open_poll(batch_minimum=20, merge_delay=3600)
        cast(poll)
        self.assertContains(self.page(poll), "<dt>Waiting to be entered</dt><dd>1</dd>", html=True)
        PendingEnvelope.objects.filter(poll_id=poll.pk).update(damaged=True)
        self.assertContains(self.page(poll), "<dt>Kept aside, cannot be opened</dt><dd>1</dd>", html=True)

    def test_an_alarm_and_an_equation_that_does_not_close_stand_on_top(self):
        poll = counted_poll()
        self.assertNotContains(self.page(poll), 'role="alert"')
        self.assertContains(self.page(poll), "all close to zero")
        Participation.objects.filter(poll_id=poll.pk).first().delete()
        self.assertContains(self.page(poll), "1 equations do not close")
        Poll.objects.filter(pk=poll.pk).update(ledger_alarm="Another head was signed.")
        self.assertContains(self.page(poll), "Another head was signed.")

    def test_an_annulled_poll_says_that_there_is_no_result(self):
        poll = certified_poll()
        Poll.objects.filter(pk=poll.pk).update(state="annulled")
        self.assertContains(self.page(poll), "there is no result")

    def test_it_is_stored_nowhere_writes_nothing_and_takes_no_posts(self):
        poll, before = make_open_poll(), Event.objects.count()
        self.assertIn("no-store", self.page(poll)["Cache-Control"])
        self.assertEqual(Event.objects.count(), before)
        self.assertEqual(self.client.post(at("challenge", poll)).status_code, 405)

    def test_an_editor_does_not_get_here_an_auditor_does(self):
        poll = make_open_poll()
        for name in ("challenge", "challenge_sheet"):
            for person, status in (("editor", 403), ("auditor", 200)):
                self.client.force_login(make_person(f"{person}-{name}", person))
                self.assertEqual(self.client.get(at(name, poll)).status_code, status)
            self.client.logout()
            self.assertIn("/login/", self.client.get(at(name, poll))["Location"])


@temporary_keys
class SheetTest(DeskCase):
    def test_it_prints_ten_questions_with_addresses_and_gives_them_as_a_word_file(self):
        poll = counted_poll()
        page = self.client.get(at("challenge_sheet", poll))
        self.assertEqual(len(page.context["answers"]), 10)
        self.assertContains(page, "Can one person cast several ballots?")
        self.assertContains(page, f'href="http://testserver/p/{poll.slug}/ledger/"')
        answer = self.client.post(at("challenge_sheet", poll))
        self.assertEqual(words_of(answer.content).count(f"/p/{poll.slug}/"), 12)
        self.assertEqual(Event.objects.get(poll=poll, act="papers made").detail, {"papers": ["answers"]})

    def test_before_the_opening_it_says_why_there_is_none(self):
        for send in (self.client.get, self.client.post):
            page = send(at("challenge_sheet", make_poll()))
            self.assertContains(page, "The poll was not opened yet.")
            self.assertNotIn("Content-Disposition", page)


@temporary_keys
class AnswersTest(TestCase):
    def test_they_are_the_polls_own_figures_worked_out_by_hand(self):
        # Four ballots, all entered: the manifest, the opening, 4 ballots in one category, the close,
        # the reveals and the tally are 9 entries; the head covers those up to the close.
        poll = counted_poll()
        found = answers(poll)
        self.assertEqual(len(found), 10)
        self.assertIn("Ballots received online so far: 4.", found[1].text)
        self.assertIn("The public ledger has 7 entries", found[4].text)
        self.assertIn("Category 1: 5 candidates are listed", found[6].text)
        self.assertIn("Every ballot in the public ledger was counted.", found[7].text)
        self.assertIn(f"{poll.manifest_sha256[:4]} {poll.manifest_sha256[4:8]}", found[9].text)
        self.assertIn("Received online: 4; of these waiting to be entered: 0", found[10].text)
        self.assertIn("close to zero", found[10].text)

    def test_no_answer_tells_a_vote_or_a_tie_before_the_embargo_ends(self):
        whole = " ".join(each.text for each in answers(counted_poll(results_from="certified")).values())
        self.assertIn("The count will show whether there is one.", whole)
        self.assertIn("published with the result", whole)
        self.assertNotIn("Title 10", whole)
        self.assertIn("102 Title 102", answers(certified_poll())[8].text)

    def test_each_kind_of_eligibility_has_its_own_words(self):
        device = answers(make_open_poll(ballots_per_device=3))
        self.assertIn("This limits devices, not persons.", device[1].text)
        self.assertIn("Up to 3 people may vote on it", device[3].text)
        self.assertNotIn("card", device[3].text)

    def test_ballots_that_do_not_count_and_groups_that_were_held_are_told(self):
        poll = counted_poll()
        HoldGroup.objects.create(
            poll=poll,
            number=1,
            rule="burst",
            facts={"ballots": 27},
            decision="released",
            reason="A class.",
            decided_at=timezone.now(),
        )
        found = answers(poll)
        self.assertIn("1 groups, 27 ballots", found[1].text)
        self.assertIn("released. A class.", found[7].text)

    def test_pauses_and_corrections_are_told_the_clocks_own_closing_is_not(self):
        poll = make_open_poll()
        self.assertIn("Nothing was paused", answers(poll)[9].text)
        poll = pause_poll(poll=poll, reason="A power cut", by=["Clerk"])
        self.assertIn("A power cut", answers(poll)[9].text)
        self.assertIn("No correction was made since.", answers(poll)[6].text)
        Correction.objects.create(poll=poll, number=1, data=b"{}", sha256="0" * 64, at=timezone.now())
        self.assertIn("1 correction was made since", answers(poll)[6].text)

    def test_a_list_without_sources_or_dates_says_so(self):
        self.assertIn("The list names no source.", answers(make_open_poll())[2].text)

    def test_keys_that_were_destroyed_are_told(self):
        poll = settle(make_open_poll())
        self.assertNotIn("were destroyed", answers(poll)[3].text)
        Poll.objects.filter(pk=poll.pk).update(secrets_destroyed_at=timezone.now())
        self.assertIn("were destroyed", answers(poll)[3].text)

    def test_the_paper_is_in_chinese_with_the_same_figures(self):
        words = paper_words("answers", counted_poll(), language="zh-hans")
        self.assertIn("4", words)
        self.assertIn("/ledger/", words)
