"""A poll filled with any number of ballots by COPY: rows as the product writes them, without its acts.

Picks come from a seed. Nonces, commitments and boxes are real where `sealed` is asked for, else random bytes
of the same lengths, so that rows and indexes are as large as a real poll's.
"""

import io
import itertools
import multiprocessing
import os
import random

from django.db import connection

BATCH = 10_000
CHANNEL = "web"
TABLES = ("voting_participation", "voting_ballot", "voting_entry", "voting_tile", "voting_checkpoint")


def copy_into(table, columns, rows):
    """COPY rows into a table; bytes go as bytea, None as NULL. Commits every 10,000 rows."""
    rows = iter(rows)
    quoted = ", ".join(f'"{name}"' for name in columns)
    statement = f"COPY {table} ({quoted}) FROM STDIN"
    while some := list(itertools.islice(rows, BATCH)):
        text = "".join("\t".join(map(_field, row)) + "\n" for row in some)
        with connection.cursor() as cursor:
            cursor.copy_expert(statement, io.StringIO(text))


def settle(*tables):
    """Let PostgreSQL do what autovacuum does after such a load, so that no round pays for it."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM ANALYZE {table}")


def picks_of(plan, chance) -> list[str]:
    """Return one ballot's picks: 0 up to the most that each category allows."""
    codes = []
    for category in plan.sections:
        most = min(category.max_choices, len(category.candidates))
        drawn = chance.sample(category.candidates, chance.randint(category.min_choices, most))
        codes += [candidate.code for candidate in drawn]
    return codes


def fill_ballots(poll, plan, count, *, first=1, sealed=False):
    """Store ballots with the numbers from `first` on, under seal or opened."""
    columns = ("poll_id", "number", "channel", "commitments", "code", "inner", "marks", "fault")
    rows = _sealed(poll, plan, count) if sealed else _opened(plan, count, seed=first)
    numbered = (
        (poll.pk, number, CHANNEL, commitments, code, inner, marks, "")
        for number, (commitments, code, inner, marks) in enumerate(rows, first)
    )
    copy_into("voting_ballot", columns, numbered)


def _opened(plan, count, seed):
    """Yield commitments, code, inner box and marks of opened ballots."""
    from voting.ledger.code import receipt_code
    from voting.marks import marks_from_codes

    chance, sections = random.Random(seed), [category.code for category in plan.sections]
    # What `seal_inner` makes: marks, nonces and variant, and 48 bytes of the box's own.
    length = plan.marks_bytes + 32 * len(sections) + 49
    for _ballot in range(count):
        commitments = os.urandom(32 * len(sections))
        parts = {code: commitments[32 * at : 32 * at + 32] for at, code in enumerate(sections)}
        marks = marks_from_codes(plan, picks_of(plan, chance))
        yield commitments, receipt_code(parts), os.urandom(length), marks


def _sealed(poll, plan, count):
    """Yield the same of ballots under seal, made in as many processes as there are processors."""
    starts = range(0, count, 500)
    jobs = ((poll, plan.data, start, min(500, count - start)) for start in starts)
    connection.close()  # No child may use it.
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        for rows in pool.imap(_seal_some, jobs):
            yield from rows


def _seal_some(job):
    from voting.envelope import seal_inner
    from voting.keyring import keys_of
    from voting.ledger.code import receipt_code
    from voting.ledger.commitment import commitment
    from voting.manifest import parse_manifest
    from voting.marks import by_section, marks_from_codes

    poll, manifest, seed, count = job
    plan, chance, rows = parse_manifest(manifest), random.Random(seed), []
    keys = keys_of(poll, plan)
    for _ballot in range(count):
        codes = picks_of(plan, chance)
        nonces = [os.urandom(32) for _category in plan.sections]
        parts = {
            code: commitment(poll.uid, code, chosen, nonce)
            for (code, chosen), nonce in zip(by_section(plan, codes).items(), nonces, strict=True)
        }
        inner = seal_inner(keys, marks_from_codes(plan, codes), nonces)
        rows.append((b"".join(parts.values()), receipt_code(parts), inner, None))
    return rows


def fill_participations(poll, count):
    """Store the guards of `count` voters."""
    rows = ((poll.pk, os.urandom(32), "", os.urandom(32)) for _voter in range(count))
    copy_into("voting_participation", ("poll_id", "credential", "period", "retry_tag"), rows)


def fill_ledger(poll, plan, first, last):
    """Enter the leaves of the ballots from number `first` to `last`, with their tiles; sign nothing."""
    from voting.heads import size_of, write_tiles
    from voting.keeper import ballot_leaf
    from voting.ledger.tree import leaf_hash
    from voting.models import Ballot

    for start in range(first, last + 1, BATCH):
        some = Ballot.objects.filter(poll=poll, number__gte=start, number__lte=min(last, start + BATCH - 1))
        leaves = sorted(
            ballot_leaf(category.code, bytes(value[32 * at : 32 * at + 32]))
            for value in some.values_list("commitments", flat=True)
            for at, category in enumerate(plan.sections)
        )
        size = size_of(poll)
        rows = ((poll.pk, size + at, "ballot", leaf) for at, leaf in enumerate(leaves))
        copy_into("voting_entry", ("poll_id", "index", "type", "leaf"), rows)
        write_tiles(poll, size, [leaf_hash(leaf) for leaf in leaves])


def _field(value):
    """Write one value as COPY's text format has it; texts here hold nothing that would need escaping."""
    if value is None:
        return "\\N"
    return "\\\\x" + value.hex() if isinstance(value, bytes) else str(value)
