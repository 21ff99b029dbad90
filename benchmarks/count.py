"""How long a count takes, and the opening before it, against what the database does by itself.

.venv/bin/python benchmarks/count.py [--ballots N] [--sealed N] [--rounds N]

A poll on the real list gets a million opened ballots by COPY. Interleaved rounds of: the whole tally;
GROUP BY on a table as one would normalise it, a row a pick, indexed, and vacuumed so that the index alone
is read; `SELECT count(*)` over the ballots. Votes must be equal in both. Then a million ballots that are
really sealed are opened as `open_ballots` does it, against the same boxes decrypted in a pool and nothing
else. Needs PostgreSQL and about 6 GB of disk; making the boxes takes a minute or two.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.stage import (  # noqa: E402
    apart,
    judge,
    median,
    open_poll_on_the_real_list,
    peak_of,
    stage,
    table,
    write_json,
)

MILLION = 1_000_000
MARKS = "CREATE TABLE bench_marks (candidate smallint NOT NULL)"
INDEX = "CREATE INDEX bench_marks_candidate ON bench_marks (candidate)"
GROUPS = "SELECT candidate, count(*) FROM bench_marks GROUP BY candidate"
# A part of the boxes is enough for the rate of bare decryption.
BARE_BOXES = 20_000


def main(ballots, sealed, rounds):
    """Run the rounds and the opening, and print what came of them."""
    with stage():
        from django.db import connection

        from benchmarks import fill
        from voting.manifest import plan_of

        poll = open_poll_on_the_real_list()
        plan = plan_of(poll)
        fill.fill_ballots(poll, plan, ballots)
        fill_marks(plan, poll)
        fill.settle("voting_ballot", "bench_marks")
        times, equal = count_in_turns(poll, plan, rounds)
        counting = apart("count", "count_once", poll.pk)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bench_marks")
            cursor.execute("TRUNCATE voting_ballot CASCADE")
        fill.fill_ballots(poll, plan, sealed, sealed=True)
        fill.settle("voting_ballot")
        bare = apart("count", "decrypt_some", poll.pk, min(sealed, BARE_BOXES))
        opening = apart("count", "open_all", poll.pk)
        if opening["opened"] != sealed:
            raise SystemExit(f"{opening['opened']} of {sealed} ballots were opened without fault")
    report(ballots, sealed, rounds, times, equal, counting, bare, opening)


def fill_marks(plan, poll):
    """Write the marks of all ballots once more, a row a pick, and index them."""
    from django.db import connection

    from benchmarks import fill
    from voting.marks import codes_from_marks
    from voting.tally.count import stream_marks

    with connection.cursor() as cursor:
        cursor.execute(MARKS)
    width = plan.marks_bytes
    rows = (
        [code]
        for chunk in stream_marks(poll)
        for at in range(0, len(chunk), width)
        for code in codes_from_marks(plan, chunk[at : at + width])
    )
    fill.copy_into("bench_marks", ["candidate"], rows)
    with connection.cursor() as cursor:
        cursor.execute(INDEX)


def count_in_turns(poll, plan, rounds):
    """Return the seconds of each act, and whether tally and GROUP BY found the same votes."""
    from django.db import connection

    from voting.models import Ballot
    from voting.tally.count import tally_document

    def group():
        with connection.cursor() as cursor:
            cursor.execute(GROUPS)
            return {str(candidate): votes for candidate, votes in cursor.fetchall()}

    acts = {
        "tally": lambda: votes_in(tally_document(poll, plan)),
        "GROUP BY": group,
        "SELECT count(*)": lambda: Ballot.objects.filter(poll=poll).count(),
    }
    times, equal = {name: [] for name in acts}, True
    for _round in range(rounds):
        found = {}
        for name, act in acts.items():
            begin = time.perf_counter()
            found[name] = act()
            times[name].append(time.perf_counter() - begin)
        picked = {code: votes for code, votes in found["tally"].items() if votes}
        equal = equal and bool(picked) and picked == found["GROUP BY"]
    return times, equal


def votes_in(document):
    """Return the votes of each candidate."""
    return {row["code"]: row["votes"] for part in document["categories"] for row in part["rows"]}


def count_once(pk):
    """Count a poll; return seconds and the most memory that this process has had."""
    from voting.manifest import plan_of
    from voting.models import Poll
    from voting.tally.count import tally_document

    poll = Poll.objects.get(pk=pk)
    begin = time.perf_counter()
    ballots = tally_document(poll, plan_of(poll))["ballots"]
    return {"ballots": ballots, "seconds": time.perf_counter() - begin, "peak_mb": peak_of()}


def decrypt_some(pk, count):
    """Decrypt boxes in a pool and nothing else; return the seconds."""
    import multiprocessing
    import os

    from django.db import connection

    from voting.keyfile import known_secret
    from voting.models import Ballot, Poll

    poll = Poll.objects.get(pk=pk)
    boxes = [
        bytes(inner) for inner in Ballot.objects.filter(poll=poll).values_list("inner", flat=True)[:count]
    ]
    secret = bytes(known_secret(poll))
    connection.close()
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        jobs = [(secret, boxes[at : at + 500]) for at in range(0, len(boxes), 500)]
        pool.map(decrypt, jobs[: os.cpu_count()])
        begin = time.perf_counter()
        done = sum(pool.imap_unordered(decrypt, jobs))
        return {"boxes": done, "seconds": time.perf_counter() - begin}


def decrypt(job):
    """Decrypt some boxes; return how many."""
    from nacl.public import PrivateKey, SealedBox

    secret, boxes = job
    box = SealedBox(PrivateKey(secret))
    return sum(1 for inner in boxes if box.decrypt(inner))


def open_all(pk):
    """Open a poll's ballots as `open_ballots` does; return seconds, processor seconds and memory."""
    import os

    from benchmarks.stage import children_of
    from voting.keyfile import known_secret
    from voting.manifest import plan_of
    from voting.models import Ballot, Poll
    from voting.opening import open_ballots

    poll = Poll.objects.get(pk=pk)
    secret, peaks, at_half = known_secret(poll), [], None
    half, done = Ballot.objects.filter(poll=poll).count() // 2, 0
    begin = time.perf_counter()
    for count in open_ballots(poll, plan_of(poll), secret):
        done += count
        if at_half is None and done >= half:
            at_half = peak_of()
            peaks = [peak_of(pid) for pid in children_of(os.getpid())]
    seconds = time.perf_counter() - begin
    own, times = peak_of(), os.times()
    return {
        "opened": Ballot.objects.filter(poll=poll).counted().count(),
        "seconds": seconds,
        "peak_mb": own,
        "peak_mb_at_half": at_half,
        "child_mb": max(peaks, default=0),
        "own_cpu": times.user + times.system,
        "children_cpu": times.children_user + times.children_system,
    }


