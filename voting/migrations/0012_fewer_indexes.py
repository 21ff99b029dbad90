"""Indexes that every ballot would write and no query needs: others begin with the poll already."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("ballot", "checkpoint", "entry", "pendingenvelope", "tile")
DROP = "DROP INDEX {name}"


def drop_indexes(apps, schema_editor):
    """Drop the indexes on the poll alone. Altering the fields would make SQLite's tables anew, without triggers."""
    connection = schema_editor.connection
    for name in TABLES:
        table = apps.get_model("voting", name)._meta.db_table
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table)
        for index, facts in found.items():
            if facts["index"] and not facts["unique"] and facts["columns"] == ["poll_id"]:
                schema_editor.execute(DROP.format(name=schema_editor.quote_name(index)))


def poll(**options):
    """Return the field as it is from now on."""
    return models.ForeignKey(
        "voting.poll",
        django.db.models.deletion.PROTECT,
        db_index=False,
        related_name="+",
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [("voting", "0011_roles")]

    operations = [
        migrations.SeparateDatabaseAndState(
            # Going back leaves them dropped: they only cost.
            database_operations=[migrations.RunPython(drop_indexes, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    name, "poll", poll(**({"db_constraint": False} if name == "pendingenvelope" else {}))
                )
                for name in TABLES
            ],
        )
    ]
