"""The demo's processes end together and in order, whatever happens to which; and the demo refuses early."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from unittest import mock

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase, override_settings

from tests.homes import at_home
from voting import processes
from voting.management.commands import demo

load_tests = at_home("postgresql", __name__)

ROOT = Path(__file__).resolve().parent.parent
# A child that tells its number, waits for SIGTERM and notes its name when it ends.
CHILD = """
import os, pathlib, signal, sys, time
def end(*_):
    with open("ended", "a") as ended: ended.write(sys.argv[1] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
while True: time.sleep(0.05)
"""
PARENT = """
import sys
from voting import processes
with processes.stop_signals() as received:
    start = lambda name: processes.start(name, [sys.executable, "child.py", name], cwd=sys.argv[1])
    children = [start("web"), start("keeper")]
    try:
        processes.watch(children, received)
    finally:
        processes.stop(children)
"""


def alive(number):
    """Tell whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition, seconds=10):
    """Wait till the condition holds; return whether it came to hold."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


class FamilyTests(SimpleTestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "child.py").write_text(CHILD)
        self.numbers = []
        self.addCleanup(self.kill_what_is_left)

    def kill_what_is_left(self):
        for number in self.numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def begin(self, program=PARENT):
        """Start a parent with two children; return it when both are up."""
        parent = subprocess.Popen([sys.executable, "-c", program, str(self.folder)], cwd=ROOT)
        self.addCleanup(parent.kill)
        files = [self.folder / "web", self.folder / "keeper"]
        self.assertTrue(wait_for(lambda: all(file.exists() and file.read_text() for file in files)))
        self.numbers = [int(file.read_text()) for file in files]
        return parent

    def test_each_stop_signal_stops_the_web_server_first_and_then_the_keeper(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number.name):
                for file in self.folder.glob("[!c]*"):
                    file.unlink()
                parent = self.begin()
                parent.send_signal(number)
                self.assertEqual(parent.wait(10), 0)
                self.assertEqual((self.folder / "ended").read_text().split(), ["web", "keeper"])
                self.assertFalse(any(map(alive, self.numbers)))

    def test_children_are_in_sessions_of_their_own_so_that_ctrl_c_reaches_the_parent_alone(self):
        self.begin()
        self.assertEqual([os.getsid(number) for number in self.numbers], self.numbers)

    def test_children_die_with_a_killed_parent(self):
        if sys.platform != "linux":
            self.skipTest("only Linux tells a child of its parent's death")
        parent = self.begin()
        parent.kill()
        parent.wait()
        self.assertTrue(wait_for(lambda: not any(map(alive, self.numbers))))

    def test_control_children_that_are_not_bound_outlive_a_killed_parent(self):
        parent = self.begin("import voting.processes as p\np.bind_to_parent = lambda parent: None\n" + PARENT)
        parent.kill()
        parent.wait()
        self.assertFalse(wait_for(lambda: not any(map(alive, self.numbers)), seconds=0.5))

    def test_a_dead_child_is_noticed_by_name(self):
        well = processes.start("keeper", [sys.executable, "-c", "import time; time.sleep(60)"])
        ill = processes.start("web", [sys.executable, "-c", "raise SystemExit(3)"])
        try:
            with self.assertRaises(processes.ChildEnded) as raised:
                processes.watch([well, ill], [])
            self.assertEqual((raised.exception.child.name, ill.process.returncode), ("web", 3))
        finally:
            processes.stop([well, ill])
        self.assertFalse(alive(well.process.pid))

    def test_a_child_that_will_not_end_is_killed_with_all_that_it_started(self):
        program = textwrap.dedent("""
            import pathlib, signal, subprocess, sys, time
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            pathlib.Path("grandchild").write_text(str(grandchild.pid))
            time.sleep(60)
        """)
        child = processes.start("stubborn", [sys.executable, "-c", program], cwd=self.folder)
        file = self.folder / "grandchild"
        self.assertTrue(wait_for(lambda: file.exists() and file.read_text()))
        self.numbers = [child.process.pid, int(file.read_text())]
        processes.stop([child], grace=0.2)
        self.assertTrue(wait_for(lambda: not any(map(alive, self.numbers))))


class RefusalTests(TestCase):
    """The demo says why it cannot start, before it has started or changed anything."""

    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        names = ("KEY_DIR", "STATIC_ROOT", "HOLDER_DIR", "MEDIA_ROOT")
        places = {"VAR_DIR": folder, **{name: folder / name for name in names}}
        self.enterContext(override_settings(DEMO=True, **places))
        self.folder = folder
        started = self.enterContext(mock.patch.object(processes, "start"))
        migrated = self.enterContext(mock.patch.object(demo, "call_command"))
        self.addCleanup(lambda: (self.assertFalse(started.called), self.assertFalse(migrated.called)))

    def refusal(self, **options):
        with self.assertRaises(CommandError) as raised:
            call_command("demo", **{"port": 0, **options})
        return str(raised.exception)

    def test_a_taken_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.assertIn(f"Port {port} of 127.0.0.1 cannot be used", self.refusal(port=port))
        self.assertEqual(demo.check_port("127.0.0.1", port), port)

    def test_a_host_or_port_that_does_not_exist(self):
        self.assertIn("cannot be used", self.refusal(port=70000))
        self.assertIn("cannot be used", self.refusal(host="no such host"))

    def test_a_folder_that_cannot_be_written(self):
        (self.folder / "file").touch()
        with override_settings(KEY_DIR=self.folder / "file" / "keys"):
            self.assertIn("Cannot write to", self.refusal())

    def test_a_database_that_no_demo_made(self):
        self.assertIn("holds what no demo made", self.refusal())
        self.assertIn("holds what no demo made", self.refusal(reset=True))

    def test_keys_that_no_demo_made(self):
        (self.folder / "KEY_DIR").mkdir()
        (self.folder / "KEY_DIR" / "real").touch()
        with mock.patch.object(demo.connection.introspection, "table_names", return_value=[]):
            self.assertIn("holds what no demo made", self.refusal())

    def test_a_second_demo_on_the_same_data(self):
        with demo.alone():
            self.assertIn("Another demo is using", self.refusal())

    @override_settings(DEMO=False, MODE="production")
    def test_production(self):
        self.assertIn("MODE is production", self.refusal())


class OwnershipTests(TestCase):
    def test_an_empty_database_becomes_the_demos_own_and_is_known_again(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "keys").mkdir()
            with override_settings(VAR_DIR=Path(folder), KEY_DIR=Path(folder) / "keys"):
                with mock.patch.object(demo.connection.introspection, "table_names", return_value=[]):
                    demo.check_ownership()
                demo.check_ownership()
                with override_settings(KEY_DIR=Path(folder)), self.assertRaises(CommandError):
                    demo.check_ownership()


class AddressTests(SimpleTestCase):
    def test_the_address_shown_is_one_that_a_browser_can_open(self):
        for host, shown in (
            ("127.0.0.1", "http://127.0.0.1:80"),
            ("0.0.0.0", "http://127.0.0.1:80"),
            ("::", "http://[::1]:80"),
        ):
            self.assertEqual(demo.address(host, 80), shown)


class ServerLogTests(SimpleTestCase):
    """What gunicorn writes when a client sends nonsense."""

    def answer_nonsense(self, logger):
        """Let gunicorn answer a request that it cannot read; return its error log."""
        with tempfile.TemporaryDirectory() as folder:
            program = "def app(environ, start): start('200 OK', []); return [b'']"
            Path(folder, "tiny.py").write_text(program)
            log, port = Path(folder, "log"), demo.check_port("127.0.0.1", 0)
            command = demo.programs("127.0.0.1", port)[0][1][:-1]
            command += ["--pythonpath", folder, "--error-logfile", str(log), *logger, "tiny:app"]
            database = {"DATABASE_URL": f"sqlite:///{folder}/empty.sqlite3"}
            web = processes.start("web", command, cwd=ROOT, env={**os.environ, **database})
            try:
                self.assertTrue(wait_for(lambda: self.is_answered(port)))
                self.assertTrue(wait_for(lambda: log.exists() and log.read_text()))
            finally:
                processes.stop([web])
            return log.read_text()

    def is_answered(self, port):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(b"GET /secret HTTP/1.1\r\nHost: a\r\nMy secret: x\r\n\r\n")
            return client.recv(20).startswith(b"HTTP/1.1 400")
        return False

    def test_a_database_that_cannot_be_reached_stops_the_start_with_a_sentence(self):
        command = demo.programs("127.0.0.1", demo.check_port("127.0.0.1", 0))[0][1]
        environment = {**os.environ, "DATABASE_URL": "postgres://nobody@//nowhere/nothing"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("The database cannot be reached", done.stdout + done.stderr)

    def test_names_neither_the_client_nor_what_it_sent(self):
        log = self.answer_nonsense([])
        self.assertIn("A request could not be handled", log)
        self.assertNotIn("127.0.0.1", log)
        self.assertNotIn("secret", log)

    def test_control_gunicorns_own_log_names_both(self):
        log = self.answer_nonsense(["--logger-class", "gunicorn.glogging.Logger"])
        self.assertIn("127.0.0.1", log)
        self.assertIn("secret", log)
