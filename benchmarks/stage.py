"""A stage for benchmarks: PostgreSQL of its own, an open poll on the real list, gunicorn and the keeper.

PostgreSQL runs with its default durability (fsync and synchronous_commit on), gunicorn as
`config/gunicorn.conf.py` says, in a folder that is removed at the end. Nothing of an installed site is
touched.
"""

import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config.postgres import temporary_cluster  # noqa: E402
from voting import processes  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def stage():
    """Yield the environment in which Django, gunicorn and the keeper run; set Django up in this process."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with temporary_cluster() as address:
            create_database(address)
            os.environ |= {
                "MODE": "demo",
                "VAR_DIR": str(folder / "var"),
                "DATABASE_URL": address,
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "LOG_LEVEL": "ERROR",
                "TICKET_SECONDS": "36000",
            }
            import django
            from django.core.management import call_command

            django.setup()
            call_command("migrate", verbosity=0)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create_database(address):
    """Make the database that the address names."""
    import psycopg2

    where, _slash, name = address.rpartition("/")
    user, _at, socket_folder = where.removeprefix("postgres://").partition("@/")
    connection = psycopg2.connect(host="/" + socket_folder.lstrip("/"), user=user, dbname="postgres")
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE {name}")
    connection.close()


def open_poll_on_the_real_list():
    """Return an open, sealed poll on the real list, entered at least 20 ballots at a time."""
    from django.core.management import call_command

    from voting.demo import prepare_demo
    from voting.models import Poll

    prepare_demo()
    call_command("collectstatic", interactive=False, verbosity=0)
    # What a real poll has; the demo enters each ballot by itself so that one can watch.
    return Poll.objects.get()


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def server(
    settings="config.settings",
    *,
    application="config.wsgi",
    worker_class="sync",
    workers=None,
    threads=1,
    recycled=False,
):
    """Run gunicorn with these settings; yield its address and process.

    Its workers stay, so that no round pays for a start, unless they shall be `recycled` as in production.
    """
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "config/gunicorn.conf.py")]
    command += ["--bind", f"127.0.0.1:{port}", "--worker-class", worker_class]
    command += ["--threads", str(threads), application]
    if workers:
        command += ["--workers", str(workers)]
    command += [] if recycled else ["--max-requests", "0"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings, "PYTHONPATH": str(ROOT)}
    child = processes.start("gunicorn", command, cwd=ROOT, env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address)
        yield address, child.process
    finally:
        processes.stop([child])


@contextlib.contextmanager
def keeper():
    """Run the keeper with its signer; yield its process."""
    command = [sys.executable, str(ROOT / "manage.py"), "keep_ledger"]
    child = processes.start("keeper", command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        yield child.process
    finally:
        processes.stop([child])


def wait_for(address, seconds=60):
    """Wait until something answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(address, timeout=5)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{address} does not answer")


def cpu_of(process) -> float:
    """Return the processor seconds that a process and its children have used so far."""
    total = 0.0
    for pid in [process.pid, *children_of(process.pid)]:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def children_of(pid) -> list[int]:
    """Return the process ids of all descendants."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                found += [int(child), *children_of(int(child))]
    return found


def memory_of(process) -> list[float]:
    """Return the resident memory of each child in MB."""
    found = []
    for pid in children_of(process.pid):
        with contextlib.suppress(OSError):
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            found.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
    return found


class Load:
    """What one round of wrk found."""

    def __init__(self, text, seconds_of_cpu):
        found = json.loads(text[text.rindex("{") :])
        self.requests, self.seconds = found["requests"], found["micros"] / 1e6
        self.errors, self.refused = found["errors"], found["refused"]
        self.p50, self.p99 = found["p50"] / 1000, found["p99"] / 1000
        self.cpu = seconds_of_cpu

    @property
    def rate(self):
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def per_cpu(self):
        """Requests for each second of the server's processor time."""
        return self.requests / self.cpu if self.cpu else float("nan")


def load(address, process, *, seconds, connections=16, script=None, arguments=(), headers=()):
    """Load an address with wrk and return what came of it; `refused` are answers of 400 and more."""
    command = [
        "wrk",
        "-t2",
        f"-c{connections}",
        f"-d{seconds}s",
        "-s",
        str(script or ROOT / "benchmarks/load.lua"),
    ]
    for header in headers:
        command += ["-H", header]
    before = cpu_of(process)
    done = subprocess.run(
        [*command, address, "--", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"wrk failed: {done.stderr or done.stdout}")
    return Load(done.stdout, cpu_of(process) - before)


def table(rows, columns):
    """Print rows of text under their columns."""
    cells = [columns, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def judge(found, wanted):
    """Print each figure beside what is wanted of it, `("≥" or "≤", limit)`; return whether all are kept."""
    kept = {
        name: found[name] >= limit if sign == "≥" else found[name] <= limit
        for name, (sign, limit) in wanted.items()
    }
    table(
        [
            [name, f"{found[name]:.4g}", f"{sign} {limit:g}", "yes" if kept[name] else "NO"]
            for name, (sign, limit) in wanted.items()
        ],
        ["", "found", "wanted", "kept"],
    )
    return all(kept.values())


def peak_of(pid="self") -> float:
    """Return the most resident memory that a process has had, in MB; getrusage's may be its parent's."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def apart(module, act, *arguments):
    """Call a benchmark's function in a Django process of its own; return the JSON that it returns."""
    lines = [
        "import django, json, sys",
        "django.setup()",
        f"from benchmarks.{module} import {act}",
        f"print(json.dumps({act}(*json.loads(sys.argv[1]))))",
    ]
    command = [sys.executable, "-c", "\n".join(lines), json.dumps(arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def median(values):
    """Return the middle of some figures."""
    return statistics.median(values)


def write_json(name, content):
    """Keep a benchmark's figures in `benchmarks/results/`."""
    folder = ROOT / "benchmarks" / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
