"""What a ballot costs when 10⁴, 10⁵ and 10⁶ are already stored: its cast, its part of a batch, its proof.

.venv/bin/python benchmarks/growth.py [--rounds N] [SIZE …]

One database grows by COPY and is copied on its way, so that the rounds go through all sizes in turns. A
round casts 500 ballots through `cast_ballot`, lets the keeper enter and sign them as one batch, and makes the
standing and a proof file of 50 ballots, stored long ago, as their receipts' pages do. Needs PostgreSQL and
for the whole some 6 GB of disk. Prints milliseconds a ballot and the ratio to the smallest
size, the room that a ballot takes, and draws docs/growth.svg.
"""

import argparse
import random
import secrets
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.chart import Panel, write_chart  # noqa: E402
from benchmarks.stage import (  # noqa: E402
    ROOT,
    judge,
    median,
    open_poll_on_the_real_list,
    stage,
    table,
    write_json,
)

SIZES = (10_000, 100_000, 1_000_000)
PROOFS = 50
ACTS = ("cast", "keeper", "proof")
MOST_IN_COPIES = 20_000  # ballots
WARMING = 3  # rounds that do not count
MOST = 1.3  # times the cost at the smallest size


def main(sizes, rounds):
    """Fill the databases, run the rounds and print what came of them."""
    with stage() as folder:
        poll = open_poll_on_the_real_list()
        databases = grow(poll, sorted(sizes), folder)
        costs = {size: {act: [] for act in ACTS} for size in databases}
        chance, lines = random.Random(1), {}
        for number in range(rounds + WARMING):
            for size, (name, memory) in databases.items():
                take_turns(name, lines)
                found = one_round(poll, memory, size, chance)
                if number >= WARMING:
                    for act in ACTS:
                        costs[size][act].append(found[act])
        stored = {size: stored_in(poll, name) for size, (name, _memory) in databases.items()}
        room = {size: room_in(name) for size, (name, _memory) in databases.items()}
    report(costs, stored, room, rounds)


