"""What Lighthouse looks at: the demo's poll, and beside it one that is counted."""

import contextlib
import os
import random
import sys
import tempfile
import urllib.request
from pathlib import Path

from voting import processes

ROOT = Path(__file__).resolve().parent.parent.parent
BALLOTS = 40
READY_WITHIN = 60  # seconds


@contextlib.contextmanager
def served():
    """Serve a demo of its own on a free port; yield its address and the paths of its pages, by name."""
    with tempfile.TemporaryDirectory(prefix="lighthouse-") as folder:
        os.environ.update(MODE="demo", VAR_DIR=folder, DJANGO_SETTINGS_MODULE="config.settings")
        for name in ("DATABASE_URL", "KEY_DIR", "KEY_COPY_DIR", "SIGNER_DIR"):
            os.environ.pop(name, None)
        import django

        django.setup()
        paths = prepare()
        from voting.management.commands.demo import check_port, programs

        port = check_port("127.0.0.1", 0)
        name, command = programs("127.0.0.1", port)[0]
        child = processes.start(name, command, cwd=ROOT, stdout=sys.stderr)
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(address, child)
            yield address, paths
        finally:
            processes.stop([child])


def prepare():
    """Make the data; return the paths of the pages."""
    from django.core.management import call_command

    from shortlist.models import Shortlist
    from tests.factories import cast, make_open_poll
    from tests.pages import address
    from tests.tallies import count, settle
    from voting.demo import prepare_demo
    from voting.models import Poll

    call_command("migrate", verbosity=0)
    prepare_demo()
    poll, shortlist = Poll.objects.get(), Shortlist.objects.get()
    counted = make_open_poll(slug="counted", title=shortlist.title, shortlist=shortlist, demo=True)
    chance = random.Random(2019)
    for _ballot in range(BALLOTS):
        numbers = {"2": range(1, 14), "3": range(1, 13)}
        cast(
            counted,
            codes=[f"{digit}{at:02}" for digit in numbers for at in chance.sample(numbers[digit], 7)],
        )
    count(settle(counted))
    return {
        "list": address("list", poll),
        "candidate": address("candidate", poll, "301"),
        "ballot": address("ballot", poll),
        "result": address("result", counted),
    }


def wait_for(address, child):
    """Wait till the server answers; raises ChildEnded or RuntimeError where it does not."""
    tries = iter(range(int(READY_WITHIN / processes.TICK)))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def answers():
        if next(tries, None) is None:
            raise RuntimeError(f"{address} does not answer.")
        try:
            with opener.open(address, timeout=10):
                return True
        except OSError:
            return False

    processes.watch([child], [], until=answers)
