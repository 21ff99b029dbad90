"""The tests. A test class that commits is cleaned up by deleting rows, which triggers refuse; they stand
aside for that moment and are back for the next test. What migrations write stays, or they write it again.
"""

from django.db import connection
from django.db.backends.postgresql import base as postgresql
from django.db.backends.sqlite3 import base as sqlite

WRITTEN_BY_MIGRATIONS = {"django_content_type", "auth_permission"}
flush = sqlite.DatabaseOperations.sql_flush


def flush_past_triggers(self, style, tables, **options):
    """Return the statements that empty the tables on SQLite, with the triggers against deleting dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%'"
        )
        kept = cursor.fetchall()
    tables = [table for table in tables if table not in WRITTEN_BY_MIGRATIONS]
    drop = [f"DROP TRIGGER {name}" for name, _sql in kept]
    return [*drop, *flush(self, style, tables, **options), *(sql for _name, sql in kept)] if tables else []


def delete_past_triggers(self, style, tables, **options):
    """Return the statements that empty the tables on PostgreSQL, where truncating them takes ten times as
    long, for each gets new files."""
    tables = [self.quote_name(table) for table in tables if table not in WRITTEN_BY_MIGRATIONS]
    rows = "; ".join(f"DELETE FROM {table}" for table in tables)
    # Until the transaction ends no trigger and no foreign key looks at what this connection does.
    return ["SET LOCAL session_replication_role = replica", rows] if tables else []


sqlite.DatabaseOperations.sql_flush = flush_past_triggers
postgresql.DatabaseOperations.sql_flush = delete_past_triggers
