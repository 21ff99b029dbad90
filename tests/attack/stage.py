"""The stage: a database of its own, on which the scene is played once for all tests of a run.

On PostgreSQL a server is started that archives its whole write-ahead log. `ATTACK_VOTERS` is the
number of voters of the sound poll: 200 by default, 1000 for the long run, about a minute.
"""

import contextlib
import functools
import os
import pickle
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import psycopg2
from django.conf import settings
from django.db import connection

from config import postgres, suites
from voting import processes

from .disk import program
from .loot import after_all, before_close, disk_of

VOTERS = int(os.environ.get("ATTACK_VOTERS", "200"))
ARCHIVING = {
    "wal_level": "replica",
    "archive_mode": "on",
    "archive_command": "cp %p {home}/archive/.%f && mv {home}/archive/.%f {home}/archive/%f",
    # The time of each transaction helps the attacker.
    "track_commit_timestamp": "on",
    # What this scene is not about may be quick.
    "fsync": "off",
}


class Scene:
    """What a played scene has left: the polls, the files, the logs."""

    def __init__(self, folder):
        content = pickle.loads((folder / "scene.pickle").read_bytes())
        self.vendor = content["vendor"]
        self.plays = content["plays"]
        self.disk_before = disk_of(content["pieces"], before_close=True)
        self.disk = disk_of(content["pieces"], before_close=False)
        self.waldump = content["waldump"]
        self.planted = content["planted"]
        self.statuses = content["statuses"]
        self.seconds = content["seconds"]
        self.logs = {
            file.name: file.read_text(errors="replace") for file in sorted((folder / "logs").iterdir())
        }

    def before_close(self, name="sound"):
        """Return what there is to take of a poll while its last ballots wait."""
        return before_close(self.plays[name], self.disk_before, self.waldump)

    def after_all(self, name="sound"):
        """Return what there is to take of a poll once everything is public."""
        return after_all(self.plays[name], self.disk, self.waldump)


@functools.cache
def scene():
    """Play the scene on the kind of database that these tests run on; SkipTest where that cannot be."""
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="attack-", dir=settings.VAR_DIR))
    (folder / "logs").mkdir()
    try:
        with database(folder) as url:
            play(folder, url)
        return Scene(folder)
    except postgres.Unavailable as error:
        raise unittest.SkipTest(f"PostgreSQL with archiving cannot be started here: {error}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def play(folder, url):
    """Play the scene in a process of its own, whose error output is the application's log."""
    environment = {key: value for key, value in os.environ.items() if key not in suites.project_variables()}
    environment.update(
        MODE="test", DJANGO_SETTINGS_MODULE="config.settings", VAR_DIR=str(folder / "var"), DATABASE_URL=url
    )
    command = [sys.executable, "-m", "tests.attack", str(folder), str(VOTERS)]
    log = folder / "logs" / "application.log"
    with open(log, "wb") as output:
        child = processes.start(
            "scene", command, cwd=suites.ROOT, env=environment, stdout=output, stderr=output
        )
        try:
            code = child.process.wait()
        finally:
            processes.stop([child])
    if code:
        raise AssertionError(f"The scene broke off:\n{log.read_text(errors='replace')[-3000:]}")


@contextlib.contextmanager
def database(folder):
    """Yield the address of an empty database of the kind that these tests run on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder / 'shortlist.sqlite3'}"
        return
    for name in ("pg_dump", "pg_waldump"):
        program(name)
    with postgres.temporary_cluster() as url:
        home = Path(url.removeprefix("postgres://postgres@/").rpartition("/")[0])
        archive(home)
        yield url


def archive(home):
    """Restart a temporary cluster with an archive of its whole write-ahead log, and make the database."""
    prefix, folder = postgres.become_owner(home), postgres.binaries()
    (home / "archive").mkdir()
    shutil.chown(home / "archive", home.owner())
    lines = "".join(f"{name} = '{value.format(home=home)}'\n" for name, value in ARCHIVING.items())
    with open(home / "data" / "postgresql.conf", "a") as file:
        file.write(lines)
    restart = [folder / "pg_ctl", "restart", "--wait", "--mode", "fast", "--pgdata", home / "data"]
    postgres.call([*prefix, *restart, "--log", home / "log"], home)
    with contextlib.closing(psycopg2.connect(f"postgres://{postgres.OWNER}@/postgres?host={home}")) as link:
        link.autocommit = True
        link.cursor().execute("CREATE DATABASE ballot")
