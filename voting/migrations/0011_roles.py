"""The four roles of the staff, each a group of users; what they may do stands in voting/roles.py."""

from django.db import migrations

ROLES = ("editor", "officer", "auditor", "key_holder")


def make_groups(apps, schema_editor):
    """Make the groups that are not there yet."""
    for name in ROLES:
        apps.get_model("auth", "Group").objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("voting", "0010_poll_history"),
    ]

    # Going back leaves the groups: they may have members, and do nothing without the table.
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
