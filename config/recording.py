"""A test runner that leaves its result in a file, for the command that runs several (config/suites.py)."""

import gc
import json
import os
import time
import unittest
from pathlib import Path

from django.test.runner import DiscoverRunner


class Recorded:
    """Count passed tests, which unittest's own result does not, and write down how long each test took."""

    passed = 0

    def startTestRun(self):
        super().startTestRun()
        self.ended = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        # Since the one before it ended, and so with what was set up for its class.
        begun, self.ended = self.ended, time.monotonic()
        with open(times_path(os.environ["TEST_RESULT"]), "a", encoding="utf-8") as file:
            file.write(f"{self.ended - begun:.2f} {test.id()}\n")

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


class RecordingRunner(DiscoverRunner):
    """Django's runner; writes passed, failed and skipped to the file that TEST_RESULT names, and beside it,
    while it runs, a line a test: seconds and name."""

    def get_resultclass(self):
        return type("Result", (Recorded, super().get_resultclass() or unittest.TextTestResult), {})

    def run_suite(self, suite, **kwargs):
        # Looking for cycles after every few hundred objects takes a twentieth of a run.
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)
        return super().run_suite(suite, **kwargs)

    def suite_result(self, suite, result, **kwargs):
        Path(os.environ["TEST_RESULT"]).write_text(json.dumps(outcome(result)), encoding="utf-8")
        return super().suite_result(suite, result, **kwargs)


def times_path(result) -> Path:
    """Return where the times of the tests stand whose result goes to this path."""
    return Path(result).with_suffix(".times")


def outcome(result):
    """Return the result as plain data. A test counts as failed once, however many of its parts failed."""
    failed = [test for test, _ in result.failures + result.errors] + list(result.unexpectedSuccesses)
    return {
        "passed": result.passed + len(result.expectedFailures),
        "failed": sorted({whole(test) for test in failed}),
        "skipped": [[whole(test), reason] for test, reason in result.skipped],
    }


def whole(test):
    """Name a test; a subtest has the name of the test that it is a part of."""
    return getattr(test, "test_case", test).id()
