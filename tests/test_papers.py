"""The set of papers: what can be made when, what stands in it, and what never does."""

import io
import zipfile

from django.test import TestCase
from django.utils import timezone, translation

from shortlist.models import Category
from tests.factories import cast, make_list, make_open_poll, make_poll, temporary_keys
from tests.finding import CANDIDATES, Finder
from tests.homes import at_home
from tests.papers import (
    BASE,
    certified_poll,
    counted_poll,
    files_of,
    headers_of,
    paper_words,
    somebody,
    words_of,
)
from tests.tallies import count, settle
from voting.keeper import keep_poll
from voting.manifest import plan_of
from voting.models import Ballot, HoldGroup, Participation, Poll, Tally
from voting.papers import PAPERS, layout, make_paper, make_set, papers_for
from voting.papers.facts import facts_of
from voting.refusals import ActRefused

load_tests = at_home("postgresql", __name__)

TELLING = ("count", "publicity", "result")


def possible(poll):
    """Return the names of the papers that can be made now."""
    return [paper.name for paper, hindrance in _all(poll) if not hindrance]


def hindrance_of(name, poll):
    return next(hindrance for paper, hindrance in _all(poll) if paper.name == name)


def _all(poll):
    return papers_for(facts_of(poll, timezone.now(), BASE), somebody())


def kept(poll):
    """Let the keeper enter the opening."""
    keep_poll(poll, timezone.now(), {})
    return poll


@temporary_keys
class WhenTest(TestCase):
    def test_each_paper_can_be_made_from_its_own_moment_on(self):
        draft = make_poll()
        self.assertEqual(possible(draft), ["announcement"])
        opened = make_open_poll()
        self.assertEqual(possible(opened), ["announcement", "answers"])
        self.assertEqual(possible(kept(opened)), ["announcement", "zero", "answers"])
        counted = counted_poll()
        self.assertEqual(possible(counted), ["announcement", "zero", "count", "answers"])
        self.assertEqual(possible(certified_poll()), [paper.name for paper in PAPERS])

    def test_each_says_in_words_why_it_cannot_be_made(self):
        draft = make_poll(shortlist=make_list(candidates=()))
        self.assertTrue(hindrance_of("announcement", draft))
        for name in ("zero", "answers"):
            self.assertTrue(hindrance_of(name, draft), name)
        opened = make_open_poll()
        for name in TELLING:
            self.assertTrue(hindrance_of(name, opened), name)
            with self.assertRaisesMessage(ActRefused, "no count to be seen yet"):
                paper_words(name, opened)

    def test_an_annulled_poll_has_no_paper_that_tells_a_count(self):
        poll = certified_poll()
        self.assertIn("result", possible(poll))
        Poll.objects.filter(pk=poll.pk).update(state="annulled")
        self.assertFalse(set(possible(Poll.objects.get(pk=poll.pk))) & set(TELLING))

    def test_a_tally_that_was_changed_is_printed_by_no_paper(self):
        poll = certified_poll()
        data = bytes(poll.tally.data).replace(b'"votes":3', b'"votes":9')
        Tally.objects.filter(poll=poll).update(data=data)
        self.assertFalse(set(possible(Poll.objects.get(pk=poll.pk))) & set(TELLING))
        with self.assertRaisesMessage(ActRefused, "not the one that was counted"):
            paper_words("count", Poll.objects.get(pk=poll.pk))


@temporary_keys
class EmbargoTest(TestCase):
    def everything(self, poll):
        """Return the words of all papers that can be made now."""
        _made, data = make_set(poll, somebody(), BASE, language="en")
        return "\n".join(words_of(file) for name, file in files_of(data).items() if name.endswith(".docx"))

    def test_no_paper_tells_a_vote_before_the_rules_say_so_and_all_do_after(self):
        # 101 has 3 of 4 votes: 75.00% stands in no paper for another reason.
        poll = counted_poll(results_from="certified")
        before = self.everything(poll)
        self.assertIn("Answers", before)
        self.assertNotIn("75.00%", before)
        self.assertEqual(possible(poll), ["announcement", "zero", "answers"])
        poll = certified_poll(results_from="certified")
        self.assertIn("75.00%", self.everything(poll))

    def test_control_the_search_of_the_walk_reads_word_files_and_only_their_words(self):
        plan = plan_of(make_poll(shortlist=make_list(candidates=CANDIDATES)))
        for words, found in (("79 votes", True), ("no votes", False)):
            paper = layout.new_paper("A paper")
            layout.add_text(paper, words)
            data = layout.written(paper, timezone.now())
            folder = io.BytesIO()
            with zipfile.ZipFile(folder, "w") as archive:
                archive.writestr("1.docx", data)
            for file in (data, folder.getvalue()):
                self.assertEqual(Finder(plan).finds(file), found, words)


