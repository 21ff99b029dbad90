"""What `manage.py test` does: lint, then all tests on SQLite and on PostgreSQL at the same time.

Labels and options of Django's test command are passed on to both runs. The last line is the sum of both:
`N passed, N failed, N skipped`.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from config import postgres
from config.recording import times_path
from voting import processes

ROOT = Path(__file__).resolve().parent.parent
LINT_LINES = 40  # of each linter's report
# What docs/operations.md asks of a PostgreSQL, and the start-up checks look at.
AS_OPERATIONS_SAY = "-c log_min_error_statement=panic"
MEMORY = Path("/dev/shm")  # a file system in memory, on Linux
ROOM = 3 * 2**30  # bytes; a run writes less than a third of it
ELSEWHERE = "the run on"  # the other database has it, say the reasons of tests/homes.py, tests/browser.py
REPORT_EVERY = 30  # seconds between two lines of progress where there is no terminal


class Tool(NamedTuple):
    """A program of the system that some tests need, and the Debian package that brings it."""

    package: str
    serves: str
    present: bool


class Run(NamedTuple):
    """One run of the test suite and the folder that holds what it writes."""

    name: str
    child: processes.Child
    folder: Path


def main(arguments):
    """Run everything; return the exit code."""
    options, passed_on = parse(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    if not options.no_install:
        install_tools([tool for tool in tools() if not tool.present])
    for sentence in announcements():
        print(sentence)
    outcomes = []
    try:
        if not passed_on:
            outcomes += lint()
        outcomes += run_suites(options, passed_on)
    except KeyboardInterrupt:
        print("Stopped.")
        return 130
    return report(outcomes + nowhere(outcomes))


def parse(arguments):
    """Split the command line into our own options and what Django's test command gets."""
    parser = argparse.ArgumentParser(
        prog="manage.py test",
        allow_abbrev=False,
        description="Lint, then run the tests on SQLite and on a PostgreSQL started for them.",
        epilog="Labels, -k and all else go to Django's test command; with any of them, lint is left out.",
    )
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--sqlite", action="store_true", help="on SQLite only")
    only.add_argument("--postgresql", action="store_true", help="on PostgreSQL only")
    parser.add_argument("--no-install", action="store_true", help="install nothing; skip what cannot run")
    parser.add_argument("--slowest", type=int, default=0, metavar="N", help="name each run's N slowest tests")
    return parser.parse_known_args(arguments)


def tools():
    """Look for the system's programs that tests use."""
    browsers = ("chromium", "chromium-browser", "google-chrome")
    fonts = [
        path for root in ("/usr/share/fonts", "/usr/local/share/fonts") for path in Path(root).rglob("*")
    ]
    return [
        Tool("chromium", "tests in a browser", any(map(shutil.which, browsers))),
        Tool(
            "fonts-noto-cjk",
            "tests that draw Chinese letters",
            any(re.match("(Noto|Source)(Sans|Serif|Han).*(CJK|SC|Han)", path.name) for path in fonts),
        ),
        Tool("postgresql", "all tests on PostgreSQL", postgres.binaries() is not None),
        Tool("golang-go", "tests in which Go reads the ledger", shutil.which("go") is not None),
        Tool(
            "golang-golang-x-mod-dev",
            "tests in which Go reads the ledger",
            Path("/usr/share/gocode/src/golang.org/x/mod/sumdb").is_dir(),
        ),
        Tool("gettext", "tests that compile the translations", shutil.which("msgfmt") is not None),
    ]


def install_tools(absent):
    """Install the Debian packages of absent tools where that is possible, saying so first."""
    possible = os.geteuid() == 0 and shutil.which("apt-get") and Path("/etc/debian_version").exists()
    if not absent or not possible:
        return
    packages = [tool.package for tool in absent]
    print(f"Installing for the tests (--no-install forbids it): {', '.join(packages)} ...", flush=True)
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, **quiet)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    if subprocess.run([*install, *packages], env=environment, **quiet).returncode:
        for package in packages:
            subprocess.run([*install, package], env=environment, **quiet)