def report(ballots, sealed, rounds, times, equal, counting, bare, opening):
    """Print figures and ratios, and keep them."""
    seconds = {name: median(values) for name, values in times.items()}
    print(f"{ballots:,} opened ballots, medians of {rounds} rounds")
    table(
        [[name, f"{value:.3f}", f"{seconds['tally'] / value:.2f}"] for name, value in seconds.items()],
        ["", "seconds", "tally/this"],
    )
    per_million = MILLION / sealed
    scaled = "" if sealed == MILLION else f", × {per_million:g} for a million"
    print(f"\n{sealed:,} sealed ballots opened once{scaled}")
    boxes = bare["seconds"] / bare["boxes"] * sealed
    table(
        [
            [
                "opened, checked and saved",
                f"{opening['seconds']:.1f}",
                f"{opening['seconds'] * per_million:.1f}",
            ],
            [f"bare decryption ({bare['boxes']:,} measured)", f"{boxes:.1f}", f"{boxes * per_million:.1f}"],
        ],
        ["", "seconds", "a million"],
    )
    print(
        f"processor seconds: {opening['own_cpu']:.1f} of the opening process, {opening['children_cpu']:.1f}"
        f" of its pool; memory at half way {opening['peak_mb_at_half']:.0f} MB, in the end"
        f" {opening['peak_mb']:.0f} MB, largest of the pool {opening['child_mb']:.0f} MB\n"
    )
    found = {
        "tally, seconds": seconds["tally"],
        "equal votes in both (1 is yes)": int(equal),
        "memory of the count, MB": counting["peak_mb"],
        f"opening, seconds{scaled}": opening["seconds"] * per_million,
        "memory of the opening, MB": opening["peak_mb"],
    }
    limits = [1.0, 1, 300, 60, 300]
    signs = ["≤", "≥", "≤", "≤", "≤"]
    kept = judge(found, dict(zip(found, zip(signs, limits, strict=True), strict=True)))
    content = {"ballots": ballots, "sealed": sealed, "kept": kept, "found": found, "seconds": times}
    write_json("count", {**content, "counting": counting, "opening": opening, "bare_decryption": bare})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--ballots", type=int, default=MILLION)
    parser.add_argument("--sealed", type=int, default=MILLION)
    parser.add_argument("--rounds", type=int, default=5)
    main(**vars(parser.parse_args()))
