"""The one statement that stores a ballot: its guard and its envelope together, or neither.

It looks at the poll's own row, so that a poll that was paused, closed or corrected a moment ago takes no
ballot, whatever the process that asks has in its memory.
"""

import functools

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections

from .durable import NotDurable, durably, notices_of
from .models import Participation, PendingEnvelope, Poll

# The columns whose conflict refuses a second ballot: those of the guard's primary key.
GUARD = ("poll_id", "credential", "period")
UNKNOWN_STATEMENT = "26000"
TAKES_BALLOTS = (
    "SELECT 1 FROM {poll} WHERE id = {id} AND state = 'open' AND closes_at > {at} AND corrected = {corrected}"
)
# PostgreSQL plans the statement once a connection and finds it by its name.
PREPARE = """
PREPARE {name} (bigint, bytea, varchar, bytea, bytea, timestamptz, varchar) AS
WITH guard AS (
    INSERT INTO {guard} AS g (poll_id, credential, period, retry_tag)
    SELECT $1, $2, $3, $4 WHERE EXISTS ({takes_ballots})
    ON CONFLICT ({conflict}) DO UPDATE SET retry_tag = excluded.retry_tag
        WHERE g.retry_tag = excluded.retry_tag
    RETURNING xmax = 0 AS fresh
), pending AS (
    INSERT INTO {pending} (poll_id, sealed, damaged) SELECT $1, $5, false FROM guard WHERE fresh
)
SELECT fresh FROM guard
"""
EXECUTE = "EXECUTE {name} (%s, %s, %s, %s, %s, %s, %s)"
STORE_GUARD = """
INSERT INTO {guard} (poll_id, credential, period, retry_tag)
SELECT %s, %s, %s, %s WHERE EXISTS ({takes_ballots})
ON CONFLICT ({conflict}) DO NOTHING RETURNING 1
"""
STORE_PENDING = "INSERT INTO {pending} (poll_id, sealed, damaged) VALUES (%s, %s, false)"


@functools.cache
def _written(statement, guard, id="%s", at="%s", corrected="%s"):
    """Return a statement with the names of tables and columns in it."""
    tables = {
        "name": f"cast_ballot_{len(guard)}",
        "guard": Participation._meta.db_table,
        "pending": PendingEnvelope._meta.db_table,
        "poll": Poll._meta.db_table,
        "conflict": ", ".join(guard),
    }
    takes_ballots = TAKES_BALLOTS.format(**tables, id=id, at=at, corrected=corrected)
    return statement.format(**tables, takes_ballots=takes_ballots)


def store(row, sealed, *, at, corrected) -> bool:
    """Store a ballot durably, or find the very same one; False for neither. Raises NotDurable.

    `row` is (poll, credential, period, retry tag), `corrected` the last correction that the voter's page
    knew of. PostgreSQL does it in one statement and one round trip, which commits by itself. SQLite has no
    writing sub-statement, but its transaction already holds the only writer's lock, so that two
    statements are as good as one.
    """
    # Once, for Django's proxy looks the connection up at each use.
    here = connections[DEFAULT_DB_ALIAS]
    if here.vendor == "postgresql":
        values = [*row, sealed, at, corrected]
        if not here.in_atomic_block:
            return _execute_at_once(here, values)
        return durably(_execute, values)
    return durably(_store_in_two, row, sealed, at, corrected)


def touch(row) -> bool:
    """Find the very same ballot by writing its tag to itself: a read would be no acknowledgement."""
    poll, credential, period, tag = row
    return bool(
        Participation.objects.filter(
            poll_id=poll, credential=credential, period=period, retry_tag=tag
        ).update(retry_tag=tag)
    )


def _execute_at_once(here, values):
    """Run the statement outside any transaction: it is one of its own, durable when it has answered.

    Django's cursor is left out, for it costs as much as the statement.
    """
    try:
        here.ensure_connection()
        notices = notices_of(here)
        with here.wrap_database_errors, here.connection.cursor() as cursor:
            stored = _prepared(cursor, values)
    except DatabaseError as error:
        raise NotDurable(maybe=True) from error
    if notices:
        raise NotDurable(maybe=True)
    return stored


def _prepared(cursor, values):
    """Run the prepared statement, and prepare it first where the connection is new."""
    try:
        cursor.execute(_written(EXECUTE, GUARD), values)
    except Exception as error:
        if getattr(error, "pgcode", "") != UNKNOWN_STATEMENT:
            raise
        _prepare(cursor)
        cursor.execute(_written(EXECUTE, GUARD), values)
    return cursor.fetchone() is not None


def _prepare(cursor):
    cursor.execute(_written(PREPARE, GUARD, id="$1", at="$6", corrected="$7"))


def _execute(values):
    """Run the statement inside a transaction that somebody else began."""
    with connection.cursor() as cursor:
        # Asked first, because an error would end the transaction.
        name = f"cast_ballot_{len(GUARD)}"
        cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = %s", [name])
        if not cursor.fetchone():
            _prepare(cursor)
        cursor.execute(_written(EXECUTE, GUARD), values)
        return cursor.fetchone() is not None


def _store_in_two(row, sealed, at, corrected):
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(_written(STORE_GUARD, GUARD), [*row, row[0], moment, corrected])
        if cursor.fetchone():
            cursor.execute(_written(STORE_PENDING, GUARD), [row[0], sealed])
            return True
    return touch(row)
