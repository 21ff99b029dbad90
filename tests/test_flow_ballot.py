"""The ballot in a browser: counts that run along, none, undo, and a draft that every page knows of."""

from voting.lifecycle import close_poll

from .factories import make_list, make_open_poll, temporary_keys
from .voter import VoterCase


@temporary_keys
class CountsTest(VoterCase):
    def tally(self, page, digit="1"):
        return page.locator(f"#id_picks-{digit} .tally").inner_text()

    def test_they_say_how_many_are_chosen_left_and_used(self):
        page = self.open("ballot")
        self.pick(page, "101")
        self.assertIn("Category 1: 1 chosen, at most 3", self.tally(page))
        self.assertIn("You may choose 2 more, or leave it at that", self.tally(page))
        self.assertIn("Category 2: 0 chosen, at most 3", self.tally(page, "2"))
        self.pick(page, "102", "103")
        self.assertIn("All choices are used", self.tally(page))
        self.pick(page, "104")
        page.get_by_text(
            "All 3 choices in “Category 1” are used. To choose another, take one back"
        ).wait_for()
        self.assertEqual(self.picked(page), ["101", "102", "103"])

    def test_they_say_how_many_are_missing_and_the_server_names_the_category(self):
        self.poll = make_open_poll(shortlist=make_list(min_choices=2))
        page = self.open("ballot")
        self.pick(page, "101")
        self.assertIn("Choose at least 2: 1 to go", self.tally(page))
        page.get_by_role("button", name="Next").click()
        errors = page.locator("#errors")
        errors.get_by_text("Choose at least 2 in “Category 1”: 1 is missing.").wait_for()
        self.assertTrue(errors.evaluate("part => part === document.activeElement"))
        self.assertEqual(self.picked(page), ["101"])
        page.get_by_role("link", name="Choose at least 2 in “Category 2”").click()
        self.assertEqual(page.evaluate("() => document.activeElement.id"), "id_picks-2")

    def test_they_stay_in_sight_while_the_category_is_read(self):
        self.poll = make_open_poll(shortlist=make_list(candidates=(20, 4)))
        page = self.open("ballot")
        tally = page.locator("#id_picks-1 .tally")
        for code in ("102", "110"):
            self.box(page, code).scroll_into_view_if_needed()
            box = tally.bounding_box()
            self.assertAlmostEqual(box["y"] + box["height"], 640, delta=2)
        self.box(page, "204").scroll_into_view_if_needed()
        self.assertLess(tally.bounding_box()["y"], 0)

    def test_what_the_keyboard_reaches_is_never_under_the_counts(self):
        self.poll = make_open_poll(shortlist=make_list(candidates=(20, 4)))
        page = self.open("ballot", reduced_motion="reduce")
        self.box(page, "101").focus()
        for _step in range(38):
            page.keyboard.press("Tab")
            reached = page.evaluate(
                """() => {
                  const reached = document.activeElement.getBoundingClientRect();
                  const counts = document.activeElement.closest("fieldset").querySelector(".tally");
                  return [reached.bottom, counts.getBoundingClientRect().top];
                }"""
            )
            self.assertLessEqual(reached[0], reached[1] + 1)

    def test_a_single_count_is_spoken_after_quick_picks(self):
        page = self.open("ballot")
        page.evaluate(
            """() => {
              window.said = [];
              const spoken = document.querySelector("#id_picks-1 .spoken");
              new MutationObserver(() => spoken.textContent && window.said.push(spoken.textContent))
                .observe(spoken, { childList: true });
            }"""
        )
        self.pick(page, "101", "102", "103")
        page.wait_for_function("() => window.said.length > 0")
        page.wait_for_timeout(800)  # milliseconds
        self.assertEqual(page.evaluate("() => window.said"), ["Category 1: 3 chosen, at most 3"])


