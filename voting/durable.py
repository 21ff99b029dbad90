"""Commits that are known to be durable.

On PostgreSQL a wait for a synchronous standby that is cancelled ends in success with a notice;
psycopg2 shows it only in `connection.notices`. So any notice means: not confirmed. So does a
connection that breaks, for it may break behind the commit.
"""

from django.db import InterfaceError, OperationalError, connection, transaction


class NotDurable(Exception):
    """The act may or may not be stored; `maybe` is False where it certainly is not."""

    def __init__(self, maybe):
        super().__init__("The commit was not confirmed.")
        self.maybe = maybe


def notices_of(connection) -> list:
    """Return the list in which the driver collects the server's notices, emptied."""
    notices = getattr(connection.connection, "notices", [])
    del notices[:]
    return notices


def durably(act, *arguments, **options):
    """Run `act` in a transaction and return what it says once the commit is known to be durable."""
    try:
        connection.ensure_connection()
        notices = notices_of(connection)
        with transaction.atomic():
            done = act(*arguments, **options)
    except (OperationalError, InterfaceError) as error:
        raise NotDurable(maybe=connection.vendor == "postgresql") from error
    if notices:
        raise NotDurable(maybe=True)
    return done
