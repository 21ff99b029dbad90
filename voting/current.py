"""Polls as they are now, by one short query; what opening froze is read once a process.

Django builds the text of a query anew each time, which for a row of forty columns costs more than the rest
of a stored page. Here the text is built once, and names only the columns that can still change.
"""

import copy
import time

from django.db import connection

from .models import Poll

# What can change of an opened poll; a trigger keeps the rest as it was.
MUTABLE = (
    "id",
    "uid",
    "manifest_sha256",
    "state",
    "opens_at",
    "closes_at",
    "opened_at",
    "closed_at",
    "corrected",
    "public_acts",
    "ledger_alarm",
    "last_batch_at",
    "secrets_destroyed_at",
)
POLLS_KEPT = 64
# Seconds for which a page may be what the last look at the database made it; others keep it for a minute.
LATELY = 1
_kept, _compiled = {}, {}


def poll_now(slug: str) -> Poll | None:
    """Return the poll with this address as the database has it now, None where there is none."""
    row = _read(slug)
    known = poll_remembered(slug)
    if row is None:
        return None
    if known is None or not known.frozen or (known.uid, known.manifest_sha256) != (row[1], row[2]):
        known = Poll.objects.get(slug=slug)
        return _keep(slug, known) if known.frozen else known
    return _keep(slug, _with(known, row))


def poll_lately(slug: str) -> Poll | None:
    """Return a poll as this process saw it within the last second, else as it is now.

    An opened one is the copy that is kept, so nobody may change it.
    """
    known, seen = _kept.get(slug, (None, 0))
    return known if known and time.monotonic() - seen < LATELY else poll_now(slug)


def poll_remembered(slug: str) -> Poll | None:
    """Return an opened poll as this process saw it last, without any query; None before it saw it.

    For the cast alone, whose statement looks at the poll's row itself: it may be out of date. It is the
    copy that is kept, so nobody may change it.
    """
    return _kept.get(slug, (None, 0))[0]


def _keep(slug, poll):
    if len(_kept) > POLLS_KEPT:
        _kept.clear()
    _kept[slug] = poll, time.monotonic()
    return copy.copy(poll)


def _with(known, row):
    poll = copy.copy(known)
    for name, value in zip(MUTABLE, row, strict=True):
        setattr(poll, name, value)
    return poll


def _read(slug):
    """Return the values of `MUTABLE`, None for an unknown address."""
    key = connection.vendor
    if key not in _compiled:
        compiler = Poll.objects.filter(slug="").order_by().values_list(*MUTABLE).query.get_compiler("default")
        text, _values = compiler.as_sql()
        _compiled[key] = text, compiler.get_converters([column for column, *_rest in compiler.select])
    text, converters = _compiled[key]
    with connection.cursor() as cursor:
        cursor.execute(text, [slug])
        row = cursor.fetchone()
    if row is None or not converters:
        return row
    row = list(row)
    for at, (functions, expression) in converters.items():
        for convert in functions:
            row[at] = convert(row[at], expression, connection)
    return row
