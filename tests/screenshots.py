"""The pictures in docs/screenshots, made anew by: python3 manage.py test --sqlite tests.screenshots

The name keeps them out of the ordinary run: they show the pages and prove nothing. Each picture has
few colours, so that all of them together stay small.
"""

import io
import random

from django.conf import settings
from django.core.management import call_command
from PIL import Image

from voting.demo import prepare_demo
from voting.manifest import plan_of
from voting.models import Poll

from .browser import DESKTOP, PHONE, BrowserCase
from .factories import cast, temporary_keys
from .pages import address

FOLDER = settings.BASE_DIR / "docs" / "screenshots"
TALLEST = 1400  # pixels
LARGEST = 150_000  # bytes
COLOURS = 128
BALLOTS = 60
MINE = ("201", "203", "204", "207", "210", "212", "301", "302", "305", "309")


@temporary_keys
class Screenshots(BrowserCase):
    def test_draw_them_all(self):
        FOLDER.mkdir(exist_ok=True)
        demo = prepare_demo()
        self.poll = Poll.objects.get()
        self.cast_ballots()
        phone, desktop = self.new_page(PHONE), self.new_page(DESKTOP)
        self.draw_lists(phone, desktop)
        self.draw_a_vote(phone, desktop)
        self.draw_the_desk(self.new_page(DESKTOP), demo)
        self.draw_the_result(phone, desktop)
        self.put_side_by_side(("list-phone", "candidate-phone", "ballot-phone"), "phone")
        self.assertEqual(self.complaints, [])

    def cast_ballots(self):
        """Cast ballots that are the same on every run, some of them with a category left out."""
        chance = random.Random(2019)
        for _ballot in range(BALLOTS):
            codes = []
            for part in plan_of(self.poll).sections:
                ordered = sorted(part.candidates, key=lambda each: int(each.code) * chance.random() ** 2)
                codes += [each.code for each in ordered[: chance.randint(0, part.max_choices)]]
            cast(self.poll, codes=codes)

    def draw_lists(self, phone, desktop):
        for page, size in ((phone, "phone"), (desktop, "desktop")):
            page.goto(self.at("list"))
            self.shoot(page, f"list-{size}")
            page.goto(self.at("candidate", "301"))
            self.shoot(page, f"candidate-{size}")
        phone.goto(self.at("list", language="en"))
        self.shoot(phone, "list-phone-en")

    def draw_a_vote(self, phone, desktop):
        desktop.goto(self.at("ballot", language="en"))
        self.tick(desktop)
        self.shoot(desktop, "ballot-desktop-en")
        desktop.goto(self.at("ballot"))
        self.shoot(desktop, "ballot-desktop")
        phone.goto(self.at("ballot"))
        self.tick(phone)
        self.shoot(phone, "ballot-phone")
        phone.get_by_role("button", name="下一步：核对选票").click()
        phone.locator("#cast").wait_for()
        self.shoot(phone, "review-phone")
        phone.get_by_role("button", name="确认投票").click()
        phone.wait_for_url("**/receipt/")
        call_command("keep_ledger", once=True)
        phone.reload()
        self.shoot(phone, "receipt-phone")

    def draw_the_desk(self, page, demo):
        page.goto(f"{self.live_server_url}/admin/")
        page.locator("#id_username").fill(demo.staff_name)
        page.locator("#id_password").fill(demo.staff_password)
        page.locator("input[type=submit]").click()
        page.locator("#content-main").wait_for()
        self.desk = f"{self.live_server_url}/admin/voting/poll/{self.poll.pk}"
        page.goto(f"{self.desk}/change/")
        self.shoot(page, "admin-poll-desktop")
        self.act(page, "close", reason="演示结束")
        call_command("keep_ledger", once=True)
        self.act(page, "count")
        page.locator("a", has_text="计票结果与文件").click()
        page.locator(".desk-counts").first.wait_for()
        self.shoot(page, "admin-tally-desktop")

    def draw_the_result(self, phone, desktop):
        for page, size in ((phone, "phone"), (desktop, "desktop")):
            page.goto(self.at("result"))
            self.shoot(page, f"result-{size}")

    def at(self, name, *arguments, language="zh-hans"):
        return self.live_server_url + address(name, self.poll, *arguments, language=language)

    def act(self, page, name, reason=""):
        page.goto(f"{self.desk}/act/{name}/")
        if reason:
            page.locator("[name=reason]").fill(reason)
        page.locator(".submit-row input[type=submit]").click()
        page.locator("#desk-standing").wait_for()

    def tick(self, page):
        for code in MINE:
            page.locator(f"input[value='{code}']").check()
        page.evaluate("() => scrollTo(0, 0)")

    def shoot(self, page, name):
        """Draw the page down to 1400 pixels and keep it with few colours."""
        window = page.viewport_size
        height = min(TALLEST, page.evaluate("() => document.documentElement.scrollHeight"))
        # In a window as tall as the picture, what sticks to the window's edge stands at the picture's.
        page.set_viewport_size({"width": window["width"], "height": height})
        drawn = Image.open(io.BytesIO(page.screenshot()))
        page.set_viewport_size(window)
        path = FOLDER / f"{name}.png"
        drawn.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
        self.assertLess(path.stat().st_size, LARGEST, name)

    def put_side_by_side(self, names, name):
        """Put the tops of some pictures beside each other, for the README."""
        tops = [Image.open(FOLDER / f"{each}.png").convert("RGB").crop((0, 0, 360, 900)) for each in names]
        sheet = Image.new("RGB", (len(tops) * 380 - 20, 900), "white")
        for at, top in enumerate(tops):
            sheet.paste(top, (at * 380, 0))
        sheet.quantize(COLOURS, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)
