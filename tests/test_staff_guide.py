"""The staff guide followed click by click, from an empty database to the printed notice.

Every button that is pressed here must stand in docs/staff-guide.zh.md in bold or in 「」, so that guide and
product cannot drift apart. With GUIDE_PICTURES=folder the run draws the guide's pictures into it:
GUIDE_PICTURES=docs/staff-guide python3 manage.py test --sqlite tests.test_staff_guide
"""

import io
import os
import re
import time
import zipfile
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import override_settings
from django.utils import timezone
from PIL import Image

from voting.keeper import keep_poll
from voting.models import Ballot, Participation, Poll
from voting.roles import PERMISSIONS
from voting.staff.second_factor import phone_of

from .browser import DESKTOP, PHONE, BrowserCase
from .factories import temporary_keys
from .pages import address
from .staff import PASSWORD, code_of

GUIDE = settings.BASE_DIR / "docs" / "staff-guide.zh.md"
PICTURES = os.environ.get("GUIDE_PICTURES")
TALLEST = 1100  # pixels
LARGEST = 80_000  # bytes
COLOURS = 64
LIST = """市民身边的好项目候选名单
一、改善民生（3项）
1.老旧小区改造。2018年，全市改造老旧小区120个，惠及居民3.5万户。
2.农村饮水安全。到2018年底，农村自来水普及率超过92%。
3.社区食堂。全市建成社区食堂46家。
二、转型发展（2项）
1.新能源公交。2019年上半年，全市新增新能源公交车300辆。
2.产业园区。园区入驻企业210家。
"""
DAY = timedelta(days=1)


def labels_of(guide):
    """Return what the guide sets in bold or in 「」, which is how it names what one presses."""
    return {bold or quoted for bold, quoted in re.findall(r"\*\*([^*\n]+)\*\*|「([^」\n]+)」", guide)}


def as_written(label):
    """Return a label as the guide writes it: a number that differs from poll to poll is N."""
    return re.sub(r"\d+", "N", label)


