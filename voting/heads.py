"""The ledger's tree in the database, and its signed heads.

Tiles are rows that are written with the leaves, in one transaction. Heads come after: the keeper
makes sure that the entries are durable, asks the signer, and stores what it answers. A database that
does not hold what was signed before stops the ledger (`LedgerStopped`): it never gets a second history.
"""

import base64
import functools
import json
import logging
import operator
import subprocess
import sys

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from . import processes
from .durable import NotDurable, durably
from .ledger.checkpoint import parse_checkpoint
from .ledger.head import open_head
from .ledger.tile import HEIGHT, WIDTH, extend, node_reader
from .ledger.tree import consistency_proof, leaf_hash, root_at
from .models import Checkpoint, Entry, Poll, Tile
from .refusals import LedgerStopped
from .rows import insert_rows
from .signer import Refused, Signer

logger = logging.getLogger(__name__)


class SignerLost(Exception):
    """The signer's process ended; the next round starts another."""


class SignerProcess:
    """The signer as a child over its standard input and output, started when it is first needed."""

    def __init__(self):
        self.child = None

    def last(self, uid):
        """Return the last head that was signed for a poll; Refused as `Signer.last`."""
        return self._ask({"act": "last", "poll": uid})

    def sign(self, uid, size, root, proof):
        """Return a signed head; Refused as `Signer.sign`."""
        proof = [base64.b64encode(value).decode() for value in proof]
        return self._ask(
            {
                "act": "sign",
                "poll": uid,
                "size": size,
                "root": base64.b64encode(root).decode(),
                "proof": proof,
            }
        )

    def stop(self):
        """End the child."""
        if self.child:
            self.child.process.stdin.close()
            processes.stop([self.child])
            self.child.process.stdout.close()
            self.child = None

    def _ask(self, question):
        if self.child is None:
            command = [sys.executable, "-m", "voting.signer"]
            command += ["--keys", str(settings.KEY_DIR), "--memory", str(settings.SIGNER_DIR)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            self.child = processes.start("signer", command, cwd=settings.BASE_DIR, **pipes)
        try:
            self.child.process.stdin.write(json.dumps(question) + "\n")
            self.child.process.stdin.flush()
            line = self.child.process.stdout.readline()
        except OSError:
            line = ""
        try:
            said = json.loads(line)
        except ValueError:
            self.stop()
            raise SignerLost from None
        if "refused" in said:
            raise Refused(said["refused"])
        return said["head"]


def signer_here() -> Signer:
    """Return a signer in this process, for single rounds and tests."""
    return Signer(settings.KEY_DIR, settings.SIGNER_DIR)


def size_of(poll) -> int:
    """Return how many entries the poll's ledger has."""
    last = Entry.objects.filter(poll=poll).aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1


def append_entries(poll, leaves):
    """Write leaves, `(type, bytes)` each, behind the last entry, and their tiles. Call it in a transaction.

    Lock the poll's row first (`keeper.locked_poll`): the index is counted, and its constraint would
    turn a second writer away with an IntegrityError. Raises LedgerStopped.
    """
    if poll.ledger_alarm:
        raise LedgerStopped(stopped_sentence())
    start = size_of(poll)
    rows = [(poll.pk, start + at, kind, leaf) for at, (kind, leaf) in enumerate(leaves)]
    insert_rows(Entry, ("poll", "index", "type", "leaf"), rows)
    write_tiles(poll, start, [leaf_hash(leaf) for _kind, leaf in leaves])


def write_tiles(poll, size, hashes):
    """Write the tiles that change when leaves with these hashes come behind the first `size`."""
    edge = _right_edge(poll, size)
    changed = extend(size, hashes, lambda level, index: edge.get((level, index), b""))
    Tile.objects.bulk_create(
        [Tile(poll=poll, level=level, index=index, data=data) for (level, index), data in changed.items()],
        update_conflicts=True,
        unique_fields=["poll", "level", "index"],
        update_fields=["data"],
        batch_size=500,
    )


def truncate_tiles(poll, size):
    """Cut the tiles back to the first `size` leaves, none of which behind was ever signed."""
    level = 0
    while Tile.objects.filter(poll=poll, level=level).exists():
        full, rest = divmod(size >> HEIGHT * level, WIDTH)
        edge = Tile.objects.filter(poll=poll, level=level, index=full).values_list("data", flat=True).first()
        Tile.objects.filter(poll=poll, level=level, index__gte=full).delete()
        if rest:
            Tile.objects.create(poll=poll, level=level, index=full, data=bytes(edge)[: 32 * rest])
        level += 1


def node_of(poll, *leaves):
    """Return the function that reads the hash of any complete subtree from the poll's tiles.

    The tiles above the leaves with these numbers are read at once, others when they are needed. A proof
    for a leaf in a tree of `size` needs those above the leaf and above `size - 1`.
    """
    last = max(leaves, default=-1) + 1
    levels = range(-(-last.bit_length() // HEIGHT))
    kept = _tiles_at(poll, {(level, leaf >> HEIGHT * (level + 1)) for level in levels for leaf in leaves})

    def read(level, index):
        if (level, index) not in kept:
            if len(kept) > 64:
                kept.clear()
            kept[level, index] = _tiles_at(poll, {(level, index)}).get((level, index), b"")
        return kept[level, index]

    return node_reader(read)


def polls_to_keep():
    """Return the polls that the keeper looks after: those under way, and ended ones with unsigned entries."""
    signed = Checkpoint.objects.filter(poll=OuterRef(OuterRef("pk"))).order_by("-size").values("size")[:1]
    unsigned = Entry.objects.filter(poll=OuterRef("pk"), index__gte=Coalesce(Subquery(signed), 0))
    return Poll.objects.exclude(manifest_sha256="").filter(Q(pk__in=Poll.objects.kept()) | Exists(unsigned))


def latest_head(poll) -> Checkpoint | None:
    """Return the last signed head of a poll, None before the first."""
    return Checkpoint.objects.filter(poll=poll).order_by("-size").first()


def check_memory(poll, plan, signer):
    """Raise LedgerStopped unless the database holds what the signer signed last.

    A head that was signed and not stored, because the keeper was killed in between, is stored now.
    """
    try:
        note = signer.last(poll.uid)
        head = parse_checkpoint(note) if "\n\n" not in note else _opened(plan, note).checkpoint
        size = size_of(poll)
        if head.size > size:
            raise Refused(f"A head of {head.size} entries was signed, but the database holds {size}.")
        if head.size and root_at(head.size, node_of(poll, head.size - 1)) != head.root:
            raise Refused(f"The first {head.size} entries of the database are not those that were signed.")
    except (Refused, ValueError) as error:
        _stop_ledger(poll, str(error))
    if head.size and not Checkpoint.objects.filter(poll=poll, size=head.size).exists():
        _store(poll, plan, note)
    if poll.ledger_alarm:
        Poll.objects.filter(pk=poll.pk).update(ledger_alarm="")
        poll.ledger_alarm = ""
        logger.warning("The ledger of poll %s agrees with its signed heads again", poll.uid)


def sign_entries(poll, plan, signer):
    """Have a head signed over all entries, once their commit is known to be durable; say whether it is.

    Entries may have been written by another process. A later commit that is confirmed as durable
    proves that theirs are, for the log is one sequence; so one is made here first.
    """
    size = size_of(poll)
    last = latest_head(poll)
    if size == (last.size if last else 0):
        return True
    try:
        durably(Poll.objects.filter(pk=poll.pk).update, uid=F("uid"))
    except NotDurable:
        logger.warning("Entries of poll %s are not confirmed as durable; no head is signed yet", poll.uid)
        return False
    node = node_of(poll, size - 1, *([last.size - 1] if last else []))
    proof = consistency_proof(last.size, size, node) if last else []
    try:
        note = signer.sign(poll.uid, size, root_at(size, node), proof)
    except Refused as refused:
        _stop_ledger(poll, str(refused))
    _store(poll, plan, note)
    return True


def stopped_sentence():
    """Return what staff read who would add to a stopped ledger."""
    return _(
        "The public ledger is stopped: the database is not the one whose heads were signed. "
        "Let the operator run “manage.py recover_ledger”; nothing was changed."
    )


def _right_edge(poll, size):
    """Return the tiles that are not full, by (level, index)."""
    places, level = set(), 0
    while size >> HEIGHT * level:
        if (size >> HEIGHT * level) % WIDTH:
            places.add((level, size >> HEIGHT * (level + 1)))
        level += 1
    return _tiles_at(poll, places)


def _tiles_at(poll, places):
    """Return what the poll has of the tiles at these places, (level, index) each, in one query."""
    if not places:
        return {}
    wanted = functools.reduce(operator.or_, (Q(level=level, index=index) for level, index in places))
    rows = Tile.objects.filter(wanted, poll=poll).values_list("level", "index", "data")
    return {(level, index): bytes(data) for level, index, data in rows}


def _opened(plan, note):
    return open_head(note, plan.origin, bytes.fromhex(plan.keys["ledger"]))


def _store(poll, plan, note):
    """Keep a signed head; one that the manifest's key did not sign stops the ledger."""
    try:
        head = _opened(plan, note)
    except ValueError as error:
        _stop_ledger(poll, f"The signer's answer is not signed with the manifest's key: {error}")
    try:
        with transaction.atomic():
            Checkpoint.objects.create(
                poll=poll,
                size=head.checkpoint.size,
                root=head.checkpoint.root,
                note=note,
                signed_at=head.at,
            )
    except IntegrityError:
        logger.info("Another keeper stored the head of poll %s first", poll.uid)


def _stop_ledger(poll, reason):
    """Raise the alarm for a poll, and pause its voting where the settings ask for that."""
    logger.error("The ledger of poll %s is stopped: %s", poll.uid, reason)
    Poll.objects.filter(pk=poll.pk).update(ledger_alarm=reason[:400])
    poll.ledger_alarm = reason[:400]
    if settings.LEDGER_STOPPED == "pause":
        Poll.objects.filter(pk=poll.pk, state=Poll.State.OPEN).update(state=Poll.State.PAUSED)
    raise LedgerStopped(reason)
