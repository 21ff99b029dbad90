"""docs/accessibility.md names tests that there are."""

import re
from importlib.util import find_spec
from unittest import TestCase

from .test_axe import DOCUMENT

NAMED = re.compile(r"`(tests(?:\.\w+)+)`")


def absent(text):
    """Return the names of tests in a text behind which there is no module."""
    return sorted(name for name in set(NAMED.findall(text)) if find_spec(name) is None)


class Document(TestCase):
    def test_every_test_that_it_names_exists(self):
        text = DOCUMENT.read_text()
        self.assertGreater(len(NAMED.findall(text)), 40)
        self.assertEqual(absent(text), [])

    def test_a_wrong_name_would_be_found(self):
        self.assertEqual(absent("`tests.test_no_such_thing`"), ["tests.test_no_such_thing"])
