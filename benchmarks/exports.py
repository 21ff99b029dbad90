"""How long files of a million ballots take, against plain COPY; and how a verifier's time grows.

.venv/bin/python benchmarks/exports.py [--ballots N] [--bundles N N] [--rounds N]

Published are a category's selections, a line a ballot, sorted: `published_marks` streams them from the
ballots' marks. Interleaved rounds against `COPY (SELECT …) TO STDOUT` of the very same lines from a table of
texts that stands in their order; both must give the same bytes. (No file of the product has a line for a
whole ballot.) Then the stand-alone verifier (`python -m voting.ledger`) checks auditors' bundles of two
sizes. Needs PostgreSQL.
"""

import argparse
import contextlib
import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.stage import (  # noqa: E402
    ROOT,
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
BUNDLES = (10_000, 100_000)
LINES = "CREATE TABLE bench_lines (category text NOT NULL, number integer NOT NULL, line text NOT NULL)"
COPY = "COPY (SELECT line FROM bench_lines WHERE category = '{code}' ORDER BY number) TO STDOUT"


def main(ballots, bundles, rounds):
    """Run the rounds and print what came of them."""
    with stage() as folder:
        from django.db import connection

        from benchmarks import fill
        from voting.manifest import plan_of

        poll = open_poll_on_the_real_list()
        plan = plan_of(poll)
        fill.fill_ballots(poll, plan, ballots)
        with connection.cursor() as cursor:
            cursor.execute(LINES)
        fill.copy_into("bench_lines", ["category", "number", "line"], lines_of(poll, plan))
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX bench_lines_order ON bench_lines (category, number)")
        fill.settle("voting_ballot", "bench_lines")
        codes = [category.code for category in plan.sections]
        rounds_of = {"published marks": [], "COPY": []}
        for _round in range(rounds):
            rounds_of["published marks"].append(apart("exports", "stream_files", poll.pk))
            rounds_of["COPY"].append(apart("exports", "copy_files", codes))
        verified = verify_in_turns(folder, sorted(bundles), rounds)
    report(ballots, rounds, rounds_of, verified)


def lines_of(poll, plan):
    """Yield the published lines of all categories, numbered in their order."""
    from voting.publication import published_marks

    for category in plan.sections:
        lines = (line for piece in published_marks(poll, plan, category) for line in piece.splitlines())
        for number, line in enumerate(lines):
            yield category.code, number, line


class Hashed:
    """A file that keeps of what is written to it length and hash alone."""

    def __init__(self):
        self.digest, self.length = hashlib.sha256(), 0

    def write(self, data):
        self.digest.update(data)
        self.length += len(data)


def stream_files(pk):
    """Stream every category's file as the product does; return seconds, bytes, hashes and memory."""
    from voting.manifest import plan_of
    from voting.models import Poll
    from voting.publication import published_marks

    poll = Poll.objects.get(pk=pk)
    plan, files = plan_of(poll), []
    begin = time.perf_counter()
    for category in plan.sections:
        files.append(Hashed())
        for piece in published_marks(poll, plan, category):
            files[-1].write(piece.encode())
    return written(files, time.perf_counter() - begin, peak_of())


def copy_files(codes):
    """Let COPY write the same lines into psql's pipe; return seconds, bytes, hashes and memory."""
    from django.db import connection

    settings, files = connection.settings_dict, []
    command = ["psql", "-X", "-q", "-h", settings["HOST"], "-U", settings["USER"], "-d", settings["NAME"]]
    begin = time.perf_counter()
    for code in codes:
        files.append(Hashed())
        with subprocess.Popen([*command, "-c", COPY.format(code=code)], stdout=subprocess.PIPE) as psql:
            shutil.copyfileobj(psql.stdout, files[-1], 1 << 18)
        if psql.returncode:
            raise SystemExit("COPY broke off")
    return written(files, time.perf_counter() - begin, peak_of())


def written(files, seconds, peak):
    """Return what a round found, as JSON can hold it."""
    hashes = [file.digest.hexdigest() for file in files]
    return {
        "seconds": seconds,
        "bytes": sum(file.length for file in files),
        "sha256": hashes,
        "peak_mb": peak,
    }


def verify_in_turns(folder, bundles, rounds):
    """Make bundles and let the verifier check them; return each one's seconds without a start, and memory."""
    places = {count: folder / f"bundle-{count}" for count in bundles}
    for count, place in places.items():
        subprocess.run([sys.executable, ROOT / "benchmarks/make_bundle.py", str(count), place], check=True)
    found = {count: [] for count in places}
    for _round in range(rounds):
        start, _peak = verifier("--help")
        for count, place in places.items():
            seconds, peak = verifier(place)
            found[count].append((seconds - start, peak))
    return [
        {
            "ballots": count,
            "seconds": median([seconds for seconds, _peak in each]),
            "peak_mb": max(peak for _seconds, peak in each),
        }
        for count, each in found.items()
    ]


def verifier(place):
    """Let the verifier check a bundle; return its seconds and its memory."""
    command, peak = [sys.executable, "-m", "voting.ledger", "verify", place], 0.0
    begin = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            with contextlib.suppress(OSError, IndexError, ValueError):
                peak = max(peak, peak_of(process.pid))
            time.sleep(0.01)
        seconds = time.perf_counter() - begin
        said = process.stdout.read()
    if process.returncode:
        raise SystemExit(f"The verifier refused {place}: {said}")
    return seconds, peak


def report(ballots, rounds, rounds_of, verified):
    """Print figures and ratios, and keep them."""
    print(f"{ballots:,} ballots, medians of {rounds} rounds")
    table(
        [
            [
                name,
                f"{median([each['seconds'] for each in found]):.2f}",
                f"{found[0]['bytes'] / 1e6:.1f}",
                f"{max(each['peak_mb'] for each in found):.0f}",
            ]
            for name, found in rounds_of.items()
        ],
        ["", "seconds", "MB written", "memory MB"],
    )
    print()
    table(
        [[f"{each['ballots']:,}", f"{each['seconds']:.2f}", f"{each['peak_mb']:.0f}"] for each in verified],
        ["ballots verified", "seconds without the start", "memory MB"],
    )
    pairs = zip(rounds_of["published marks"], rounds_of["COPY"], strict=True)
    small, large = verified[0], verified[-1]
    growth = large["seconds"] / small["seconds"] / (large["ballots"] / small["ballots"])
    hashes = {str(each["sha256"]) for each in [*rounds_of["published marks"], *rounds_of["COPY"]]}
    found = {
        "published marks/COPY": median([own["seconds"] / copy["seconds"] for own, copy in pairs]),
        "different bytes among all rounds (1 is none)": len(hashes),
        "memory of the stream, MB": max(each["peak_mb"] for each in rounds_of["published marks"]),
        f"verifier on {large['ballots']:,}, seconds without its start": large["seconds"],
        "verifier's time, growth/the ballots' growth": growth,
    }
    signs = [("≤", 2), ("≤", 1), ("≤", 300), ("≤", 60), ("≤", 1.3)]
    print()
    kept = judge(found, dict(zip(found, signs, strict=True)))
    write_json(
        "exports",
        {"ballots": ballots, "kept": kept, "found": found, "rounds": rounds_of, "verified": verified},
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--ballots", type=int, default=MILLION)
    parser.add_argument("--bundles", type=int, nargs=2, default=BUNDLES)
    parser.add_argument("--rounds", type=int, default=5)
    main(**vars(parser.parse_args()))
