"""A device for everyone: after 90 seconds without use what was left on it goes, unless one press stops it."""

from .factories import make_open_poll, temporary_keys
from .voter import VoterCase

LEFT = "choices and receipt are cleared from this device."


@temporary_keys
class SharedDevice(VoterCase):
    def setUp(self):
        super().setUp()
        self.poll = make_open_poll(ballots_per_device=2)

    def start(self, switch="1", **options):
        """Open the list with the mode switched, on a clock that the test moves."""
        page = self.new_page(**options)
        page.clock.install()
        page.goto(f"{self.at('list')}?shared={switch}")
        return page

    def wait(self, page, seconds):
        # A script that was put into the page last may not have started yet.
        page.wait_for_timeout(200)  # milliseconds
        page.clock.run_for(seconds * 1000)

    def dialog(self, page):
        return page.get_by_role("dialog", name="Are you still there?")

    def test_an_abandoned_draft_goes_and_the_list_comes(self):
        page = self.start()
        self.assertEqual(page.url, self.at("list"))
        self.part(page, "shared").get_by_text("Shared device").wait_for()
        page.goto(self.at("ballot"))
        self.pick(page, "101")
        self.wait(page, 68)
        self.assertFalse(self.dialog(page).is_visible())
        self.wait(page, 4)
        self.dialog(page).get_by_text(LEFT).wait_for()
        self.assertEqual(page.evaluate("() => document.activeElement.id"), "stay")
        self.wait(page, 20)
        page.wait_for_url(self.at("list"))
        self.assertEqual(self.kept(page), ["shared"])
        self.assertFalse(self.part(page, "unsent").is_visible())
        self.assertEqual(self.complaints, [])

    def test_an_abandoned_receipt_goes_and_the_next_can_vote(self):
        page = self.start()
        self.vote(page, "101")
        self.wait(page, 92)
        page.wait_for_url(self.at("list"))
        self.assertFalse(self.part(page, "voted").is_visible())
        page.goto(self.at("receipt"))
        page.get_by_text("This device holds no receipt any more").wait_for()
        self.vote(page, "102")
        self.assert_ballots(2)

    def test_a_draft_left_behind_on_the_list_goes_too(self):
        page = self.start()
        page.goto(self.at("ballot"))
        self.pick(page, "101")
        page.goto(self.at("list"))
        self.part(page, "unsent").wait_for()
        self.wait(page, 92)
        self.part(page, "unsent").wait_for(state="hidden")
        self.assertEqual((self.kept(page), page.url), (["shared"], self.at("list")))

    def test_one_press_stops_it_and_so_does_escape(self):
        page = self.start()
        page.goto(self.at("ballot"))
        self.pick(page, "101")
        self.wait(page, 75)
        page.get_by_role("button", name="I am still here").click()
        self.assertFalse(self.dialog(page).is_visible())
        self.wait(page, 75)
        self.dialog(page).wait_for()
        page.keyboard.press("Escape")
        self.wait(page, 60)
        self.assertFalse(self.dialog(page).is_visible())
        self.assertEqual(self.picked(page), ["101"])

    def test_every_touch_counts_anew(self):
        page = self.start()
        page.goto(self.at("ballot"))
        for code in ("101", "102", "103"):
            self.pick(page, code)
            self.wait(page, 60)
        self.assertFalse(self.dialog(page).is_visible())
        self.assertEqual(self.picked(page), ["101", "102", "103"])

    def test_the_countdown_is_spoken_twice_and_not_each_second(self):
        page = self.start()
        page.goto(self.at("ballot"))
        page.evaluate(
            """() => {
              window.said = [];
              const spoken = document.getElementById("idle-spoken");
              new MutationObserver(() => window.said.push(spoken.textContent))
                .observe(spoken, { childList: true });
            }"""
        )
        self.wait(page, 85)
        self.assertEqual(self.dialog(page).get_attribute("aria-describedby"), "idle-text")
        self.assertEqual(page.evaluate("() => window.said.length"), 1)
        self.assertIn("In 10 seconds", page.evaluate("() => window.said[0]"))

    def test_an_untouched_list_is_left_alone(self):
        page = self.start()
        self.wait(page, 300)
        self.assertFalse(self.dialog(page).is_visible())

    def test_it_is_off_unless_switched_on_and_can_be_switched_off(self):
        page = self.start(switch="0")
        page.goto(self.at("ballot"))
        self.pick(page, "101")
        self.wait(page, 200)
        self.assertFalse(self.dialog(page).is_visible())
        page.goto(self.at("next"))
        page.get_by_text("A device for everyone, at a service desk").click()
        page.get_by_role("link", name="Switch the mode on").click()
        self.part(page, "shared").get_by_role("link", name="Switch this off").click()
        self.part(page, "shared").wait_for(state="hidden")
        self.assertEqual(self.kept(page), ["ballot"])

    def test_where_motion_is_reduced_nothing_moves(self):
        page = self.start(reduced_motion="reduce")
        page.goto(self.at("ballot"))
        self.wait(page, 75)
        self.dialog(page).wait_for()
        self.assertEqual(page.evaluate("() => document.getAnimations().length"), 0)
        self.assertEqual(
            page.evaluate("() => getComputedStyle(document.documentElement).scrollBehavior"), "auto"
        )
