"""One candidate: its text with quotes marked, its evidence, and what stands around it."""

import re
from html.parser import HTMLParser

from django.core.management import call_command
from django.test import SimpleTestCase, TestCase

from shortlist.document import Candidate, Evidence, Quote
from shortlist.models import Shortlist
from shortlist.templatetags.list_pages import has_chart, marked
from voting.manifest import plan_of

from .factories import make_open_poll, temporary_keys
from .homes import at_home
from .pages import address, english

load_tests = at_home("postgresql", __name__)


class PlainText(HTMLParser):
    """Collects a page's words without the links that the page adds."""

    def __init__(self, html):
        super().__init__()
        self.words, self.depth = "", 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.depth += tag == "a"

    def handle_endtag(self, tag):
        self.depth -= tag == "a"

    def handle_data(self, data):
        self.words += "" if self.depth else data


def make_candidate(title, body, *quotes):
    """Make a candidate whose every quote (start, end, role) belongs to an evidence of its own."""
    text = title + body
    evidence = tuple(
        Evidence(f"E{at}", "result", "", False, "", None, (), (Quote(a, text[a:b], role),))
        for at, (a, b, role) in enumerate(quotes)
    )
    return Candidate("101", title, body, evidence, ())


class MarkedTextTest(SimpleTestCase):
    def ids(self, candidate):
        html = marked(candidate, "headline") + marked(candidate, "body")
        return re.findall(r'id="(quote-[0-9-]+)"', html)

    def test_overlapping_quotes_keep_every_letter_and_each_has_one_id(self):
        candidate = make_candidate(
            "abcde。", "fghijklmno", (7, 12, "value"), (9, 15, "value"), (7, 12, "period")
        )
        self.assertEqual(PlainText(marked(candidate, "body")).words, "fghijklmno")
        self.assertEqual(sorted(self.ids(candidate)), ["quote-1-1", "quote-2-1", "quote-3-1"])

    def test_a_quote_across_the_full_stop_of_the_title_has_one_id(self):
        for span in ((2, 10), (2, 6), (5, 10), (0, 16)):
            self.assertEqual(
                self.ids(make_candidate("abcde。", "fghijklmno", (*span, "value"))), ["quote-1-1"]
            )

    def test_a_value_quote_leads_to_its_evidence_and_another_does_not(self):
        candidate = make_candidate("abcde。", "fghij", (0, 6, "value"), (7, 9, "period"))
        html = marked(candidate, "headline") + marked(candidate, "body")
        self.assertIn('href="#evidence-1"', html)
        self.assertNotIn('href="#evidence-2"', html)

    def test_what_a_text_says_is_never_taken_for_markup(self):
        html = marked(make_candidate("A。", "<b>x", (2, 5, "value")), "body")
        self.assertIn('<mark class="quote" data-evidence="1">&lt;b&gt;</mark>', html)

    def test_a_quote_that_crosses_no_other_is_one_element_whatever_cuts_it(self):
        # One quote around another, one beside them: each id holds all the words of its quote.
        html = marked(
            make_candidate("A。", "abcdefghij", (2, 8, "value"), (4, 6, "value"), (9, 12, "value")), "body"
        )
        self.assertEqual(self.words_of(html, "quote-1-1"), "abcdef")
        self.assertEqual(self.words_of(html, "quote-2-1"), "cd")
        self.assertEqual(self.words_of(html, "quote-3-1"), "hij")

    def test_of_quotes_that_cross_each_other_the_later_marks_its_first_piece(self):
        html = marked(make_candidate("A。", "abcdefghij", (2, 8, "value"), (6, 11, "value")), "body")
        self.assertEqual(self.words_of(html, "quote-1-1"), "abcdef")
        self.assertEqual(self.words_of(html, "quote-2-1"), "ef")
        # A script finds all of its pieces by the number of the evidence.
        self.assertEqual(len(re.findall(r'data-evidence="(?:1 )?2"', html)), 2)

    def words_of(self, html, name):
        """Return the words of the element with this id, the page's own links left out."""
        depth, at = 0, html.index(f'<span id="{name}">')
        for tag in re.finditer(r"<(/?)span[^>]*>", html[at:]):
            depth += -1 if tag[1] else 1
            if not depth:
                return PlainText(html[at : at + tag.end()]).words
        raise AssertionError(f"{name} is not closed")


