"""A pasted list is stored whole or not at all, and only once."""

from unittest import mock

from django.test import TestCase, TransactionTestCase

from shortlist.models import Quote, Shortlist
from shortlist.paste.reading import read
from shortlist.paste.saving import PasteRefused, save_pasted
from tests.test_paste_page import SMALL, TITLE
from tests.threads import at_once


class AllOrNothing(TestCase):
    def test_a_fault_half_way_leaves_nothing_behind(self):
        reading = read(SMALL)
        with (
            mock.patch("shortlist.paste.saving.store_claims", side_effect=ValueError),
            self.assertRaises(ValueError),
        ):
            save_pasted(reading=reading, keep=reading.keys, by="clerk", title=TITLE)
        self.assertFalse(Shortlist.objects.exists())

    def test_a_name_that_is_too_long_is_a_sentence(self):
        reading = read(SMALL)
        reading.outline.sections[0].name = "长" * 81
        with self.assertRaises(PasteRefused):
            save_pasted(reading=reading, keep=[], by="clerk", title=TITLE)
        self.assertFalse(Shortlist.objects.exists())


class AtOnce(TransactionTestCase):
    def paste_four(self):
        """Paste two lists, each twice, into one list at once; return what came of it and the list."""
        shortlist = Shortlist.objects.create(slug="empty", title="Empty")

        def paste(number):
            reading = read(SMALL if number % 2 else SMALL.replace("一、", "二、"))
            try:
                save_pasted(reading=reading, keep=reading.keys, by="clerk", shortlist=shortlist)
            except PasteRefused:
                return "refused"
            return "stored"

        return sorted(at_once(paste, range(4))), shortlist

    def test_pastes_into_one_list_at_once_fill_it_once(self):
        results, shortlist = self.paste_four()
        self.assertEqual(results, ["refused"] * 3 + ["stored"])
        self.assertEqual((shortlist.categories.count(), Quote.objects.count()), (1, 3))

    def test_control_without_the_lock_and_the_look_they_fill_it_twice(self):
        def unlocked(pk):
            return Shortlist.objects.get(pk=pk)

        with mock.patch("shortlist.paste.saving.locked_and_empty", unlocked):
            results, shortlist = self.paste_four()
        # What remains is the constraint: one category a digit.
        self.assertEqual(results, ["refused"] * 2 + ["stored"] * 2)
        self.assertEqual(shortlist.categories.count(), 2)
