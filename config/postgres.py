"""A PostgreSQL for the tests alone: in a temporary folder, on a unix socket, removed at the end."""

import contextlib
import os
import pwd
import shutil
import tempfile
from pathlib import Path

from voting import processes

OWNER = "postgres"  # PostgreSQL refuses to run as root.


class Unavailable(Exception):
    """PostgreSQL cannot be started here; the message says why."""


def binaries():
    """Return the folder of initdb and pg_ctl, or None: from PATH, else the newest of Debian's."""
    found = shutil.which("initdb")
    if found and shutil.which("pg_ctl"):
        return Path(found).parent
    newest = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return newest[-1].parent if newest else None


@contextlib.contextmanager
def temporary_cluster(flags="", place=None):
    """Start a cluster and yield its DATABASE_URL; stop and remove it whatever happens.

    fsync stays on, since tests of durability run here. `flags` are more options of the server, as in
    `-c log_statement=all`; its folder lies in `place`, else in /tmp. Raises Unavailable.
    """
    folder = binaries()
    if folder is None:
        raise Unavailable("PostgreSQL is not installed (no initdb found)")
    # A short path, for a socket's may have 107 bytes at most, and one that the owner can reach.
    place = place or ("/tmp" if os.path.isdir("/tmp") else None)
    home = Path(tempfile.mkdtemp(prefix="ballot-pg-", dir=place))
    try:
        prefix = become_owner(home)
        data = home / "data"
        initdb = [folder / "initdb", "--pgdata", data, "--username", OWNER, "--auth", "trust"]
        call([*prefix, *initdb, "--encoding", "UTF8", "--no-locale", "--no-sync"], home)
        flags = f"-c listen_addresses='' -c unix_socket_directories='{home}' -c max_connections=200 {flags}"
        start = [folder / "pg_ctl", "start", "--wait", "--pgdata", data, "--log", home / "log", "-o", flags]
        try:
            call([*prefix, *start], home)
            yield f"postgres://{OWNER}@/{home}/ballot"
        finally:
            stop = [folder / "pg_ctl", "stop", "--wait", "--mode", "immediate", "--pgdata", data]
            with contextlib.suppress(Unavailable):
                call([*prefix, *stop], home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def become_owner(home):
    """Return the words before a command that run it as a user whom PostgreSQL accepts; give him `home`."""
    if os.geteuid() != 0:
        return []
    try:
        owner = pwd.getpwnam(OWNER)
    except KeyError:
        raise Unavailable(f"PostgreSQL does not run as root, and there is no user {OWNER}") from None
    os.chown(home, owner.pw_uid, owner.pw_gid)
    # It lies in a folder that not every PATH names.
    runuser = shutil.which("runuser", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if runuser is None:
        raise Unavailable("PostgreSQL does not run as root, and there is no runuser")
    return [runuser, "-u", OWNER, "--"]


def call(command, home):
    """Run one of PostgreSQL's programs. Its output goes to a file: a server that inherits a pipe holds it."""
    words = [str(part) for part in command]
    with tempfile.TemporaryFile("w+") as output:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        child = processes.start("PostgreSQL", words, stdout=output, stderr=output, cwd=home, env=environment)
        try:
            code = child.process.wait()
        except BaseException:
            processes.stop([child])
            raise
        output.seek(0)
        if code:
            raise Unavailable(f"{Path(words[-1]).name}: {output.read().strip()[-500:]}")
