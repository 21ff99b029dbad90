"""A list goes out as a spreadsheet and comes back: faults by row, what would change, all of it or nothing."""

import io
from datetime import timedelta
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError
from django.test import TransactionTestCase
from django.utils import timezone, translation
from openpyxl import load_workbook

from shortlist import spreadsheet_admin
from shortlist.changes import acts_of
from shortlist.document import read_list
from shortlist.models import Attachment, Candidate, Category, Evidence, Point, Quote, Shortlist, Source
from shortlist.spreadsheet.comparing import paired
from shortlist.spreadsheet.updating import ListChanged, apply_update, read_update
from shortlist.spreadsheet.writing import rows_of, write_workbook
from shortlist.uploaded import KEPT, Upload
from tests.desk import DeskCase
from tests.factories import make_list, make_poll
from tests.spreadsheets import VALID
from tests.test_admin_list import FIXTURE, address
from tests.threads import at_once
from voting.lifecycle import announce_poll

WHY = "The gazette printed a correction"
CSV = (
    "类别,代码,标题,正文\n"
    "二、转型发展,201,脱贫攻坚。,{body}\n"
    "二、转型发展,202,旅游发展。,全年接待 500万人。收入增加。\n"
    "三、改善民生,301,安全饮水。,群众满意。\n"
)
BODY = "贫困发生率由2014年的13.6%下降到1.1%，贫困村减少。"


