"""Editing a list in the admin: what a careful reader would find wrong is refused with a sentence."""

import hashlib
import io
import zlib
from decimal import Decimal

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from PIL import Image

from shortlist.forms import moved_offset
from shortlist.models import Attachment, Candidate, Category, Evidence, Point, Quote, Shortlist
from shortlist.uploads import LARGEST
from tests.factories import make_list, temporary_keys
from tests.homes import at_home

load_tests = at_home("sqlite", __name__, "RealListTests")

FIXTURE = str(settings.BASE_DIR / "fixtures" / "shanxi.json")
TEXT = "完成投资1.2亿元。其中全省新建50个，改造50个，到2018年底。"


def picture(kind="PNG", colour=0):
    """Return the bytes of a small picture."""
    file = io.BytesIO()
    Image.new("RGB", (4, 4), (colour, 0, 0)).save(file, kind)
    return file.getvalue()


def address(name, *args):
    with translation.override("en"):
        return reverse(f"admin:shortlist_{name}", args=args)


def filled(response):
    """Return what a browser would post if nothing were changed on the page."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {}
    for form in forms:
        for field in form:
            value = field.value()
            if field.widget_type in ("checkbox",):
                value = "on" if value else None
            if value is not None and field.widget_type not in ("file", "clearablefile", "adminfile"):
                data[field.html_name] = value
    return data


class DeskCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = get_user_model().objects.create_superuser("clerk", password="a long password")
        cls.shortlist = make_list()
        cls.candidate = Candidate.objects.get(category__shortlist=cls.shortlist, code="101")
        cls.candidate.title, cls.candidate.body = TEXT[:11], TEXT[11:]
        cls.candidate.save()

    def setUp(self):
        self.client.force_login(self.staff)

    def make_evidence(self, words="完成投资1.2亿元", raw="1.2亿元", value=120_000_000, **fields):
        evidence = Evidence.objects.create(candidate=self.candidate, label="投资", **fields)
        Quote.objects.create(evidence=evidence, offset=TEXT.index(words), text=words)
        Point.objects.create(evidence=evidence, raw=raw, value=value, unit="元", scale=10**8)
        return evidence

    def errors(self, response):
        """Return the codes of all errors on a page, by field ('' for those of no field)."""
        found = {}
        forms = [response.context["adminform"].form]
        for inline in response.context["inline_admin_formsets"]:
            forms += inline.formset.forms
            for error in inline.formset.non_form_errors().as_data():
                found.setdefault("", set()).add(error.code)
        for form in forms:
            for name, errors in form.errors.as_data().items():
                found.setdefault("" if name == "__all__" else name, set()).update(e.code for e in errors)
        return found


@temporary_keys
class CandidateTests(DeskCase):
    def save(self, **changes):
        page = address("candidate_change", self.candidate.pk)
        return self.client.post(page, {**filled(self.client.get(page)), **changes})

    def test_a_page_saved_as_it_is_changes_nothing(self):
        self.make_evidence()
        before = Candidate.objects.filter(pk=self.candidate.pk).values().get()
        self.assertEqual(self.save().status_code, 302)
        self.assertEqual(Candidate.objects.filter(pk=self.candidate.pk).values().get(), before)

    def test_the_first_digit_is_the_categorys(self):
        self.assertEqual(self.errors(self.save(code="201")), {"code": {"wrong_digit"}})
        self.assertEqual(self.save(code="199").status_code, 302)

    def test_a_second_candidate_of_one_code_is_refused(self):
        self.assertIn("", self.errors(self.save(code="102")))

    def test_line_ends_of_browsers_do_not_enter_the_text(self):
        self.save(body="一。\r\n二。")
        self.candidate.refresh_from_db()
        self.assertEqual(self.candidate.body, "一。\n二。")

    def test_quotes_move_with_the_text_around_them(self):
        evidence = self.make_evidence(words="新建50个", raw="50个", value=50)
        self.save(body="另外，" + self.candidate.body)
        quote = evidence.quotes.get()
        self.candidate.refresh_from_db()
        self.assertEqual(quote.offset, TEXT.index("新建50个") + 3)
        self.assertEqual(self.candidate.text[quote.offset : quote.end], quote.text)

    def test_a_change_that_would_leave_a_quote_without_its_words_is_refused(self):
        self.make_evidence(words="新建50个", raw="50个", value=50)
        response = self.save(body=self.candidate.body.replace("新建50个", "新建60个"))
        self.assertEqual(self.errors(response), {"": {"quote_lost"}})
        self.candidate.refresh_from_db()
        self.assertEqual(self.candidate.text, TEXT)

    def test_the_page_leads_to_its_evidence(self):
        evidence = self.make_evidence()
        response = self.client.get(address("candidate_change", self.candidate.pk))
        self.assertContains(response, f'{address("evidence_change", evidence.pk)}"')
        self.assertContains(response, f"{address('evidence_add')}?candidate={self.candidate.pk}")
        self.assertContains(response, "1.2亿元")


class MovedQuoteTests(SimpleTestCase):
    def test_offsets_before_within_and_behind_a_change(self):
        old, new = "abc-def-ghi-def", "abc+def-ghi-def"
        cases = {("abc", 0): 0, ("ghi", 8): 8, ("c-d", 2): None}
        for (text, offset), expected in cases.items():
            with self.subTest(text):
                self.assertEqual(moved_offset(Quote(offset=offset, text=text), old, new), expected)

    def test_words_that_were_moved_are_found_if_they_stand_once(self):
        self.assertEqual(moved_offset(Quote(offset=0, text="abc"), "abc def", "def abc"), 4)
        self.assertIsNone(moved_offset(Quote(offset=0, text="abc"), "abc def", "def abc abc"))


class EvidenceTests(DeskCase):
    def save(self, evidence, **changes):
        page = address("evidence_change", evidence.pk)
        return self.client.post(page, {**filled(self.client.get(page)), **changes})

    def add(self, **changes):
        """Add evidence with one quote and one figure."""
        page = f"{address('evidence_add')}?candidate={self.candidate.pk}"
        data = filled(self.client.get(page)) | {
            "label": "投资",
            "quotes-0-text": "完成投资1.2亿元",
            "quotes-0-offset": "",
            "points-TOTAL_FORMS": "1",
            "points-0-order": "0",
            "points-0-raw": "1.2亿元",
            "points-0-value": "",
            "points-0-bound": "equal",
            "points-0-scale": "1",
        }
        return self.client.post(page, data | changes)

    def test_an_empty_offset_and_an_empty_value_are_found(self):
        response = self.add()
        self.assertEqual(
            response.status_code, 302, getattr(response, "context", None) and self.errors(response)
        )
        point, quote = Point.objects.get(), Quote.objects.get()
        self.assertEqual((point.value, point.unit, point.scale), (Decimal(120_000_000), "元", Decimal(10**8)))
        self.assertEqual(quote.offset, 0)

    def test_the_text_stands_beside_the_form(self):
        self.assertContains(self.client.get(f"{address('evidence_add')}?candidate={self.candidate.pk}"), TEXT)
        self.assertContains(self.client.get(address("evidence_change", self.make_evidence().pk)), TEXT)

    def test_each_rule_has_its_own_error(self):
        cases = {
            "words that are not there": ({"quotes-0-text": "完成投资2亿元"}, {"text": {"not_in_text"}}),
            "words that stand twice": ({"quotes-0-text": "50个"}, {"offset": {"ambiguous"}}),
            "a wrong offset": ({"quotes-0-offset": "3"}, {"offset": {"not_there"}}),
            "a figure of other words": ({"points-0-raw": "50个"}, {"raw": {"evidence"}}),
            "a piece of a figure": ({"points-0-raw": "2亿元"}, {"raw": {"evidence"}}),
            "no figure": ({"points-0-raw": "很多"}, {"raw": {"unreadable"}}),
            "a bound in the figure": ({"points-0-raw": "约1.2亿元"}, {"raw": {"unreadable"}}),
            "another value": ({"points-0-value": "12000000"}, {"value": {"not_the_figure"}}),
            "another unit": ({"points-0-unit": "吨"}, {"raw": {"evidence"}}),
            "a quote of no value": ({"quotes-0-role": "scope"}, {"raw": {"evidence"}}),
            "a period not printed": ({"points-0-period": "2019年"}, {"raw": {"evidence"}}),
            "a scope not printed": ({"scope": "全国"}, {"": {"evidence"}}),
            "no quote": ({"quotes-0-text": ""}, {"": {"evidence"}, "raw": {"evidence"}}),
        }
        for what, (changes, expected) in cases.items():
            with self.subTest(what):
                response = self.add(**changes)
                self.assertEqual(response.status_code, 200)
                found = self.errors(response)
                self.assertTrue(expected.items() <= found.items() or what == "no quote" and found, found)
                self.assertFalse(Evidence.objects.exists())

    def test_an_ambiguous_quote_is_settled_by_its_offset(self):
        second = TEXT.rindex("50个")
        changes = {"quotes-0-text": "50个", "quotes-0-offset": second, "points-0-raw": "50个"}
        self.assertEqual(self.add(**changes).status_code, 302)
        self.assertEqual(Quote.objects.get().offset, second)

    def test_one_headline_for_each_candidate(self):
        self.make_evidence(headline=True)
        self.assertEqual(self.errors(self.add(headline="on")), {"headline": {"second_headline"}})

    def test_the_last_quote_cannot_be_deleted(self):
        evidence = self.make_evidence()
        self.assertIn("", self.errors(self.save(evidence, **{"quotes-0-DELETE": "on"})))
        self.assertTrue(evidence.quotes.exists())

    def test_values_are_written_out_plainly(self):
        page = self.client.get(address("evidence_change", self.make_evidence().pk))
        self.assertContains(page, 'value="120000000"')


class RealListTests(TestCase):
    """The forms raise no false alarm: the list that ships saves as it is."""

    fixtures = [FIXTURE]

    def setUp(self):
        self.client.force_login(get_user_model().objects.create_superuser("clerk"))

    def unchanged(self, pages, tables):
        before = [list(table.objects.order_by("pk").values()) for table in tables]
        for page in pages:
            response = self.client.post(page, filled(self.client.get(page)))
            self.assertEqual(response.status_code, 302, page)
        for table, rows in zip(tables, before, strict=True):
            self.assertEqual(list(table.objects.order_by("pk").values()), rows)

    def test_every_evidence_saves_as_it_is(self):
        pages = [address("evidence_change", pk) for pk in Evidence.objects.values_list("pk", flat=True)]
        self.assertGreater(len(pages), 50)
        self.unchanged(pages, [Evidence, Point, Quote])

    def test_every_candidate_and_the_list_save_as_they_are(self):
        pages = [address("candidate_change", pk) for pk in Candidate.objects.values_list("pk", flat=True)]
        pages += [address("shortlist_change", pk) for pk in Shortlist.objects.values_list("pk", flat=True)]
        self.unchanged(pages, [Shortlist, Category, Candidate, Quote])


@temporary_keys
class AttachmentTests(DeskCase):
    def add(self, *files):
        page = address("candidate_change", self.candidate.pk)
        data = filled(self.client.get(page))
        start = int(data["attachments-INITIAL_FORMS"])
        data["attachments-TOTAL_FORMS"] = start + len(files)
        for at, (name, content) in enumerate(files, start):
            data |= {f"attachments-{at}-title": "Photo", f"attachments-{at}-alt": "A bridge"}
            data[f"attachments-{at}-file"] = SimpleUploadedFile(name, content)
        return self.client.post(page, data)

    def test_type_size_and_digest_come_from_the_content(self):
        kinds = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
        for kind, media_type in kinds.items():
            with self.subTest(kind):
                content = picture(kind)
                self.assertEqual(self.add(("photo.exe", content)).status_code, 302)
                row = Attachment.objects.latest("pk")
                facts = (row.media_type, row.size, row.sha256)
                self.assertEqual(facts, (media_type, len(content), hashlib.sha256(content).hexdigest()))
                self.assertNotIn("exe", row.file.name)
        self.assertEqual(self.add(("report", b"%PDF-1.7\n")).status_code, 302)
        self.assertTrue(Attachment.objects.latest("pk").file.name.endswith(".pdf"))

    def test_what_is_not_allowed_is_refused_by_its_content(self):
        cases = {
            "a page": (b"<html><script>", "wrong_type"),
            "a drawing with script": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "wrong_type"),
            "a picture of another kind": (picture("GIF"), "wrong_type"),
            "half a picture": (picture()[:40], "wrong_type"),
            "a picture that was changed": (picture().replace(b"IDAT", b"IDAX"), "wrong_type"),
            "a bomb": (zlib.compress(b"0" * 10), "wrong_type"),
            "nothing": (b"", "empty"),
            "too much": (b"%PDF-" + bytes(LARGEST), "too_large"),
        }
        for what, (content, code) in cases.items():
            with self.subTest(what):
                self.assertEqual(self.errors(self.add(("photo.png", content))), {"file": {code}})
        self.assertFalse(Attachment.objects.exists())

    def test_the_same_file_is_taken_once(self):
        twice = (("a.png", picture()), ("b.png", picture()))
        self.assertEqual(self.errors(self.add(*twice)), {"file": {"twice"}})
        self.add(("a.png", picture()))
        self.assertEqual(self.errors(self.add(("b.png", picture()))), {"file": {"twice"}})
        self.assertEqual(self.add(("b.png", picture(colour=9))).status_code, 302)

    def test_a_page_with_a_file_saves_as_it_is(self):
        self.add(("a.png", picture()))
        before = Attachment.objects.values().get()
        self.assertEqual(self.add().status_code, 302)
        self.assertEqual(Attachment.objects.values().get(), before)


@temporary_keys
class CostTests(DeskCase):
    """No page of the desk asks the database once a row."""

    def queries(self, page):
        self.client.get(page)  # What is read once a process does not count.
        with CaptureQueriesContext(connection) as context:
            self.assertEqual(self.client.get(page).status_code, 200)
        return len(context)

    def grow(self):
        """Make one row many, in every table."""
        for at in range(2, 12):
            evidence = self.make_evidence(order=at)
            Candidate.objects.create(
                category=self.candidate.category, code=f"1{at + 20}", title=f"{at}。", order=at
            )
            self.candidate.attachments.create(title="x", alt="x", file="x", size=1, sha256=f"{at:064}")
            self.shortlist.sources.create(title=f"Source {at}")
            make_list()
            for _more in range(3):
                evidence.quotes.create(offset=0, text="完成投资1.2亿元")
                evidence.points.create(raw="1.2亿元", value=120_000_000, unit="元")

    def test_pages_cost_the_same_for_one_row_and_for_many(self):
        evidence = self.make_evidence()
        self.candidate.attachments.create(title="x", alt="x", file="x", size=1, sha256="0" * 64)
        self.shortlist.sources.create(title="Source")
        pages = [
            address("shortlist_changelist"),
            address("candidate_changelist"),
            address("evidence_changelist"),
            address("shortlist_change", self.shortlist.pk),
            address("candidate_change", self.candidate.pk),
            address("evidence_change", evidence.pk),
        ]
        before = {page: self.queries(page) for page in pages}
        self.grow()
        for _more in range(4):
            evidence.quotes.create(offset=0, text="完成投资1.2亿元")
            evidence.points.create(raw="1.2亿元", value=120_000_000, unit="元")
        self.assertEqual({page: self.queries(page) for page in pages}, before)

    def test_searching_finds_words_of_the_text(self):
        response = self.client.get(address("candidate_changelist"), {"q": "新建50个"})
        self.assertEqual([row.code for row in response.context["cl"].result_list], ["101"])
