"""Names and codes stand one behind the other as the reader's language writes them."""

from django.test import SimpleTestCase
from django.utils.translation import override

from shortlist.wording import separated
from tests.homes import at_home

load_tests = at_home("sqlite", __name__)


class Separated(SimpleTestCase):
    def test_each_language_has_its_own_mark_between_them(self):
        for language, written in (("zh-hans", "101、203、305"), ("en", "101, 203, 305")):
            with override(language):
                self.assertEqual(separated(["101", "203", "305"]), written)

    def test_one_or_none_needs_no_mark(self):
        self.assertEqual((separated(["101"]), separated([])), ("101", ""))
