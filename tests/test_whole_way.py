"""The whole way on the real list: citizens read and vote, staff close and count, all numbers agree."""

import contextlib
import csv
import hashlib
import io
import json
import re
from collections import Counter
from pathlib import Path

import openpyxl
from django.core.management import call_command
from django.test import override_settings
from django.utils import translation

from shortlist.models import Candidate
from voting.demo import prepare_demo
from voting.models import Ballot, Participation, Poll

from .browser import DESKTOP, BrowserCase, PageTimeout
from .factories import temporary_keys
from .pages import address

TEN = [f"2{at:02}" for at in range(1, 11)]
CODE = re.compile(r"[1-9][0-9]{2}")
LINE = re.compile(r"^\S+ +([1-9][0-9]{2}) +(\d+) +([\d.]+%)")


@temporary_keys
class WholeWay(BrowserCase):
    """Three devices vote and one member of staff counts; what they press is what people press."""

    home = ""

    def setUp(self):
        super().setUp()
        self.demo = prepare_demo()
        self.poll = Poll.objects.get()
        self.cast = []
        self.receipts = []

    def test_citizens_vote_staff_count_and_the_numbers_agree_everywhere(self):
        self.vote_without_scripts()
        self.vote_with_scripts()
        self.vote_on_pages_that_expired()
        call_command("keep_ledger", once=True)
        self.assertEqual(Ballot.objects.count(), len(self.cast))
        self.close_and_count()
        self.compare_the_numbers()
        self.find_every_receipt()
        self.assertEqual(self.complaints, [])

    def test_the_control_what_the_policy_refuses_and_what_scripts_throw_is_noted(self):
        page = self.new_page()
        page.goto(self.at("list"))
        self.assertEqual(self.complaints, [])
        page.evaluate("() => document.body.setAttribute('style', 'color: red')")
        page.evaluate("() => { setTimeout(() => { throw new Error('as asked'); }); }")
        page.wait_for_timeout(200)  # milliseconds
        self.assertIn("Content Security Policy", str(self.complaints))
        self.assertIn("as asked", str(self.complaints))

    # Citizens

    def vote_without_scripts(self):
        page = self.new_page(java_script_enabled=False)
        self.read_up_to_the_ballot(page)
        self.tick(page, "301", *TEN, "211")
        self.press(page, "下一步：核对选票")
        self.assert_says(
            page,
            "“转型发展”选了 11 项，超出 1 项，选票尚未提交。您的选择都保留着，请取消 1 项后再提交。",
        )
        self.assertEqual(sorted(self.picked(page)), sorted(["301", *TEN, "211"]))
        self.assertFalse(Participation.objects.exists())
        self.tick(page, "211")
        self.press(page, "下一步：核对选票")
        self.check_review(page, ["301", *TEN])
        self.press(page, "确认投票")
        self.check_receipt(page, ["301", *TEN], "由服务器")

    def vote_with_scripts(self):
        page = self.new_page()
        self.read_up_to_the_ballot(page)
        self.tick(page, "301", "302", *TEN[:7])
        tally = page.locator("fieldset", has_text="转型发展").locator(".tally")
        self.assertIn("转型发展：已选 7 项，最多 10 项", tally.inner_text())
        self.assertIn("还可再选 3 项，也可以不选满", tally.inner_text())
        self.tick(page, *TEN[7:], "211")
        page.get_by_text("“转型发展”已选满 10 项。要换选，请先取消一项。").wait_for()
        self.assertEqual(sorted(self.picked(page)), sorted(["301", "302", *TEN]))
        page.reload()
        self.assertEqual(sorted(self.picked(page)), sorted(["301", "302", *TEN]))
        self.tick(page, "302", "201")
        self.press(page, "下一步：核对选票")
        self.check_review(page, ["301", *TEN[1:]])
        self.assertEqual(self.kept(page, "ballot"), 1)
        self.press(page, "确认投票")
        self.check_receipt(page, ["301", *TEN[1:]], "由您的设备")
        self.assertEqual((self.kept(page, "ballot"), self.kept(page, "voted")), (0, 1))

        page.goto(self.at("ballot"))
        self.assertEqual(self.picked(page), [])
        self.tick(page, "305")
        self.press(page, "下一步：核对选票")
        self.assert_says(page, "本机已投过票。")
        self.assertEqual(Participation.objects.count(), 2)

    def vote_on_pages_that_expired(self):
        page = self.new_page()
        page.goto(self.at("ballot"))
        self.tick(page, "312", "213")
        with override_settings(TICKET_SECONDS=-1):
            self.press(page, "下一步：核对选票")
            self.check_review(page, ["312", "213"])
        self.press(page, "确认投票")
        self.assert_says(page, "页面已过期，这次没有提交，您的选择都保留着。请再确认一次。")
        self.check_review(page, ["312", "213"])
        page.context.clear_cookies(name="csrftoken")
        self.press(page, "确认投票")
        self.assert_says(page, "如果再次出现这个提示，请允许本站使用 Cookie。")
        self.check_review(page, ["312", "213"])
        self.assertEqual(Participation.objects.count(), 2)
        self.press(page, "确认投票")
        self.check_receipt(page, ["312", "213"], "由您的设备")

    def kept(self, page, kind):
        """Return how many things of a kind this device keeps: drafts, or the mark that it has voted."""
        return page.evaluate(
            "kind => Object.keys(localStorage).filter((key) => key.startsWith(kind)).length", kind
        )

    def read_up_to_the_ballot(self, page):
        """Come by the list, a search and one candidate, as a reader does."""
        page.goto(self.live_server_url + self.demo.address_path)
        self.assert_says(page, "演示，非正式投票")
        self.check_manifest(page)
        page.locator("input[name=q]").fill("贫困发生率")
        self.press(page, "查找")
        self.check_manifest(page)
        page.locator("a", has_text="301").first.click()
        page.wait_for_url("**/301/")
        page.locator(".evidence svg").first.wait_for()
        marked = page.locator("mark.quote").all_inner_texts()
        self.assertIn("13.6%", "".join(marked))
        self.check_manifest(page)
        page.get_by_role("link", name="去投票").click()
        page.locator("#ballot").wait_for()
        self.check_manifest(page)

    def check_review(self, page, codes):
        """See every picked code with its headline, and that nothing is sent yet."""
        page.get_by_role("heading", name="请核对您的选票（尚未提交）").wait_for()
        self.assert_says(page, "提交后不能修改")
        self.check_manifest(page)
        shown = page.locator(".picked li").all_inner_texts()
        self.assertEqual(sorted(CODE.match(text)[0] for text in shown), sorted(codes))
        for text in shown:
            code, headline = text.split(maxsplit=1)
            candidate = Candidate.objects.get(code=code)
            self.assertTrue(candidate.title.startswith(headline.strip()), text)

    def check_receipt(self, page, codes, maker):
        page.wait_for_url("**/receipt/")
        page.get_by_role("heading", name="投票成功").wait_for()
        self.assert_says(page, maker)
        received = r"北京时间\d{4}年\d{1,2}月\d{1,2}日 \d{1,2}:\d\d:\d\d"
        self.assertRegex(page.locator("main").inner_text(), received)
        self.check_manifest(page)
        self.assertIn(self.poll.manifest_sha256, page.locator(".pledge pre").text_content())
        self.cast.append(codes)
        self.receipts.append(page.locator(".code code").inner_text())
        self.assertEqual(Participation.objects.count(), len(self.cast))

    # Staff

    def close_and_count(self):
        """Sign in on another device, close, let the keeper run, count."""
        self.desk = page = self.new_page(DESKTOP)
        page.goto(f"{self.live_server_url}/admin/")
        page.locator("#id_username").fill(self.demo.staff_name)
        page.locator("#id_password").fill(self.demo.staff_password)
        page.locator("input[type=submit]").click()
        page.get_by_role("link", name="投票活动", exact=True).first.click()
        page.locator("#result_list tbody th a").first.click()
        self.act("提前截止", reason="演示结束")
        call_command("keep_ledger", once=True)
        page.reload()
        self.act("开封并计票")
        self.assert_says(page, "选票已开封并计票。")
        page.get_by_role("link", name="计票结果与文件").click()
        page.get_by_role("heading", name="转型发展").wait_for()

    def act(self, name, reason=""):
        """Press an act's button on the poll's page and confirm it; the demo's own key file is found."""
        self.desk.get_by_role("link", name=name, exact=True).click()
        if reason:
            self.desk.get_by_label("原因").fill(reason)
        self.desk.locator(".submit-row input[type=submit]").click()
        self.desk.locator("#desk-standing").wait_for()

    def download(self, page, name):
        with page.expect_download() as download:
            page.get_by_role("link", name=name, exact=True).click()
        return Path(download.value.path()).read_bytes()

    # Numbers

    def compare_the_numbers(self):
        """The count of what was picked stands on both pages, in the terminal and in six files."""
        votes = Counter(code for codes in self.cast for code in codes)
        every = Candidate.objects.values_list("code", flat=True)
        expected = {code: (votes[code], percent(votes[code], len(self.cast))) for code in every}
        self.assertEqual(len(expected), 25)
        public = self.new_page()
        public.goto(self.at("result"))
        self.check_manifest(public)
        self.assertEqual(read_rows(public, "table.result"), expected)
        self.assertEqual(read_rows(self.desk, "table.desk-counts"), expected)
        self.assertIn(self.poll.manifest_sha256, self.desk.locator("main, #content").first.inner_text())
        printed = io.StringIO()
        with translation.override("zh-hans"):  # as in a shell; other tests leave theirs behind
            call_command("tally", poll=self.poll.slug, stdout=printed)
        lines = [found.groups() for found in map(LINE.match, printed.getvalue().splitlines()) if found]
        self.assertEqual({code: (int(number), share) for code, number, share in lines}, expected)
        for page, label in ((public, "{}"), (self.desk, "下载 {}")):
            for kind, read in (("CSV", read_csv), ("XLSX", read_xlsx), ("JSON", read_json)):
                with self.subTest(kind, page=label):
                    text, found = read(self.download(page, label.format(kind)))
                    self.assertEqual(found, expected)
                    self.assertIn(self.poll.manifest_sha256, text)

    def find_every_receipt(self):
        page = self.new_page()
        for receipt in self.receipts:
            page.goto(self.at("find"))
            page.locator("#id_code").fill(receipt)
            self.press(page, "查询")
            self.assert_says(page, "这张选票已计入结果")
            self.check_manifest(page)

    # What all of them do

    def at(self, name):
        return self.live_server_url + address(name, self.poll)

    def press(self, page, name):
        page.get_by_role("button", name=name, exact=True).click()

    def tick(self, page, *codes):
        for code in codes:
            page.locator(f"input[value='{code}']").click()

    def picked(self, page):
        return [box.input_value() for box in page.locator("input:checked").all()]

    def assert_says(self, page, sentence):
        """Wait till the page says it; what the page says instead stands in the failure."""
        with contextlib.suppress(PageTimeout):
            page.get_by_text(sentence).first.wait_for()
        self.assertIn(sentence, page.locator("body").inner_text())

    def check_manifest(self, page):
        """The whole check code at the foot of the page is the hash of the published bytes."""
        self.assertEqual(page.locator("footer .whole-code code").text_content(), self.poll.manifest_sha256)
        published = page.request.get(self.at("manifest")).body()
        self.assertEqual(hashlib.sha256(published).hexdigest(), self.poll.manifest_sha256)


def percent(votes, ballots):
    """Return the share as pages write it, worked out apart from the program's own way."""
    return f"{100 * votes / ballots:.2f}%"


def read_rows(page, table):
    """Return votes and share by code from the tables of a page."""
    found = {}
    for text in page.locator(f"{table} tbody tr:not(.cut)").all_inner_texts():
        # A phone shows the label 得票率 between the two numbers.
        votes, share = re.search(r"(\d+)\s+(?:得票率\s+)?(\d+\.\d\d%)", text).groups()
        found[re.search(r"(?<!\d)[1-9][0-9]{2}(?!\d)", text)[0]] = (int(votes), share)
    return found


def read_csv(data):
    text = data.decode("utf-8-sig")
    rows = csv.reader(io.StringIO(text, newline=""))
    return text, {row[1]: (int(row[3]), row[4]) for row in rows if len(row) > 4 and CODE.fullmatch(row[1])}


def read_xlsx(data):
    counts, about = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    rows = list(counts.values)[1:]
    return str(list(about.values)), {str(row[1]): (row[3], row[4]) for row in rows}


def read_json(data):
    rows = [row for part in json.loads(data)["categories"] for row in part["candidates"]]
    return data.decode(), {row["code"]: (row["votes"], row["share"]) for row in rows}
