"""The test command counts rightly, fails when it should, and leaves no PostgreSQL behind."""

import contextlib
import io
import json
import os
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

import psycopg2
from django.test import SimpleTestCase

from config import postgres, suites
from config.recording import RecordingRunner
from tests.browser import BrowserCase
from tests.homes import at_home
from tests.test_processes import alive, wait_for
from voting import processes

load_tests = at_home("postgresql", __name__)


class Mixed(unittest.TestCase):
    """Not collected as such: methods are run by name."""

    def passes(self):
        pass

    def fails(self):
        self.fail("as asked")

    def errs(self):
        raise ValueError("as asked")

    def fails_in_two_parts(self):
        for part in (1, 2):
            with self.subTest(part):
                self.fail("as asked")

    def is_skipped(self):
        self.skipTest("no such thing here")

    @unittest.expectedFailure
    def fails_as_expected(self):
        self.fail("as asked")

    @unittest.expectedFailure
    def passes_unexpectedly(self):
        pass


class BrokenFromTheStart(Mixed):
    @classmethod
    def setUpClass(cls):
        raise ValueError("as asked")


def record(*tests):
    """Run tests as the inner run does; return what it leaves for the outer one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        quiet = contextlib.redirect_stderr(io.StringIO())
        with mock.patch.dict(os.environ, TEST_RESULT=str(path)), quiet:
            runner = RecordingRunner(verbosity=0)
            runner.suite_result(None, runner.run_suite(unittest.TestSuite(tests)))
        run = suites.Run("played", None, path.parent)
        found = suites.read_outcome("played", path, 1)
        return {**found, "done": suites.done(run), "times": suites.times(run)}


def report(*outcomes):
    """Return exit code and lines of the final report."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        code = suites.report(outcomes)
    return code, output.getvalue().splitlines()


class CountTests(SimpleTestCase):
    def test_every_kind_of_end_is_counted_once(self):
        names = [name for name in vars(Mixed) if not name.startswith("_")]
        outcome = record(*map(Mixed, names))
        self.assertEqual(outcome["passed"], 2)
        self.assertEqual(
            {name.rsplit(".")[-1] for name in outcome["failed"]},
            {"fails", "errs", "fails_in_two_parts", "passes_unexpectedly"},
        )
        self.assertEqual([reason for _, reason in outcome["skipped"]], ["no such thing here"])
        self.assertEqual(outcome["done"], len(names))

    def test_each_test_has_its_time_and_what_its_class_took_before(self):
        class Slow(Mixed):
            @classmethod
            def setUpClass(cls):
                time.sleep(0.2)

        (first, name), (second, _again) = record(Slow("passes"), Slow("passes"))["times"]
        self.assertTrue(name.endswith("Slow.passes"))
        self.assertGreaterEqual(first, 0.2)
        self.assertLess(second, 0.2)

    def test_a_class_that_cannot_be_set_up_is_a_failure(self):
        outcome = record(BrokenFromTheStart("passes"))
        self.assertEqual((outcome["passed"], len(outcome["failed"])), (0, 1))

    def test_a_run_that_broke_off_is_a_failure(self):
        outcome = suites.read_outcome("SQLite", Path("/no/such/file"), -9)
        self.assertEqual(outcome["failed"], ["the run ended with code -9"])


class ReportTests(SimpleTestCase):
    good = {"name": "SQLite", "passed": 3, "failed": [], "skipped": [["a.b", "no browser"]]}
    bad = {"name": "PostgreSQL", "passed": 2, "failed": ["a.c"], "skipped": []}

    def test_the_last_line_sums_both_runs_after_the_reasons_of_what_was_skipped(self):
        code, lines = report(self.good, self.good)
        self.assertEqual((code, lines[-1]), (0, "6 passed, 0 failed, 2 skipped"))
        self.assertIn("skipped [SQLite] a.b: no browser", lines)

    def test_one_failure_in_one_run_fails_the_whole(self):
        code, lines = report(self.good, self.bad)
        self.assertEqual((code, lines[-1]), (1, "5 passed, 1 failed, 1 skipped"))
        self.assertIn("failed [PostgreSQL] a.c", lines)

    def test_a_test_that_each_run_leaves_to_the_other_is_a_failure(self):
        def left(name, other):
            why = f"It does not depend on the database: the run on {other} has it."
            return {**self.good, "name": name, "skipped": [["a.b", "no browser"], ["a.d", why]]}

        runs = [left("SQLite", "postgresql"), left("PostgreSQL", "sqlite")]
        self.assertEqual([each["failed"] for each in suites.nowhere(runs)], [["a.d"]])
        self.assertEqual(suites.nowhere([runs[0], self.good]), [])

    def test_the_reasons_of_both_ways_to_leave_a_test_to_the_other_run_are_known(self):
        with mock.patch.dict(os.environ, SHARED_BROWSER="yes"):
            with self.assertRaisesMessage(unittest.SkipTest, suites.ELSEWHERE):
                type("Pages", (BrowserCase,), {"home": "nowhere"}).setUpClass()
            case = type("Rules", (Mixed,), {"__module__": "some.module"})
            at_home("nowhere", "some.module")(None, unittest.TestSuite([case("passes")]), None)
        self.assertIn(suites.ELSEWHERE, case.__unittest_skip_why__)

    def test_no_test_at_all_is_a_failure(self):
        code, lines = report({**self.good, "passed": 0})
        self.assertEqual((code, lines[-1]), (1, "0 passed, 0 failed, 1 skipped"))
        self.assertIn("No test ran.", lines)


