"""One device and several people: who has voted is told so, the next one finds nothing of the one before."""

from datetime import timedelta

from django.utils import timezone

from .factories import make_open_poll, temporary_keys
from .tallies import count, settle
from .voter import VoterCase

VOTED = "A ballot was already cast from this device."


@temporary_keys
class WhoComesBack(VoterCase):
    def test_they_are_told_on_list_candidate_and_ballot_and_led_to_the_receipt(self):
        page = self.new_page()
        self.vote(page, "101")
        self.assertFalse(self.part(page, "voted").is_visible())
        for name, *arguments in (("list",), ("candidate", "102"), ("ballot",)):
            page.goto(self.at(name, *arguments))
            self.part(page, "voted").get_by_text(VOTED).wait_for()
        self.part(page, "voted").get_by_role("link", name="See the receipt").click()
        page.get_by_role("heading", name="Your vote is in").wait_for()
        self.assertEqual(self.complaints, [])

    def test_another_device_and_another_vote_are_told_nothing(self):
        page = self.new_page()
        self.vote(page, "101")
        other = self.open("ballot")
        self.poll = make_open_poll()
        page.goto(self.at("list"))
        for each in (page, other):
            each.wait_for_timeout(200)  # milliseconds
            self.assertFalse(self.part(each, "voted").is_visible())

    def test_the_server_has_the_last_word_where_the_mark_is_lost(self):
        page = self.new_page()
        self.vote(page, "101")
        page.evaluate("() => localStorage.clear()")
        page.goto(self.at("ballot"))
        self.assertFalse(self.part(page, "voted").is_visible())
        self.pick(page, "102")
        page.get_by_role("button", name="Next").click()
        page.get_by_role("heading", name="Already voted").wait_for()
        page.goto(self.at("list"))
        self.part(page, "voted").get_by_text(VOTED).wait_for()
        self.assert_ballots(1)

    def test_in_a_daily_vote_the_mark_ends_with_the_day_of_the_vote(self):
        self.poll = make_open_poll(daily=True, closes_at=timezone.now() + timedelta(days=9))
        page = self.new_page()
        self.vote(page, "101")
        until = page.evaluate("key => Number(localStorage.getItem(key))", f"voted:{self.poll.uid}")
        today = timezone.now().astimezone(timezone.get_fixed_timezone(480)).date()
        midnight = timezone.datetime.fromtimestamp(until / 1000, timezone.get_fixed_timezone(480))
        self.assertEqual((midnight.date() - today, midnight.hour), (timedelta(days=1), 0))
        page.goto(self.at("list"))
        self.part(page, "voted").get_by_text("You can vote again tomorrow.").wait_for()
        page.clock.install(time=midnight + timedelta(minutes=1))
        page.goto(self.at("list"))
        page.wait_for_timeout(200)  # milliseconds
        self.assertFalse(self.part(page, "voted").is_visible())


