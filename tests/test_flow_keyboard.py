"""The whole vote by keyboard alone, and as assistive programs are told of it."""

from .factories import make_list, make_open_poll, temporary_keys
from .voter import CONFIRM, NEXT, VoterCase

FARTHEST = 80  # presses of Tab


@temporary_keys
class ByKeyboard(VoterCase):
    """Nothing here points at anything: only keys are pressed."""

    def focused(self, page):
        return page.evaluate(
            """() => {
              const one = document.activeElement;
              const text = one.getAttribute("aria-label") || (one.labels && one.labels[0] || one).textContent;
              return [one.localName, text.replace(/\\s+/g, " ").trim()];
            }"""
        )

    def tab_to(self, page, words, key="Tab"):
        """Press Tab until what has the focus says these words; return what was passed."""
        passed = []
        for _press in range(FARTHEST):
            page.keyboard.press(key)
            kind, text = self.focused(page)
            if words in text and kind != "body":
                return passed
            passed.append(text)
        raise AssertionError(f"The keyboard does not reach “{words}”, only {passed}.")

    def test_one_votes_from_the_list_to_the_receipt(self):
        page = self.open("list")
        self.tab_to(page, "Skip to the content")
        page.keyboard.press("Enter")
        self.tab_to(page, "Go and vote")
        page.keyboard.press("Enter")
        page.locator("#ballot").wait_for()
        self.tab_to(page, "102 Title 102")
        page.keyboard.press("Space")
        self.tab_to(page, "104 Title 104")
        page.keyboard.press("Space")
        page.keyboard.press("Space")
        self.tab_to(page, "Undo")
        page.keyboard.press("Enter")
        self.assertEqual(self.focused(page)[1], "104 Title 104")
        self.assertEqual(self.picked(page), ["102", "104"])
        self.tab_to(page, "None in this category")
        self.tab_to(page, "None in this category")
        page.keyboard.press("Space")
        self.assertEqual(self.picked(page), ["102", "104", "none"])
        self.tab_to(page, NEXT)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Check your ballot (not sent yet)").wait_for()
        self.tab_to(page, "Go back and change")
        page.keyboard.press("Enter")
        page.locator("#ballot").wait_for()
        self.assertEqual(self.picked(page), ["102", "104", "none"])
        self.tab_to(page, NEXT)
        page.keyboard.press("Enter")
        page.locator("#cast").wait_for()
        self.tab_to(page, CONFIRM)
        page.keyboard.press("Enter")
        page.wait_for_url("**/receipt/")
        self.assert_ballots(1)
        self.tab_to(page, "The signed confirmation, for checking")
        page.keyboard.press("Enter")
        self.tab_to(page, "Save as a file")
        self.tab_to(page, "Clear the receipt from this device")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Already voted").wait_for()
        self.assertEqual(self.complaints, [])

    def test_one_votes_without_scripts(self):
        page = self.open("ballot", java_script_enabled=False)
        self.tab_through_without_scripts(page, "input[value='103']", "Space")
        self.tab_through_without_scripts(page, "#ballot button[type=submit]", "Enter")
        page.get_by_role("heading", name="not sent yet").wait_for()
        self.tab_through_without_scripts(page, "[data-part=confirm]", "Enter")
        page.get_by_role("heading", name="Your vote is in").wait_for()
        self.assert_ballots(1)

    def tab_through_without_scripts(self, page, selector, key):
        for _press in range(FARTHEST):
            page.keyboard.press("Tab")
            if page.locator(f"{selector}:focus").count():
                page.keyboard.press(key)
                return
        self.fail(f"The keyboard does not reach {selector}.")

    def test_a_refused_ballot_puts_the_keyboard_on_the_reasons_and_a_reason_on_its_category(self):
        self.poll = make_open_poll(shortlist=make_list(min_choices=1))
        page = self.open("ballot")
        self.tab_to(page, NEXT)
        page.keyboard.press("Enter")
        page.locator("#errors").wait_for()
        self.assertEqual(page.evaluate("() => document.activeElement.id"), "errors")
        self.tab_to(page, "Choose at least 1 in “Category 2”")
        page.keyboard.press("Enter")
        self.tab_to(page, "201 Title 201")
        page.keyboard.press("Space")
        self.assertEqual(self.picked(page), ["201"])

    def test_nothing_holds_the_keyboard_and_everything_can_be_left_backwards(self):
        page = self.open("ballot")
        forwards = self.tab_to(page, NEXT)
        self.assertGreater(len(forwards), 9 + 9)
        backwards = self.tab_to(page, "Skip to the content", key="Shift+Tab")
        self.assertEqual(backwards[::-1], forwards[1:])

    def test_the_focus_can_be_seen_on_every_stop(self):
        page = self.open("ballot")
        for _stop in range(24):
            page.keyboard.press("Tab")
            style = page.evaluate(
                """() => {
                  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
                  return [outlineStyle, parseFloat(outlineWidth)];
                }"""
            )
            self.assertEqual((style[0], style[1] >= 2), ("solid", True), self.focused(page))

    def test_the_dialog_of_a_shared_device_keeps_the_keyboard_and_lets_it_go(self):
        page = self.new_page()
        page.clock.install()
        page.goto(f"{self.at('ballot')}?shared=1")
        page.wait_for_timeout(300)  # milliseconds
        page.clock.run_for(72_000)
        self.assertEqual(self.focused(page)[1], "I am still here")
        for _press in range(3):
            page.keyboard.press("Tab")
            self.assertEqual(page.locator("main :focus, header :focus:not(dialog *)").count(), 0)
        self.tab_to(page, "I am still here")
        page.keyboard.press("Enter")
        self.assertFalse(page.get_by_role("dialog").is_visible())


