"""manage.py makes its own environment; each trap has a test. Here venv and pip are played."""

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from django.test import SimpleTestCase

from config import bootstrap, installer, pins
from tests.homes import at_home

load_tests = at_home("postgresql", __name__)


class Restarted(Exception):
    """The process would now be replaced by the same command in another interpreter."""


def make_package(folder, name, version):
    """Leave what an installed package leaves: its metadata."""
    metadata = Path(folder) / f"{name}-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


class ThrowAwayProject(SimpleTestCase):
    """A folder with requirements of one package, and a machine whose venv and pip are played."""

    def setUp(self):
        self.root = Path(os.path.realpath(self.enterContext(tempfile.TemporaryDirectory()))) / "a place"
        self.root.mkdir()
        self.require("pebble==1.0")
        (self.root / "requirements-dev.txt").write_text("chisel==2.0\n")
        self.calls, self.said = [], []
        self.has_ensurepip = self.base_has_pip = self.reaches_index = True
        self.diverted_unless = lambda environment: True
        for module in (bootstrap, installer):
            self.enterContext(mock.patch.object(module, "run", self.run_played))
            self.enterContext(mock.patch.object(module, "say", lambda *texts: self.said.extend(texts)))
        self.enterContext(mock.patch.multiple(bootstrap, ROOT=self.root, VENV=self.root / ".venv"))
        self.enterContext(mock.patch.object(installer, "SYSTEM_WHEELS", self.root / "wheels"))
        self.enterContext(mock.patch.object(os, "execve", side_effect=Restarted))
        self.enterContext(mock.patch.object(sys, "stderr", mock.Mock()))

    def require(self, pin):
        (self.root / "requirements.txt").write_text(f"{pin} \\\n    --hash=sha256:00\n")

    def run_played(self, command, lock, environment=None):
        """Do what venv and pip would do, as far as the bootstrap can see it."""
        words = [str(word) for word in command]
        environment = installer.pip_environment() if environment is None else environment
        self.calls.append(SimpleNamespace(words=words, environment=environment))
        site = Path(installer.site_packages(bootstrap.VENV)[0])
        if "venv" in words:
            if not self.has_ensurepip and "--without-pip" not in words:
                return SimpleNamespace(returncode=1, stdout="ensurepip is not available")
            site.mkdir(parents=True, exist_ok=True)
            bootstrap.interpreter(bootstrap.VENV).parent.mkdir(exist_ok=True)
            bootstrap.interpreter(bootstrap.VENV).touch(mode=0o755)
            if "--without-pip" not in words:
                site.joinpath("pip").mkdir()
        elif words[-1] == "--version":
            return SimpleNamespace(returncode=0 if self.base_has_pip else 1, stdout="")
        elif words[-2:] == ["config", "list"]:
            return SimpleNamespace(returncode=0, stdout="global.index-url='mirror'\nglobal.target='/x'\n")
        elif "install" in words:
            if not self.reaches_index:
                return SimpleNamespace(
                    returncode=1, stdout="NewConnectionError: no way\nNo matching distribution"
                )
            target = site if self.diverted_unless(environment) else self.root / "elsewhere"
            for file in words[words.index("-r") + 1 :: 2]:
                for name, version in pins.pins(Path(file).read_text()):
                    shutil.rmtree(target / f"{name}-{version}.dist-info", ignore_errors=True)
                    make_package(target, name, version)
        return SimpleNamespace(returncode=0, stdout="")

    def start(self, command="check", *arguments):
        """Start a command outside of .venv; return the arguments of the restart, None if there is none."""
        os.execve.reset_mock()
        self.calls.clear()
        try:
            bootstrap.enter(command, list(arguments))
        except Restarted:
            return os.execve.call_args.args
        return None

    def installs(self):
        return [call for call in self.calls if "install" in call.words]


