"""Every word on a citizen's page can be translated, and no page brings style or script in its lines."""

import gzip
import re

from django.conf import settings
from django.test import SimpleTestCase

from tests.homes import at_home

load_tests = at_home("postgresql", __name__)

FOLDER = settings.BASE_DIR / "templates"
TEMPLATES = sorted(path for path in FOLDER.rglob("*.html") if "admin" not in path.relative_to(FOLDER).parts)
TRANSLATED = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}", re.DOTALL)
OURS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
SPOKEN = re.compile(
    r'\s(?:alt|title|aria-label|placeholder|data-(?:have|left|full|sending|broken|again|done|failed|none|pick|unpick|picked|seen))="([^"]*)"'
)
NAMES = {"English", "简体中文", "SHA-256"}


def untranslated(html):
    """Return the words of a template that stand outside of translation tags."""
    html = OURS.sub(" ", TRANSLATED.sub(" ", html))
    words = [*SPOKEN.findall(html), *re.findall(r">([^<]+)<", re.sub(r"<!doctype html>", "", html))]
    found = (re.findall(r"[^\W\d_]{2,}(?:-\d+)?", text) for text in words)
    return [word for text in found for word in text if word not in NAMES]


class WordsTest(SimpleTestCase):
    def test_no_template_holds_words_of_its_own(self):
        self.assertGreater(len(TEMPLATES), 20)
        for path in TEMPLATES:
            self.assertEqual(untranslated(path.read_text()), [], path.name)

    def test_the_control_words_outside_of_translation_are_found(self):
        self.assertEqual(untranslated('<p title="Look">{% translate "a" %} Here</p>'), ["Look", "Here"])

    def test_templates_bring_no_style_and_no_script_in_their_lines(self):
        for path in TEMPLATES:
            self.assertNotRegex(
                path.read_text(), r"\bstyle=|<style|\son[a-z]+=|<script(?![^>]+src=)", path.name
            )

    def test_templates_of_the_list_name_nothing_of_voting(self):
        for path in (FOLDER / "shortlist").glob("*.html"):
            self.assertNotRegex(path.read_text(), r"\b(?:poll|plan|vot\w+|ballot\w*)\b", path.name)

    def test_the_style_sheet_stays_small(self):
        style = (settings.BASE_DIR / "static/ballot/site.css").read_bytes()
        self.assertLess(len(gzip.compress(style)), 8_000)  # bytes, as it travels
