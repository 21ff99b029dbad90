"""How much stuffing is held, and how many honest ballots with it? Named strategies against one population.

No database and no settings are needed; the rules are the ones that polls run:

python benchmarks/stuffing.py [--json FILE] [--markdown FILE] [--seed N] [--only NAME] [--scale PERCENT]

Prints a table: for each strategy how many of its ballots are still held after the review, and how many
honest ones. `docs/stuffing.md` says what the columns mean and what cannot be seen.
"""

import argparse
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy  # noqa: E402

from benchmarks.crowd import honest, joined  # noqa: E402
from benchmarks.strategies import LIMITS, STRATEGIES  # noqa: E402
from voting.holds.find import look  # noqa: E402
from voting.holds.rules import DEFAULTS  # noqa: E402

SECTIONS = ((0, 13), (13, 25))
HEADING = """| strategy | stuffed | held | honest held | of the school's 500 | of the carrier's 20,000 |
| --- | --- | --- | --- | --- | --- |"""


def run(name, strategy, crowd, seed):
    """Put the ballots of one strategy among the honest ones and return what became of them."""
    chance = numpy.random.default_rng(seed)
    stuffed = strategy(crowd, chance)
    every = joined([crowd, stuffed]) if stuffed else crowd
    foul = numpy.arange(len(every.bits)) >= len(crowd.bits)
    first, still = look(every.tags(), every.bits, SECTIONS, DEFAULTS)
    count = int(foul.sum())
    return {
        "strategy": name,
        "stuffed": count,
        "held": int((still & foul).sum()),
        "held_percent": round(100 * (still & foul).sum() / count, 1) if count else None,
        "honest": int((~foul).sum()),
        "honest_looked_at": int((first & ~foul).sum()),
        "honest_held": int((still & ~foul).sum()),
        "honest_held_percent": round(100 * (still & ~foul).sum() / (~foul).sum(), 2),
        "school_held": int((still & (every.group == 1)).sum()),
        "carrier_held": int((still & (every.group == 2)).sum()),
    }


def main():
    """Run the strategies, print a table as it grows, and write JSON and Markdown where they are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", type=Path, help="a text whose table is replaced")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--scale", type=int, default=100)
    options = parser.parse_args()
    crowd = honest(numpy.random.default_rng(options.seed), options.scale / 100)
    rows = []
    print(f"{'strategy':34} {'stuffed':>8} {'held':>8} {'honest held':>12} {'looked at first':>16}")
    for name, strategy in {**STRATEGIES, **LIMITS}.items():
        if options.only in name:
            row = run(name, strategy, crowd, options.seed)
            rows.append(row)
            share = "–" if row["held_percent"] is None else f"{row['held_percent']:.1f} %"
            honest_share = f"{row['honest_held_percent']:.2f} %"
            first = row["honest_looked_at"]
            print(f"{name:34} {row['stuffed']:8} {share:>8} {honest_share:>12} {first:16}", flush=True)
    if options.json:
        options.json.write_text(json.dumps({"seed": options.seed, "rows": rows}, indent=1) + "\n")
    if options.markdown:
        put_table(options.markdown, rows)


def put_table(path, rows):
    """Replace the lines between the two marks of a text by the tables."""
    lines = [HEADING]
    for row in rows:
        share = "–" if row["held_percent"] is None else f"{row['held_percent']:.1f} %"
        lines.append(
            f"| {row['strategy']} | {row['stuffed']} | {share} | {row['honest_held_percent']:.2f} % "
            f"| {row['school_held']} | {row['carrier_held']} |"
        )
    before, _old, after = re.split(
        r"(?<=<!-- table -->\n)(.*?)(?=<!-- end -->)", path.read_text(), flags=re.S
    )
    path.write_text(before + "\n" + "\n".join(lines) + "\n\n" + after)


if __name__ == "__main__":
    main()