@temporary_keys
class UndoTest(VoterCase):
    def undo(self, page):
        button = page.get_by_role("button", name="Undo")
        button.click()
        self.assertEqual(button.count(), 0)

    def test_a_pick_taken_back_comes_again_and_the_keyboard_stands_on_it(self):
        page = self.open("ballot")
        self.assertEqual(page.get_by_role("button", name="Undo").count(), 0)
        self.pick(page, "101", "102", "101")
        self.assertEqual(self.picked(page), ["102"])
        self.undo(page)
        self.assertEqual(self.picked(page), ["101", "102"])
        self.assertEqual(page.evaluate("() => document.activeElement.value"), "101")

    def test_none_clears_a_category_and_undo_brings_it_back(self):
        page = self.open("ballot")
        self.pick(page, "101", "103", "201")
        page.get_by_label("None in this category").first.check()
        self.assertEqual(self.picked(page), ["none", "201"])
        self.assertIn("None in this category", page.locator("#id_picks-1 .tally").inner_text())
        self.undo(page)
        self.assertEqual(self.picked(page), ["101", "103", "201"])

    def test_all_choices_can_be_cleared_and_brought_back(self):
        page = self.open("ballot")
        self.pick(page, "101", "201")
        page.get_by_role("button", name="Clear all choices").click()
        self.assertEqual((self.picked(page), self.kept(page)), ([], []))
        self.undo(page)
        self.assertEqual((self.picked(page), self.kept(page)), (["101", "201"], ["ballot"]))

    def test_the_next_pick_ends_the_offer(self):
        page = self.open("ballot")
        self.pick(page, "101", "101", "102")
        self.assertEqual(page.get_by_role("button", name="Undo").count(), 0)


@temporary_keys
class NoneTest(VoterCase):
    def test_without_scripts_none_and_picks_get_a_sentence_and_both_stay(self):
        page = self.open("ballot", java_script_enabled=False)
        self.pick(page, "none", "101")
        page.get_by_role("button", name="Next").click()
        page.locator("#errors").get_by_text("and candidates as well").wait_for()
        self.assertEqual(self.picked(page), ["101", "none"])
        self.pick(page, "101")
        self.review(page)
        self.assertEqual(page.get_by_text("Sent like this, it is “None in this category”.").count(), 2)

    def test_it_survives_going_back_from_the_page_to_confirm(self):
        page = self.open("ballot")
        self.pick(page, "none", "201")
        self.review(page)
        page.get_by_role("button", name="Go back and change").click()
        page.locator("#ballot").wait_for()
        self.assertEqual(self.picked(page), ["none", "201"])
        page.reload()
        self.assertEqual(self.picked(page), ["none", "201"])


@temporary_keys
class DraftTest(VoterCase):
    def test_every_page_of_the_vote_says_that_a_ballot_is_unsent(self):
        page = self.open("ballot")
        self.pick(page, "101", "201", "none")
        self.assertFalse(self.part(page, "unsent").is_visible())
        for name, *arguments in (("list",), ("candidate", "102"), ("find",), ("result",), ("next",)):
            page.goto(self.at(name, *arguments))
            self.part(page, "unsent").get_by_text(
                "You have a ballot that is not sent yet (1 chosen)."
            ).wait_for()
        self.part(page, "unsent").get_by_role("link").click()
        page.locator("#ballot").wait_for()
        self.assertEqual(self.picked(page), ["none", "201"])
        self.review(page)
        self.assertFalse(self.part(page, "unsent").is_visible())
        self.confirm(page)
        page.goto(self.at("list"))
        self.assertFalse(self.part(page, "unsent").is_visible())
        self.assertEqual(self.complaints, [])

    def test_a_vote_without_a_draft_and_another_vote_say_nothing(self):
        page = self.open("ballot")
        self.pick(page, "101")
        self.poll = make_open_poll()
        page.goto(self.at("list"))
        page.wait_for_timeout(200)  # milliseconds
        self.assertFalse(self.part(page, "unsent").is_visible())

    def test_after_the_close_it_says_so_once_and_keeps_nothing(self):
        page = self.open("ballot")
        self.pick(page, "101")
        close_poll(by=["Clerk"], poll=self.poll)
        page.goto(self.at("list"))
        self.part(page, "late").get_by_text("Voting has closed. What you just chose was not sent.").wait_for()
        self.assertEqual(self.kept(page), [])
        page.goto(self.at("list"))
        self.assertFalse(self.part(page, "late").is_visible())

    def test_a_browser_that_keeps_nothing_still_votes(self):
        page = self.new_page()
        page.add_init_script(
            """Object.defineProperty(window, "localStorage", { get() { throw new Error("forbidden"); } });"""
        )
        self.vote(page, "101")
        self.assert_ballots(1)
        self.assertEqual(self.complaints, [])
