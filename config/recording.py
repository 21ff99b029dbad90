"""A test runner that leaves its result in a file, for the command that runs several (config/suites.py)."""

import json
import os
import unittest
from pathlib import Path

from django.test.runner import DiscoverRunner


class CountsPasses:
    """Count passed tests, which unittest's own result does not."""

    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


class RecordingRunner(DiscoverRunner):
    """Django's runner; writes passed, failed and skipped to the file that TEST_RESULT names."""

    def get_resultclass(self):
        return type("Result", (CountsPasses, super().get_resultclass() or unittest.TextTestResult), {})

    def suite_result(self, suite, result, **kwargs):
        Path(os.environ["TEST_RESULT"]).write_text(json.dumps(outcome(result)), encoding="utf-8")
        return super().suite_result(suite, result, **kwargs)


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