@temporary_keys
@override_settings(STAFF_SECOND_FACTOR="required", HOLDER_DIR=None)
class FromAnEmptyDatabaseToTheNotice(BrowserCase):
    def setUp(self):
        super().setUp()
        self.pressed = []
        # The first migration makes the roles; a test that empties all tables takes them with it.
        for name in PERMISSIONS:
            Group.objects.get_or_create(name=name)
        get_user_model().objects.create_superuser("admin", password=PASSWORD, first_name="站长")

    def test_the_guide_leads_from_an_empty_database_to_the_printed_notice(self):
        admin = self.sign_in("admin", shown=True)
        officer = self.add_colleague(admin, "wang", "王主管", "主管", shown=True)
        second = self.add_colleague(admin, "li", "李主管", "主管")
        editor = self.add_colleague(officer, "zhao", "赵编辑", "编辑")
        admin.context.close()

        self.paste_the_list(editor)
        self.name_the_source(editor)
        poll = self.make_the_poll(editor)
        key = self.make_the_key(officer, poll)
        self.announce_and_open(officer, second, poll)
        self.assert_state(poll, "open")

        self.vote_three_times(poll)
        self.pause_and_resume(officer, second, poll)
        self.close_early(officer, second, poll)
        self.count(officer, poll, key)
        self.certify(officer, second, poll)
        self.look_at_the_notice(officer, poll)
        self.take_the_papers(officer, poll)

        guide = labels_of(GUIDE.read_text())
        self.assertEqual([each for each in self.pressed if each not in guide], [])
        self.assertEqual(self.complaints, [])

    # Accounts

    def sign_in(self, name, page=None, shown=False):
        """Sign in for the first time: password, then the authenticator; return the page, at the desk."""
        page = page or self.new_page(DESKTOP)
        page.goto(f"{self.live_server_url}/admin/")
        page.locator("#id_username").fill(name)
        page.locator("#id_password").fill(PASSWORD)
        self.press(page, "登录")
        self.press(page, "开始设置")
        page.locator(".desk-qr").wait_for()
        if shown:
            self.shoot(page, "second-factor")
        person = get_user_model().objects.get(username=name)
        page.locator("#id_code").fill(code_of(phone_of(person, confirmed=False), time.time()))
        self.press(page, "确认")
        page.locator(".desk-codes li").nth(9).wait_for()
        self.press(page, "已保存，进入工作台")
        page.locator("#content-main").wait_for()
        return page

    def add_colleague(self, page, name, full_name, role, shown=False):
        """Make an account and hand over its link; the colleague opens it in a browser of their own."""
        self.to_table(page, "用户")
        self.press(page, "增加 用户")
        page.locator("#id_username").fill(name)
        page.locator("#id_first_name").fill(full_name)
        page.locator("#id_groups label", has_text=f"{role}：").locator("input").check()
        if shown:
            self.shoot(page, "new-colleague")
        self.press(page, "保存")
        self.press(page, "生成链接")
        link = page.locator(".desk-link").inner_text()
        colleague = self.new_page(DESKTOP)
        colleague.goto(link)
        colleague.locator("#id_new_password1").fill(PASSWORD)
        colleague.locator("#id_new_password2").fill(PASSWORD)
        self.press(colleague, "设置密码")
        return self.sign_in(name, colleague)

    # The list and the poll

    def paste_the_list(self, page):
        self.to_table(page, "候选名单")
        self.press(page, "粘贴名单")
        page.locator("#id_text").fill(LIST)
        self.press(page, "识别文字")
        page.locator(".paste-claims").first.wait_for()
        self.shoot(page, "paste")
        self.press(page, "保存 5 个候选项目和勾选的数据依据")

    def name_the_source(self, page):
        """Put right what the warnings on the list's page ask for; places and limits are rules."""
        page.locator("#desk-standing").wait_for()
        self.shoot(page, "list-warnings")
        page.locator("#id_organiser").fill("市政府办公室")
        for row, places in (("0", "2"), ("1", "1")):
            page.locator(f"#id_categories-{row}-places").fill(places)
            page.locator(f"#id_categories-{row}-max_choices").fill(places)
        page.locator("#id_change_reason").fill("按方案填写名额")
        self.press(page, "保存")

    def make_the_poll(self, page):
        self.to_table(page, "投票活动")
        self.press(page, "增加 投票活动")
        page.locator("#id_title").fill("好项目评选")
        page.locator("#id_slug").fill("good-2026")
        page.locator("#id_shortlist").select_option(label="市民身边的好项目候选名单")
        now = timezone.localtime(timezone.now())
        for name, moment in (("opens_at", now - timedelta(hours=1)), ("closes_at", now + DAY)):
            page.locator(f"#id_{name}_0").fill(f"{moment:%Y-%m-%d}")
            page.locator(f"#id_{name}_1").fill(f"{moment:%H:%M:%S}")
        page.locator("#id_ballots_per_device").fill("3")
        page.locator("#id_approvals").fill("2")
        page.locator("#id_batch_minimum").fill("1")
        self.shoot(page, "new-poll")
        self.press(page, "保存")
        page.locator("#result_list").wait_for()
        return Poll.objects.get()

    def make_the_key(self, page, poll):
        """Download the holder's file and open the test envelope with it; return the file's path."""
        self.to_poll(page, poll)
        self.press(page, "做一份密钥文件")
        page.locator("#id_name").fill("孙保管")
        self.shoot(page, "key")
        with page.expect_download() as waiting:
            self.press(page, "做一份密钥文件")
        path = waiting.value.path()
        self.to_poll(page, poll)
        self.press(page, "打开试封")
        page.locator("#id_file_1").set_input_files(path)
        self.press(page, "打开试封")
        page.locator("#desk-standing").wait_for()
        return path

    def announce_and_open(self, officer, second, poll):
        self.press(officer, "公布")
        self.press(officer, "公布")
        officer.locator("#desk-standing").wait_for()
        self.press(officer, "开启投票")
        officer.get_by_label("以上提示我都看过").check()
        self.shoot(officer, "open")
        self.press(officer, "开启投票")
        officer.get_by_text("须由另一人核准").first.wait_for()
        self.assert_state(poll, "announced")
        self.approve(second, "开启投票", shown="approve")

    # Voting

    def vote_three_times(self, poll):
        """Cast three ballots on one phone, as a household does."""
        page = self.new_page(PHONE)
        page.goto(self.live_server_url + address("list", poll, language="zh-hans"))
        page.get_by_role("link", name="去投票").first.click()
        for number, codes in enumerate((["101", "102", "201"], ["101", "201"], ["101", "102", "202"])):
            if number:
                page.get_by_role("button", name="换一位投票").click()
                page.get_by_role("heading", name="下一位可以开始投票了").wait_for()
                page.get_by_role("link", name="去投票").first.click()
            for code in codes:
                page.locator(f"input[value='{code}']").check()
            page.get_by_role("button", name="下一步：核对选票").click()
            page.get_by_role("button", name="确认投票").click()
            page.get_by_role("heading", name="投票成功").wait_for()
        self.assertEqual(Participation.objects.filter(poll=poll).count(), 3)

    def pause_and_resume(self, officer, second, poll):
        self.to_poll(officer, poll)
        self.shoot(officer, "open-poll")
        self.propose(officer, "暂停", reason="机房检修")
        self.approve(second, "暂停")
        self.assert_state(poll, "paused")
        self.to_poll(officer, poll)
        self.propose(officer, "恢复")
        self.approve(second, "恢复")
        self.assert_state(poll, "open")

    def close_early(self, officer, second, poll):
        self.to_poll(officer, poll)
        self.propose(officer, "提前截止", reason="各单位均已投票")
        self.approve(second, "提前截止")
        self.assert_state(poll, "closed")
        # What the ledger's own process does within a minute.
        keep_poll(Poll.objects.get(pk=poll.pk), timezone.now(), {})
        self.assertEqual(Ballot.objects.filter(poll=poll).count(), 3)

    # Count, result, papers

    def count(self, page, poll, key):
        self.to_poll(page, poll)
        self.press(page, "开封并计票")
        page.locator("#id_file_1").set_input_files(key)
        self.shoot(page, "count")
        self.press(page, "开封并计票")
        page.locator("#desk-standing").wait_for()
        self.assert_state(poll, "counted")
        self.press(page, "计票结果与文件")
        first = page.locator(".desk-counts").first.locator("tbody tr").first
        self.assertIn("老旧小区改造", first.inner_text())
        self.shoot(page, "tally")

    def certify(self, officer, second, poll):
        self.to_poll(officer, poll)
        self.press(officer, "核定结果")
        self.shoot(officer, "certify")
        self.press(officer, "核定结果")
        officer.get_by_text("须由另一人核准").first.wait_for()
        self.assert_state(poll, "counted")
        self.approve(second, "核定结果")
        self.assert_state(poll, "certified")

    def look_at_the_notice(self, page, poll):
        self.to_poll(page, poll)
        self.press(page, "全套文书")
        self.press(page, "结果公告")
        page.emulate_media(media="print")
        page.get_by_text("老旧小区改造").first.wait_for()
        self.shoot(page, "notice")
        page.emulate_media(media="screen")

    def take_the_papers(self, page, poll):
        self.to_poll(page, poll)
        self.press(page, "全套文书")
        self.shoot(page, "papers")
        button = page.locator("button[value=all]").inner_text()
        with page.expect_download() as waiting:
            self.press(page, button)
        names = zipfile.ZipFile(waiting.value.path()).namelist()
        # The list of what is in it lies beside the papers.
        self.assertEqual(f"一键生成现在可以生成的 {len(names) - 1} 种文书", button)
        self.assertEqual(sum(name.endswith(".docx") for name in names), len(names) - 1, names)

    # Steps that come again

    def press(self, page, label):
        """Press a button or follow a link by what stands on it, and note that the guide must name it."""
        self.pressed.append(as_written(label))
        buttons = page.get_by_role("button", name=label, exact=True)
        buttons.or_(page.get_by_role("link", name=label, exact=True)).first.click()

    def go_home(self, page):
        page.goto(f"{self.live_server_url}/admin/")

    def to_table(self, page, label):
        """Go from the desk's home to one of its tables."""
        self.go_home(page)
        self.pressed.append(label)
        page.locator("#content-main th").get_by_role("link", name=label, exact=True).click()

    def to_poll(self, page, poll):
        """Go from the desk's home to a poll."""
        self.go_home(page)
        page.locator(".desk-polls").get_by_role("link", name=poll.title).click()
        page.locator("#desk-standing").wait_for()

    def propose(self, page, label, reason=""):
        """Propose an act on the poll's page that is open; it is not done by that."""
        self.press(page, label)
        if reason:
            page.locator("#id_reason").fill(reason)
        self.press(page, label)
        page.get_by_text("须由另一人核准").first.wait_for()

    def approve(self, page, label, shown=""):
        """Approve, as the other officer, what waits on the desk's home."""
        self.go_home(page)
        if shown:
            self.shoot(page, "home")
        page.locator(".desk-waiting").get_by_role("link", name=label).click()
        if shown:
            # Whoever approves reads the warnings that the other has seen, not their keys.
            page.get_by_text("名单没有写来源").wait_for()
            self.shoot(page, shown)
        self.press(page, "核准")
        page.locator("#desk-standing").wait_for()

    def assert_state(self, poll, state):
        poll.refresh_from_db()
        self.assertEqual(poll.state, state)

    def shoot(self, page, name):
        """Keep the page as a picture of few colours, where the run is asked for pictures."""
        if not PICTURES:
            return
        height = min(TALLEST, page.evaluate("() => document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": DESKTOP["width"], "height": height})
        page.evaluate("() => scrollTo(0, 0)")
        drawn = Image.open(io.BytesIO(page.screenshot()))
        page.set_viewport_size(DESKTOP)
        path = Path(PICTURES, f"{name}.png")
        drawn.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
        self.assertLess(path.stat().st_size, LARGEST, name)
