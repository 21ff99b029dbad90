"""The tables as their owner sees them, hidden columns included."""

from django.db import connection

from .loot import Entered, Guard, Waiting


def read_guards(poll):
    """Return a poll's participations in the order of their places."""
    rows = _select("voting_participation", "credential, retry_tag", poll)
    return [Guard(_bytes(digest), _bytes(tag), xid, place) for xid, place, digest, tag in rows]


def read_waiting(poll):
    """Return a poll's pending envelopes."""
    rows = _select("voting_pendingenvelope", "id, sealed", poll)
    return [Waiting(pk, _bytes(sealed), xid, place) for xid, place, pk, sealed in rows]


def read_ballots(poll, after=0):
    """Return a poll's ballots with numbers beyond `after`."""
    columns = "number, id, code, commitments, inner, marks"
    return [
        Entered(number, pk, code, _bytes(commitments), _bytes(inner), _bytes(marks), place)
        for _xid, place, number, pk, code, commitments, inner, marks in _select(
            "voting_ballot", columns, poll
        )
        if number > after
    ]


def read_entries(poll):
    """Return the leaves of a poll's ledger in their order."""
    return [
        _bytes(leaf)
        for _xid, _place, _index, leaf in sorted(
            _select("voting_entry", '"index", leaf', poll), key=lambda row: row[2]
        )
    ]


def _select(table, columns, poll):
    hidden = "xmin::text, ctid::text" if connection.vendor == "postgresql" else "0, rowid"
    columns = columns.replace("inner", '"inner"')
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {hidden}, {columns} FROM {table} WHERE poll_id = %s", [poll.pk])
        rows = cursor.fetchall()
    return sorted(((int(xid), _place(place), *rest) for xid, place, *rest in rows), key=lambda row: row[1])


def _place(text):
    """Read a rowid or a ctid such as `(3,14)`."""
    return tuple(int(part) for part in str(text).strip("()").split(","))


def _bytes(value):
    return None if value is None else bytes(value)