@temporary_keys
class AsTold(VoterCase):
    """What stands in the accessibility tree: names, roles, states and what is spoken."""

    def tree(self, page, selector="main"):
        return page.locator(selector).aria_snapshot()

    def assert_told(self, page, *lines, selector="main"):
        told = self.tree(page, selector)
        at = 0
        for line in lines:
            found = told.find(line, at)
            self.assertGreaterEqual(found, 0, f"“{line}” is not told, or not in its order, in:\n{told}")
            at = found + len(line)

    def test_the_ballot_names_each_category_its_rule_and_every_choice(self):
        page = self.open("ballot")
        self.assert_told(
            page,
            '- heading "Ballot" [level=1]',
            '- group "一、Category 1"',
            "choose up to 3.",
            '- checkbox "101 Title 101"',
            '- link "Details of 101"',
            '- checkbox "None in this category"',
            "Category 1: 0 chosen, at most 3",
            '- group "二、Category 2"',
            '- checkbox "201 Title 201"',
            f'button "{NEXT}"',
        )
        group = page.get_by_role("group", name="Category 1")
        described = group.evaluate(
            "part => document.getElementById(part.getAttribute('aria-describedby')).textContent"
        )
        self.assertEqual(described, "choose up to 3.")

    def test_a_tick_is_told_and_its_count_is_spoken_politely(self):
        page = self.open("ballot")
        page.get_by_role("checkbox", name="101 Title 101").check()
        self.assert_told(page, '- checkbox "101 Title 101" [checked]', "Category 1: 1 chosen, at most 3")
        spoken = page.get_by_role("group", name="Category 1").get_by_role("status")
        spoken.get_by_text("Category 1: 1 chosen, at most 3").wait_for(state="attached")
        self.assertEqual(page.locator("#id_picks-1 [aria-live]:not([aria-live=polite])").count(), 0)
        self.assertEqual(page.locator(".tally[role], .tally [role=status], .tally [aria-live]").count(), 0)

    def test_a_pick_too_many_is_spoken_and_stays_unticked(self):
        page = self.open("ballot")
        for code in ("101", "102", "103", "104"):
            page.get_by_role("checkbox", name=code).click()
        full = page.locator("#id_picks-1 .full")
        full.get_by_text("All 3 choices in “Category 1” are used.").wait_for()
        self.assertEqual(full.get_attribute("aria-live"), "polite")
        self.assertFalse(page.get_by_role("checkbox", name="104").is_checked())

    def test_the_page_to_confirm_reads_by_category_and_speaks_while_it_sends(self):
        page = self.open("ballot")
        page.get_by_role("checkbox", name="101").check()
        self.review(page)
        self.assert_told(
            page,
            '- heading "Check your ballot (not sent yet)" [level=1]',
            '- region "一、Category 1 1 chosen"',
            '- heading "一、Category 1 1 chosen" [level=2]',
            "- listitem: 101 Title 101",
            '- region "二、Category 2 0 chosen"',
            "Nothing chosen in this category.",
            "Once sent it cannot be changed",
            "- status",
            f'- button "{CONFIRM}"',
            '- button "Go back and change"',
        )
        held = []
        page.route("**/cast/", lambda route: held.append(route))
        page.get_by_role("button", name=CONFIRM).click()
        page.get_by_role("status").get_by_text("Sending; please do not close this page").wait_for()
        self.assert_told(page, f'- button "{CONFIRM}" [disabled]')
        held[0].abort()
        page.get_by_role("status").get_by_text("The network broke").wait_for()
        self.assert_told(page, '- button "Try again"')

    def test_the_receipt_names_its_state_its_code_and_how_the_phone_is_handed_on(self):
        self.poll = make_open_poll(ballots_per_device=2)
        page = self.new_page()
        self.vote(page, "101")
        page.get_by_text("The seals agree").wait_for()
        self.assert_told(
            page,
            '- heading "Your vote is in" [level=1]',
            "- listitem: Received",
            '- img "QR code that leads to the look-up of this ballot"',
            '- img "Picture of this receipt with the code',
            '- heading "Family members at the same phone" [level=2]',
            '- button "Next voter"',
        )

    def test_each_page_has_one_heading_of_the_first_level_and_skips_none(self):
        page = self.new_page()
        for name in ("ballot", "next", "receipt"):
            page.goto(self.at(name))
            levels = page.evaluate(
                "() => [...document.querySelectorAll('h1,h2,h3,h4')].filter((each) => each.checkVisibility())"
                ".map((each) => Number(each.localName[1]))"
            )
            self.assertEqual(levels.count(1), 1, name)
            self.assertTrue(
                all(low - high <= 1 for high, low in zip(levels, levels[1:], strict=False)), levels
            )

    def test_the_notices_of_this_device_are_told_before_the_page(self):
        page = self.open("ballot")
        page.get_by_role("checkbox", name="101").check()
        page.goto(self.at("list"))
        self.part(page, "unsent").wait_for()
        self.assert_told(page, "You have a ballot that is not sent yet (1 chosen).", "main", selector="body")