@temporary_keys
class NextVoter(VoterCase):
    def setUp(self):
        super().setUp()
        self.poll = make_open_poll(ballots_per_device=2)

    def test_the_next_finds_no_draft_no_receipt_no_mark_and_can_vote(self):
        page = self.new_page()
        self.vote(page, "101")
        page.evaluate("key => localStorage.setItem(key, '[\"102\"]')", f"reading:{self.poll.uid}")
        page.get_by_role("button", name="Next voter").click()
        page.get_by_role("heading", name="The next voter may begin").wait_for()
        self.assertEqual((self.kept(page), "#" in page.url), ([], False))
        page.go_back()
        page.get_by_text("This device holds no receipt any more").wait_for()
        self.assertFalse(page.get_by_text("Your vote is in").is_visible())
        page.goto(self.at("list"))
        self.assertFalse(self.part(page, "voted").is_visible())
        self.vote(page, "202")
        self.assert_ballots(2)
        page.get_by_role("button", name="Next voter").click()
        page.get_by_text("All 2 ballots were cast from this device").wait_for()
        page.goto(self.at("ballot"))
        self.part(page, "voted").get_by_text(VOTED).wait_for()
        self.assertEqual(self.complaints, [])

    def test_the_notice_of_who_has_voted_leads_there(self):
        page = self.new_page()
        self.vote(page, "101")
        page.goto(self.at("ballot"))
        self.part(page, "voted").get_by_role("link", name="Next voter").click()
        page.get_by_role("button", name="Next voter").click()
        page.get_by_role("link", name="Go and vote").click()
        page.locator("#ballot").wait_for()
        self.assertFalse(self.part(page, "voted").is_visible())

    def test_looking_at_that_page_takes_no_draft_away(self):
        page = self.open("ballot")
        self.pick(page, "101")
        page.goto(self.at("next"))
        page.get_by_role("heading", name="No ballot was cast from this device yet").wait_for()
        self.assertEqual(self.kept(page), ["ballot"])

    def test_it_works_without_scripts(self):
        page = self.new_page(java_script_enabled=False)
        for code in ("101", "102"):
            self.vote(page, code)
            page.get_by_role("button", name="Next voter").click()
        page.get_by_text("All 2 ballots were cast from this device").wait_for()
        self.assert_ballots(2)

    def test_where_a_device_has_one_ballot_the_mark_stays(self):
        self.poll = make_open_poll()
        page = self.new_page()
        self.vote(page, "101")
        page.get_by_role("button", name="Clear the receipt from this device").click()
        page.get_by_text("This vote takes one ballot per device").wait_for()
        self.assertEqual(self.kept(page), ["voted"])


@temporary_keys
class BeforeAndAfter(VoterCase):
    def left(self, page):
        return page.locator(".countdown .left")

    def later(self, **wait):
        opens = timezone.now() + timedelta(**wait)
        self.poll = make_open_poll(opens_at=opens, closes_at=opens + timedelta(days=1))
        return opens

    def test_it_counts_down_by_the_servers_clock_however_wrong_the_devices_is(self):
        self.later(days=2, hours=3, minutes=5, seconds=30)
        for wrong in (timedelta(days=-400), timedelta(hours=5)):
            page = self.new_page()
            page.clock.install(time=timezone.now() + wrong)
            page.goto(self.at("ballot"))
            self.left(page).get_by_text("By the clock of this site it begins in 2 d 3 h 5 min").wait_for()
        page.get_by_role("heading", name="What will come").wait_for()
        self.assertEqual(self.complaints, [])

    def test_the_beginning_is_announced_and_the_page_loaded_by_the_reader_alone(self):
        self.later(seconds=50)
        page = self.new_page()
        page.clock.install()
        page.goto(self.at("list"))
        self.left(page).wait_for()
        self.assertRegex(self.left(page).inner_text(), r"begins in \d+ s$")
        begun = page.locator(".countdown").get_by_role("status")
        self.assertEqual(begun.inner_text(), "")
        page.clock.run_for(55_000)  # milliseconds
        begun.get_by_text("Voting has begun.").wait_for()
        self.assertFalse(self.left(page).is_visible())
        page.get_by_role("button", name="Load the page anew").wait_for()

    def test_without_an_answer_of_the_server_nothing_is_counted(self):
        self.later(hours=1)
        page = self.new_page()
        page.route(
            "**/ballot/", lambda route: route.abort() if route.request.method == "HEAD" else route.continue_()
        )
        page.goto(self.at("ballot"))
        page.wait_for_timeout(400)  # milliseconds
        self.assertFalse(page.locator(".countdown").is_visible())
        page.get_by_text("Voting has not begun.").wait_for()

    def test_after_the_close_it_says_what_comes_and_then_leads_to_the_result(self):
        self.poll = settle(self.poll)
        page = self.open("ballot")
        self.assertIn("The key holders open the ballots", page.locator("[aria-current=step]").inner_text())
        self.assertFalse(page.locator(".countdown").is_visible())
        count(self.poll)
        page.reload()
        page.locator(".course").get_by_role("link", name="See the result").click()
        page.wait_for_url("**/result/")
