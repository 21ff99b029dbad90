"""Where tests run that do not depend on the database: on one of two that run side by side.

A module that says `load_tests = at_home("sqlite", __name__)` is skipped on the other one, with a
sentence. Where the tests run on one database alone, or a class is named by itself, all of them do.
"""

import os

from django.db import connection
from django.test.runner import iter_test_cases


def at_home(database, module, *names):
    """Return a module's `load_tests` (unittest's protocol) by which its classes run on this one alone.

    With `names` that holds for the classes of these names.
    """
    why = f"It does not depend on the database: the run on {database} has it."

    def load_tests(loader, tests, pattern):
        if os.environ.get("SHARED_BROWSER") and connection.vendor != database:
            for case in {type(each) for each in iter_test_cases(tests)}:
                if case.__module__ == module and (not names or case.__name__ in names):
                    case.__unittest_skip__, case.__unittest_skip_why__ = True, why
        return tests

    return load_tests