@temporary_keys
class PublishedTest(TestCase):
    """Public papers hold what the rules publish; the tellers' report holds all of it and says so."""

    def test_all(self):
        poll = certified_poll(publish="all")
        for name in ("publicity", "result", "count"):
            words = paper_words(name, poll)
            for part in ("Title 105", "75.00%", "chosen"):
                self.assertIn(part, words, name)
        self.assertNotIn("tellers and notary alone", paper_words("count", poll))

    def test_the_chosen_alone(self):
        poll = certified_poll(publish="chosen")
        for name in ("publicity", "result", "answers"):
            words = paper_words(name, poll)
            self.assertNotIn("Title 104", words, name)
            self.assertNotIn("Title 105", words, name)
        self.assertIn("75.00%", paper_words("result", poll))
        report = paper_words("count", poll)
        self.assertIn("Title 105", report)
        self.assertIn("tellers and notary alone", report)

    def test_the_chosen_in_the_order_of_the_list_without_votes(self):
        poll = certified_poll(publish="chosen_in_list_order")
        for name in ("publicity", "result", "answers"):
            words = paper_words(name, poll)
            self.assertNotIn("75.00%", words, name)
            self.assertNotIn("tied 2", words, name)
        self.assertIn("the order is no ranking", paper_words("result", poll))
        self.assertIn("75.00%", paper_words("count", poll))


@temporary_keys
class TieTest(TestCase):
    DECISION = {"1": {"chosen": ["103"], "reason": "The jury met on 1 December."}}

    def test_a_decision_stands_with_its_reason_and_who_was_tied(self):
        poll = certified_poll(tie_rule="decision", decisions=self.DECISION)
        for name in ("count", "publicity", "result", "answers"):
            words = paper_words(name, poll)
            self.assertIn("2 candidates were tied at the cut, for 1 of the places.", words, name)
            self.assertIn("Tied: 102 Title 102, 103 Title 103.", words, name)
            self.assertIn("Chosen of them: 103 Title 103.", words, name)
            self.assertIn("The jury met on 1 December.", words, name)

    def test_where_only_the_chosen_are_published_the_others_of_the_tied_stay_unnamed(self):
        poll = certified_poll(tie_rule="decision", decisions=self.DECISION, publish="chosen")
        self.assertNotIn("Title 102", paper_words("result", poll))
        self.assertIn("Chosen of them: 103 Title 103.", paper_words("result", poll))
        self.assertIn("Title 102", paper_words("count", poll))

    def test_a_lot_shows_its_working(self):
        poll = certified_poll(tie_rule="lot", lot_source="Lottery of 3 December", lot_number="4711")
        words = paper_words("result", poll)
        for part in ("4711", "Lottery of 3 December", "Seed: ", "In the order drawn"):
            self.assertIn(part, words)


