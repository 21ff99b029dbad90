"""Imports go one way: config → voting → shortlist, voting → voting.ledger."""

import ast
import subprocess
import sys
from pathlib import Path
from unittest import TestCase

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
STANDARD = sys.stdlib_module_names


def imported(path: Path) -> set[str]:
    """Return the full names of the modules that a file imports, relative ones made absolute."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return names


def offences(folder: str, forbidden) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in sorted(imported(path))
        if forbidden(name)
    ]


def within(name, package):
    return name == package or name.startswith(f"{package}.")


class ImportRule(TestCase):
    def test_the_list_knows_nothing_of_voting(self):
        forbidden = ("voting", "config")
        self.assertEqual(offences("shortlist", lambda n: any(within(n, p) for p in forbidden)), [])

    def test_the_lists_templates_name_nothing_of_voting(self):
        for path in (ROOT / "templates" / "shortlist").rglob("*.html"):
            self.assertNotIn("voting", path.read_text(), path)

    def test_voting_does_not_reach_up_to_config(self):
        self.assertEqual(offences("voting", lambda name: within(name, "config")), [])

    def test_the_ledger_stands_alone(self):
        allowed = {"cryptography", *STANDARD}

        def forbidden(name):
            return name.split(".")[0] not in allowed and not within(name, "voting.ledger")

        self.assertEqual(offences("voting/ledger", forbidden), [])

    def test_the_ledger_runs_where_django_is_not_installed(self):
        modules = [
            f"voting.ledger.{path.stem}"
            for path in (ROOT / "voting/ledger").glob("*.py")
            if path.stem != "__init__"
        ]
        code = "import sys; sys.modules['django'] = None\n" + "\n".join(f"import {name}" for name in modules)
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_control_the_reader_of_imports_sees_relative_and_absolute_ones(self):
        self.assertIn("voting.models.Poll", imported(ROOT / "voting" / "casting.py"))
        self.assertIn("voting.ledger.note.sign_note", imported(ROOT / "voting" / "ledger" / "pledge.py"))

    def test_voting_itself_stays_an_empty_package(self):
        self.assertEqual((ROOT / "voting" / "__init__.py").read_text(), "")