class RoundtripCase(DeskCase):
    """A clerk and the small list of the tests of load_list, loaded."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        file = io.BytesIO()
        with translation.override("zh-hans"):
            write_workbook(file, VALID)
        cls.shortlist = Shortlist.objects.create(slug="small", title="小名单")
        update = {"data": file.getvalue(), "name": "list.xlsx", "shortlist": cls.shortlist}
        difference, _report = read_update(**update)
        apply_update(**update, seen=difference.digest, who="clerk", reason=WHY)
        cls.candidate = Candidate.objects.get(code="201")

    def upload(self, data, name="list.xlsx"):
        """Upload a file and return the page that says what would change."""
        where = address("shortlist_spreadsheet", self.shortlist.pk)
        self.page = self.client.post(where, {"file": SimpleUploadedFile(name, data)}, follow=True)
        return self.page

    def apply(self, **data):
        """Apply what was uploaded last, as the page offers it."""
        upload = Upload.objects.get(shortlist=self.shortlist)
        where = address("shortlist_upload", self.shortlist.pk, upload.pk)
        seen = self.page.context["difference"].digest
        return self.client.post(where, {"seen": seen, "change_reason": WHY, **data})

    def download(self):
        response = self.client.get(address("shortlist_download", self.shortlist.pk))
        return load_workbook(io.BytesIO(response.content))

    def changed(self, change):
        """Return the bytes of the downloaded list after a change, a function of the openpyxl book."""
        book, file = self.download(), io.BytesIO()
        change(book)
        book.save(file)
        return file.getvalue()

    def lines(self):
        """Return what would change: (verb, model, subject) each."""
        difference = self.page.context["difference"]
        return [(str(line.verb), line.model, line.subject) for line in difference.lines]


class DryRunTests(RoundtripCase):
    def test_the_list_itself_comes_back_as_no_change(self):
        self.upload(self.changed(lambda book: None))
        self.assertEqual(self.lines(), [])
        self.assertContains(self.page, "There is nothing to apply.")

    def test_the_real_list_comes_back_as_no_change(self):
        call_command("loaddata", FIXTURE, verbosity=0)
        shortlist, file = Shortlist.objects.get(slug="shanxi"), io.BytesIO()
        write_workbook(file, rows_of(shortlist))
        difference, report = read_update(file.getvalue(), "shanxi.xlsx", shortlist)
        self.assertEqual((report.faults, difference.lines), ([], []))

    def test_a_changed_text_is_shown_before_anything_is_changed(self):
        def change(book):
            book["Candidates"]["D4"] = "群众非常满意。"

        before = read_list(self.shortlist)
        self.upload(self.changed(change))
        self.assertEqual(self.lines(), [("changed", Candidate, "301 安全饮水")])
        self.assertContains(self.page, "<ins>群众非常满意。</ins>")
        self.assertEqual(read_list(Shortlist.objects.get(pk=self.shortlist.pk)), before)

    def test_faults_are_named_by_row_and_nothing_can_be_applied(self):
        def spoil(book):
            book["Candidates"]["B2"] = "20"
            for row in book["Evidence"].iter_rows(min_row=2):
                for cell in row:
                    cell.value = "原文没有" if cell.value == "500万人" else cell.value

        self.upload(self.changed(spoil))
        self.assertContains(self.page, "row 2, column B")
        self.assertContains(self.page, "faults were found. Nothing was changed.")
        self.assertNotContains(self.page, "Apply all of it")

    def test_a_file_that_is_no_spreadsheet_gets_a_sentence(self):
        self.upload(b"%PDF-1.7", "list.pdf")
        self.assertContains(self.page, "neither an .xlsx workbook nor a CSV text")

    def test_a_list_of_another_address_is_refused(self):
        def change(book):
            book["List"]["A2"] = "other"

        self.upload(self.changed(change))
        self.assertContains(self.page, "This file holds the list “other”.")

    def test_no_file_or_one_that_is_too_large_gets_a_sentence(self):
        where = address("shortlist_spreadsheet", self.shortlist.pk)
        self.assertContains(self.client.post(where), "Choose the file first.")
        with mock.patch.object(spreadsheet_admin, "MAX_FILE", 3):
            file = SimpleUploadedFile("list.csv", b"1234")
            self.assertContains(self.client.post(where, {"file": file}), "larger than")


class ApplyTests(RoundtripCase):
    def test_rows_are_added_changed_and_removed_and_all_else_stays_the_row_it_was(self):
        kept = Candidate.objects.get(code="202").pk
        file = Attachment.objects.create(
            candidate_id=kept,
            title="图",
            alt="图",
            file="a.png",
            media_type="image/png",
            size=1,
            sha256="0" * 64,
        )

        def change(book):
            book["Candidates"].delete_rows(4)
            book["Candidates"].append(["3", "302", "新项目。", "新的正文。", "2"])
            book["Candidates"]["C3"] = "旅游大发展。"

        self.upload(self.changed(change))
        self.assertEqual(
            {line[0]: line[2] for line in self.lines() if line[1] is Candidate},
            {"added": "302 新项目", "changed": "202 旅游发展", "removed": "301 安全饮水"},
        )
        self.assertRedirects(self.apply(), address("shortlist_change", self.shortlist.pk))
        codes = Candidate.objects.values_list("code", flat=True)
        self.assertEqual(list(codes), ["201", "202", "302"])
        self.assertEqual(Candidate.objects.get(code="202").pk, kept)
        self.assertEqual(Candidate.objects.get(code="202").title, "旅游大发展。")
        self.assertTrue(Attachment.objects.filter(pk=file.pk).exists())

    def test_what_is_applied_is_what_the_file_says(self):
        def change(book):
            for row in book["Evidence"].iter_rows(min_row=2):
                for cell in row:
                    cell.value = {"贫困村": "村庄"}.get(cell.value, cell.value)
            book["Sources"]["C2"] = "新华社"
            book["Categories"]["F2"] = "2"

        data = self.changed(change)
        self.upload(data)
        self.assertEqual(self.page.context["report"].faults, [])
        self.apply()
        difference, _report = read_update(data, "list.xlsx", self.shortlist)
        self.assertEqual(difference.lines, [])
        self.assertEqual(Source.objects.get().publisher, "新华社")

    def test_the_history_names_the_person_and_the_reason(self):
        act = acts_of(self.shortlist).object_list[0]
        self.assertEqual((act.who, act.reason), ("clerk", WHY))
        kinds = {Category, Source, Candidate, Evidence, Point, Quote}
        self.assertEqual({line.model for line in act.lines}, kinds)

    def test_a_list_that_changed_meanwhile_is_shown_once_more(self):
        def change(book):
            book["Candidates"]["D4"] = "群众非常满意。"

        self.upload(self.changed(change))
        Candidate.objects.filter(code="202").update(title="旅游。")
        response = self.apply()
        self.assertContains(response, "The list changed while you were reading.")
        self.assertEqual(Candidate.objects.get(code="301").body, "群众满意。")
        self.page = response
        self.assertEqual(self.apply().status_code, 302)
        self.assertEqual(Candidate.objects.get(code="202").title, "旅游发展。")

    def test_a_failure_half_way_leaves_the_list_as_it_was(self):
        def change(book):
            book["Candidates"]["D4"] = "群众非常满意。"
            book["Candidates"].append(["3", "302", "新项目。", "新的正文。", "2"])

        before = read_list(self.shortlist)
        self.upload(self.changed(change))
        with (
            mock.patch("shortlist.spreadsheet.updating.create_all", side_effect=IntegrityError),
            self.assertRaises(IntegrityError),
        ):
            self.apply()
        self.assertEqual(read_list(Shortlist.objects.get(pk=self.shortlist.pk)), before)
        self.assertEqual(Upload.objects.count(), 1)

    def test_a_candidate_with_files_is_not_removed_by_a_spreadsheet(self):
        Attachment.objects.create(
            candidate=Candidate.objects.get(code="301"), title="图", file="a.png", size=1, sha256="0" * 64
        )
        self.upload(self.changed(lambda book: book["Candidates"].delete_rows(4)))
        self.assertContains(self.page, "whose attachments would be lost")

    def test_once_citizens_read_the_list_a_reason_is_required(self):
        announce_poll(poll=make_poll(shortlist=self.shortlist))

        def change(book):
            book["Candidates"]["D4"] = "群众非常满意。"

        self.upload(self.changed(change))
        self.assertContains(self.apply(change_reason=""), "say why it is changed")
        self.assertEqual(self.apply().status_code, 302)

    def test_what_was_applied_or_is_stale_is_gone(self):
        self.assertEqual(Upload.objects.count(), 0)
        self.upload(self.changed(lambda book: None))
        Upload.objects.update(at=timezone.now() - KEPT - timedelta(minutes=1))
        self.assertEqual(self.apply().status_code, 302)
        self.assertEqual(Upload.objects.count(), 1, "it was not applied, but is too old to be")
        other = make_list()
        file = SimpleUploadedFile("list.csv", b"x")
        self.client.post(address("shortlist_spreadsheet", other.pk), {"file": file})
        self.assertEqual([upload.shortlist for upload in Upload.objects.all()], [other])

    def test_an_upload_of_one_list_is_not_found_at_another(self):
        self.upload(self.changed(lambda book: None))
        upload, other = Upload.objects.get(), make_list()
        response = self.client.get(address("shortlist_upload", other.pk, upload.pk))
        self.assertRedirects(response, address("shortlist_spreadsheet", other.pk))

    def test_what_says_most_can_move_from_one_claim_to_another(self):
        first, other = Evidence.objects.filter(candidate=self.candidate)
        self.assertTrue(first.headline)

        def change(book):
            flag = next(cell.column for cell in book["Evidence"][1] if cell.value == "says most")
            for row in book["Evidence"].iter_rows(min_row=2):
                if row[0].value == "201":
                    row[flag - 1].value = "yes" if other.label in [cell.value for cell in row] else "no"

        self.upload(self.changed(change))
        self.assertEqual(self.apply().status_code, 302)
        first.refresh_from_db()
        other.refresh_from_db()
        self.assertEqual((first.headline, other.headline), (False, True))


class AtOnceTests(TransactionTestCase):
    def test_two_who_apply_the_same_file_at_once_apply_it_once(self):
        shortlist, file = Shortlist.objects.create(slug="small", title="小名单"), io.BytesIO()
        write_workbook(file, VALID)
        update = {"data": file.getvalue(), "name": "list.xlsx", "shortlist": shortlist}
        difference, _report = read_update(**update)

        def apply(who):
            return apply_update(**update, seen=difference.digest, who=who)

        answers = at_once(apply, ["Ms Li", "Mr Wang"])
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        self.assertEqual([type(answer) for answer in refused], [ListChanged])
        self.assertEqual(Candidate.objects.count(), 3)
        self.assertEqual(len(set(Candidate.history.values_list("history_user_id", flat=True))), 1)


class CsvTests(RoundtripCase):
    """A CSV file holds candidates alone; evidence, sources and rules stay."""

    def test_quotes_move_with_their_words(self):
        quote = Quote.objects.get(text="下降到1.1%")
        self.upload(CSV.format(body="据统计，" + BODY).encode(), "list.csv")
        self.assertContains(self.page, "据统计，")
        self.apply()
        quote.refresh_from_db()
        self.candidate.refresh_from_db()
        self.assertEqual(self.candidate.text[quote.offset : quote.end], quote.text)
        self.assertEqual((Evidence.objects.count(), Source.objects.count()), (3, 1))

    def test_a_quote_that_would_lose_its_words_is_a_fault(self):
        self.upload(CSV.format(body="没有数字。").encode(), "list.csv")
        self.assertContains(self.page, "would no longer stand in the text of 201")

    def test_rules_that_the_file_does_not_have_stay_as_they_are(self):
        Category.objects.filter(code="2").update(places=1, max_choices=2, declared_count=7)
        self.upload(CSV.format(body=BODY).encode(), "list.csv")
        self.assertNotIn(Category, [line[1] for line in self.lines()])


class RightsTests(RoundtripCase):
    NAMES = ("shortlist_spreadsheet", "shortlist_download", "shortlist_preview")

    def test_staff_without_rights_get_nothing(self):
        self.as_guest()
        for name in self.NAMES:
            self.assertEqual(self.client.get(address(name, self.shortlist.pk)).status_code, 403, name)
        self.assertEqual(self.client.get(address("shortlist_template")).status_code, 403)

    def test_citizens_are_led_to_the_sign_in(self):
        self.client.logout()
        for name in self.NAMES:
            self.assertEqual(self.client.get(address(name, self.shortlist.pk)).status_code, 302, name)

    def test_the_template_can_be_downloaded(self):
        response = self.client.get(address("shortlist_template"))
        self.assertEqual(len(load_workbook(io.BytesIO(response.content)).sheetnames), 6)


class PreviewTests(RoundtripCase):
    def test_the_list_and_each_candidate_are_drawn_as_citizens_will_read_them(self):
        page = self.client.get(address("shortlist_preview", self.shortlist.pk))
        self.assertContains(page, "no citizen sees this page")
        self.assertContains(page, "脱贫攻坚")
        page = self.client.get(address("shortlist_preview_candidate", self.shortlist.pk, "201"))
        self.assertContains(page, 'class="quote"')
        self.assertContains(page, "13.6%")

    def test_an_unknown_candidate_is_not_found(self):
        page = self.client.get(address("shortlist_preview_candidate", self.shortlist.pk, "299"))
        self.assertEqual(page.status_code, 404)

    def test_the_candidates_page_leads_to_the_draft_of_each_poll(self):
        where = address("candidate_change", self.candidate.pk)
        poll = make_poll(shortlist=self.shortlist)
        self.assertContains(self.client.get(where), f"/p/{poll.slug}/")
        self.assertContains(self.client.get(where), "/preview/201/")


class PairingTests(DeskCase):
    def test_equal_rows_are_paired_first_and_the_others_by_their_place(self):
        pairs = paired(list("abcd"), list("xbya"), lambda row: row)
        self.assertEqual(pairs, [("c", "x"), ("b", "b"), ("d", "y"), ("a", "a")])

    def test_what_is_left_over_stands_beside_nothing(self):
        self.assertEqual(paired(["a"], [], str), [("a", None)])
        self.assertEqual(paired([], ["a"], str), [(None, "a")])
