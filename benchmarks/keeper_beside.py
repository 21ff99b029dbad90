"""What the keeper costs the casts beside which it runs.

.venv/bin/python benchmarks/keeper_beside.py [ROUNDS [SECONDS]]

Each round has casts at 16 connections twice, with keeper and signer running and with both stopped (SIGSTOP),
the order changing from round to round, each long enough for the keeper to work more than once. Between them
the keeper enters what waits, so that neither pays for the other's ballots. Prints rates, what the keeper
entered meanwhile, and the ratio. Needs PostgreSQL and wrk.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.stage import (  # noqa: E402
    children_of,
    cpu_of,
    judge,
    keeper,
    load,
    median,
    open_poll_on_the_real_list,
    server,
    stage,
    table,
    write_json,
)

CLIENTS = 16
# Above what two cores take a second: no post is sent twice.
MOST_CASTS_A_SECOND = 1500
WANTED = {
    "casts with the keeper/without": ("≥", 0.9),
    "errors and refusals": ("≤", 0),
    "not stored": ("≤", 0),
}


def main(rounds=5, seconds=8):
    """Run the rounds and print what came of them."""
    with stage() as folder:
        from benchmarks.posts import write_posts
        from voting.manifest import plan_of
        from voting.models import Ballot, Participation

        poll = open_poll_on_the_real_list()
        plan, found = plan_of(poll), {"with": [], "without": []}
        with server() as (address, gunicorn), keeper() as keeping:
            for number in range(rounds):
                for way in sorted(found, reverse=number % 2):
                    posts = folder / "posts"
                    write_posts(poll, plan, MOST_CASTS_A_SECOND * seconds, posts, seed=number)
                    settle(poll)
                    before, used = Ballot.objects.count(), cpu_of(keeping)
                    with stopped(keeping) if way == "without" else contextlib.nullcontext():
                        done = load(
                            address, gunicorn, seconds=seconds, connections=CLIENTS, arguments=[posts]
                        )
                        entered, busy = Ballot.objects.count() - before, cpu_of(keeping) - used
                    found[way].append((done, entered, busy))
            settle(poll)
            stored = Participation.objects.filter(poll_id=poll.pk).count()
            lost = stored - Ballot.objects.filter(poll=poll).count()
    report(found, stored, lost)


@contextlib.contextmanager
def stopped(process):
    """Let a process and its children stand still."""
    family = [process.pid, *children_of(process.pid)]
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)


def settle(poll, seconds=120):
    """Wait until the keeper has entered what waits."""
    from voting.models import PendingEnvelope

    end = time.monotonic() + seconds
    while PendingEnvelope.objects.filter(poll_id=poll.pk).exists():
        if time.monotonic() > end:
            raise SystemExit("The keeper does not keep up")
        time.sleep(0.2)


def report(found, stored, lost):
    """Print figures and ratios, and keep them."""
    table(
        [
            [
                f"{way} the keeper",
                f"{median([done.rate for done, _entered, _busy in rounds]):.0f}",
                f"{median([done.p99 for done, _entered, _busy in rounds]):.1f}",
                f"{sum(entered for _done, entered, _busy in rounds)}",
                f"{1000 * sum(row[2] for row in rounds) / max(1, sum(row[1] for row in rounds)):.2f}",
            ]
            for way, rounds in found.items()
        ],
        ["casts", "a second", "p99 ms", "entered meanwhile", "keeper's CPU ms each"],
    )
    pairs = zip(found["with"], found["without"], strict=True)
    errors = sum(done.errors + done.refused for rounds in found.values() for done, _entered, _busy in rounds)
    answered = sum(done.requests for rounds in found.values() for done, _entered, _busy in rounds)
    ratios = {
        "casts with the keeper/without": median([one.rate / other.rate for (one, *_), (other, *_) in pairs]),
        "errors and refusals": errors,
        "not stored": max(0, answered - stored) + lost,
    }
    print()
    kept = judge(ratios, WANTED)
    rates = {way: [round(done.rate, 1) for done, _entered, _busy in rounds] for way, rounds in found.items()}
    write_json("keeper_beside", {"kept": kept, "ratios": ratios, "rates": rates, "stored": stored})


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