class CommandLineTests(SimpleTestCase):
    def test_what_is_not_ours_goes_to_django(self):
        options, passed_on = suites.parse(
            ["tests.test_x", "--sqlite", "-k", "x", "--failfast", "--no-install"]
        )
        self.assertTrue(options.sqlite and options.no_install and not options.postgresql)
        self.assertEqual(passed_on, ["tests.test_x", "-k", "x", "--failfast"])

    def test_what_is_not_installed_is_announced_with_its_package(self):
        absent = [suites.Tool("chromium", "tests in a browser", present=False)]
        with mock.patch.object(suites, "tools", return_value=absent):
            sentence = next(suites.announcements())
        self.assertEqual(
            sentence, "Skipped, as chromium is not installed: tests in a browser (apt install chromium)."
        )

    def test_packages_are_installed_for_root_on_debian_only(self):
        absent = [suites.Tool("chromium", "tests in a browser", present=False)]
        for user, calls in ((1000, 0), (0, 2)):
            with (
                mock.patch.object(suites.os, "geteuid", return_value=user),
                mock.patch.object(suites.shutil, "which", return_value="/usr/bin/apt-get"),
                mock.patch.object(suites.Path, "exists", return_value=True),
                mock.patch.object(suites.subprocess, "run", return_value=mock.Mock(returncode=0)) as run,
                contextlib.redirect_stdout(io.StringIO()) as output,
            ):
                suites.install_tools(absent)
            self.assertEqual(run.call_count, calls)
            self.assertEqual("chromium" in output.getvalue(), bool(calls))


class InnerRunTests(SimpleTestCase):
    def test_a_module_that_cannot_be_imported_fails_the_run(self):
        with tempfile.TemporaryDirectory() as folder:
            run = suites.start_run("SQLite", None, Path(folder), ["tests.there_is_no_such_module"])
            run.child.process.wait(60)
            with contextlib.redirect_stdout(io.StringIO()) as output:
                outcome = suites.show(run)
        self.assertEqual((outcome["passed"], len(outcome["failed"])), (0, 1))
        self.assertIn("No module named 'tests.there_is_no_such_module'", output.getvalue())

    def test_settings_from_outside_do_not_reach_the_tests(self):
        with (
            tempfile.TemporaryDirectory() as folder,
            mock.patch.dict(os.environ, DATABASE_URL="postgres://real", KEY_DIR="/real", MODE="production"),
            mock.patch.object(processes, "start") as start,
        ):
            suites.start_run("SQLite", None, Path(folder), [])
        environment = start.call_args.kwargs["env"]
        self.assertEqual(environment["MODE"], "test")
        self.assertFalse({"DATABASE_URL", "KEY_DIR"} & set(environment))
        self.assertTrue(environment["VAR_DIR"].startswith(folder))


class InMemoryTests(SimpleTestCase):
    def place(self, **facts):
        facts = {"f_bavail": suites.ROOM, "f_frsize": 1, "f_flag": 0, **facts}
        with mock.patch.object(suites.os, "statvfs", return_value=mock.Mock(**facts)):
            return suites.in_memory()

    def test_it_is_taken_where_there_is_room_and_programs_may_run(self):
        with mock.patch.object(suites, "MEMORY", Path(tempfile.gettempdir())):
            self.assertEqual(self.place(), Path(tempfile.gettempdir()))
            self.assertIsNone(self.place(f_bavail=suites.ROOM - 1))
            self.assertIsNone(self.place(f_flag=os.ST_NOEXEC))

    def test_where_there_is_none_the_disk_is_taken(self):
        with mock.patch.object(suites, "MEMORY", Path("/no/such/folder")):
            self.assertIsNone(suites.in_memory())


class ClusterTests(SimpleTestCase):
    def test_the_cluster_flushes_to_disk_and_is_gone_after_a_failure(self):
        if postgres.binaries() is None:
            self.skipTest("PostgreSQL is not installed")
        with self.assertRaisesMessage(RuntimeError, "as asked"), postgres.temporary_cluster() as url:
            home = Path(url.split("@/")[1]).parent
            connection = psycopg2.connect(host=str(home), user=postgres.OWNER, dbname="postgres")
            with connection.cursor() as cursor:
                cursor.execute("SHOW fsync")
                self.assertEqual(cursor.fetchone(), ("on",))
            connection.close()
            server = int((home / "data" / "postmaster.pid").read_text().split()[0])
            raise RuntimeError("as asked")
        self.assertFalse(home.exists())
        self.assertTrue(wait_for(lambda: not alive(server)))

    def test_without_postgresql_its_run_is_skipped_with_the_reason_or_failed_if_it_was_asked_for(self):
        run = suites.Run("SQLite", mock.Mock(**{"process.poll.return_value": 0}), Path("/"))
        good = {"name": "SQLite", "passed": 1, "failed": [], "skipped": []}
        with (
            mock.patch.object(postgres, "binaries", return_value=None),
            mock.patch.object(suites, "start_run", return_value=run),
            mock.patch.object(suites, "show", return_value=good),
            mock.patch.object(processes, "stop"),
        ):
            absent, _ = suites.run_suites(suites.parse([])[0], [])
            asked_for = suites.run_suites(suites.parse(["--postgresql"])[0], [])[0]
        self.assertEqual(
            absent["skipped"], [["PostgreSQL: all tests", "PostgreSQL is not installed (no initdb found)"]]
        )
        self.assertEqual(len(asked_for["failed"]), 1)
        self.assertEqual(json.loads(json.dumps(absent))["failed"], [])
