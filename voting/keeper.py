"""The keeper: pending envelopes into ballots and ledger entries, a batch at a time.

All leaves of a batch are sorted together and ballots stand in the order of their smallest
commitment, so that a place in the ledger says nothing of the order of arrival. Leaves, ballots and
the removal of the envelopes happen in one transaction: all of them or none.
"""

import base64
import logging
from datetime import timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Max
from nacl.exceptions import CryptoError
from nacl.public import SealedBox

from .envelope import open_envelope
from .keyring import keys_of
from .ledger.canonical import canonical
from .ledger.code import receipt_code
from .manifest import plan_of
from .models import Ballot, Entry, PendingEnvelope, Poll
from .opening import open_ballot

BATCH = 500
logger = logging.getLogger(__name__)


class Sealed(NamedTuple):
    """A ballot on its way into the ledger: commitments by category, channel, inner box."""

    commitments: dict[str, bytes]
    channel: str
    inner: bytes


def ballot_leaf(category: str, value: bytes) -> bytes:
    """Return a ballot's leaf for one category: its type, category and commitment, nothing else."""
    return canonical({"type": "ballot", "category": category, "commitment": base64.b64encode(value).decode()})


def append_entries(poll, leaves):
    """Write leaves, `(type, bytes)` each, behind the last entry. Call it inside a transaction.

    Lock the poll's row first (`locked_poll`): the index is counted, and its constraint would turn
    a second writer away with an IntegrityError.
    """
    last = Entry.objects.filter(poll=poll).aggregate(last=Max("index"))["last"]
    start = 0 if last is None else last + 1
    Entry.objects.bulk_create(
        [Entry(poll=poll, index=start + at, type=kind, leaf=leaf) for at, (kind, leaf) in enumerate(leaves)],
        batch_size=1000,
    )


def append_act(poll, kind: str, **content):
    """Write the entry of one act of the poll."""
    append_entries(poll, [(kind, canonical({"type": kind, **content}))])


def locked_poll(poll) -> Poll:
    """Return the poll with its row locked against other staff acts and keepers, not against casts."""
    return Poll.objects.select_for_update(no_key=True).get(pk=poll.pk)


def enter_ballots(poll, plan, keys, ballots: list[Sealed]):
    """Write a batch of ballots and their leaves. Call it inside a transaction on a locked poll."""
    ballots = sorted(ballots, key=lambda ballot: min(ballot.commitments.values()))
    leaves = sorted(
        ballot_leaf(category, value) for ballot in ballots for category, value in ballot.commitments.items()
    )
    append_entries(poll, [("ballot", leaf) for leaf in leaves])
    last = Ballot.objects.filter(poll=poll).aggregate(last=Max("number"))["last"] or 0
    Ballot.objects.bulk_create(
        [_ballot_row(poll, plan, keys, last + at, ballot) for at, ballot in enumerate(ballots, 1)],
        batch_size=1000,
    )


def run_batch(poll) -> int:
    """Enter up to 500 pending ballots of a poll; return how many were taken."""
    plan = plan_of(poll)
    keys = keys_of(poll, plan)
    order = [category.code for category in plan.sections]
    with transaction.atomic():
        poll = locked_poll(poll)
        rows = list(PendingEnvelope.objects.filter(poll_id=poll.pk, damaged=False).order_by("pk")[:BATCH])
        opened, damaged = [], []
        for row in rows:
            try:
                envelope = open_envelope(keys, row.sealed)
                commitments = dict(zip(order, envelope.commitments, strict=True))
                opened.append(Sealed(commitments, envelope.channel, envelope.inner))
            except (ValueError, CryptoError):
                damaged.append(row.pk)
        if damaged:
            # It stays, so that whoever holds the key can look at it; an acknowledged ballot is never dropped.
            logger.error(
                "%d envelopes of poll %s cannot be opened and were kept aside", len(damaged), poll.uid
            )
            PendingEnvelope.objects.filter(pk__in=damaged).update(damaged=True)
        enter_ballots(poll, plan, keys, opened)
        PendingEnvelope.objects.filter(pk__in=[row.pk for row in rows if row.pk not in set(damaged)]).delete()
    return len(rows)


def keep_poll(poll, at, closings: dict):
    """Do what is due for one poll at this moment.

    Enters the opening once the clock has reached it, runs a batch when enough ballots wait or the
    merge delay has passed since the last one, and at the close enters the rest and the closing.
    `closings` is the keeper's memory of when it first saw each poll closed (primary key → time).
    """
    if poll.phase(at) == "waiting":
        return
    _enter_opening(poll)
    waiting = PendingEnvelope.objects.filter(poll_id=poll.pk, damaged=False)
    if poll.phase(at) == Poll.State.CLOSED:
        _keep_closed(poll, waiting, closings)
        return
    rules = plan_of(poll).rules
    late = at - (poll.last_batch_at or poll.opens_at) >= timedelta(seconds=rules["merge_delay"])
    while (count := waiting.count()) and (late or count >= rules["batch_minimum"]):
        if not run_batch(poll):
            break
    if late:
        Poll.objects.filter(pk=poll.pk).update(last_batch_at=at)


def has_entry(poll, kind: str) -> bool:
    """Say whether the ledger has an act of this type (never asked of ballots)."""
    return Entry.objects.filter(poll=poll, type=kind).exclude(type="ballot").exists()


def _enter_opening(poll):
    if has_entry(poll, "open"):
        return
    with transaction.atomic():
        poll = locked_poll(poll)
        if not has_entry(poll, "open"):
            append_act(
                poll,
                "open",
                at=f"{poll.opens_at:%Y-%m-%dT%H:%M:%SZ}",
                manifest=poll.manifest_sha256,
                ballots=Ballot.objects.filter(poll=poll).count(),
            )


def _keep_closed(poll, waiting, closings):
    """Close a poll whose time is over, enter what still waits, then enter the closing, once."""
    if poll.state != Poll.State.CLOSED:
        with transaction.atomic():
            poll = locked_poll(poll)
            if poll.state in (Poll.State.OPEN, Poll.State.PAUSED):
                poll.state, poll.closed_at = Poll.State.CLOSED, poll.closes_at
                poll.save(update_fields=["state", "closed_at"])
        return  # The rest follows on the next round, which sees the closing committed.
    if has_entry(poll, "close") or _casts_in_flight(closings.setdefault(poll.pk, _database_clock())):
        return
    while waiting.exists():
        run_batch(poll)
    with transaction.atomic():
        poll = locked_poll(poll)
        if not has_entry(poll, "close") and not waiting.exists():
            count = Ballot.objects.filter(poll=poll).count()
            append_act(poll, "close", at=f"{poll.closed_at:%Y-%m-%dT%H:%M:%SZ}", ballots=count)


def _database_clock():
    """Return the database server's own time, None where there is no server."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _casts_in_flight(closing_seen) -> bool:
    """Say whether a transaction that began before the closing was seen may still add a ballot.

    A cast looks at the poll's state inside its own statement, so after the closing was committed
    only statements that began before it can still store one. SQLite runs one writer at a time.
    """
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND usename = current_user AND pid <> pg_backend_pid() AND state <> 'idle' AND xact_start < %s",
            [closing_seen],
        )
        return cursor.fetchone()[0] > 0


def _ballot_row(poll, plan, keys, number, ballot):
    row = Ballot(
        poll=poll,
        number=number,
        channel=ballot.channel,
        commitments=b"".join(ballot.commitments.values()),
        code=receipt_code(ballot.commitments),
        inner=ballot.inner,
    )
    if keys.election_secret is not None:
        open_ballot(row, plan, SealedBox(keys.election_secret))
    return row
