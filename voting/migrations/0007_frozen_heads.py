"""Triggers: signed heads never change, tiles only grow, and the newer rules are frozen with the others.

SQLite loses a table's triggers when a migration alters it, so that the poll's is made anew here.
"""

import importlib

from django.db import migrations

HEADS, TILES, POLLS = "voting_checkpoint", "voting_tile", "voting_poll"
before = importlib.import_module("voting.migrations.0004_frozen_rules")
RULES = [*before.RULES, "order_rule", "order_variants", "ballots_per_device"]
NEW = [(HEADS, "is_frozen"), (TILES, "only_grows")]


def add_triggers(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    place = " OR ".join(f'OLD."{name}" <> NEW."{name}"' for name in ("poll_id", "level", "index"))
    # The bytes of the old content must stand in front of the new one.
    start = (
        "substring(NEW.data FROM 1 FOR length(OLD.data))"
        if postgresql
        else "substr(NEW.data, 1, length(OLD.data))"
    )
    add_trigger(schema_editor, HEADS, "is_frozen", "a signed head is frozen")
    add_trigger(schema_editor, TILES, "only_grows", "a tile only grows", f"{place} OR {start} <> OLD.data")
    freeze_rules(schema_editor, RULES)


def add_trigger(schema_editor, table, name, message, condition="1 = 1"):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE OR REPLACE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '23514'; END$$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN ({condition}) EXECUTE FUNCTION {table}_{name}()"
        )
    else:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE UPDATE ON {table} "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def drop_trigger(schema_editor, table, name):
    on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}{on}")


def freeze_rules(schema_editor, rules):
    drop_trigger(schema_editor, POLLS, "rules_frozen")
    differs = "IS DISTINCT FROM" if schema_editor.connection.vendor == "postgresql" else "IS NOT"
    changed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in rules)
    condition = f"OLD.manifest_sha256 <> '' AND ({changed})"
    add_trigger(schema_editor, POLLS, "rules_frozen", before.MESSAGE, condition)


def drop_triggers(apps, schema_editor):
    for table, name in NEW:
        drop_trigger(schema_editor, table, name)
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION {table}_{name}()")
    freeze_rules(schema_editor, before.RULES)


class Migration(migrations.Migration):
    dependencies = [("voting", "0006_proof_and_order")]
    operations = [migrations.RunPython(add_triggers, drop_triggers)]
