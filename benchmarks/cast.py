"""How many ballots a second are cast, against what the machine could do at best.

.venv/bin/python benchmarks/cast.py [ROUNDS [SECONDS]]

Interleaved rounds, each with 16 connections, of: a bare Django view behind the default middlewares, asked for
by GET, where these have next to nothing to do, and posted the very ballots, whose token they check; the
product's cast with everything on and the keeper beside it; the same act written straightforwardly with forms
and the ORM; pgbench doing the two inserts in one statement. Needs PostgreSQL and wrk. Prints medians and
ratios, and checks that each ballot that was answered is stored.
"""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.stage import (  # noqa: E402
    judge,
    keeper,
    load,
    median,
    memory_of,
    open_poll_on_the_real_list,
    server,
    stage,
    table,
    write_json,
)

CLIENTS = 16
GET, POST = "bare, GET", "bare, the same posts"
WANTED = {
    f"cast/{GET}": ("≥", 0.35),
    f"cast/{GET}, per CPU second": ("≥", 0.35),
    f"cast/{POST}": ("≥", 0.35),
    f"cast/{POST}, per CPU second": ("≥", 0.35),
    "cast/orm": ("≥", 2),
    "cast/pgbench": ("≥", 0.12),
    "p99 of a cast, ms": ("≤", 50),
    "errors and refusals of casts": ("≤", 0),
    "ballots stored other than answered": ("≤", 0),
}
GUARD = """
WITH guard AS (
    INSERT INTO bench_guard (poll_id, credential, period, retry_tag)
    VALUES (
        1, decode(md5(random()::text) || md5(random()::text), 'hex'), '',
        decode(md5(random()::text), 'hex')
    )
    ON CONFLICT (poll_id, credential, period) DO UPDATE SET retry_tag = excluded.retry_tag
        WHERE bench_guard.retry_tag = excluded.retry_tag RETURNING xmax = 0 AS fresh
), pending AS (
    INSERT INTO bench_pending (poll_id, sealed, damaged)
    SELECT 1, decode(repeat(md5(random()::text), 50), 'hex'), false FROM guard WHERE fresh
)
SELECT fresh FROM guard;
"""


def main(rounds=5, seconds=4):
    """Run the rounds and print what came of them."""
    with stage() as folder:
        import psycopg2  # noqa: F401  (the driver must be there before anything is started)
        from django.db import connection

        from benchmarks.posts import write_posts
        from voting.manifest import plan_of
        from voting.models import Participation

        poll = open_poll_on_the_real_list()
        plan = plan_of(poll)
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_guard (LIKE voting_participation INCLUDING ALL)")
            cursor.execute("CREATE TABLE bench_pending (LIKE voting_pendingenvelope INCLUDING ALL)")
        (folder / "guard.sql").write_text(GUARD)
        rates = {name: [] for name in (GET, POST, "cast", "orm", "pgbench")}
        with (
            server("benchmarks.peers.bare") as bare,
            server() as cast,
            server("benchmarks.peers.orm") as orm,
            keeper() as keeping,
        ):
            acts = {GET: bare, POST: bare, "cast": cast, "orm": orm}
            totals = {"answered": 0, "open at the end": 0}
            for number in range(rounds):
                # Posts are made for each round, so that none is ever stored twice; the bare view stores none.
                posts = {name: folder / f"posts-{name}-{number}" for name in ("cast", "orm")}
                for path in posts.values():
                    write_posts(poll, plan, 1500 * seconds, path)
                sent = {GET: [], POST: [posts["cast"]], "cast": [posts["cast"]], "orm": [posts["orm"]]}
                for name, (address, process) in acts.items():
                    found = load(address, process, seconds=seconds, connections=CLIENTS, arguments=sent[name])
                    rates[name].append(found)
                    if name in posts:
                        totals["answered"] += found.requests - found.refused
                        totals["open at the end"] += CLIENTS
                rates["pgbench"].append(pgbench(folder, seconds))
            stored = Participation.objects.filter(poll_id=poll.pk).count()
            memory = max(memory_of(cast[1]))
            del keeping
        report(rates, stored, totals, memory)


def pgbench(folder, seconds):
    """Return the transactions a second of the two inserts alone."""
    from django.db import connection

    settings = connection.settings_dict
    command = [
        "pgbench",
        "-n",
        "-c",
        str(CLIENTS),
        "-j",
        "2",
        "-T",
        str(seconds),
        "-f",
        str(folder / "guard.sql"),
    ]
    command += ["-h", settings["HOST"], "-U", settings["USER"], settings["NAME"]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(re.search(r"tps = ([\d.]+)", done.stdout)[1])


def ratio(some, others):
    """Return the median of two rates' ratios, round by round."""
    return median([one / other for one, other in zip(some, others, strict=True)])


def report(rates, stored, totals, memory):
    """Print figures and ratios, and keep them."""
    rate = {name: [each.rate for each in found] for name, found in rates.items() if name != "pgbench"}
    per_cpu = {name: [each.per_cpu for each in found] for name, found in rates.items() if name != "pgbench"}
    rows = [
        [
            name,
            f"{median(rate[name]):.0f}",
            f"{median(per_cpu[name]):.0f}",
            f"{median([each.p50 for each in rates[name]]):.1f}",
            f"{median([each.p99 for each in rates[name]]):.1f}",
            sum(each.errors for each in rates[name]),
            sum(each.refused for each in rates[name]),
        ]
        for name in rate
    ]
    rows.append(["pgbench", f"{median(rates['pgbench']):.0f}", "", "", "", "", ""])
    table(rows, ["", "a second", "per CPU second", "p50 ms", "p99 ms", "errors", "refused"])
    found = {}
    for bare in (GET, POST):
        found[f"cast/{bare}"] = ratio(rate["cast"], rate[bare])
        found[f"cast/{bare}, per CPU second"] = ratio(per_cpu["cast"], per_cpu[bare])
    found["cast/orm"] = ratio(rate["cast"], rate["orm"])
    found["cast/pgbench"] = ratio(rate["cast"], rates["pgbench"])
    found["p99 of a cast, ms"] = median([each.p99 for each in rates["cast"]])
    found["errors and refusals of casts"] = sum(each.errors + each.refused for each in rates["cast"])
    # What is open at the end of a round may be stored without being answered.
    most = totals["answered"] + totals["open at the end"]
    found["ballots stored other than answered"] = max(0, totals["answered"] - stored, stored - most)
    print()
    judge(found, WANTED)
    print(f"\n{stored} ballots stored, {totals['answered']} answered; largest web worker {memory:.0f} MB")
    write_json(
        "cast",
        {
            "found": found,
            "rates": {name: [round(value, 1) for value in values] for name, values in rate.items()},
            "per_cpu": {name: [round(value, 1) for value in values] for name, values in per_cpu.items()},
            "pgbench": rates["pgbench"],
            "p99_ms": {name: [each.p99 for each in rates[name]] for name in rate},
            "stored": stored,
            "answered": totals["answered"],
            "memory_mb": memory,
        },
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
