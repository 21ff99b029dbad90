"""A real browser for tests: Debian's Chromium, driven by Playwright, which watches every page it opens."""

import os
import shutil
import unittest
from unittest import mock

from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django.db import connection
from django.test import tag

try:
    from playwright.sync_api import TimeoutError as PageTimeout
    from playwright.sync_api import sync_playwright
except ImportError:
    sync_playwright, PageTimeout = None, TimeoutError

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Each window that opens would get two hidden pages for suggestions in the address bar, which cost more
# than the page under test. Of several such switches the last counts, so Playwright's own stand here too.
OFF = [
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
]
FLAGS = [
    f"--disable-features={','.join(OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PHONE = {"width": 360, "height": 640}
DESKTOP = {"width": 1280, "height": 800}
# Chromium itself notes a refusal by the server as an error; these refusals are what some tests want.
REFUSALS = ("403", "409", "422")


@tag("browser")
@unittest.skipUnless(sync_playwright and CHROMIUM, "Playwright or Chromium is not installed.")
class BrowserCase(StaticLiveServerTestCase):
    """A live server and a browser; what the consoles said of errors is in `complaints`.

    Pages do not depend on the database, and each browser takes long on a small machine. So where the
    tests run on two databases side by side, a class runs on the one that is its `home`, and on both
    where that is empty. Where they run on one alone, all of them do.
    """

    home = "sqlite"

    @classmethod
    def setUpClass(cls):
        if os.environ.get("SHARED_BROWSER") and cls.home not in ("", connection.vendor):
            raise unittest.SkipTest(f"Pages do not depend on the database: the run on {cls.home} has these.")
        super().setUpClass()
        # Playwright runs its loop in this thread, which Django takes for asynchronous code.
        cls.enterClassContext(mock.patch.dict(os.environ, {"DJANGO_ALLOW_ASYNC_UNSAFE": "true"}))
        playwright = cls.enterClassContext(sync_playwright())
        cls.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        super().setUp()
        self.complaints = []

    def new_page(self, viewport=PHONE, **options):
        """Open an empty page of a browser that has no cookies yet: another device."""
        context = self.browser.new_context(viewport=viewport, locale="zh-CN", **options)
        self.addCleanup(context.close)
        context.set_default_timeout(10_000)  # milliseconds
        context.on("console", self._note_console)
        context.on("weberror", lambda fault: self.complaints.append(str(fault.error)))
        return context.new_page()

    def _note_console(self, message):
        if message.type not in ("error", "warning"):
            return
        place = message.location.get("url", "")
        refused = place.endswith(("/review/", "/cast/")) and any(
            f"status of {status}" in message.text for status in REFUSALS
        )
        if not refused:
            self.complaints.append(f"{place}: {message.text}")