@temporary_keys
class RealListTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("loaddata", "fixtures/shanxi.json", verbosity=0)
        cls.shortlist = Shortlist.objects.get()

    def setUp(self):
        self.poll = make_open_poll(shortlist=self.shortlist)
        self.plan = plan_of(self.poll)

    def page(self, code):
        return self.client.get(english("candidate", self.poll, code))

    def test_every_page_shows_every_letter_and_links_each_evidence_to_its_quote(self):
        for candidate in self.plan.candidates:
            html = self.page(candidate.code).content.decode()
            shown = PlainText(html).words
            self.assertIn(candidate.headline, shown)
            self.assertIn(candidate.body, shown)
            ids = re.findall(r'\bid="([^"]+)"', html)
            self.assertEqual(len(ids), len(set(ids)), candidate.code)
            for target in re.findall(r'href="#([^"]+)"', html):
                self.assertIn(target, ids)
            for number in range(1, len(candidate.evidence) + 1):
                self.assertIn(f"evidence-{number}", ids)

    def test_before_and_after_are_drawn_from_zero_with_words_for_those_who_do_not_see(self):
        page = self.page("205")
        self.assertContains(page, 'role="img"', 1)
        self.assertContains(page, '<rect class="bar" x="0"')
        self.assertContains(page, 'width="320.0"')
        self.assertContains(page, f'width="{320 * 1700 / 12000:.1f}"')
        self.assertContains(page, "1.2亿吨")
        self.assertContains(page, "<table")

    def test_a_picture_says_by_itself_what_kind_of_figure_it_shows_of_when_and_from_where(self):
        drawn = 0
        for candidate in self.plan.candidates:
            html = self.page(candidate.code).content.decode()
            pictures = re.findall(r"<svg viewBox.*?</svg>", html, re.DOTALL)
            charted = [evidence for evidence in candidate.evidence if has_chart(evidence)]
            self.assertEqual(len(pictures), len(charted))
            for picture, evidence in zip(pictures, charted, strict=True):
                seen = "".join(re.findall(r'<text class="credit"[^>]*>([^<]*)', picture))
                self.assertIn(f"{evidence.kind_label}, {evidence.points[-1].period}", seen)
                self.assertIn(self.plan.shortlist.sources[0].title, seen)
                self.assertIn(seen[-20:], re.search(r"<desc[^>]*>([^<]*)", picture)[1])
                drawn += 1
        self.assertGreater(drawn, 5)

    def test_every_figure_has_an_address_of_its_own(self):
        for candidate in self.plan.candidates:
            html = self.page(candidate.code).content.decode()
            for number, evidence in enumerate(candidate.evidence, 1):
                for at, point in enumerate(evidence.points, 1):
                    self.assertEqual(html.count(f'id="figure-{number}-{at}"'), 1)
                    self.assertRegex(html, f'href="#figure-{number}-{at}">{re.escape(point.raw)}</a>')

    def test_a_citation_names_figure_kind_source_vote_check_code_and_address(self):
        html = self.page("205").content.decode()
        cited = re.findall(r'<p class="cite-text">(.*?)</p>', html, re.DOTALL)
        self.assertEqual(len(cited), len(self.plan.candidates[4].evidence))
        words = re.sub(r"<[^>]+>", "", cited[2])
        address_of_it = english("candidate", self.poll, "205") + "#evidence-3"
        for part in (
            "205 启动“两山七河”生态系统保护修复重大工程",
            "向黄河的年输沙量, 上世纪末 1.2亿吨/年, 目前 1700万吨/年 (result)",
            self.plan.shortlist.sources[0].title,
            f"vote {self.plan.title}",
            self.plan.sha256[:16],
            address_of_it,
        ):
            self.assertIn(part, words)
        self.assertIn("近年来 at least 400万亩/年", re.sub(r"<[^>]+>", "", cited[0]))

    def test_a_figure_that_stands_alone_needs_no_table(self):
        page = self.page("302")
        self.assertContains(page, '<p class="single" id="figure-1-1">', 1)
        self.assertContains(page, "<table", 1)  # of the one evidence with two figures

    def test_figures_that_are_no_course_of_time_are_not_drawn(self):
        self.assertContains(self.page("205"), '<figure class="chart">')
        self.assertNotContains(self.page("303"), '<figure class="chart">')

    def test_a_target_is_called_a_target(self):
        self.assertContains(self.page("301"), "kind-target")

    def test_a_text_without_figures_says_so(self):
        without = [candidate.code for candidate in self.plan.candidates if not candidate.has_figures]
        self.assertTrue(without)
        for code in without:
            self.assertContains(self.page(code), "The text gives no figures")
        self.assertNotContains(self.page("301"), "The text gives no figures")

    def test_no_page_holds_style_or_script_in_its_lines(self):
        pages = [self.client.get(english(name, self.poll)) for name in ("list", "ballot")]
        for page in (*pages, self.page("205")):
            self.assertNotRegex(page.content.decode(), r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]+src=)")

    def test_previous_next_and_the_ballot_are_linked(self):
        first, second, third = (candidate.code for candidate in self.plan.candidates[:3])
        page = self.page(second)
        for code in (first, third):
            self.assertContains(page, english("candidate", self.poll, code))
        self.assertContains(page, english("ballot", self.poll) + f"#pick-{second}")

    def test_an_unknown_code_is_no_page(self):
        for code in ("999", "101"):
            self.assertEqual(self.page(code).status_code, 404)
        self.assertEqual(self.client.get(address("list", self.poll) + "001/").status_code, 404)

    def test_a_post_is_refused(self):
        self.assertEqual(self.client.post(address("candidate", self.poll, "301")).status_code, 405)
