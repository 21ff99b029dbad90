"""How much stuffing is held, and how many honest ballots with it? Named strategies against one population.

No database and no settings are needed; the rules are the ones that polls run:

python benchmarks/stuffing.py [--json FILE] [--seed N] [--only NAME] [--scale PERCENT]

Prints a table: for each strategy how many of its ballots are still held after the review, and how many
honest ones. `docs/stuffing.md` says what the columns mean and what cannot be seen.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy  # noqa: E402

from benchmarks.crowd import honest, joined  # noqa: E402
from benchmarks.strategies import STRATEGIES  # noqa: E402
from voting.holds.find import look  # noqa: E402
from voting.holds.rules import DEFAULTS  # noqa: E402

SECTIONS = ((0, 13), (13, 25))


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--scale", type=int, default=100)
    options = parser.parse_args()
    crowd = honest(numpy.random.default_rng(options.seed), options.scale / 100)
    rows = []
    print(f"{'strategy':34} {'stuffed':>8} {'held':>7} {'honest held':>12}  {'looked at first':>15}")
    for name, strategy in STRATEGIES.items():
        if options.only in name:
            row = run(name, strategy, crowd, options.seed)
            rows.append(row)
            share = "" if row["held_percent"] is None else f"{row['held_percent']:.1f} %"
            print(
                f"{name:34} {row['stuffed']:8} {share:>7} {row['honest_held_percent']:10.2f} %"
                f"  {row['honest_looked_at']:15} {row['school_held']:5} {row['carrier_held']:5}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