def grow(poll, sizes, folder):
    """Make a database of each size; return its name and the signer's memory by size.

    One database grows and is copied shortly before each size. The last ballots are stored in the copies, so
    that these are as a running database is: its pages in memory, and touched since the last checkpoint.
    """
    from django.conf import settings
    from django.db import connection, transaction

    from benchmarks import fill
    from voting.heads import signer_here
    from voting.keeper import enter_opening, locked_poll
    from voting.signer import Signer

    filled, found = 0, {}
    with transaction.atomic():
        enter_opening(locked_poll(poll))
    own = connection.settings_dict["NAME"]
    for size in sizes:
        copied = size - min(size // 2, MOST_IN_COPIES)
        fill_up(poll, filled, copied, signer_here())
        fill.settle(*fill.TABLES)
        name, memory = f"{own}_{size}", folder / f"signer-{size}"
        shutil.copytree(settings.SIGNER_DIR, memory)
        connect("postgres")
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {own} STRATEGY file_copy")
        connect(own)
        found[size], filled = (name, memory, copied), copied
    for size, (name, memory, copied) in found.items():
        connect(name)
        fill_up(poll, copied, size, Signer(settings.KEY_DIR, memory))
        print(f"{size:,} ballots stored", flush=True)
    return {size: (name, memory) for size, (name, memory, _copied) in found.items()}


def fill_up(poll, before, size, signer):
    """Store ballots with guards and entries until there are so many, and sign."""
    from benchmarks import fill
    from voting.heads import sign_entries
    from voting.manifest import plan_of

    plan = plan_of(poll)
    fill.fill_participations(poll, size - before)
    fill.fill_ballots(poll, plan, size - before, first=before + 1)
    fill.fill_ledger(poll, plan, before + 1, size)
    if not sign_entries(poll, plan, signer):
        raise SystemExit("No head was signed")


def connect(name):
    """Let Django's connection lead to another database of the same cluster."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name


def take_turns(name, lines):
    """Do the same, but keep each database's line open in `lines`, as the product's processes keep theirs.

    A new server process knows no table, and meets every page of the shared memory for the first time.
    """
    from django.db import connection

    lines[connection.settings_dict["NAME"]] = connection.connection
    connection.connection = lines.get(name)
    connection.settings_dict["NAME"] = name


def one_round(poll, memory, size, chance):
    """Cast, enter and prove at one size; return milliseconds a ballot of each."""
    from django.conf import settings

    from voting.casting import cast_ballot
    from voting.heads import sign_entries
    from voting.keeper import BATCH, check_memory, run_batch
    from voting.manifest import plan_of
    from voting.models import Ballot
    from voting.proofs import proof_file
    from voting.signer import Signer
    from voting.standing import standing_of

    plan, signer = plan_of(poll), Signer(settings.KEY_DIR, memory)
    casts = [ready_cast(poll, plan, chance) for _voter in range(BATCH)]
    cast = timed((lambda one=one: cast_ballot(poll=poll, plan=plan, **one)) for one in casts)

    def keep():
        check_memory(poll, plan, signer)
        if run_batch(poll) != BATCH or not sign_entries(poll, plan, signer):
            raise SystemExit("The keeper did not enter a whole batch")

    keeper = timed([keep])
    numbers = [chance.randint(1, size) for _ballot in range(PROOFS)]
    ballots = list(Ballot.objects.filter(poll=poll, number__in=numbers).values_list("code", "commitments"))

    def prove(code, commitments):
        standing = standing_of(poll, plan, code, commitments)
        if not standing or not proof_file(poll, plan, commitments, plan.sections[0].code):
            raise SystemExit("A ballot that was entered has no proof")

    proof = timed((lambda row=row: prove(row[0], bytes(row[1]))) for row in ballots)
    return {"cast": median(cast), "keeper": median(keeper) / BATCH, "proof": median(proof)}


def ready_cast(poll, plan, chance):
    """Return what a confirmed ballot brings to `cast_ballot`."""
    from django.utils import timezone

    from benchmarks.fill import picks_of
    from voting.keyring import keys_of
    from voting.ticket import issue_ticket

    credential = secrets.token_bytes(16)
    return {
        "credential": credential,
        "ticket": issue_ticket(poll, keys_of(poll, plan), credential, at=timezone.now()),
        "codes": picks_of(plan, chance),
        "nonces": {category.code: secrets.token_bytes(32) for category in plan.sections},
    }


def timed(acts):
    """Return the milliseconds of each act."""
    found = []
    for act in acts:
        begin = time.perf_counter()
        act()
        found.append(1000 * (time.perf_counter() - begin))
    return found


def stored_in(poll, name):
    """Return how many rows of each kind a database holds in the end."""
    from voting.models import Ballot, Entry, Participation

    connect(name)
    kinds = {"participations": Participation, "ballots": Ballot, "entries": Entry}
    return {kind: model.objects.filter(poll_id=poll.pk).count() for kind, model in kinds.items()}


def room_in(name):
    """Return the bytes that each table takes in a database, with its indexes."""
    from django.db import connection

    from benchmarks import fill

    connect(name)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT each, pg_total_relation_size(each::regclass) FROM unnest(%s) AS each", [list(fill.TABLES)]
        )
        return dict(cursor.fetchall())


def report(costs, stored, room, rounds):
    """Print figures and ratios, draw them, and keep them."""
    smallest = min(costs)
    middle = {size: {act: median(found[act]) for act in ACTS} for size, found in costs.items()}
    print(f"\nmilliseconds a ballot, medians of {rounds} rounds")
    table(
        [[f"{size:,}", *(f"{middle[size][act]:.3f}" for act in ACTS)] for size in costs],
        ["already stored", "cast", "keeper, with signing", "standing and proof"],
    )
    ratios = {
        f"{act} at {size:,}/at {smallest:,}": median(
            [large / small for large, small in zip(costs[size][act], costs[smallest][act], strict=True)]
        )
        for size in costs
        if size != smallest
        for act in ACTS
    }
    print("\nbytes a ballot, indexes included")
    table(
        [
            [f"{size:,}", *(f"{taken / stored[size]['ballots']:.0f}" for taken in tables.values())]
            for size, tables in room.items()
        ],
        ["already stored", *room[smallest]],
    )
    print()
    kept = judge(ratios, dict.fromkeys(ratios, ("≤", MOST)))
    panels = [
        Panel(
            "Milliseconds a ballot",
            "ballots already stored",
            {act: [(size, middle[size][act]) for size in middle] for act in ACTS},
            powers=True,
        )
    ]
    write_chart(ROOT / "docs" / "growth.svg", "What a ballot costs as the poll grows", panels)
    found = {"kept": kept, "ratios": ratios, "milliseconds": costs, "stored": stored, "bytes": room}
    write_json("growth", found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES, metavar="SIZE")
    parser.add_argument("--rounds", type=int, default=5)
    main(**vars(parser.parse_args()))
