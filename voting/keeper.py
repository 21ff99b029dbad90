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
from .heads import append_entries, check_memory, sign_entries, signer_here
from .holds.tags import NO_TAGS
from .keyring import keys_of
from .ledger.canonical import canonical
from .ledger.code import receipt_code
from .manifest import plan_of
from .models import Ballot, BallotTag, Entry, Participation, PendingEnvelope, Poll
from .opening import UNOPENED, open_box
from .rows import insert_rows

BATCH = 500
COLUMNS = ("poll", "number", "channel", "commitments", "code", "inner", "marks", "fault")
logger = logging.getLogger(__name__)


class Sealed(NamedTuple):
    """A ballot on its way into the ledger: commitments by category, channel, inner box, cluster tags."""

    commitments: dict[str, bytes]
    channel: str
    inner: bytes
    tags: bytes = NO_TAGS


def ballot_leaf(category: str, value: bytes) -> bytes:
    """Return a ballot's leaf for one category: its type, category and commitment, nothing else.

    Written as `canonical` would: a category's code is a digit, and base64 has nothing to escape.
    """
    told = base64.b64encode(value).decode()
    return f'{{"category":"{category}","commitment":"{told}","type":"ballot"}}'.encode()


def append_act(poll, kind: str, **content):
    """Write the entry of one act of the poll."""
    append_entries(poll, [(kind, canonical({"type": kind, **content}))])


def locked_poll(poll) -> Poll:
    """Return the poll with its row locked against other staff acts and keepers, not against casts."""
    return Poll.objects.select_for_update(no_key=True).get(pk=poll.pk)


def enter_ballots(poll, plan, keys, ballots: list[Sealed]):
    """Write a batch of ballots and their leaves. Call it inside a transaction on a locked poll."""
    enter_opening(poll)
    ballots = sorted(ballots, key=lambda ballot: min(ballot.commitments.values()))
    leaves = sorted(
        ballot_leaf(category, value) for ballot in ballots for category, value in ballot.commitments.items()
    )
    append_entries(poll, [("ballot", leaf) for leaf in leaves])
    insert_ballots(poll, plan, keys, ballots)


def insert_ballots(poll, plan, keys, ballots: list[Sealed]) -> int:
    """Write ballots' rows behind the last one, opened where the server has the key; return the last number.

    Their leaves are the caller's.
    """
    last = Ballot.objects.filter(poll=poll).aggregate(last=Max("number"))["last"] or 0
    numbered = list(enumerate(ballots, last + 1))
    box = SealedBox(keys.election_secret) if keys.election_secret is not None else None
    insert_rows(Ballot, COLUMNS, [_row(poll, plan, box, *each) for each in numbered])
    tagged = {number: ballot.tags for number, ballot in numbered if ballot.tags != NO_TAGS}
    if tagged:
        stored = Ballot.objects.filter(poll=poll, number__gt=last).values_list("number", "pk")
        rows = [(pk, poll.pk, tagged[number]) for number, pk in stored if number in tagged]
        insert_rows(BallotTag, ("ballot", "poll", "tags"), rows)
    return last + len(ballots)


def _row(poll, plan, box, number, ballot):
    """Return the values of `COLUMNS` for one ballot."""
    commitments = b"".join(ballot.commitments.values())
    opened = open_box(plan, box, ballot.inner, commitments) if box else UNOPENED
    code = receipt_code(ballot.commitments)
    return poll.pk, number, ballot.channel, commitments, code, ballot.inner, opened.marks, opened.fault


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
                opened.append(Sealed(commitments, *envelope[1:]))
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


def keep_poll(poll, at, closings: dict, signer=None):
    """Do what is due for one poll at this moment, and have every batch and act signed.

    Nothing is entered unless the database holds what was signed before (LedgerStopped), and no
    batch before the last one is under a signed head. `closings` is the keeper's memory of when it
    first saw each poll closed (primary key → time); `signer` has `last` and `sign` as
    `signer.Signer`, by default one in this process.
    """
    plan, signer = plan_of(poll), signer or signer_here()
    check_memory(poll, plan, signer)
    if poll.phase(at) != "waiting" and not has_entry(poll, "open"):
        with transaction.atomic():
            enter_opening(locked_poll(poll))
    if not sign_entries(poll, plan, signer):
        return
    if poll.phase(at) in (Poll.State.CLOSED, Poll.State.ANNULLED):
        _keep_closed(poll, plan, closings, signer)
    elif poll.phase(at) in (Poll.State.OPEN, Poll.State.PAUSED):
        _enter_batches(poll, plan, at, signer)


def _enter_batches(poll, plan, at, signer):
    """Enter what waits now, if that is enough or the merge delay has passed since the last time.

    What comes meanwhile waits for the next round: under load a ballot then costs its part of one large
    batch, and stands among more others.
    """
    late = at - (poll.last_batch_at or poll.opens_at) >= timedelta(seconds=plan.rules["merge_delay"])
    waiting = _waiting(poll).count()
    if late or waiting >= plan.rules["batch_minimum"]:
        for _batch in range(0, waiting, BATCH):
            if not (run_batch(poll) and sign_entries(poll, plan, signer)):
                return
    if late:
        Poll.objects.filter(pk=poll.pk).update(last_batch_at=at)


def _waiting(poll):
    return PendingEnvelope.objects.filter(poll_id=poll.pk, damaged=False)


def has_entry(poll, kind: str) -> bool:
    """Say whether the ledger has an act of this type (never asked of ballots)."""
    return Entry.objects.filter(poll=poll, type=kind).exclude(type="ballot").exists()


def enter_opening(poll):
    """Write the entry of the opening, once. Call it inside a transaction on a locked poll.

    Whatever follows the opening calls it first, for staff may be quicker than the keeper's round.
    """
    if not has_entry(poll, "open"):
        append_act(
            poll,
            "open",
            at=f"{poll.opens_at:%Y-%m-%dT%H:%M:%SZ}",
            manifest=poll.manifest_sha256,
            ballots=Ballot.objects.filter(poll=poll).count(),
        )


def _keep_closed(poll, plan, closings, signer):
    """Close a poll whose time is over, enter what still waits, then enter the closing, once."""
    if poll.state not in (Poll.State.CLOSED, Poll.State.ANNULLED):
        with transaction.atomic():
            poll = locked_poll(poll)
            if poll.state in (Poll.State.OPEN, Poll.State.PAUSED):
                poll.state, poll.closed_at = Poll.State.CLOSED, poll.closes_at
                poll.save(update_fields=["state", "closed_at"])
        return  # The rest follows on the next round, which sees the closing committed.
    if has_entry(poll, "close") or _casts_in_flight(closings.setdefault(poll.pk, _database_clock())):
        return
    while _waiting(poll).exists():
        if not (run_batch(poll) and sign_entries(poll, plan, signer)):
            return
    with transaction.atomic():
        poll = locked_poll(poll)
        if not has_entry(poll, "close") and not _waiting(poll).exists():
            append_act(
                poll,
                "close",
                at=f"{poll.closed_at:%Y-%m-%dT%H:%M:%SZ}",
                ballots=Ballot.objects.filter(poll=poll).count(),
                participations=Participation.objects.filter(poll_id=poll.pk).count(),
                reason=poll.closed_early.get("reason", ""),
                by=poll.closed_early.get("by", []),
            )
    sign_entries(poll, plan, signer)


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
