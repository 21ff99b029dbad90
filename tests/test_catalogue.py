"""Every text that a person sees is translated, and the compiled catalogue is the written one."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import TestCase, skipUnless

import polib
from django.conf import settings

from tests.homes import at_home

load_tests = at_home("sqlite", __name__)

ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
# A half-width mark between two Chinese characters, or behind one at the end of a sentence.
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!][\u4e00-\u9fff]|[\u4e00-\u9fff][,;:?!.]$")


def texts(entry):
    return [entry.msgstr, *entry.msgstr_plural.values()] if entry.msgid_plural else [entry.msgstr]


class Catalogue(TestCase):
    def setUp(self):
        self.written = polib.pofile(str(CATALOGUE))

    def test_every_message_has_its_chinese(self):
        self.assertEqual([entry.msgid for entry in self.written if not entry.translated() or entry.fuzzy], [])

    def test_placeholders_are_those_of_the_english(self):
        for entry in self.written:
            wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
            for text in filter(None, texts(entry)):
                self.assertEqual(set(PLACEHOLDER.findall(text)), wanted, entry.msgid)

    def test_chinese_marks_are_full_width(self):
        for entry in self.written:
            for text in texts(entry):
                self.assertIsNone(HALF_WIDTH.search(text), text)

    def test_messages_in_the_code_are_english(self):
        chinese = [
            entry.msgid for entry in self.written if len(re.findall(r"[\u4e00-\u9fff]", entry.msgid)) > 24
        ]
        self.assertEqual(chinese, [])

    def test_the_compiled_catalogue_is_the_written_one(self):
        compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))

        def content(catalogue):
            return {
                (entry.msgctxt, entry.msgid, entry.msgid_plural): texts(entry)
                for entry in catalogue
                if entry.msgid
            }

        self.assertEqual(content(compiled), content(self.written))

    @skipUnless(shutil.which("xgettext"), "gettext is not installed, so new messages cannot be looked for")
    def test_no_message_of_code_or_template_is_missing_and_none_is_left_over(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, "project")
            for name in ("config", "shortlist", "voting", "templates"):
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            (copy / "locale").mkdir()
            command = [sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans", "--no-location"]
            done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            found = polib.pofile(str(copy / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"))

        def keys(catalogue):
            return {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}

        self.assertEqual(keys(found) ^ keys(self.written), set())
