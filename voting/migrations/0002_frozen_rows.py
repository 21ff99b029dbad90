"""Triggers: what the ledger and the manifest hold can be added, never changed."""

from django.db import migrations

TABLES = ("voting_manifest", "voting_entry")


def add_triggers(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE FUNCTION {table}_is_frozen() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$BEGIN RAISE EXCEPTION '{table} is frozen' USING ERRCODE = '23514'; END$$"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_is_frozen BEFORE UPDATE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {table}_is_frozen()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_is_frozen BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is frozen'); END"
            )


def drop_triggers(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_is_frozen ON {table}")
            schema_editor.execute(f"DROP FUNCTION {table}_is_frozen()")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_is_frozen")


class Migration(migrations.Migration):
    dependencies = [("voting", "0001_initial")]
    operations = [migrations.RunPython(add_triggers, drop_triggers)]
