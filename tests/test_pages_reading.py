"""Reading and picking on list and candidate pages, in a real browser: kept on the device alone."""

import re

from django.core.management import call_command

from shortlist.models import Shortlist

from .browser import DESKTOP, PHONE, BrowserCase
from .factories import make_open_poll, temporary_keys
from .pages import address, english

# Which figures stand on two lines although one line would hold them.
TORN = """() => [...document.querySelectorAll(".unbroken, .value, .nowrap")].filter((part) => {
  if (part.closest("details:not([open])")) return false;
  const range = document.createRange();
  range.selectNodeContents(part);
  const boxes = [...range.getClientRects()];
  const wide = boxes.reduce((sum, box) => sum + box.width, 0);
  const line = part.closest("p, td, h1, h2, h4");
  const room = line.clientWidth - parseFloat(getComputedStyle(line).paddingRight);
  return wide < room && boxes.some((box) => boxes.some((other) => box.top > other.bottom - 4));
}).map((part) => part.textContent)"""

# Which marks begin a line that must not begin one.
BEGUN_BY_MARK = """() => {
  const found = [];
  document.querySelectorAll(".text, h1, .values, .what, .back, .quiet").forEach((part) => {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    let last = null;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (let at = 0; at < node.length; at += 1) {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const box = range.getBoundingClientRect();
        if (!box.width) continue;
        const begins = last && box.top > last.bottom - 4;
        if (begins && "，。、；：！？”’）》".includes(node.data[at])) found.push(node.data.slice(at, at + 8));
        last = box;
      }
    }
  });
  return found;
}"""


@temporary_keys
class ReadingTest(BrowserCase):
    def setUp(self):
        super().setUp()
        self.poll = make_open_poll()

    def open(self, page, name, *arguments, end=""):
        page.goto(self.live_server_url + english(name, self.poll, *arguments) + end)
        return page

    def states(self, page):
        return [story.get_attribute("data-state") for story in page.locator(".story").all()]

    def shown(self, page):
        return [story.get_attribute("data-code") for story in page.locator(".story:not([hidden])").all()]

    def test_what_was_read_is_marked_counted_filtered_and_forgotten(self):
        page = self.open(self.new_page(), "list")
        self.assertEqual(set(self.states(page)), {"unread"})
        self.assertTrue(page.locator(".progress").is_hidden())
        for code in ("101", "203"):
            self.open(page, "candidate", code)
        self.open(page, "list")
        self.assertEqual(self.states(page).count("read"), 2)
        self.assertIn("7 not read", page.locator(".progress").inner_text())
        page.get_by_role("button", name=re.compile("^Not read")).click()
        self.assertEqual(len(self.shown(page)), 7)
        page.get_by_role("button", name=re.compile("^Read")).click()
        self.assertEqual(self.shown(page), ["101", "203"])
        self.assertEqual(page.get_by_role("button", name="Read 2").get_attribute("aria-pressed"), "true")
        page.get_by_role("button", name=re.compile("^Picked")).click()
        self.assertEqual(self.shown(page), [])
        self.assertTrue(page.get_by_text("Nothing in this category").first.is_visible())
        page.get_by_role("button", name="Forget what was read").click()
        self.assertEqual(set(self.states(page)), {"unread"})
        self.assertFalse(
            page.evaluate("() => Object.keys(localStorage).some((key) => key.startsWith('reading'))")
        )
        self.assertEqual(self.complaints, [])

    def test_nothing_of_what_was_read_reaches_the_server(self):
        page, asked = self.new_page(), []
        page.on("request", lambda request: asked.append((request.method, request.url, request.post_data)))
        self.open(page, "candidate", "101")
        page.get_by_role("button", name="Pick 101").click()
        self.open(page, "list")
        page.get_by_role("button", name=re.compile("^Picked")).click()
        self.assertTrue(asked)
        for method, url, body in asked:
            self.assertEqual((method, body), ("GET", None))
            self.assertNotIn("?", url)
        self.assertEqual(page.context.cookies(), [])

    def test_a_pick_on_the_candidates_page_is_ticked_on_the_ballot_and_can_be_taken_back(self):
        page = self.open(self.new_page(), "candidate", "102")
        page.get_by_role("button", name="Pick 102").click()
        self.assertIn("Category 1: 1 chosen, at most 3", page.locator(".pick .have").inner_text())
        page.locator(".pick").get_by_role("link", name="Go and vote").click()
        page.locator("input[value='102']:checked").wait_for()
        self.assertTrue(page.url.endswith("#pick-102"))
        self.assertEqual([box.input_value() for box in page.locator("input:checked").all()], ["102"])
        self.open(page, "list")
        self.assertEqual(self.states(page).count("picked"), 1)
        self.open(page, "candidate", "102")
        page.get_by_role("button", name="Take 102 back").click()
        self.open(page, "ballot")
        page.get_by_text("Category 1: 0 chosen, at most 3").wait_for()
        self.assertEqual(page.locator("input:checked").count(), 0)

    def test_one_pick_too_many_is_said_and_not_kept(self):
        page = self.new_page()
        for code in ("101", "102", "103"):
            self.open(page, "candidate", code)
            page.get_by_role("button", name=f"Pick {code}").click()
        self.open(page, "candidate", "104")
        page.get_by_role("button", name="Pick 104").click()
        page.get_by_text("All 3 choices in “Category 1” are used.").wait_for()
        self.open(page, "ballot")
        page.get_by_text("Category 1: 3 chosen, at most 3").wait_for()
        self.assertEqual(page.locator("input:checked").count(), 3)

    def test_without_scripts_there_are_no_dead_buttons_and_the_link_leads_to_the_candidate(self):
        page = self.open(self.new_page(java_script_enabled=False), "list")
        for part in (".filter", ".progress", ".mark"):
            self.assertEqual(page.locator(f"{part}:visible").count(), 0)
        self.open(page, "candidate", "102")
        self.assertEqual(page.locator("main button:visible").count(), 0)
        page.locator(".pick").get_by_role("link", name="Go and vote").click()
        self.assertTrue(page.url.endswith("#pick-102"))

    def test_the_search_field_and_its_button_share_a_line_on_a_phone(self):
        for size in (PHONE, {"width": 320, "height": 640}):
            page = self.open(self.new_page(size), "list")
            field, button = (
                page.locator("#id_q").bounding_box(),
                page.locator(".search button").bounding_box(),
            )
            self.assertLess(abs(field["y"] + field["height"] - button["y"] - button["height"]), 2)


