"""load_list replaces a list only where nothing else depends on it."""

import datetime
from unittest import mock

from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils import timezone

from shortlist.document import read_list
from shortlist.models import Attachment, Candidate, Quote, Shortlist
from shortlist.spreadsheet.loading import others_using, read_list_file, save_list
from voting.models import Poll

from .list_faults import LIST
from .spreadsheets import SpreadsheetTestCase, spoil


class ReplaceTests(SpreadsheetTestCase):
    TAKEN = "File: There is a list with the address “small” already: 小名单. "

    def setUp(self):
        super().setUp()
        self.load(self.make_workbook())

    def make_poll(self):
        now = timezone.now()
        return Poll.objects.create(
            slug="p",
            title="活动",
            shortlist=Shortlist.objects.get(),
            opens_at=now,
            closes_at=now + datetime.timedelta(days=1),
        )

    def test_an_address_that_is_taken(self):
        self.assert_refused(
            self.make_workbook(),
            self.TAKEN + "Choose another address, or replace the list with --replace.",
        )

    def test_another_address_loads_an_equal_list(self):
        self.load(self.make_workbook(), "--slug", "other")
        small, other = (read_list(Shortlist.objects.get(slug=slug)) for slug in ("small", "other"))
        self.assertEqual(small.categories, other.categories)

    def test_replace_leaves_one_list_with_the_new_text(self):
        error, lines, _out = self.load(self.make_workbook(spoil(LIST, B2="新名单")), "--replace")
        self.assertEqual((error, lines), (None, []))
        self.assertEqual([str(found) for found in Shortlist.objects.all()], ["新名单"])
        self.assertEqual(Candidate.objects.count(), 3)

    def test_a_list_in_use_is_not_replaced(self):
        self.make_poll()
        self.assert_refused(
            self.make_workbook(),
            self.TAKEN + "It is used by: 活动. Choose another address with --slug.",
            "--replace",
        )

    def test_a_list_that_comes_into_use_meanwhile_stays_whole(self):
        draft, report = read_list_file(self.make_workbook().read_bytes(), "list.xlsx", replace=True)
        self.assertEqual(report.faults, [])
        self.make_poll()
        with self.assertRaises(ProtectedError):
            save_list(draft, replace=True)
        self.assertEqual(Candidate.objects.count(), 3)

    def test_a_failure_half_way_leaves_the_old_list_and_nothing_of_the_new(self):
        draft, _report = read_list_file(self.make_workbook().read_bytes(), "list.xlsx", replace=True)
        with (
            mock.patch.object(Quote.objects, "bulk_create", side_effect=IntegrityError),
            self.assertRaises(IntegrityError),
        ):
            save_list(draft, replace=True)
        self.assertEqual((Candidate.objects.count(), Quote.objects.count()), (3, 4))

    def test_a_list_that_nothing_uses_has_no_users(self):
        self.assertEqual(others_using(Shortlist.objects.get()), "")

    def test_a_list_with_attachments_is_not_replaced(self):
        Attachment.objects.create(
            candidate=Candidate.objects.first(),
            title="图",
            alt="图",
            file="a.png",
            media_type="image/png",
            size=1,
            sha256="0" * 64,
        )
        self.assert_refused(
            self.make_workbook(),
            self.TAKEN + "It has attachments, which would be lost. "
            "Choose another address with --slug, or delete the attachments first.",
            "--replace",
        )
