"""What do the brakes cost review? Times it with them, without them, and the brakes' own part alone.

Needs an open device poll, for example a demo's:

MODE=… DATABASE_URL=… .venv/bin/python benchmarks/review.py POLL

Each round is one caller of an address of its own who has solved a challenge. Prints medians in milliseconds.
Its counters go by themselves; nothing of a vote is stored.
"""

import base64
import json
import os
import statistics
import sys
import time
from datetime import timedelta
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

import altcha  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from voting import brakes, work  # noqa: E402
from voting.manifest import plan_of  # noqa: E402
from voting.models import Poll  # noqa: E402
from voting.views import ballots  # noqa: E402

ROUNDS = 300


def solved(uid):
    """Return a solution without the work: whoever has the key knows the number."""
    at = timezone.now() - timedelta(minutes=1)
    challenge = altcha.create_challenge_v1(
        max_number=10, number=7, hmac_key=work._key(uid), expires=at + work.GOOD_FOR, params={"poll": uid}
    )
    names = ("algorithm", "challenge", "salt", "signature")
    solution = {name: getattr(challenge, name) for name in names} | {"number": 7}
    return base64.b64encode(json.dumps(solution).encode()).decode()


def post(poll, plan, number):
    """Post one ballot to review; return the seconds it took."""
    client = Client(REMOTE_ADDR=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")
    data = {f"picks-{part.code}": [part.candidates[0].code] for part in plan.sections}
    data["work"] = solved(plan.uid)
    began = time.perf_counter()
    status = client.post(reverse("voting:review", args=[poll.slug]), data, secure=True).status_code
    took = time.perf_counter() - began
    if status != 200:
        sys.exit(f"Review answered {status}: the poll must be an open device poll.")
    return took


def main(slug):
    """Time the two in turns, and print medians."""
    poll = Poll.objects.get(slug=slug)
    plan, real = plan_of(poll), ballots.look
    own, times = [], {"with brakes": [], "without": []}

    def timed(**said):
        began = time.perf_counter()
        seen = real(**said)
        own.append(time.perf_counter() - began)
        return seen

    for number in range(ROUNDS):
        with mock.patch.object(ballots, "look", timed):
            times["with brakes"].append(post(poll, plan, number))
        with mock.patch.object(ballots, "look", lambda **said: brakes.Look(0)):
            times["without"].append(post(poll, plan, number))
    for name, values in {**times, "the brakes alone": own}.items():
        print(f"{name:17} {statistics.median(values) * 1000:6.2f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