@temporary_keys
class EvidenceTest(BrowserCase):
    def setUp(self):
        super().setUp()
        call_command("loaddata", "fixtures/shanxi.json", verbosity=0)
        self.poll = make_open_poll(shortlist=Shortlist.objects.get())

    def open(self, code, end="", size=DESKTOP, **options):
        page = self.new_page(size, reduced_motion="reduce", **options)
        page.goto(self.live_server_url + english("candidate", self.poll, code) + end)
        return page

    def colour(self, part):
        return part.evaluate("(part) => getComputedStyle(part).backgroundColor")

    def test_evidence_leads_to_its_quote_and_back_and_both_are_marked_with_and_without_scripts(self):
        for scripts in (True, False):
            page = self.open("205", java_script_enabled=scripts)
            quote = page.locator("#quote-3-1")
            plain = {self.colour(mark) for mark in quote.locator("mark").all()}
            page.locator("#evidence-3").get_by_role("link", name="In the text:").click()
            page.wait_for_timeout(400)  # milliseconds, longer than the fade
            marked = {self.colour(mark) for mark in quote.locator("mark").all()}
            self.assertEqual(len(marked), 1)
            self.assertNotEqual(marked, plain)
            self.assertEqual(quote.inner_text(), "向黄河的年输沙量由上世纪末的1.2亿吨减少到目前的1700万吨")
            other = self.colour(page.locator("#evidence-2"))
            page.get_by_role("link", name="Evidence 3").click()
            self.assertTrue(page.url.endswith("#evidence-3"))
            page.wait_for_timeout(400)
            self.assertNotEqual(self.colour(page.locator("#evidence-3")), other)

    def test_the_address_of_a_figure_opens_the_table_that_it_stands_in(self):
        page = self.open("205", "#figure-3-2")
        page.locator("#figure-3-2").get_by_text("1700万吨").wait_for()
        self.assertNotEqual(
            self.colour(page.locator("#figure-3-2")), self.colour(page.locator("#figure-3-1"))
        )

    def test_a_citation_carries_the_whole_address_and_says_that_it_was_copied(self):
        page = self.open("205")
        cite = page.locator("#evidence-3 .cite")
        cite.locator("summary").click()
        self.assertIn(
            f"{self.live_server_url}{english('candidate', self.poll, '205')}#evidence-3", cite.inner_text()
        )
        cite.get_by_role("button", name="Copy the citation").click()
        cite.get_by_text(re.compile("Copied|Select the text")).wait_for()
        chosen = page.evaluate("() => getSelection().toString()")
        self.assertIn("向黄河的年输沙量", chosen)

    def test_no_line_in_a_picture_is_wider_than_the_picture(self):
        drawn = 0
        for code in ("205", "301", "304", "305"):
            page = self.open(code)
            for wide, most in page.evaluate(
                "() => [...document.querySelectorAll('.chart text')].map((text) =>"
                " [text.getBBox().width, text.ownerSVGElement.viewBox.baseVal.width])"
            ):
                self.assertLessEqual(wide, most)
                drawn += 1
        self.assertGreater(drawn, 20)

    def test_no_page_is_wider_than_a_small_phone_and_no_figure_is_torn_from_its_unit(self):
        pages = [english("candidate", self.poll, code) for code in ("203", "301", "304", "208")]
        pages += [english("list", self.poll), address("list", self.poll)]
        # A narrow phone, and a phone whose letters are set to WeChat's largest.
        for width, letters in ((320, "100%"), (360, "180%")):
            page = self.new_page({"width": width, "height": 640})
            for name in pages:
                page.goto(self.live_server_url + name)
                page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", letters)
                self.assertLessEqual(page.evaluate("() => document.documentElement.scrollWidth"), width, name)
                self.assertEqual(page.evaluate(TORN), [], name)
        # The control: a figure that is free to break does break where its line ends.
        page.evaluate(
            "() => document.querySelectorAll('.unbroken, .value, .nowrap').forEach(({ style }) =>"
            " { style.display = 'inline'; style.whiteSpace = 'normal'; style.wordBreak = 'break-all'; })"
        )
        self.assertNotEqual(page.evaluate(TORN), [])

    def test_no_line_begins_with_a_closing_mark(self):
        for width in (320, 360, 390, 414, 1280):
            page = self.new_page({"width": width, "height": 640})
            for code in ("203", "208", "304", "302"):
                page.goto(self.live_server_url + address("candidate", self.poll, code))
                self.assertEqual(page.evaluate(BEGUN_BY_MARK), [], f"{code} at {width}")
        page.evaluate("() => { document.body.style.lineBreak = 'anywhere'; }")
        page.set_viewport_size({"width": 331, "height": 640})
        self.assertNotEqual(page.evaluate(BEGUN_BY_MARK), [])
