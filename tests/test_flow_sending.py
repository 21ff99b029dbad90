"""Sending a ballot from a browser: double taps, back, reload, a lost network, other windows, old pages."""

from unittest import mock

from voting.casting import CastRefused

from .factories import temporary_keys
from .voter import CONFIRM, VoterCase

BROKEN = "The network broke, so it is not known yet whether your ballot arrived."


@temporary_keys
class SendingTest(VoterCase):
    def ready(self, *codes, **options):
        """Open a page to confirm."""
        page = self.open("ballot", **options)
        self.pick(page, *codes)
        self.review(page)
        return page

    def posts(self, page):
        """Return a list that grows with every ballot that is posted."""
        posted = []
        page.on("request", lambda request: request.url.endswith("/cast/") and posted.append(request.method))
        return posted

    def test_a_double_tap_sends_once(self):
        page = self.ready("101")
        posted = self.posts(page)
        page.get_by_role("button", name=CONFIRM).dblclick()
        page.wait_for_url("**/receipt/")
        self.assertEqual(posted, ["POST"])
        self.assert_ballots(1)

    def test_a_double_tap_without_scripts_leaves_one_ballot_and_a_receipt(self):
        page = self.ready("101", java_script_enabled=False)
        page.get_by_role("button", name=CONFIRM).dblclick()
        page.get_by_role("heading", name="Your vote is in").wait_for()
        self.assert_ballots(1)

    def test_back_after_the_receipt_shows_an_empty_ballot_that_says_why(self):
        page = self.ready("101", "202")
        self.confirm(page)
        page.reload()
        page.get_by_role("heading", name="Your vote is in").wait_for()
        page.go_back()
        page.locator("#ballot").wait_for()
        self.part(page, "voted").get_by_text("A ballot was already cast from this device.").wait_for()
        self.assertEqual(self.picked(page), [])
        page.go_forward()
        page.get_by_role("heading", name="Your vote is in").wait_for()
        self.assert_ballots(1)

    def test_back_after_the_receipt_without_scripts_leaves_one_ballot(self):
        page = self.ready("101", java_script_enabled=False)
        page.get_by_role("button", name=CONFIRM).click()
        page.wait_for_url("**/receipt/")
        page.goto(self.at("ballot"))
        self.pick(page, "102")
        page.get_by_role("button", name="Next").click()
        page.get_by_role("heading", name="Already voted").wait_for()
        self.assert_ballots(1)

    def test_a_reload_of_the_page_to_confirm_keeps_the_picks(self):
        page = self.ready("103")
        page.reload()
        page.get_by_text("Title 103").wait_for()
        self.confirm(page)
        self.assert_ballots(1)

    def test_without_a_network_it_says_so_and_sends_when_there_is_one(self):
        page = self.ready("101")
        page.context.set_offline(True)
        page.get_by_role("button", name=CONFIRM).click()
        page.get_by_role("status").get_by_text(BROKEN).wait_for()
        self.assert_ballots(0)
        again = page.get_by_role("button", name="Try again")
        self.assertTrue(again.evaluate("button => button === document.activeElement"))
        again.click()
        page.get_by_role("status").get_by_text(BROKEN).wait_for()
        page.context.set_offline(False)
        again.click()
        page.wait_for_url("**/receipt/")
        self.assert_ballots(1)

    def test_a_lost_answer_and_a_second_try_are_one_ballot(self):
        page = self.ready("101")
        page.route("**/cast/", lambda route: (route.fetch(max_redirects=0), route.abort()))
        page.get_by_role("button", name=CONFIRM).click()
        page.get_by_text(BROKEN).wait_for()
        self.assert_ballots(1)
        page.unroute("**/cast/")
        page.get_by_role("button", name="Try again").click()
        page.wait_for_url("**/receipt/")
        self.assert_ballots(1)

    def test_an_answer_that_does_not_come_is_not_waited_for_without_end(self):
        page = self.ready("101")
        held = []
        page.clock.install()
        page.reload()
        page.route("**/cast/", lambda route: held.append(route))
        page.get_by_role("button", name=CONFIRM).click()
        page.get_by_text("Sending; please do not close this page").wait_for()
        page.clock.run_for(21_000)  # milliseconds
        page.get_by_text(BROKEN).wait_for()
        self.assertEqual(len(held), 1)
        held[0].abort()
        page.unroute("**/cast/")
        page.get_by_role("button", name="Try again").click()
        page.wait_for_url("**/receipt/")
        self.assert_ballots(1)

    def test_what_is_busy_or_not_confirmed_is_said_on_the_spot_and_posted_once(self):
        page = self.ready("101")
        posted = self.posts(page)
        for code in ("busy", "unconfirmed"):
            refusal = CastRefused(code, f"Because of {code}: press again.")
            with mock.patch("voting.views.casting.cast_ballot", side_effect=refusal):
                page.get_by_role("button", name=CONFIRM).click()
                page.get_by_role("status").get_by_text(f"Because of {code}").wait_for()
        self.assertEqual(len(posted), 2)
        page.get_by_role("button", name=CONFIRM).click()
        page.wait_for_url("**/receipt/")
        self.assert_ballots(1)

    def test_an_expired_ticket_and_a_lost_token_bring_the_page_again_with_the_picks(self):
        with self.settings(TICKET_SECONDS=0):
            page = self.ready("101", "202")
        page.get_by_role("button", name=CONFIRM).click()
        page.get_by_role("alert").get_by_text("This page was out of date").wait_for()
        page.get_by_text("Title 202").wait_for()
        self.assert_ballots(0)
        page.context.clear_cookies(name="csrftoken")
        page.get_by_role("button", name=CONFIRM).click()
        page.get_by_role("alert").get_by_text("allow cookies for this site").wait_for()
        page.get_by_text("Title 202").wait_for()
        self.assert_ballots(0)
        self.confirm(page)
        self.assert_ballots(1)
        self.assertEqual(self.complaints, [])

    def test_going_back_to_change_loses_nothing(self):
        page = self.ready("101", "202")
        page.get_by_role("button", name="Go back and change").click()
        page.locator("#ballot").wait_for()
        self.assertEqual(self.picked(page), ["101", "202"])
        self.pick(page, "103")
        self.review(page)
        page.go_back()
        page.locator("#ballot").wait_for()
        self.assertEqual(self.picked(page), ["101", "103", "202"])
        page.get_by_role("button", name="Next").click()
        self.confirm(page)
        self.assert_ballots(1)

    def test_going_back_from_a_corrected_ballot_loses_nothing_either(self):
        page = self.open("ballot", java_script_enabled=False)
        self.pick(page, "101", "102", "103", "104")
        page.get_by_role("button", name="Next").click()
        page.locator("#errors").wait_for()
        self.pick(page, "101")
        self.review(page)
        page.get_by_role("button", name="Go back and change").click()
        page.locator("#ballot").wait_for()
        self.assertEqual(self.picked(page), ["102", "103", "104"])


