"""What each way of serving the cast gives: the next steps that one could take, side by side.

.venv/bin/python benchmarks/servers.py [ROUNDS [SECONDS]]

Interleaved rounds with 16 connections, the keeper beside them, of the same cast: through Django's whole
handler and all middlewares, two sync workers; ahead of it (`config/lane.py`), with two and with four; four
whose commits PostgreSQL gathers (`commit_delay`); two workers of two threads that keep their connections; and
one other server, granian, where it is installed (`pip install granian`). Needs PostgreSQL and wrk.
"""

import contextlib
import importlib.util
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.stage import (  # noqa: E402
    ROOT,
    free_port,
    keeper,
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

CONNECTIONS = 16
COMMIT_DELAY = 500  # microseconds that PostgreSQL waits for others before it flushes
FIRST = "whole handler, 2 workers"


def main(rounds=5, seconds=4):
    """Run the rounds and print what each way gives against the first."""
    with stage() as folder, contextlib.ExitStack() as running:
        from benchmarks.posts import write_posts
        from voting.manifest import plan_of

        poll = open_poll_on_the_real_list()
        plan = plan_of(poll)
        four = running.enter_context(server(workers=4))
        ways = {
            FIRST: running.enter_context(server(application="benchmarks.peers.whole_way", workers=2)),
            "ahead of it, 2 workers": running.enter_context(server(workers=2)),
            "ahead of it, 4 workers": four,
            "4 workers, commits gathered": four,
            "2 workers of 2 threads": running.enter_context(
                server(worker_class="gthread", workers=2, threads=2)
            ),
        }
        if importlib.util.find_spec("granian"):
            ways["granian, 2 workers"] = running.enter_context(granian())
        running.enter_context(keeper())
        found = {name: [] for name in ways}
        for number in range(rounds):
            for at, (name, (address, process)) in enumerate(ways.items()):
                posts = folder / f"posts-{at}-{number}"
                write_posts(poll, plan, 2000 * seconds, posts)
                with gathered() if name.endswith("gathered") else contextlib.nullcontext():
                    found[name].append(
                        load(address, process, seconds=seconds, connections=CONNECTIONS, arguments=[posts])
                    )
        memory = {name: max(memory_of(process)) for name, (_address, process) in ways.items()}
    report(found, memory)


@contextlib.contextmanager
def gathered():
    """Let PostgreSQL wait a moment before each flush, so that one flush serves several commits."""
    change(f"ALTER SYSTEM SET commit_delay = {COMMIT_DELAY}")
    change("ALTER SYSTEM SET commit_siblings = 2")
    change("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        change("ALTER SYSTEM RESET ALL")
        change("SELECT pg_reload_conf()")


def change(statement):
    """Run one statement on the server's own settings."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextlib.contextmanager
def granian():
    """Run the application behind granian, one thread of Python a worker; yield address and process."""
    from voting import processes

    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "2", "--blocking-threads", "1", "--log-level", "error"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = processes.start("granian", [*command, "config.wsgi:application"], cwd=ROOT, env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address)
        yield address, child.process
    finally:
        processes.stop([child])


def report(found, memory):
    """Print figures and what each way gives against Django's whole handler."""
    rows, ratios = [], {}
    for name, rounds in found.items():
        ratios[name] = median(
            [way.rate / first.rate for way, first in zip(rounds, found[FIRST], strict=True)]
        )
        rows.append(
            [
                name,
                f"{median([each.rate for each in rounds]):.0f}",
                f"{ratios[name]:.2f}",
                f"{median([each.per_cpu for each in rounds]):.0f}",
                f"{median([each.p50 for each in rounds]):.1f}",
                f"{median([each.p99 for each in rounds]):.1f}",
                sum(each.errors + each.refused for each in rounds),
                f"{memory[name]:.0f}",
            ]
        )
    table(rows, ["", "a second", "× first", "per CPU second", "p50 ms", "p99 ms", "errors", "MB"])
    write_json(
        "servers",
        {
            "ratios": ratios,
            "rates": {name: [round(each.rate, 1) for each in rounds] for name, rounds in found.items()},
            "p99_ms": {name: [each.p99 for each in rounds] for name, rounds in found.items()},
        },
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