def announcements():
    """Yield a sentence for each thing that is not here and what is skipped therefore."""
    from config.pins import missing

    for tool in tools():
        if not tool.present:
            yield f"Skipped, as {tool.package} is not installed: {tool.serves} (apt install {tool.package})."
    packages = list(missing([ROOT / "requirements-dev.txt"], sys.path))
    if packages:
        yield f"Skipped, as Python packages are not installed: tests that need {', '.join(packages)}."


def lint():
    """Run the linters on the whole project; return an outcome for those that found something."""
    templates = sorted(str(path) for path in (ROOT / "templates").rglob("*.html"))
    commands = [
        ["ruff", "check", "--quiet", "--output-format", "concise", "."],
        ["ruff", "format", "--check", "--quiet", "--output-format", "concise", "."],
        ["djade", "--check", *templates],
    ]
    folder = Path(sys.executable).parent
    failed, skipped = [], []
    for command in commands:
        name = " ".join(command[:2])
        program = folder / command[0]
        if not program.exists():
            skipped.append([f"lint: {name}", f"{command[0]} is not installed"])
        elif command[-1] != "--check":
            done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True)
            if done.returncode:
                failed.append(f"lint: {name}")
                print(f"== {name}", *f"{done.stdout}{done.stderr}".splitlines()[:LINT_LINES], sep="\n")
    return [{"name": "lint", "passed": 0, "failed": failed, "skipped": skipped}]


def run_suites(options, passed_on):
    """Run the tests on the databases asked for, side by side; return one outcome each."""
    with contextlib.ExitStack() as stack:
        place = in_memory()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ballot-test-", dir=place)))
        folder.chmod(0o711)  # A web server started by a test reads its files there as another user.
        runs, outcomes = [], []
        stack.callback(lambda: processes.stop([run.child for run in runs], grace=5))
        url = None
        if not options.sqlite:
            try:
                url = stack.enter_context(postgres.temporary_cluster(AS_OPERATIONS_SAY, place))
            except postgres.Unavailable as error:
                absent = {"name": "PostgreSQL", "passed": 0, "failed": [], "skipped": []}
                kind = "failed" if options.postgresql else "skipped"
                reason = (
                    [f"PostgreSQL: {error}"]
                    if options.postgresql
                    else [["PostgreSQL: all tests", str(error)]]
                )
                outcomes.append({**absent, kind: reason})
            else:
                # The callback above must run before the cluster is stopped.
                stack.callback(lambda: processes.stop([run.child for run in runs], grace=5))
        shared = {"SHARED_BROWSER": "yes"} if url and not options.postgresql else {}
        if not options.postgresql:
            runs.append(start_run("SQLite", None, folder, passed_on, **shared))
        if url:
            runs.append(start_run("PostgreSQL", url, folder, passed_on, **shared))
        wait(runs)
        outcomes += [show(run) for run in runs]
        for run in runs:
            for seconds, name in sorted(times(run), reverse=True)[: options.slowest]:
                print(f"{seconds:7.2f} s [{run.name}] {name}")
        return outcomes


def in_memory():
    """Return a folder in memory for all that the tests write, None where it has no room or no programs run.

    They flush thousands of small files and commits, and a disk lets each of these wait.
    """
    try:
        facts = os.statvfs(MEMORY)
    except OSError:
        return None
    fits = facts.f_bavail * facts.f_frsize >= ROOM and not facts.f_flag & os.ST_NOEXEC
    return MEMORY if fits and os.access(MEMORY, os.W_OK) else None


