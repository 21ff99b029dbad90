"""manage.py reads the lock files by itself, before anything that could do it is installed."""

import sys
from pathlib import Path

from django.test import SimpleTestCase

from config import pins

ROOT = Path(__file__).resolve().parent.parent


# Each lock file, with a package that it is there for.
LOCKS = {
    "requirements.txt": "django",
    "requirements-dev.txt": "ruff",
    "requirements-optional.txt": "weasyprint",
}


def versions(name):
    """Return the versions that a lock file has of each package, under any marker."""
    text = (ROOT / name).read_text()
    found = {}
    for line in text.splitlines():
        if "==" in line and not line.startswith(("#", " ")):
            package, _, version = line.split(" ;")[0].rstrip(" \\").partition("==")
            found.setdefault(package.split("[")[0], set()).add(version)
    return found


class PinTests(SimpleTestCase):
    def test_every_line_of_the_lock_files_can_be_read(self):
        for name, package in LOCKS.items():
            text = (ROOT / name).read_text()
            lines = [line for line in text.splitlines() if "==" in line and not line.startswith(("#", " "))]
            everywhere = [line.split(" ;")[0] for line in lines]
            self.assertEqual(len(list(pins.pins("\n".join(everywhere)))), len(lines))
            self.assertIn(package, dict(pins.pins(text)))

    def test_what_is_installed_on_top_changes_nothing_of_the_core(self):
        core = versions("requirements.txt")
        for name in [name for name in LOCKS if name != "requirements.txt"]:
            found = versions(name)
            self.assertTrue(found.keys() & core.keys(), name)
            self.assertEqual(
                {each: found[each] for each in found if each in core and found[each] != core[each]}, {}
            )

    def test_of_several_lines_for_one_package_the_one_for_this_python_is_read(self):
        names = [name for name, _ in pins.pins((ROOT / "requirements.txt").read_text())]
        self.assertEqual(names.count("numpy"), 1)
        self.assertEqual(sorted(set(names)), sorted(names))

    def test_markers_are_compared_as_versions_and_words(self):
        major, minor = sys.version_info[:2]
        for marker, holds in (
            (f"python_full_version >= '{major}.{minor}'", True),
            (f"python_full_version < '{major}.{minor}'", False),
            ("python_version > '3.9'", True),
            ("sys_platform == 'win32' or implementation_name != 'PyPy'", True),
            ("sys_platform == 'win32' and implementation_name != 'PyPy'", False),
        ):
            with self.subTest(marker):
                self.assertIs(pins.applies(marker), holds)
        with self.assertRaises(ValueError):
            pins.applies("extra == 'x'")
