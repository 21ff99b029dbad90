"""The tests. On SQLite a test class that commits is cleaned up by deleting rows, which triggers refuse;
they stand aside for that moment and are back for the next test. PostgreSQL truncates, past row triggers.
"""

from django.db import connection
from django.db.backends.sqlite3.base import DatabaseOperations

flush = DatabaseOperations.sql_flush


def flush_past_triggers(self, style, tables, **options):
    """Return the statements that empty the tables, with the triggers against deleting out of the way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%'"
        )
        kept = cursor.fetchall()
    drop = [f"DROP TRIGGER {name}" for name, _sql in kept]
    return [*drop, *flush(self, style, tables, **options), *(sql for _name, sql in kept)] if tables else []


DatabaseOperations.sql_flush = flush_past_triggers
