"""A trigger: what the manifest was made from cannot be changed once it is made."""

from django.db import migrations

TABLE = "voting_poll"
RULES = [
    "uid",
    "slug",
    "title",
    "shortlist_id",
    "zone",
    "eligibility",
    "daily",
    "sealed",
    "holders",
    "wrapped",
    "reveals",
    "publish",
    "results_from",
    "tie_rule",
    "batch_minimum",
    "merge_delay",
    "rehearsal",
    "demo",
    "accepts_short_list",
    "manifest_sha256",
]
MESSAGE = "the rules of an opened poll are frozen"


def add_trigger(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in RULES)
        schema_editor.execute(
            f"CREATE FUNCTION {TABLE}_rules_frozen() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = '23514'; END$$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_rules_frozen BEFORE UPDATE ON {TABLE} FOR EACH ROW "
            f"WHEN (OLD.manifest_sha256 <> '' AND ({changed})) EXECUTE FUNCTION {TABLE}_rules_frozen()"
        )
    else:
        changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in RULES)
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_rules_frozen BEFORE UPDATE ON {TABLE} "
            f"WHEN OLD.manifest_sha256 <> '' AND ({changed}) BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )


def drop_trigger(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {TABLE}_rules_frozen ON {TABLE}")
        schema_editor.execute(f"DROP FUNCTION {TABLE}_rules_frozen()")
    else:
        schema_editor.execute(f"DROP TRIGGER {TABLE}_rules_frozen")


class Migration(migrations.Migration):
    dependencies = [("voting", "0003_holders_and_reveals")]
    operations = [migrations.RunPython(add_trigger, drop_trigger)]