def start_run(name, url, folder, passed_on, **shared):
    """Start Django's test command on one database, with a VAR_DIR of its own and its output in a file.

    Temporary files lie in the folder too, so that none is left.

    `shared` tells a run that another one takes a part of the browser's tests (tests/browser.py).
    """
    own = folder / name
    (own / "var" / "static").mkdir(parents=True)
    environment = {key: value for key, value in os.environ.items() if key not in project_variables()}
    environment.update(
        MODE="test",
        DJANGO_SETTINGS_MODULE="config.settings",
        VAR_DIR=str(own / "var"),
        TMPDIR=str(folder),
        TEST_RESULT=str(own / "result.json"),
        **shared,
    )
    if url:
        environment["DATABASE_URL"] = url
    command = [sys.executable, "-m", "django", "test", "--noinput"]
    command += ["--testrunner", "config.recording.RecordingRunner", *passed_on]
    with open(own / "output", "wb") as output:
        child = processes.start(name, command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    return Run(name, child, own)


def project_variables():
    """Return the variables that configure the project, which must not reach the tests from outside."""
    example = ROOT / ".env.example"
    text = example.read_text(encoding="utf-8") if example.exists() else ""
    return {"DATABASE_URL", "VAR_DIR", "KEY_DIR", *re.findall(r"^#?\s*([A-Z][A-Z0-9_]+)=", text, re.M)}


def wait(runs):
    """Wait for the runs to end, telling how far they are."""
    begun = reported = time.monotonic()
    while any(run.child.process.poll() is None for run in runs):
        time.sleep(0.2)
        now = time.monotonic()
        state = ", ".join(f"{run.name} {done(run)}" for run in runs)
        if sys.stdout.isatty():
            print(f"\r{now - begun:4.0f} s; tests done: {state} ", end="", flush=True)
        elif now - reported >= REPORT_EVERY:
            reported = now
            print(f"{now - begun:.0f} s; tests done: {state}", flush=True)
    if sys.stdout.isatty():
        print()


def done(run):
    """Return how many tests have ended."""
    return len(times(run))


def times(run):
    """Return seconds and name of each test that has ended."""
    path = times_path(run.folder / "result.json")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [(float(seconds), name) for seconds, _space, name in (line.partition(" ") for line in lines)]


def show(run):
    """Print what a run said, all of it if anything failed; return its outcome."""
    text = (run.folder / "output").read_text(errors="replace").strip()
    outcome = read_outcome(run.name, run.folder / "result.json", run.child.process.returncode)
    print(f"== {run.name}")
    print(text if outcome["failed"] else "\n".join(re.findall("^(?:Ran |OK).*", text, re.M)))
    return outcome


def read_outcome(name, path, code):
    """Return the outcome in the file that RecordingRunner wrote; a run that broke off counts as a failure."""
    try:
        outcome = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        outcome = {"passed": 0, "failed": [], "skipped": []}
    if code and not outcome["failed"]:
        outcome["failed"] = [f"the run ended with code {code}"]
    return {**outcome, "name": name}


def nowhere(outcomes):
    """Return an outcome that fails for each test of which every run says that another one has it."""
    left = Counter(name for outcome in outcomes for name, why in outcome["skipped"] if ELSEWHERE in why)
    lost = sorted(name for name, times in left.items() if times > 1)
    return [{"name": "no run", "passed": 0, "failed": lost, "skipped": []}] if lost else []


def report(outcomes):
    """Print skipped and failed tests, then the sum in a line of its own; return the exit code.

    A sum without a single test that ran is a failure.
    """
    for kind in ("skipped", "failed"):
        for outcome in outcomes:
            for item in outcome[kind]:
                test = f"{item[0]}: {item[1]}" if kind == "skipped" else item
                print(f"{kind} [{outcome['name']}] {test}")
    passed = sum(outcome["passed"] for outcome in outcomes)
    failed, skipped = (sum(len(outcome[kind]) for outcome in outcomes) for kind in ("failed", "skipped"))
    if not passed and not failed:
        print("No test ran.")
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or not passed else 0
