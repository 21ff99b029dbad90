"""What is missing in a list is said before anybody votes on it, and acknowledged before it opens."""

from django.core.management import call_command
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from shortlist.checks import warnings_of
from shortlist.models import Attachment, Candidate, Category, Evidence, Point, Quote, Shortlist, Source
from tests.desk import StaffCase, page
from tests.factories import make_keys_for, make_list, make_poll, temporary_keys
from tests.test_admin_list import FIXTURE, TEXT, address
from voting.admin.forms import OpenForm
from voting.models import Event


def make_whole_list():
    """Make a list with which nothing is wrong."""
    shortlist = make_list(candidates=(3,), places=1, max_choices=2)
    shortlist.organiser, shortlist.remarks = "Office", "入选名额由主办单位定。"
    shortlist.save()
    source = Source.objects.create(shortlist=shortlist, title="Gazette", publisher="Press")
    for candidate in Candidate.objects.filter(category__shortlist=shortlist):
        candidate.title, candidate.body = f"第{candidate.code}项。", TEXT
        candidate.save()
        evidence = Evidence.objects.create(candidate=candidate, label="投资", headline=True, source=source)
        words = "完成投资1.2亿元"
        Quote.objects.create(evidence=evidence, offset=candidate.text.index(words), text=words)
        Point.objects.create(evidence=evidence, raw="1.2亿元", value=120_000_000, unit="元", scale=10**8)
    return shortlist


class WarningTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.shortlist = make_whole_list()
        cls.category = Category.objects.get(shortlist=cls.shortlist)
        cls.candidate = Candidate.objects.get(category=cls.category, code="101")
        cls.evidence = cls.candidate.evidence.get()

    def keys(self):
        return [warning.key for warning in warnings_of(Shortlist.objects.get(pk=self.shortlist.pk))]

    def change(self, item, **fields):
        """Change a row past all forms, as SQL or a fixture can."""
        type(item).objects.filter(pk=item.pk).update(**fields)

    def test_a_whole_list_gives_no_warning(self):
        self.assertEqual(self.keys(), [])

    def test_a_list_without_source_or_organiser(self):
        Source.objects.all().delete()
        self.change(self.shortlist, organiser="")
        self.assertEqual(self.keys(), ["no_source", "no_organiser"])

    def test_a_source_that_names_nothing(self):
        Source.objects.update(publisher="")
        self.assertEqual(self.keys(), ["bare_source Gazette"])

    def test_a_category_with_another_number_than_declared(self):
        self.change(self.category, declared_count=16)
        self.assertEqual(self.keys(), ["fewer_than_declared 1"])
        (warning,) = warnings_of(self.shortlist)
        self.assertIn("declares 16, but 3 are entered", warning.message)
        self.change(self.category, declared_count=2)
        self.assertEqual(self.keys(), ["more_than_declared 1"])

    def test_a_category_that_lacks_candidates_or_a_ballot(self):
        Category.objects.create(shortlist=self.shortlist, code="2", name="Empty")
        self.assertEqual(self.keys(), ["no_candidates 2"])
        self.change(self.category, on_ballot=False)
        self.assertEqual(self.keys(), ["not_on_ballot 1", "no_candidates 2"])

    def test_places_and_choices_that_leave_nothing_to_choose(self):
        self.change(self.category, places=3, max_choices=4)
        self.assertEqual(self.keys(), ["places_for_all 1", "choices_over_candidates 1"])

    def test_places_of_which_nobody_says_where_they_come_from(self):
        self.change(self.shortlist, remarks="")
        self.assertEqual(self.keys(), ["places_unexplained 1"])
        self.change(self.category, inference="名额是本站的默认值。")
        self.assertEqual(self.keys(), [])

    def test_candidates_without_text_or_evidence(self):
        self.evidence.delete()
        self.assertEqual(self.keys(), ["no_evidence 101"])
        self.change(self.candidate, body=" ")
        self.assertEqual(self.keys(), ["no_text 101", "no_evidence 101"])

    def test_codes_and_titles_that_stand_twice(self):
        other = Category.objects.create(shortlist=self.shortlist, code="2", name="Two", places=1)
        Candidate.objects.create(category=other, code="101", title="第101项。", body="文。")
        self.assertEqual(
            self.keys(),
            [
                "double_code 101",
                "double_title 101",
                "places_for_all 2",
                "choices_over_candidates 2",
                "wrong_digit 101",
                "no_evidence 101",
            ],
        )

    def test_no_evidence_that_says_most(self):
        self.change(self.evidence, headline=False)
        self.assertEqual(self.keys(), [], "a single one says most by itself")
        again = Evidence.objects.create(candidate=self.candidate, label="新建")
        words = "新建50个"
        Quote.objects.create(evidence=again, offset=self.candidate.text.index(words), text=words)
        Point.objects.create(evidence=again, raw="50个", value=50, unit="个")
        self.assertEqual(self.keys(), ["no_headline 101"])

    def test_evidence_that_no_form_would_have_let_through(self):
        quote, point = self.evidence.quotes.get(), self.evidence.points.get()
        for item, fields in ((quote, {"offset": 0}), (point, {"raw": "7亿元"}), (point, {"value": 12})):
            with self.subTest(fields):
                self.change(item, **fields)
                self.assertIn("evidence_wrong 101 投资", self.keys())
                item.save()

    def test_a_file_without_a_description(self):
        Attachment.objects.create(
            candidate=self.candidate,
            title="图",
            alt="",
            file="a.png",
            media_type="image/png",
            size=1,
            sha256="0" * 64,
        )
        self.assertEqual(self.keys(), ["no_description 101"])

    def test_each_leads_to_the_page_where_it_is_put_right(self):
        self.evidence.points.update(value=1)
        (warning,) = warnings_of(self.shortlist)
        self.assertTrue(warning.address.endswith(f"/shortlist/evidence/{self.evidence.pk}/change/"))


class RealListTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("loaddata", FIXTURE, verbosity=0)
        cls.shortlist = Shortlist.objects.get(slug="shanxi")

    def test_it_costs_the_same_for_a_short_and_a_long_list(self):
        counts = []
        for shortlist in (make_whole_list(), self.shortlist):
            with CaptureQueriesContext(connection) as context:
                warnings_of(shortlist)
            counts.append(len(context))
        self.assertEqual(counts, [7, 7])

    def test_it_declares_more_than_it_gives_and_its_evidence_is_sound(self):
        found = warnings_of(self.shortlist)
        short = [warning.subject for warning in found if warning.code == "fewer_than_declared"]
        self.assertEqual(short, ["2", "3"])
        self.assertNotIn("evidence_wrong", {warning.code for warning in found})


@temporary_keys
class AcknowledgedTests(StaffCase):
    """The page that opens a poll asks for each warning."""

    def setUp(self):
        super().setUp()
        self.poll = make_poll(shortlist=make_list(candidates=(2,), places=1, max_choices=1))
        self.keys = sorted(warning.key for warning in warnings_of(self.poll.shortlist))

    def form(self, **data):
        seen = OpenForm(poll=self.poll).initial["seen"]
        return OpenForm({"seen": seen, **data}, poll=self.poll)

    def test_nothing_opens_over_a_warning_that_nobody_acknowledged(self):
        self.assertEqual(len(self.keys), 5)
        for data in ({}, {"acknowledged": self.keys[:-1]}):
            self.assertTrue(self.form(**data).has_error("acknowledged", "unacknowledged"))

    def test_they_are_acknowledged_one_by_one_or_all_at_once(self):
        for data in ({"acknowledged": self.keys}, {"acknowledge_all": "on"}):
            form = self.form(**data)
            self.assertTrue(form.is_valid(), form.errors)
            self.assertEqual(form.cleaned_data["acknowledged"], self.keys)

    def test_a_warning_that_came_up_meanwhile_is_asked_for_too(self):
        Candidate.objects.filter(category__shortlist=self.poll.shortlist, code="101").update(body="")
        self.assertTrue(self.form(acknowledged=self.keys).has_error("acknowledged", "unacknowledged"))

    def test_a_whole_list_asks_for_nothing(self):
        self.poll = make_poll(shortlist=make_whole_list())
        self.assertEqual([*OpenForm(poll=self.poll).fields], ["seen"])
        form = self.form()
        self.assertTrue(form.is_valid())
        self.assertEqual(form.cleaned_data["acknowledged"], [])

    def test_the_audit_trail_keeps_what_was_acknowledged(self):
        make_keys_for(self.poll)
        seen = OpenForm(poll=self.poll).initial["seen"]
        self.client.post(page(self.poll, "open"), {"seen": seen, "acknowledge_all": "on"})
        details = [str(event.detail) for event in Event.objects.filter(poll=self.poll)]
        self.assertTrue(any("no_source" in detail for detail in details), details)

    def test_the_pages_of_list_and_poll_show_them(self):
        for where in (address("shortlist_change", self.poll.shortlist_id), page(self.poll)):
            self.assertContains(self.client.get(where), "The list names no source")
