"""Opening the ballots: the inner boxes give up marks and nonces to whoever has the election key."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from django.db import connection, transaction
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from .envelope import open_inner
from .ledger.commitment import commitment
from .manifest import parse_manifest
from .marks import out_of_limits, picks_from_marks
from .models import Ballot

CHUNK = 2_000
# Below this many ballots, starting processes costs more than it saves.
WORTH_A_POOL = 5_000
SAVE_ALL = (
    "UPDATE ballots AS b SET marks = v.marks, fault = v.fault"
    " FROM unnest(%s::bytea[], %s::text[], %s::bigint[]) AS v (marks, fault, id) WHERE b.id = v.id"
)
SAVE_EACH = "UPDATE ballots SET marks = %s, fault = %s WHERE id = %s"


class Opened(NamedTuple):
    """What one inner box held: marks (None with a fault), the nonces in the manifest's order, the variant.

    Faults: `unreadable` (the box does not open or holds something else), `limits` (the picks break
    the plan's rules), `commitment` (they are not what the ledger holds).
    """

    marks: bytes | None
    fault: str
    nonces: list[bytes]
    variant: int = 0


UNOPENED = Opened(None, "", [])


def open_box(plan, box, inner: bytes, commitments: bytes) -> Opened:
    """Open one inner box and check again what its seal hid since it was cast."""
    try:
        marks, nonces, variant = open_inner(
            box, inner, marks_bytes=plan.marks_bytes, categories=len(plan.sections)
        )
        picks = picks_from_marks(plan, marks)
    except (ValueError, CryptoError):
        return Opened(None, "unreadable", [])
    if out_of_limits(plan, picks):
        return Opened(None, "limits", nonces)
    proven = b"".join(
        commitment(plan.uid, category, chosen, nonce)
        for (category, chosen), nonce in zip(picks.items(), nonces, strict=True)
    )
    if proven != bytes(commitments):
        return Opened(None, "commitment", nonces)
    return Opened(marks, "", nonces, variant)


def open_ballots(poll, plan, secret: PrivateKey, processes=None):
    """Open what is still under seal, 2,000 ballots a transaction; yield how many each time.

    An interrupted run goes on where it stopped. With many ballots the boxes are opened in as many
    processes as there are processors.
    """
    for chunk, opened in opened_boxes(Ballot.objects.filter(poll=poll).unopened(), plan, secret, processes):
        with transaction.atomic():
            _save([(item.marks, item.fault, row[0]) for row, item in zip(chunk, opened, strict=True)])
        yield len(chunk)


def opened_boxes(ballots, plan, secret, processes=None):
    """Yield chunks of ballots, (primary key, inner box, commitments) each, beside what they held."""
    with _Opener(plan, secret, processes, ballots.count()) as open_all:
        yield from open_all(_chunks(ballots))


def _chunks(ballots):
    """Yield rows of (primary key, inner box, commitments), 2,000 at a time, in the ballots' order."""
    after = 0
    while True:
        rows = ballots.filter(number__gt=after).order_by("number")
        chunk = list(rows.values_list("pk", "inner", "commitments", "number")[:CHUNK])
        if not chunk:
            return
        after = chunk[-1][3]
        yield [(pk, bytes(inner), bytes(commitments)) for pk, inner, commitments, _number in chunk]


class _Opener:
    """Open chunks here or in a pool, a few chunks ahead of what has been saved."""

    def __init__(self, plan, secret, processes, count):
        wanted = processes or (os.cpu_count() if count >= WORTH_A_POOL else 1)
        self.here = (plan, SealedBox(secret)) if wanted == 1 else None
        self.pool = None
        if wanted > 1:
            # Forked, because the children need no database and no start-up of their own.
            self.pool = ProcessPoolExecutor(
                wanted,
                multiprocessing.get_context("fork"),
                initializer=_start_child,
                initargs=(plan.data, bytes(secret)),
            )
            self.ahead = 2 * wanted

    def __enter__(self):
        return self.in_pool if self.pool else self.one_by_one

    def __exit__(self, *error):
        if self.pool:
            self.pool.shutdown(cancel_futures=True)

    def one_by_one(self, chunks):
        """Open each chunk in this process."""
        for chunk in chunks:
            yield chunk, _open_chunk(chunk, *self.here)

    def in_pool(self, chunks):
        """Open chunks in the pool, in order, never more than a few at once."""
        waiting = []
        for chunk in chunks:
            waiting.append((chunk, self.pool.submit(_open_in_child, chunk)))
            if len(waiting) > self.ahead:
                first, future = waiting.pop(0)
                yield first, future.result()
        for chunk, future in waiting:
            yield chunk, future.result()


def _open_chunk(chunk, plan, box):
    return [open_box(plan, box, inner, commitments) for _pk, inner, commitments in chunk]


_child = None


def _start_child(manifest, secret):
    global _child
    _child = parse_manifest(manifest), SealedBox(PrivateKey(secret))


def _open_in_child(chunk):
    return _open_chunk(chunk, *_child)


def _save(rows):
    """Write marks and faults, `(marks, fault, primary key)` each, in one round trip where that can be."""
    table = Ballot._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = [list(column) for column in zip(*rows, strict=True)]
            cursor.execute(SAVE_ALL.replace("ballots", table), columns)
        else:
            cursor.executemany(SAVE_EACH.replace("ballots", table), rows)
