"""How long the site takes to start and how large a worker is, against a bare Django project.

.venv/bin/python benchmarks/startup.py [ROUNDS]

Interleaved rounds, each in a new process: `import config.wsgi` and the first request, the ballot page of an
open poll, against the same of what `django-admin startproject` makes, with its page to sign in; `manage.py
check` of both. Then the memory of both's gunicorn workers once they were loaded. Needs PostgreSQL and wrk.
"""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.stage import (  # noqa: E402
    ROOT,
    free_port,
    judge,
    load,
    median,
    memory_of,
    open_poll_on_the_real_list,
    server,
    stage,
    table,
    wait_for,
    write_json,
)
from voting import processes  # noqa: E402

# Prints seconds of the import and of the first request, then the status.
FIRST = """
import io, sys, time
begin = time.perf_counter()
from {wsgi} import application
loaded = time.perf_counter()
environ = {{
    "REQUEST_METHOD": "GET", "PATH_INFO": sys.argv[1], "SCRIPT_NAME": "", "QUERY_STRING": "",
    "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "wsgi.url_scheme": "http",
    "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
}}
status = []
b"".join(application(environ, lambda line, headers, *_: status.append(line)))
print(loaded - begin, time.perf_counter() - loaded, status[0][:3])
"""
BARE_PAGE = "/admin/login/"
WANTED = {
    "start and first page, seconds": ("≤", 3),
    "manage.py check, seconds": ("≤", 5),
    "memory of a worker, MB": ("≤", 150),
}


def main(rounds=5):
    """Run the rounds and print what came of them."""
    with stage() as folder:
        poll = open_poll_on_the_real_list()
        page = f"/p/{poll.slug}/ballot/"
        bare = folder / "project"
        bare.mkdir()
        subprocess.run([sys.executable, "-m", "django", "startproject", "bare", bare], check=True)
        acts = {
            "site": lambda: first(ROOT, "config", page),
            "bare project": lambda: first(bare, "bare", BARE_PAGE),
            "manage.py check": lambda: check(ROOT, "config"),
            "bare project's check": lambda: check(bare, "bare"),
        }
        times = {name: [] for name in acts}
        for _round in range(rounds):
            for name, act in acts.items():
                times[name].append(act())
        memory = {}
        for name, running, path in (("site", server, page), ("bare project", lambda: serve(bare), BARE_PAGE)):
            with running() as (address, gunicorn):
                load(address + path, gunicorn, seconds=3)
                memory[name] = max(memory_of(gunicorn))
    report(times, memory, rounds)


def surroundings(folder, name):
    """Return the environment of a project's processes."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": f"{name}.settings", "PYTHONPATH": str(folder)}


def first(folder, name, path):
    """Return the seconds of a new process's import and first request."""
    command = [sys.executable, "-c", FIRST.format(wsgi=f"{name}.wsgi"), path]
    environment = surroundings(folder, name)
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    loaded, answered, status = done.stdout.split()
    if status != "200":
        raise SystemExit(f"{path} answered {status}")
    return float(loaded), float(answered)


def check(folder, name):
    """Return the seconds of `manage.py check`."""
    command = [sys.executable, "manage.py", "check"]
    begin = time.perf_counter()
    subprocess.run(command, cwd=folder, env=surroundings(folder, name), capture_output=True, check=True)
    return time.perf_counter() - begin, 0.0


@contextlib.contextmanager
def serve(folder):
    """Run the bare project with gunicorn's own settings; yield its address and process."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2", "bare.wsgi"]
    environment = surroundings(folder, "bare")
    child = processes.start("gunicorn", command, cwd=folder, env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}{BARE_PAGE}")
        yield f"http://127.0.0.1:{port}", child.process
    finally:
        processes.stop([child])


def report(times, memory, rounds):
    """Print figures and keep them."""
    middle = {
        name: [median(column) for column in zip(*values, strict=True)] for name, values in times.items()
    }
    print(f"seconds, medians of {rounds} rounds; memory of the largest worker")
    table(
        [
            [
                name,
                f"{start:.2f}",
                f"{1000 * page:.0f}" if page else "",
                f"{memory[name]:.0f}" if page else "",
            ]
            for name, (start, page) in middle.items()
        ],
        ["", "start", "first request ms", "memory MB"],
    )
    bare = sum(middle["bare project"])
    found = {
        "start and first page, seconds": sum(middle["site"]),
        "manage.py check, seconds": middle["manage.py check"][0],
        "memory of a worker, MB": memory["site"],
    }
    print()
    kept = judge(found, WANTED)
    print(
        f"\nagainst the bare project: {sum(middle['site']) / bare:.1f} times the start,"
        f" {memory['site'] / memory['bare project']:.2f} times the memory"
    )
    write_json("startup", {"kept": kept, "found": found, "times": times, "memory_mb": memory})


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
