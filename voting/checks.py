"""What must hold before the service starts, beyond single settings."""

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import connection


@register(Tags.database)
def commits_are_durable(app_configs, databases, **kwargs):
    """Refuse a database that acknowledges what it has not written down."""
    if not databases:
        return []
    name, wanted = (
        ("synchronous", (2, 3))
        if connection.vendor == "sqlite"
        else ("synchronous_commit", ("on", "remote_apply"))
    )
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}" if connection.vendor == "sqlite" else f"SHOW {name}")
        value = cursor.fetchone()[0]
    if value in wanted:
        return []
    return [
        Error(
            f"The database's {name} is {value}: a ballot could be acknowledged and then lost.",
            hint=f"Set it to {wanted[0]}.",
            id="voting.E001",
        )
    ]


@register(Tags.security)
def keys_are_private(app_configs, **kwargs):
    """Refuse key files that others on the machine can read."""
    if not settings.KEY_DIR.exists():
        return []
    open_files = [path for path in settings.KEY_DIR.rglob("*.key") if path.stat().st_mode & 0o077]
    return [
        Error(f"The key file {path} can be read by others.", hint=f"chmod 600 {path}", id="voting.E002")
        for path in open_files
    ]
