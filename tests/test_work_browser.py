"""The proof of work in a browser: nobody sees it, hears it or waits for it, and nobody needs it to vote."""

import json
import time

import altcha
from django.conf import settings

from voting.brakes import signals_named
from voting.limits import DEFAULTS
from voting.ticket import read_ticket

from .factories import make_open_poll, temporary_keys
from .voter import VoterCase

SLOW = 6  # times slower than this machine: an old phone
PICKING = 10  # seconds: nobody fills in a ballot of two dozen candidates faster
FIELD = "input[name=work]"
WITHOUT_WORKERS = "delete window.Worker"


@temporary_keys
class ProofInBrowser(VoterCase):
    def setUp(self):
        super().setUp()
        self.use(fast_seconds=1, work=1000)

    def use(self, **limits):
        self.poll = make_open_poll(brakes=limits, ballots_per_device=2)

    def solved(self, page):
        page.wait_for_function(
            "(field) => document.querySelector(field).value.length > 9", arg=FIELD, timeout=60_000
        )

    def noticed(self, page):
        return signals_named(read_ticket(self.poll, page.locator("input[name=ticket]").input_value()).signals)

    def test_on_a_slow_phone_the_proof_is_there_before_anybody_has_picked(self):
        self.use(fast_seconds=1)
        page = self.new_page()
        phone = page.context.new_cdp_session(page)
        phone.send("Emulation.setCPUThrottlingRate", {"rate": SLOW})
        page.goto(self.at("ballot"))
        self.solved(page)
        self.pick(page, "101", "201")
        time.sleep(1)
        self.review(page)
        self.assertEqual(self.noticed(page), [])
        self.confirm(page)
        self.assertEqual(self.complaints, [])
        # Chromium slows the page down and not its workers, so the worker's own code is timed in the page.
        most = DEFAULTS["work"]
        challenge = altcha.create_challenge_v1(max_number=most, hmac_key="key", number=most // 2).to_dict()
        task = {"salt": challenge["salt"], "challenge": challenge["challenge"], "most": most}
        program = (settings.BASE_DIR / "static" / "ballot" / "worker.js").read_text()
        began = time.monotonic()
        answer = phone.send("Runtime.evaluate", {"expression": f"{program};solve({json.dumps(task)})"})
        self.assertLess(time.monotonic() - began, PICKING)
        self.assertEqual(answer["result"]["value"], most // 2)

    def test_a_ballot_that_is_sent_before_the_proof_is_there_goes_at_once(self):
        self.use(work=2_000_000_000)
        page = self.open("ballot")
        self.pick(page, "101")
        self.assertEqual(page.locator(FIELD).input_value(), "-")
        self.review(page)
        self.assertEqual(self.noticed(page), ["no_work"])
        self.confirm(page)
        self.assertEqual(self.complaints, [])

    def test_who_comes_back_goes_on_with_the_same_proof_and_the_next_voter_gets_another(self):
        page = self.open("ballot")
        self.pick(page, "101")
        self.solved(page)
        first = page.locator(FIELD).input_value()
        time.sleep(1)
        self.review(page)
        for come_back in (page.go_back, lambda: page.goto(self.at("ballot"))):
            come_back()
            self.solved(page)
            self.assertEqual(page.locator(FIELD).input_value(), first)
            self.review(page)
            self.assertEqual(self.noticed(page), [])
        self.confirm(page)
        self.assertNotIn("work", page.evaluate("() => Object.keys(sessionStorage).join()"))
        page.goto(self.at("next"))
        page.get_by_role("button", name="Next voter").click()
        page.goto(self.at("ballot"))
        self.solved(page)
        self.assertNotEqual(page.locator(FIELD).input_value(), first)
        self.assertEqual(self.complaints, [])

    def test_without_script_or_workers_one_votes_all_the_same(self):
        old = self.new_page()
        old.add_init_script(WITHOUT_WORKERS)
        for page, named in (
            (self.new_page(java_script_enabled=False), ["no_script", "no_work"]),
            (old, ["no_work"]),
        ):
            page.goto(self.at("ballot"))
            self.pick(page, "101")
            self.review(page)
            self.assertEqual(self.noticed(page), named)
            self.confirm(page)
        self.assertEqual(self.complaints, [])

    def test_there_is_nothing_to_see_to_hear_or_to_reach(self):
        page = self.open("ballot")
        for name in ("work", "remark"):
            self.assertFalse(page.locator(f"input[name={name}]").is_visible())
        self.assertNotIn("Leave this field empty", page.locator("body").aria_snapshot())
        names = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            names.add(page.evaluate("() => document.activeElement.name || ''"))
        self.assertIn("picks-1", names)
        self.assertFalse(names & {"work", "remark"})