class FirstStartTests(ThrowAwayProject):
    def test_first_start_installs_with_hashes_and_restarts_the_same_command_inside(self):
        with mock.patch.object(sys, "orig_argv", ["python3", "-W", "error", "manage.py", "check"]):
            program, words, _ = self.start()
        self.assertEqual(program, self.root / ".venv/bin/python")
        self.assertEqual(words[1:], ["-W", "error", "manage.py", "check"])
        self.assertIn("--require-hashes", self.installs()[0].words)
        self.assertIn("preparing the environment", self.said[1])

    def test_later_start_installs_nothing(self):
        self.start()
        self.assertIsNotNone(self.start())
        self.assertEqual(self.calls, [])

    def test_test_command_adds_its_packages_to_the_same_environment_and_the_demo_keeps_them(self):
        self.start()
        self.start("test")
        self.assertEqual(
            [call.words[-1] for call in self.installs()], [str(self.root / "requirements-dev.txt")]
        )
        self.start("demo")
        self.start("test")
        self.assertEqual(self.calls, [])

    def test_no_install_forbids_to_install(self):
        with self.assertRaises(SystemExit):
            self.start("test", "--no-install")
        self.assertEqual(self.installs(), [])

    def test_an_old_python_gets_a_sentence(self):
        with mock.patch.object(sys, "version_info", (3, 10, 1)), self.assertRaises(SystemExit):
            self.start()
        self.assertIn("Python 3.11 or newer is needed", self.said[-1])


class InsideTests(ThrowAwayProject):
    def test_inside_is_decided_by_prefix(self):
        self.start()
        with mock.patch.object(sys, "prefix", str(bootstrap.VENV)):
            self.assertIsNone(self.start())
        linked = str(self.root / ".venv/bin/python")
        with mock.patch.object(sys, "executable", linked):
            self.assertIsNotNone(self.start())

    def test_another_environment_that_has_everything_is_left_alone(self):
        other = self.root / "other"
        make_package(other, "pebble", "1.0")
        with mock.patch.object(sys, "path", [str(other)]):
            self.assertIsNone(self.start())
        self.assertFalse(bootstrap.VENV.exists())

    def test_another_environment_with_another_version_is_not_enough(self):
        other = self.root / "other"
        make_package(other, "pebble", "1.1")
        with mock.patch.object(sys, "path", [str(other)]):
            self.assertIsNotNone(self.start())

    def test_the_environment_is_built_by_the_base_interpreter(self):
        with mock.patch.object(sys, "_base_executable", "/usr/bin/base-python"):
            self.start()
        self.assertEqual(self.calls[0].words[0], "/usr/bin/base-python")

    def test_diverting_variables_reach_neither_pip_nor_the_program(self):
        diverting = dict.fromkeys(
            ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX"], "/x"
        )
        with mock.patch.dict(os.environ, {**diverting, "PIP_USER": "1", "KEPT": "1"}):
            _, _, environment = self.start()
        self.assertEqual(environment["KEPT"], "1")
        self.assertFalse({"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"} & set(environment))
        self.assertFalse(set(diverting) & set(self.installs()[0].environment))
        self.assertEqual(self.installs()[0].environment["PIP_USER"], "0")


class RebuildTests(ThrowAwayProject):
    def test_a_killed_install_is_rebuilt_from_nothing(self):
        self.start()
        bootstrap.stamp().unlink()
        (bootstrap.VENV / "half-written").touch()
        self.start()
        self.assertFalse((bootstrap.VENV / "half-written").exists())
        self.assertEqual(len(self.installs()), 1)

    def test_a_failed_install_leaves_no_stamp(self):
        self.reaches_index = False
        with self.assertRaises(SystemExit):
            self.start()
        self.assertFalse(bootstrap.stamp().exists())

    def test_other_requirements_are_installed(self):
        self.start()
        self.require("pebble==1.1")
        self.start()
        self.assertEqual(len(self.installs()), 1)

    def test_another_interpreter_means_another_environment(self):
        self.start()
        with mock.patch.object(sys, "_base_executable", "/usr/bin/python9"):
            self.start()
        self.assertIn("venv", self.calls[0].words)

    def test_a_moved_folder_means_another_environment(self):
        self.start()
        moved = self.root.with_name("moved")
        self.root.rename(moved)
        with mock.patch.multiple(bootstrap, ROOT=moved, VENV=moved / ".venv"):
            self.root = moved
            self.start()
        self.assertIn("venv", self.calls[0].words)

    def test_an_environment_whose_interpreter_is_gone_is_made_anew(self):
        self.start()
        bootstrap.interpreter(bootstrap.VENV).unlink()
        self.start()
        self.assertIn("venv", self.calls[0].words)

    def test_a_folder_that_cannot_be_written_gets_a_sentence(self):
        error = PermissionError(13, "Permission denied")
        for place in ("os.open", "pathlib.Path.mkdir"):
            with self.subTest(place), mock.patch(place, side_effect=error), self.assertRaises(SystemExit):
                self.start()
            self.assertIn("Permission denied", self.said[-1])

    def test_somebody_elses_environment_is_moved_aside_and_kept(self):
        bootstrap.VENV.mkdir()
        (bootstrap.VENV / "precious").touch()
        self.start()
        self.assertTrue((self.root / ".venv.old-1" / "precious").exists())

    def test_somebody_elses_environment_that_has_everything_is_used(self):
        bootstrap.interpreter(bootstrap.VENV).parent.mkdir(parents=True)
        bootstrap.interpreter(bootstrap.VENV).touch(mode=0o755)
        make_package(installer.site_packages(bootstrap.VENV)[0], "pebble", "1.0")
        self.assertEqual(self.start()[0], self.root / ".venv/bin/python")
        self.assertEqual(self.calls, [])


