"""The files that the attacker copies: pages, write-ahead log and dumps, each distinct piece once."""

import hashlib
import re
import shutil
import subprocess
import time
from pathlib import Path

from django.db import connection

from config import postgres

from .loot import Piece

SQLITE_PAGE = 4096
FRAME_HEADER = 24  # https://www.sqlite.org/fileformat2.html#walformat
WAL_HEADER = 32
POSTGRES_PAGE = 8192
TABLES = ("voting_participation", "voting_pendingenvelope", "voting_ballot", "voting_entry")
# A record of pg_waldump: transaction, kind, line pointer, relation, block.
RECORD = re.compile(r"tx:\s+(\d+),.* desc: (INSERT|DELETE)\S* .*?off (\d+).*?rel \d+/\d+/(\d+) blk (\d+)")


class Copier:
    """Copies the database's files at each moment, keeping what was not seen before."""

    def __init__(self):
        self.pieces = []
        self.seen = set()
        self.segments = set()

    def take(self, moment, *, whole=True):
        """Copy everything now; `whole=False` leaves out what is slow on PostgreSQL (log switch, dump)."""
        if connection.vendor == "sqlite":
            self.take_sqlite(moment)
        elif whole:
            self.take_postgresql(moment)

    def keep(self, moment, name, data):
        digest = hashlib.sha256(data).digest()
        if digest not in self.seen:
            self.seen.add(digest)
            self.pieces.append(Piece(moment, name, data))

    def take_sqlite(self, moment):
        database = connection.settings_dict["NAME"]
        self.keep_pages(moment, "database", Path(database).read_bytes(), SQLITE_PAGE)
        frames = Path(f"{database}-wal").read_bytes()[WAL_HEADER:]
        size = FRAME_HEADER + SQLITE_PAGE
        for at in range(0, len(frames), size):
            self.keep(moment, "wal", frames[at + FRAME_HEADER : at + size])

    def take_postgresql(self, moment):
        """Flush, archive the log up to here, then copy data directory, log and a dump."""
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
            cursor.execute("SELECT pg_walfile_name(pg_switch_wal())")
            last = cursor.fetchone()[0]
            cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
            oid = cursor.fetchone()[0]
        data = data_directory()
        wait_for(data.parent / "archive" / last)
        for file in sorted((data / "base" / str(oid)).iterdir()):
            self.keep_pages(moment, "database", file.read_bytes(), POSTGRES_PAGE)
        fresh = [file for file in segments(data.parent / "archive") if file.name not in self.segments]
        self.segments |= {file.name for file in fresh}
        self.keep(moment, "wal", b"".join(map(read_segment, fresh)))
        own = connection.settings_dict
        command = [program("pg_dump"), "--host", own["HOST"], "--username", own["USER"], own["NAME"]]
        dump = subprocess.run(command, capture_output=True, check=True)
        self.keep(moment, "dump", dump.stdout)

    def keep_pages(self, moment, name, data, size):
        for at in range(0, len(data), size):
            self.keep(moment, name, data[at : at + size])


def segments(archive):
    """Return the archived segments of the write-ahead log in their order."""
    return sorted(archive.glob("[0-9A-F]" * 24))


def read_segment(path) -> bytes:
    """Return a segment's records without the headers of its pages, which would cut values in two.

    The first page's header has 40 bytes, the others' 24 (xlog_internal.h, XLogPageHeaderData).
    """
    data = path.read_bytes()
    pages = [data[at : at + POSTGRES_PAGE] for at in range(0, len(data), POSTGRES_PAGE)]
    return b"".join(page[24 if at else 40 :] for at, page in enumerate(pages)).rstrip(b"\0")


def program(name) -> Path:
    """Return one of PostgreSQL's programs, wherever initdb really lies; Unavailable without it."""
    folder = postgres.binaries()
    places = [(folder / "initdb").resolve().parent, folder] if folder else []
    found = next((place / name for place in places if (place / name).exists()), shutil.which(name))
    if found is None:
        raise postgres.Unavailable(f"{name} is not installed")
    return found


def data_directory() -> Path:
    """Return where the PostgreSQL of this connection keeps its files."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        return Path(cursor.fetchone()[0])


def wait_for(path, seconds=20):
    """Wait until the server has archived a segment."""
    end = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > end:
            raise TimeoutError(f"PostgreSQL did not archive {path.name} within {seconds} seconds.")
        time.sleep(0.05)


def read_waldump() -> list[tuple]:
    """Return what pg_waldump says of our tables: (table, kind, transaction, place), in the log's order."""
    if connection.vendor == "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_relation_filenode(oid)::text, relname FROM pg_class WHERE relname = ANY(%s)",
            [list(TABLES)],
        )
        names = dict(cursor.fetchall())
    archive = data_directory().parent / "archive"
    names_of = [file.name for file in segments(archive)]
    command = [program("pg_waldump"), "-p", archive, "-r", "Heap", names_of[0], names_of[-1]]
    text = subprocess.run(command, capture_output=True, text=True).stdout
    return [
        (names[match[4]], match[2], int(match[1]), (int(match[5]), int(match[3])))
        for match in map(RECORD.search, text.splitlines())
        if match and match[4] in names
    ]
