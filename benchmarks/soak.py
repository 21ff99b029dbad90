"""Half an hour of mixed load at 80 % of what the machine can do: errors, latency and memory over time.

.venv/bin/python benchmarks/soak.py [MINUTES] [--short]

Voters arrive at a constant rate (arrivals.py), each with list, a candidate, ballot, review, cast, and every
second a receipt or a proof, at gunicorn with the keeper beside it on PostgreSQL; the limit is measured first,
for 20 seconds with 16 requests at once. Workers are recycled after some 100,000 requests as in production,
and that must cause no error. Prints a line every 10 seconds and what is kept in the end; draws docs/soak.svg.
`--short` is for tests: windows of one second, the limit from two, and no file is written. The exit code is
0 where nothing failed and all totals are exact.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.chart import Panel, write_chart  # noqa: E402
from benchmarks.stage import (  # noqa: E402
    ROOT,
    children_of,
    judge,
    keeper,
    median,
    memory_of,
    open_poll_on_the_real_list,
    server,
    stage,
    write_json,
)

SHARE = 0.8
LIMIT_SECONDS = 20
WINDOW = 10  # seconds
# Above what two cores take; more voters than are sent are left over in the file.
MOST_CASTS_A_SECOND = 150
ERRORS, INEXACT = "errors", "ballots stored that were not accepted, or the other way round"
WANTED = {
    ERRORS: ("≤", 0),
    INEXACT: ("≤", 0),
    "p99 of a cast, ms": ("≤", 1000),
    "p50 of the last third/the middle third": ("≤", 1.2),
    "p99 of the last third/the middle third": ("≤", 1.3),
    "memory of the largest worker, MB": ("≤", 150),
    "workers' memory, last third/middle third": ("≤", 1.05),
    "keeper's memory, last third/middle third": ("≤", 1.05),
    "seconds that ballots wait for the keeper": ("≤", 10),
}


def main(minutes, short=False):
    """Measure the limit, run the load, and print what came of it."""
    limit_seconds, window = (2, 1) if short else (LIMIT_SECONDS, WINDOW)
    os.environ["TRUSTED_PROXIES"] = "1"  # The load speaks for many addresses, as a proxy does.
    with stage() as folder:
        from voting.manifest import plan_of
        from voting.models import Participation

        poll = open_poll_on_the_real_list()
        voters = folder / "voters"
        count = int((limit_seconds + 60 * minutes * SHARE) * MOST_CASTS_A_SECOND)
        print(f"{count:,} voters are made", flush=True)
        write_voters(poll, plan_of(poll), count, voters)
        with server(recycled=True) as (address, gunicorn), keeper() as keeping:
            port = urlsplit(address).port
            limit = list(send(port, voters, window, seconds=limit_seconds))[-1]
            rate = SHARE * sum(limit["whole"].values()) / limit["seconds"]
            print(f"limit of the mix {rate / SHARE:.0f} requests a second; now {rate:.0f}", flush=True)
            wait_for_keeper(poll)
            samples, before = [], accepted(limit)
            for line in send(port, voters, window, seconds=60 * minutes, rate=rate, skip=limit["voters"]):
                if "whole" in line:
                    whole = line
                    continue
                samples.append({**line, **observe(poll, gunicorn, keeping)})
                show(samples[-1])
            stored = Participation.objects.filter(poll_id=poll.pk).count()
            casts = before + accepted(whole)
        # The last window, in which the load waits for its last answers, is short.
        samples = [each for each in samples if each["seconds"] >= window / 2 and "p99_ms" in each]
        found = judged(minutes, rate, window, samples, whole, stored, casts)
        if not short:
            draw(samples)
            content = {"minutes": minutes, "rate": rate, "found": found, "stored": stored}
            write_json("soak", {**content, "limit": limit, "whole": whole, "windows": samples})
    if found[ERRORS] or found[INEXACT]:
        raise SystemExit("Something failed under load")


def write_voters(poll, plan, count, path):
    """Write a line a voter as arrivals.py reads it: the cast's post, and the review's that led to it."""
    from benchmarks.posts import write_posts

    posts = path.with_name("posts")
    write_posts(poll, plan, count, posts)
    first = plan.candidates[0].code
    with open(posts, encoding="ascii") as lines, open(path, "w", encoding="ascii") as file:
        for line in lines:
            address, cookies, cast = line.rstrip("\n").split("\t")
            codes = parse_qs(cast).get("codes", [""])[0].split()
            review = urlencode([(f"picks-{plan.section_of[code].code}", code) for code in codes])
            parts = [address.removesuffix("cast/"), first, plan.sections[0].code, cookies, review, cast]
            file.write("\t".join(parts) + "\n")
    posts.unlink()


def send(port, voters, window, *, seconds, rate=0.0, skip=0):
    """Yield what the load reports, window by window, and the whole in the end."""
    command = [sys.executable, str(ROOT / "benchmarks/arrivals.py"), str(port), str(voters)]
    command += ["--seconds", str(seconds), "--rate", str(rate), "--skip", str(skip)]
    command += ["--window", str(window)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as load:
        for line in load.stdout:
            yield json.loads(line)
    if load.returncode:
        raise SystemExit("The load broke off")


def accepted(whole):
    """Return how many casts were answered with a receipt."""
    return whole["whole"].get("cast", 0)


def wait_for_keeper(poll, seconds=60):
    """Wait until what the limit's load left behind is entered, so that the soak begins like a quiet site."""
    end = time.monotonic() + seconds
    while pending(poll) and time.monotonic() < end:
        time.sleep(0.5)


