"""How gunicorn serves the site: few sync workers, no file of its own, no client's address in any log.

Environment: WEB_CONCURRENCY, the number of workers; FORWARDED_ALLOW_IPS, the proxies (addresses, with
commas) whose X-Forwarded-Proto is believed. Errors go to stderr as the same JSON lines as Django's.
"""

import logging
import os
from pathlib import Path

from gunicorn.glogging import Logger

from config.logs import JsonFormatter


def workers_wanted():
    """Read WEB_CONCURRENCY; a bad value stops the start with a sentence.

    Without it two a processor on PostgreSQL, since a worker waits for each commit, and on SQLite two
    altogether, since there is one writer.
    """
    on_server = os.environ.get("DATABASE_URL", "").startswith("postgres")
    usual = min(64, 2 * (os.cpu_count() or 1)) if on_server else 2
    value = os.environ.get("WEB_CONCURRENCY", str(usual))
    if not value.isdecimal() or not 1 <= int(value) <= 64:
        raise ValueError(f"WEB_CONCURRENCY is {value!r}; it must be a number from 1 to 64.")
    return int(value)


def without_client(record):
    """Shorten gunicorn's lines about a request, which quote the client's address or what it sent."""
    if str(record.msg).startswith(("Invalid request", "Error handling request", "Socket error processing")):
        record.msg, record.args = "A request could not be handled", ()
    return True


class PrivateLogger(Logger):
    """gunicorn's logger, writing JSON and nothing of the client."""

    def setup(self, cfg):
        super().setup(cfg)
        self.error_log.addFilter(without_client)
        for handler in self.error_log.handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setFormatter(JsonFormatter())


wsgi_app = "config.wsgi"
chdir = str(Path(__file__).resolve().parent.parent)
# Sync workers beat threads here: on SQLite threads queue for the one writer, and benchmarks/servers.py shows
# what they give on PostgreSQL.
worker_class = "sync"
workers = workers_wanted()
timeout = 60
max_requests = 100_000
max_requests_jitter = 20_000
preload_app = False
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
accesslog = None
errorlog = "-"
logger_class = PrivateLogger
# The control socket would be a file in the home folder.
control_socket_disable = True


def on_starting(server):
    """Refuse to serve where keys, database or settings are not as they must be, by a sentence."""
    import django
    from django.core import checks
    from django.db import OperationalError, connections

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from voting.keyring import forget_loaded

    try:
        found = checks.run_checks(databases=["default"])
    except OperationalError as error:
        raise SystemExit(f"The database cannot be reached: {error}") from None
    finally:
        connections.close_all()
        forget_loaded()
    errors = [item for item in found if item.is_serious()]
    if errors:
        raise SystemExit("\n".join(str(error) for error in errors))


def when_ready(server):
    """Load the application before any worker is forked, so that a further one starts in milliseconds.

    What was loaded leaves the garbage collector's sight, which would only look through it again in every
    worker and so take the memory that they share.
    """
    import gc

    server.app.wsgi()
    gc.collect()
    gc.freeze()
