"""How long does a count take, and how does it compare with what the database does by itself?

Needs a poll with ballots, for example a rehearsal filled by `make_ballots.py` and `import_ballots`:

MODE=… DATABASE_URL=… .venv/bin/python benchmarks/count.py POLL

Prints the median of five interleaved rounds: the whole tally; reading the same rows without
counting; and `SELECT count(*)` over them.
"""

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from voting.manifest import plan_of  # noqa: E402
from voting.models import Ballot, Poll  # noqa: E402
from voting.tally.count import stream_marks, tally_document  # noqa: E402

ROUNDS = 5


def main(slug):
    """Time the three, side by side, and print seconds and ratios."""
    poll = Poll.objects.get(slug=slug)
    plan = plan_of(poll)
    acts = {
        "tally": lambda: tally_document(poll, plan)["ballots"],
        "reading alone": lambda: sum(len(chunk) for chunk in stream_marks(poll)) // plan.marks_bytes,
        "SELECT count(*)": lambda: Ballot.objects.filter(poll=poll).counted().count(),
    }
    times = {name: [] for name in acts}
    for _round in range(ROUNDS):
        for name, act in acts.items():
            start = time.perf_counter()
            ballots = act()
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"{ballots} ballots, median of {ROUNDS} rounds")
    for name, value in medians.items():
        print(f"{name:16} {value:7.3f} s   {value / medians['SELECT count(*)']:5.1f} × SELECT count(*)")


if __name__ == "__main__":
    main(sys.argv[1])