@temporary_keys
class TwoWindows(VoterCase):
    def window(self, page, name):
        other = page.context.new_page()
        other.goto(self.at(name))
        return other

    def test_a_pick_in_one_window_stands_in_the_other(self):
        page = self.open("ballot")
        other = self.window(page, "ballot")
        self.pick(page, "101", "202")
        other.wait_for_function("() => document.querySelectorAll(':checked').length === 2")
        self.assertEqual(self.picked(other), ["101", "202"])
        self.assertIn("1 chosen", other.locator("#id_picks-1 .tally").inner_text())

    def test_the_other_windows_learn_that_the_ballot_was_sent(self):
        page = self.open("ballot")
        self.pick(page, "101")
        ballot, listed = self.window(page, "ballot"), self.window(page, "list")
        second = self.window(page, "ballot")
        self.review(second)
        self.review(page)
        self.confirm(page)
        for other in (ballot, listed, second):
            alert = self.part(other, "elsewhere")
            alert.get_by_text("A ballot was sent from another window.").wait_for()
            self.assertEqual(alert.get_attribute("role"), "alert")
        self.assertEqual(self.picked(ballot), [])
        self.assertFalse(second.get_by_role("button", name=CONFIRM).is_visible())
        self.assertEqual(self.kept(page), ["voted"])
        self.assert_ballots(1)

    def test_a_window_that_removes_the_draft_itself_is_emptied_too(self):
        page = self.open("ballot")
        self.pick(page, "101", "202")
        # Windows are told of each other's changes alone, so nobody tells this one that the draft is gone.
        page.evaluate("""() => {
            const key = document.getElementById("on-device").dataset.voted;
            localStorage.setItem(key, "always");
            const change = {key, newValue: "always", storageArea: localStorage};
            window.dispatchEvent(new StorageEvent("storage", change));
        }""")
        self.part(page, "elsewhere").get_by_text("A ballot was sent from another window.").wait_for()
        self.assertEqual(self.picked(page), [])
        self.assertIn("0 chosen", page.locator("#id_picks-1 .tally").inner_text())
        self.assertEqual(self.kept(page), ["voted"])

    def test_without_that_message_the_server_refuses_the_second_ballot(self):
        page = self.open("ballot")
        self.pick(page, "101")
        other = page.context.new_page()
        other.add_init_script(
            "window.addEventListener('storage', (event) => event.stopImmediatePropagation(), true);"
        )
        other.goto(self.at("ballot"))
        self.pick(other, "203")
        self.review(other)
        self.review(page)
        self.confirm(page)
        other.get_by_role("button", name=CONFIRM).click()
        other.get_by_role("heading", name="Already voted").wait_for()
        self.assert_ballots(1)