@temporary_keys
class ContentTest(TestCase):
    def test_the_announcement_has_times_limits_address_and_a_specimen_of_the_ballot(self):
        shortlist = make_list(candidates=(5, 4))
        Category.objects.filter(shortlist=shortlist, code="2").update(min_choices=1, max_choices=2)
        words = paper_words("announcement", make_open_poll(shortlist=shortlist, objection_days=7))
        for part in ("choose up to 2, at least 1", f"{BASE}/p/", "7 working days", "This is a specimen"):
            self.assertIn(part, words)
        specimen = words.split("This is a specimen")[1]
        for code in ("101", "105", "201", "204"):
            self.assertEqual(specimen.count(f"\n{code}\n"), 1)
        self.assertEqual(specimen.count("□"), 9)

    def test_until_the_opening_the_announcement_is_a_specimen_itself(self):
        words = "list and rules are not final yet"
        self.assertIn(words, paper_words("announcement", make_poll()))
        self.assertNotIn(words, paper_words("announcement", make_open_poll()))

    def test_the_zero_sheet_names_the_entry_and_says_zero(self):
        poll = kept(make_open_poll())
        cast(poll)
        words = paper_words("zero", poll)
        self.assertIn("entry 2 of the public ledger says so", words)
        self.assertIn("Ballots in the ledger\n0\n0", words)
        self.assertIn("Participations\n0\n1", words)
        for role in ("Officer", "Scrutineer", "Notary"):
            self.assertIn(role, words)

    def test_the_report_closes_its_equations_and_names_what_does_not_count(self):
        poll = make_open_poll()
        for _ballot in range(3):
            cast(poll)
        poll = settle(poll)
        Ballot.objects.filter(pk=Ballot.objects.filter(poll=poll).first().pk).update(inner=b"broken")
        poll = count(poll)
        words = paper_words("count", poll)
        self.assertIn("cannot be opened\n1", words)
        self.assertIn("All equations close to zero.", words)
        for role in ("Teller", "Scrutineer", "Notary"):
            self.assertIn(role, words)
        Participation.objects.filter(poll_id=poll.pk).first().delete()
        words = paper_words("count", poll)
        self.assertNotIn("All equations close to zero.", words)
        self.assertIn("1 equations do not close. Do not sign", words)

    def test_held_groups_stand_with_decision_and_reason(self):
        poll = counted_poll()
        HoldGroup.objects.create(
            poll=poll,
            number=1,
            rule="burst",
            facts={"ballots": 27},
            decision="released",
            reason="A school voted in class.",
            decided_at=timezone.now(),
        )
        words = paper_words("count", poll)
        self.assertIn("1\nmany in a few minutes\n27\nreleased\nA school voted in class.", words)

    def test_the_public_notice_has_the_last_day_and_places_to_object(self):
        poll = certified_poll(objection_days=3)
        words = paper_words("publicity", poll, language="zh-hans")
        until = poll.result.objections_until
        self.assertIn(f"{until.year}年{until.month}月{until.day}日", words)
        self.assertIn("3", words)
        for code in (poll.manifest_sha256, poll.tally.sha256, poll.result.sha256):
            self.assertIn(f"{code[:4]} {code[4:8]}", words)


@temporary_keys
class MarkTest(TestCase):
    def papers(self, poll, language):
        for paper in PAPERS:
            yield paper.name, make_paper(paper, poll, somebody(), BASE, language=language)[1]

    def test_every_page_of_every_paper_of_a_demonstration_or_rehearsal_is_marked(self):
        for fields, mark in ({"demo": True}, "演示，非正式投票"), ({"rehearsal": True}, "演练"):
            for name, data in self.papers(certified_poll(**fields), "zh-hans"):
                for header in headers_of(data):
                    self.assertIn(mark, header, name)

    def test_a_formal_vote_has_no_mark(self):
        for name, data in self.papers(certified_poll(), "zh-hans"):
            self.assertEqual(headers_of(data), ["", ""], name)


@temporary_keys
class FileTest(TestCase):
    def test_fonts_of_offices_have_a_second_name_for_machines_without_them(self):
        _name, data = make_paper(PAPERS[0], make_poll(), somebody(), BASE)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            table = archive.read("word/fontTable.xml").decode()
            styles = archive.read("word/styles.xml").decode()
        self.assertIn('w:name="仿宋_GB2312"><w:altName w:val="仿宋"/>', table)
        self.assertIn('w:name="方正小标宋简体"><w:altName w:val="宋体"/>', table)
        self.assertNotIn('w:eastAsia="en-US"', styles)

    def test_what_people_typed_breaks_no_file(self):
        paper, typed = layout.new_paper("A paper"), 'A <b> & "quotes"\x0b\nand a second line'
        layout.add_text(paper, typed)
        layout.add_table(paper, [typed], [[typed]], [layout.TEXT_WIDTH])
        words = words_of(layout.written(paper, timezone.now()))
        self.assertEqual(words.count('A <b> & "quotes"'), 3)

    def test_a_file_names_the_organiser_and_no_person(self):
        shortlist = make_list()
        shortlist.organiser = "The office"
        shortlist.save()
        _name, data = make_paper(PAPERS[0], make_poll(shortlist=shortlist), somebody(), BASE)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            properties = archive.read("docProps/core.xml").decode()
        self.assertIn("The office", properties)
        self.assertNotIn("python-docx", properties)

    def test_papers_are_chinese_whatever_the_reader_speaks(self):
        with translation.override("en"):
            _name, data = make_paper(PAPERS[1], kept(make_open_poll()), somebody(), BASE)
        self.assertIn("零票单", words_of(data))
