"""The voter's way in a real browser, with and without scripts."""

from voting.models import Participation, PendingEnvelope

from .browser import BrowserCase
from .factories import make_open_poll, temporary_keys
from .pages import english


@temporary_keys
class BrowserTest(BrowserCase):
    def setUp(self):
        super().setUp()
        self.poll = make_open_poll()

    def open(self, name, **options):
        page = self.new_page(**options)
        page.goto(self.live_server_url + english(name, self.poll))
        return page

    def pick(self, page, *codes):
        for code in codes:
            page.locator(f"input[value='{code}']").click()

    def picked(self, page):
        return [box.input_value() for box in page.locator("input:checked").all()]

    def assert_one_ballot(self):
        self.assertEqual(Participation.objects.filter(poll_id=self.poll.pk).count(), 1)
        self.assertEqual(PendingEnvelope.objects.filter(poll_id=self.poll.pk).count(), 1)

    def test_the_whole_way_with_scripts(self):
        page = self.open("ballot")
        self.pick(page, "101", "102", "103")
        tally = page.locator("#id_picks-1 .tally")
        self.assertIn("Category 1: 3 chosen, at most 3", tally.inner_text())
        self.pick(page, "104")
        page.get_by_text("All 3 choices in “Category 1” are used.").wait_for()
        self.assertEqual(self.picked(page), ["101", "102", "103"])

        page.reload()
        self.assertEqual(self.picked(page), ["101", "102", "103"])
        page.get_by_role("link", name="Details of 102").click()
        page.wait_for_url("**/102/")
        page.go_back()
        self.assertEqual(self.picked(page), ["101", "102", "103"])

        page.get_by_role("button", name="Next").click()
        page.get_by_role("heading", name="not sent yet").wait_for()
        page.wait_for_function("() => document.querySelector('[name=nonces_by]').value === 'device'")
        page.get_by_role("button", name="Go back and change").click()
        page.locator("#ballot").wait_for()
        self.assertEqual(self.picked(page), ["101", "102", "103"])
        self.pick(page, "103")
        page.get_by_role("button", name="Next").click()
        page.get_by_role("button", name="Confirm my ballot").click()
        page.wait_for_url("**/receipt/")
        page.get_by_text("were made by your device").wait_for()
        self.assert_one_ballot()
        kept = page.evaluate("() => Object.entries(localStorage)")
        self.assertIn([f"voted:{self.poll.uid}", "always"], kept)
        self.assertEqual([name for name, _value in kept if name.startswith("ballot:")], [])

    def test_none_clears_a_category_and_a_pick_clears_none(self):
        page = self.open("ballot")
        none = page.locator("#id_picks-1 input[value=none]")
        self.pick(page, "101", "201")
        none.click()
        self.assertEqual(self.picked(page), ["none", "201"])
        self.pick(page, "102")
        self.assertEqual(self.picked(page), ["102", "201"])

    def test_a_broken_network_says_so_and_the_second_try_counts_once(self):
        page = self.open("ballot")
        self.pick(page, "101")
        page.get_by_role("button", name="Next").click()
        confirm = page.get_by_role("button", name="Confirm my ballot")
        confirm.wait_for()
        page.route("**/cast/", lambda route: (route.fetch(max_redirects=0), route.abort()))
        confirm.click()
        page.get_by_text("The network broke").wait_for()
        self.assert_one_ballot()
        page.unroute("**/cast/")
        page.get_by_role("button", name="Try again").click()
        page.wait_for_url("**/receipt/")
        self.assert_one_ballot()

    def test_the_whole_way_without_scripts(self):
        page = self.open("ballot", java_script_enabled=False)
        self.pick(page, "101", "102", "103", "104", "201")
        page.get_by_role("button", name="Next").click()
        page.locator("#errors").get_by_text("You chose 4 in “Category 1”, 1 too many").wait_for()
        self.assertEqual(self.picked(page), ["101", "102", "103", "104", "201"])
        self.pick(page, "104")
        page.get_by_role("button", name="Next").click()
        page.get_by_role("button", name="Confirm my ballot").click()
        page.get_by_text("were made by the server").wait_for()
        self.assertTrue(page.url.endswith("/receipt/"))
        self.assert_one_ballot()

    def test_nothing_is_refused_by_the_content_security_policy(self):
        for name in ("list", "ballot", "find", "result"):
            page = self.open(name)
            refused = []
            page.on("console", lambda message, refused=refused: refused.append(message.text))
            page.reload()
            self.assertEqual(refused, [], name)
