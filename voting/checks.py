"""What must hold before the service starts, beyond single settings."""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import connection

from .eligibility import KINDS
from .keyring import KeyringError, compare_copies, keys_of
from .manifest import ManifestError, plan_of
from .models import Poll


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


@register(Tags.database)
def statements_stay_out_of_the_servers_log(app_configs, databases, **kwargs):
    """Warn of a PostgreSQL that writes statements, and so receipt codes that were looked up, to its log."""
    if not databases or connection.vendor != "postgresql":
        return []
    wanted = {
        "log_min_error_statement": "panic",
        "log_statement": "none",
        "log_min_duration_statement": "-1",
    }
    warnings = []
    with connection.cursor() as cursor:
        for name, value in wanted.items():
            cursor.execute(f"SHOW {name}")
            found = cursor.fetchone()[0]
            if found != value:
                hint = f"Let the database's owner run: ALTER ROLE … SET {name} = '{value}';"
                text = (
                    f"PostgreSQL's {name} is {found}: statements, and receipt codes in them, reach its log."
                )
                warnings.append(Warning(text, hint=hint, id="voting.W004"))
    return warnings


@register(Tags.database)
def keys_are_those_of_the_manifests(app_configs, databases, **kwargs):
    """Refuse to start where an open poll's key is missing, is another one, or lacks its second place."""
    if not databases or Poll._meta.db_table not in connection.introspection.table_names():
        return []
    errors = []
    for poll in Poll.objects.kept():
        try:
            keys_of(poll, plan_of(poll))
            compare_copies(poll.uid)
        except (KeyringError, ManifestError) as error:
            errors.append(Error(str(error), id="voting.E003"))
    return errors


@register(Tags.database)
def voters_can_show_who_they_are(app_configs, databases, **kwargs):
    """Refuse to start where voters of an open poll could not be sent a password or be signed in.

    Of a poll that is still prepared it is said as a warning.
    """
    if not databases or Poll._meta.db_table not in connection.introspection.table_names():
        return []
    found = []
    for poll in Poll.objects.filter(closed_at=None, eligibility__in=["roll", "sign_in"]):
        fault = KINDS[poll.eligibility].fault_here(poll)
        if fault and poll.state in (Poll.State.OPEN, Poll.State.PAUSED):
            found.append(Error(f"{poll.slug}: {fault}", id="voting.E005"))
        elif fault:
            found.append(Warning(f"{poll.slug}: {fault}", id="voting.W006"))
    return found


@register(Tags.security)
def keys_are_private(app_configs, **kwargs):
    """Refuse key files that others on the machine can read."""
    places = (settings.KEY_DIR, settings.KEY_COPY_DIR)
    open_files = [path for place in places for path in place.rglob("*.key") if path.stat().st_mode & 0o077]
    return [
        Error(f"The key file {path} can be read by others.", hint=f"chmod 600 {path}", id="voting.E002")
        for path in open_files
    ]


@register(Tags.security, deploy=True)
def proxies_are_counted(app_configs, **kwargs):
    """Warn of a service over HTTPS that counts no proxy: every caller would have the proxy's address."""
    if not (settings.PRODUCTION and settings.HTTPS and settings.TRUSTED_PROXIES == 0):
        return []
    return [
        Warning(
            "TRUSTED_PROXIES is 0 although a proxy ends HTTPS: limits take all callers for one.",
            hint="Set it to the number of proxies in front, so that each caller's own address is read.",
            id="voting.W005",
        )
    ]
