"""Production refuses to start when misconfigured, by a sentence that names what is wrong."""

import os
import re
import subprocess
import sys
import tempfile
from unittest import TestCase

from django.conf import settings

from tests.homes import at_home

load_tests = at_home("sqlite", __name__)

ROOT = settings.BASE_DIR
LOAD = "import django; django.setup(); from django.conf import settings; print(settings.MODE)"


def start(**environment):
    """Load the settings in a process of their own; return its exit code and what it said."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=ROOT,
        env={**kept, "DJANGO_SETTINGS_MODULE": "config.settings", **environment},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr.strip().split("\n")[-1]


class Production(TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.good = {
            "VAR_DIR": folder.name,
            "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "ALLOWED_HOSTS": "vote.example",
            "KEY_COPY_DIR": f"{folder.name}/copy",
        }

    def test_it_starts_with_all_that_is_needed(self):
        code, said = start(**self.good)
        self.assertEqual((code, said.strip()), (0, "production"), said)

    def test_each_missing_or_bad_value_stops_it_and_is_named(self):
        cases = {
            "SECRET_KEY": (None, "", "short", "a" * 60),
            "ALLOWED_HOSTS": (None, "", "*"),
            "VAR_DIR": ("/nowhere/at/all",),
            "KEY_COPY_DIR": (None, f"{self.good['VAR_DIR']}/keys"),
            "MODE": ("productoin",),
            "DATABASE_URL": ("mysql://a/b", "nonsense"),
            "TRUSTED_PROXIES": ("many", "-1"),
            "HTTPS": ("perhaps",),
            "TICKET_SECONDS": ("soon",),
            "CEILING_TIMES": ("many", "1"),
            "PASSWORD_GATEWAY_SECONDS": ("soon", "0"),
            "OIDC_ISSUER": ("http://login.example",),
            "STAFF_SECOND_FACTOR": ("never",),
            "STAFF_IDLE_MINUTES": ("0", "soon"),
            "SITE_URL": ("vote.example", "https://vote.example/path", "ftp://vote.example"),
        }
        for name, values in cases.items():
            for value in values:
                environment = {**self.good, name: value}
                if value is None:
                    del environment[name]
                code, said = start(**environment)
                self.assertNotEqual(code, 0, f"{name}={value!r} was accepted")
                self.assertIn(name, said)

    def test_a_demo_needs_nothing_and_keeps_its_secret(self):
        for _ in range(2):
            code, said = start(MODE="demo", VAR_DIR=self.good["VAR_DIR"])
            self.assertEqual((code, said.strip()), (0, "demo"), said)


class EveryVariable(TestCase):
    def test_stands_in_the_example_file_and_nothing_else_does(self):
        source = (ROOT / "config" / "settings.py").read_text()
        read = set(re.findall(r'\bsetting\("([A-Z_]+)"', source)) | set(
            re.findall(r'env\.db_url\("([A-Z_]+)"', source)
        )
        source = (ROOT / "config" / "gunicorn.conf.py").read_text()
        read |= set(re.findall(r'environ(?:\.get)?[\[(]"([A-Z_]+)"', source))
        listed = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
        self.assertEqual(read, listed)
