"""Elder mode and comparing in a real browser: one candidate a screen, large targets, a place remembered."""

from voting.models import Participation

from .browser import PHONE, BrowserCase
from .factories import make_open_poll, temporary_keys
from .pages import english

LEAST_TARGET = 48  # CSS pixels
LEAST_TEXT = 22


@temporary_keys
class ElderBrowserTest(BrowserCase):
    home = "postgresql"

    def setUp(self):
        super().setUp()
        self.poll = make_open_poll()

    def at(self, name, *arguments, mode="/elder"):
        return self.live_server_url + mode + english(name, self.poll, *arguments)

    def open(self, name, page=None, **options):
        page = page or self.new_page(**options)
        page.goto(self.at(name))
        return page

    def screen(self, page):
        shown = page.locator(".screen:not([hidden])")
        shown.first.wait_for()
        self.assertEqual(shown.count(), 1)
        return shown.get_attribute("id")

    def go(self, page, name):
        link = page.locator(".screen:not([hidden]) .walk").get_by_text(name, exact=True)
        goal = link.get_attribute("href")
        link.click()
        # The old screen stays for a moment; what is pressed next is on the new one.
        page.locator(f"{goal}:not([hidden])").wait_for()

    def take(self, page):
        page.locator(".screen:not([hidden]) .take").click()

    def test_a_vote_from_the_first_screen_to_the_receipt(self):
        page = self.open("ballot")
        self.assertEqual(self.screen(page), "pick-101")
        self.take(page)
        page.get_by_text("Category 1: 1 chosen, at most 3").first.wait_for()
        self.go(page, "Next")
        page.wait_for_url("**#pick-102")
        self.assertEqual(self.screen(page), "pick-102")
        self.go(page, "Back")
        page.wait_for_url("**#pick-101")
        self.assertEqual(page.locator(".screen:not([hidden]) input").is_checked(), True)
        for _screen in range(10):
            self.go(page, "Next")
        self.assertEqual(self.screen(page), "none-2")
        self.go(page, "Done choosing")
        self.assertEqual(self.screen(page), "done")
        page.get_by_role("button", name="Next: check the ballot").click()
        page.get_by_role("button", name="Confirm my ballot").click()
        page.wait_for_url("**/elder/en/p/*/receipt/")
        self.assertEqual(Participation.objects.count(), 1)
        self.assertEqual(self.complaints, [])

    def test_it_goes_on_where_one_stopped_with_the_picks(self):
        page = self.open("ballot")
        self.take(page)
        for _screen in range(3):
            self.go(page, "Next")
        self.assertEqual(self.screen(page), "pick-104")
        self.open("list", page)
        self.open("ballot", page)
        self.assertEqual(self.screen(page), "pick-104")
        self.assertEqual([box.input_value() for box in page.locator("input:checked").all()], ["101"])
        other = self.open("ballot")
        self.assertEqual(self.screen(other), "pick-101")

    def test_the_browsers_way_back_leads_to_the_screen_before(self):
        page = self.open("ballot")
        self.go(page, "Next")
        self.go(page, "Next")
        page.wait_for_url("**#pick-103")
        page.go_back()
        page.wait_for_url("**#pick-102")
        self.assertEqual(self.screen(page), "pick-102")

    def test_one_pick_too_many_is_refused_on_the_spot(self):
        page = self.open("ballot")
        for _pick in range(3):
            self.take(page)
            self.go(page, "Next")
        self.take(page)
        page.get_by_text("All 3 choices in “Category 1” are used.").wait_for()
        self.assertEqual(page.locator("input:checked").count(), 3)

    def test_a_link_to_a_candidate_opens_its_screen(self):
        page = self.new_page()
        page.goto(self.at("ballot") + "#pick-203")
        self.assertEqual(self.screen(page), "pick-203")

    def test_what_is_pressed_and_read_is_large(self):
        page = self.open("ballot")
        for part in (".take", ".walk a"):
            box = page.locator(f".screen:not([hidden]) {part}").first.bounding_box()
            self.assertGreaterEqual(box["height"], LEAST_TARGET, part)
        for name in ("list", "ballot", "find"):
            self.open(name, page)
            small = page.evaluate(
                """(least) => Array.from(document.querySelectorAll("body *"))
                  .filter((part) => part.offsetParent && !part.closest("svg, .unseen"))
                  .filter((part) => Array.from(part.childNodes)
                    .some((one) => one.nodeType === 3 && one.data.trim()))
                  .filter((part) => parseFloat(getComputedStyle(part).fontSize) < least)
                  .map((part) => `${part.tagName}.${part.className} ${getComputedStyle(part).fontSize}`)""",
                LEAST_TEXT,
            )
            self.assertEqual(small, [], name)

    def test_nothing_is_wider_than_an_old_phone(self):
        page = self.open("ballot")
        for name in ("list", "ballot", "compare"):
            self.open(name, page)
            self.assertLessEqual(page.evaluate("() => document.documentElement.scrollWidth"), PHONE["width"])

    def test_without_scripts_it_is_one_long_page_that_votes(self):
        page = self.open("ballot", java_script_enabled=False)
        self.assertEqual(page.locator(".screen").count(), 12)
        page.locator("input[value='101']").check()
        page.locator("#pick-101 .walk a").click()
        page.locator("input[value='203']").check()
        page.get_by_role("button", name="Next: check the ballot").click()
        page.get_by_role("button", name="Confirm my ballot").click()
        page.wait_for_url("**/elder/en/p/*/receipt/")
        self.assertEqual(Participation.objects.count(), 1)

    def test_the_device_remembers_the_mode_until_the_standard_version_is_chosen(self):
        page = self.new_page()
        page.goto(self.at("list", mode=""))
        page.get_by_role("link", name="For elders").click()
        page.wait_for_url("**/elder/en/p/*/")
        page.goto(f"{self.live_server_url}/en/")
        page.wait_for_url("**/elder/en/")
        page.goto(self.at("candidate", "101", mode=""))
        page.wait_for_timeout(300)
        self.assertNotIn("/elder/", page.url)
        page.goto(self.at("list"))
        page.get_by_role("link", name="Standard version").click()
        page.wait_for_url(self.at("list", mode=""))
        page.goto(f"{self.live_server_url}/en/")
        page.wait_for_timeout(300)
        self.assertNotIn("/elder/", page.url)

    def test_ticked_on_the_list_and_shown_side_by_side(self):
        page = self.new_page()
        page.goto(self.at("list", mode=""))
        for code in ("101", "203"):
            page.locator(f"input[name=codes][value='{code}']").check()
        page.get_by_text("To compare: 2 ticked").wait_for()
        page.get_by_role("button", name="Compare the chosen").click()
        page.wait_for_url("**/compare/?codes=101&codes=203")
        self.assertEqual(page.locator(".compare thead .number").all_inner_texts(), ["101", "203"])
        width = page.evaluate("() => document.documentElement.scrollWidth")
        self.assertLessEqual(width, PHONE["width"])
        self.assertEqual(self.complaints, [])