def pending(poll):
    """Return how many envelopes wait for the keeper."""
    from voting.models import PendingEnvelope

    return PendingEnvelope.objects.filter(poll_id=poll.pk).count()


def observe(poll, gunicorn, keeping):
    """Return memory and what waits, at this moment."""
    workers = [round(size, 1) for size in memory_of(gunicorn)]
    own = int(Path(f"/proc/{keeping.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return {
        "workers_mb": workers,
        "worker_ids": children_of(gunicorn.pid),
        "keeper_mb": round(own, 1),
        "signer_mb": [round(size, 1) for size in memory_of(keeping)],
        "pending": pending(poll),
    }


def show(sample):
    """Print one window."""
    errors = f"  ERRORS {sample['errors']}" if sample["errors"] else ""
    print(
        f"{sample['at']:6.0f} s  {sample['rate']:6.1f}/s  casts p50 {sample.get('p50_ms', 0):5.1f}"
        f" p99 {sample.get('p99_ms', 0):6.1f} ms  workers {sample['workers_mb']} MB"
        f"  keeper {sample['keeper_mb']} MB  {sample['pending']} wait{errors}",
        flush=True,
    )


def judged(minutes, rate, window, samples, whole, stored, casts):
    """Print what is wanted and whether it is kept; return what was found."""
    third = len(samples) // 3
    if not third:
        raise SystemExit("Three windows are needed at least")
    middle, last = samples[third : 2 * third], samples[-third:]

    def grown(of):
        return median([of(sample) for sample in last]) / max(0.001, median([of(sample) for sample in middle]))

    found = {
        ERRORS: sum(whole["errors"].values()),
        INEXACT: abs(stored - casts),
        "p99 of a cast, ms": whole["p99_ms"],
        "p50 of the last third/the middle third": grown(lambda sample: sample["p50_ms"]),
        "p99 of the last third/the middle third": grown(lambda sample: sample["p99_ms"]),
        "memory of the largest worker, MB": max(max(sample["workers_mb"]) for sample in samples),
        "workers' memory, last third/middle third": grown(lambda sample: max(sample["workers_mb"])),
        "keeper's memory, last third/middle third": grown(lambda sample: sample["keeper_mb"]),
        "seconds that ballots wait for the keeper": max(
            sample["pending"] * window / sample["casts"] for sample in samples
        ),
    }
    seen = len({pid for sample in samples for pid in sample["worker_ids"]})
    print(
        f"\n{minutes:g} minutes at {rate:.0f} requests a second ({SHARE:.0%} of {rate / SHARE:.0f}):"
        f" {sum(whole['whole'].values()):,} answered, {whole['whole']}; {stored:,} ballots stored,"
        f" {casts:,} accepted; {seen} workers seen in turns, recycled after some 100,000 requests each;"
        f" the load itself took {whole['cpu'] / whole['seconds']:.0%} of one core"
    )
    for why, count in whole["errors"].items():
        print(f"{count} × {why}")
    print()
    judge(found, WANTED)
    return found


def draw(samples):
    """Draw latency, memory and waiting envelopes over the minutes."""
    minutes = [sample["at"] / 60 for sample in samples]

    def line(of):
        return list(zip(minutes, [of(sample) for sample in samples], strict=True))

    latency = {"p50": line(lambda each: each["p50_ms"]), "p99": line(lambda each: each["p99_ms"])}
    memory = {
        "largest worker": line(lambda each: max(each["workers_mb"])),
        "keeper": line(lambda each: each["keeper_mb"]),
    }
    waiting = {"waiting": line(lambda each: each["pending"])}
    panels = [
        Panel("Latency of a cast, milliseconds", "minutes", latency),
        Panel("Resident memory, MB", "minutes", memory, limit=150),
        Panel("Envelopes that wait for the keeper", "minutes", waiting),
    ]
    write_chart(ROOT / "docs" / "soak.svg", "Latency and memory under steady load", panels)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("minutes", type=float, nargs="?", default=30.0)
    parser.add_argument("--short", action="store_true")
    main(**vars(parser.parse_args()))