class PipTests(ThrowAwayProject):
    def test_a_pip_conf_that_diverts_is_noticed_and_put_aside_but_its_mirror_kept(self):
        self.diverted_unless = lambda environment: environment.get("PIP_CONFIG_FILE") == os.devnull
        self.start()
        first, second = self.installs()
        self.assertNotIn("PIP_INDEX_URL", first.environment)
        self.assertEqual(second.environment["PIP_INDEX_URL"], "mirror")
        self.assertNotIn("PIP_TARGET", second.environment)
        self.assertIn("pip's own configuration sent the packages elsewhere", " ".join(self.said))

    def test_packages_that_never_come_stop_the_start(self):
        self.diverted_unless = lambda environment: False
        with self.assertRaises(SystemExit):
            self.start()
        self.assertFalse(bootstrap.stamp().exists())

    def test_without_ensurepip_the_base_interpreters_pip_is_used(self):
        self.has_ensurepip = False
        self.start()
        self.assertEqual(self.installs()[0].words[1:4], ["-m", "pip", "--python"])

    def test_without_any_pip_the_systems_wheel_is_used(self):
        self.has_ensurepip = False
        wheel = self.root / "wheels" / "pip-23.0-py3-none-any.whl"
        wheel.parent.mkdir()
        wheel.touch()
        played = self.run_played
        refuse = SimpleNamespace(returncode=1, stdout="")

        def run(command, *rest):
            return refuse if "--python" in command else played(command, *rest)

        with mock.patch.object(installer, "run", run):
            self.start()
        self.assertEqual(self.installs()[0].words[1], f"{wheel}/pip")

    def test_without_a_wheel_the_pinned_one_is_fetched(self):
        self.offer_wheel(b"a pip")
        with mock.patch.object(installer, "PIP_SHA256", hashlib.sha256(b"a pip").hexdigest()):
            self.start()
        self.assertEqual(self.installs()[0].words[1], f"{bootstrap.VENV / installer.PIP_WHEEL}/pip")

    def test_a_fetched_wheel_with_another_hash_is_refused_and_the_apt_line_shown(self):
        self.offer_wheel(b"not that pip")
        with self.assertRaises(SystemExit):
            self.start()
        major, minor = sys.version_info[:2]
        self.assertIn(f"apt install python{major}.{minor}-venv", self.said[-1])
        self.assertEqual(self.installs(), [])

    def offer_wheel(self, content):
        self.has_ensurepip = self.base_has_pip = False
        index = self.root / "index" / "pip"
        index.mkdir(parents=True)
        (index / installer.PIP_WHEEL).write_bytes(content)
        (index / "index.html").write_text(f'<a href="{installer.PIP_WHEEL}#sha256=00">pip</a>')
        self.enterContext(mock.patch.dict(os.environ, PIP_INDEX_URL="https://index.example/simple"))
        answers = {"/pip/": index / "index.html", installer.PIP_WHEEL: index / installer.PIP_WHEEL}

        def urlopen(url, timeout):
            return next(open(path, "rb") for end, path in answers.items() if url.endswith(end))

        self.enterContext(mock.patch("urllib.request.urlopen", urlopen))

    def test_a_failed_install_says_what_may_help(self):
        for output, hint in (
            ("NewConnectionError ... Could not find a version", "network"),
            ("OSError: [Errno 28] No space left on device", "disk is full"),
            ("THESE PACKAGES DO NOT MATCH THE HASHES", "hash"),
            ("ERROR: No matching distribution found", "Python 3.11"),
        ):
            with self.subTest(output), self.assertRaises(SystemExit):
                installer.explain(output)
            self.assertIn(hint, self.said[-1])
