"""After a restored backup: the ledger is made whole again from a public copy, never forked.

The signer remembers the last head; the copy's entries up to it are proved against that head before
anything is written. Ballots whose envelopes the backup still holds are entered anew in their old
places. What was cast after the backup is lost: its leaves stay, its content is gone, and an entry
says so to everyone.
"""

import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from nacl.exceptions import CryptoError

from shortlist.wording import separated

from .envelope import open_envelope
from .heads import append_entries, truncate_tiles
from .keeper import Sealed, append_act, ballot_leaf, insert_ballots, locked_poll
from .keyring import keys_of
from .ledger.canonical import parse_canonical
from .ledger.checkpoint import Checkpoint, parse_checkpoint
from .ledger.head import open_head
from .ledger.tile import ENTRIES, WIDTH, Tile, format_tile_path, parse_bundle
from .ledger.tree import Frontier, leaf_hash
from .models import Ballot, Entry, PendingEnvelope, Poll
from .refusals import ActRefused

LOST = "lost"
CHUNK = 1000


class Repair(NamedTuple):
    """What a repair did: the first index put back and how many, ballots found in envelopes, ballots lost."""

    first: int
    entries: int
    found: int
    lost: int


@contextmanager
def open_copy(path: Path):
    """Yield a function that reads a file of a public copy, a folder or a ZIP, by its C2SP path.

    It raises KeyError where the copy has no such file.
    """
    if path.is_dir():

        def read(name):
            try:
                return (path / name).read_bytes()
            except FileNotFoundError:
                raise KeyError(name) from None

        yield read
        return
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive.read
    except (OSError, zipfile.BadZipFile) as error:
        raise ActRefused(_("%(path)s is neither a folder nor a ZIP file.") % {"path": path}) from error


def head_of_copy(plan, read: Callable[[str], bytes]) -> str:
    """Return the signed head that a copy carries; ActRefused where the poll's key did not sign it."""
    try:
        note = read("checkpoint").decode()
        open_head(note, plan.origin, bytes.fromhex(plan.keys["ledger"]))
    except (KeyError, ValueError) as error:
        raise ActRefused(
            _("The copy has no head that this ledger's key signed: %(error)s") % {"error": error}
        ) from None
    return note


def remembered(plan, note: str) -> Checkpoint:
    """Return the checkpoint of the signer's memory, signed or still empty."""
    if "\n\n" not in note:
        return parse_checkpoint(note)
    return open_head(note, plan.origin, bytes.fromhex(plan.keys["ledger"])).checkpoint


def leaves_of_copy(read, size: int):
    """Yield the first `size` leaves of a copy; ActRefused where it does not reach so far."""
    for index in range((size + WIDTH - 1) // WIDTH):
        width = min(WIDTH, size - index * WIDTH)
        leaves = next((found for path in _paths(index, width) if (found := _bundle(read, path))), None)
        if leaves is None or len(leaves) < width:
            raise ActRefused(
                _("The copy ends before entry %(size)d, which was signed. Find a newer copy.")
                % {"size": size}
            )
        yield from leaves[:width]


def repair_ledger(*, poll, plan, head: Checkpoint, read, at) -> Repair:
    """Put the entries that the database lacks back from a copy, up to the last signed head.

    Raises ActRefused where the copy does not lead to that head, or where acts are missing that only
    a later backup can bring back.
    """
    tree, common, missing = Frontier(), 0, []
    own = Entry.objects.filter(poll=poll).order_by("index").values_list("type", "leaf").iterator()
    for leaf in leaves_of_copy(read, head.size):
        tree.append(leaf_hash(leaf))
        mine = next(own, None) if not missing else None
        if mine is not None and bytes(mine[1]) == leaf:
            common += 1
        else:
            missing.append(leaf)
    if tree.root() != head.root:
        raise ActRefused(
            _("The copy's entries do not lead to the head that was signed last. Find another copy.")
        )
    kinds = [parse_canonical(leaf) for leaf in missing]
    foreign = sorted(
        {leaf["type"] for leaf in kinds} - {"ballot", "open", "pause", "resume", "extend", "close", "audit"}
    )
    if foreign:
        raise ActRefused(
            _("The backup is from before these acts, whose files it lacks: %(acts)s. Restore a later one.")
            % {"acts": separated(foreign)}
        )
    with transaction.atomic():
        poll = locked_poll(poll)
        poll.ledger_alarm = ""
        set_aside = _take_unsigned(poll, common)
        for start in range(0, len(missing), CHUNK):
            part = slice(start, start + CHUNK)
            append_entries(
                poll, [(leaf["type"], raw) for leaf, raw in zip(kinds[part], missing[part], strict=True)]
            )
        _replay(poll, kinds)
        found, lost = _bring_back_ballots(
            poll,
            plan,
            Counter(raw for raw, leaf in zip(missing, kinds, strict=True) if leaf["type"] == "ballot"),
        )
        append_entries(poll, set_aside)
        _enter_repair(poll, at, Repair(common, len(missing), found, lost))
        poll.save(update_fields=["ledger_alarm", "state", "closed_at", "secrets_destroyed_at"])
    return Repair(common, len(missing), found, lost)


def _paths(index, width):
    """Return where a copy may hold a bundle: whole, or cut at any width that reaches far enough."""
    yield format_tile_path(Tile(ENTRIES, index, WIDTH))
    for wider in range(width, WIDTH):
        yield format_tile_path(Tile(ENTRIES, index, wider))


def _bundle(read, path):
    try:
        return parse_bundle(read(path))
    except KeyError:
        return None
    except ValueError as error:
        raise ActRefused(
            _("The copy's file %(path)s is damaged: %(error)s") % {"path": path, "error": error}
        ) from None


def _take_unsigned(poll, size):
    """Take entries behind `size` out, which were never signed, and return them, to come behind the others."""
    rows = Entry.objects.filter(poll=poll, index__gte=size).order_by("index")
    taken = [(kind, bytes(leaf)) for kind, leaf in rows.values_list("type", "leaf")]
    if taken:
        rows.delete()
        truncate_tiles(poll, size)
    return taken


def _replay(poll, leaves):
    """Bring the poll's state to where the entries that were put back had left it."""
    for leaf in leaves:
        if leaf["type"] == "pause":
            poll.state = Poll.State.PAUSED
        elif leaf["type"] == "resume":
            poll.state = Poll.State.OPEN
        elif leaf["type"] == "extend":
            poll.closes_at = _moment(leaf["closes_at"])
        elif leaf["type"] == "close":
            poll.state, poll.closed_at = Poll.State.CLOSED, _moment(leaf["at"])
        elif leaf["type"] == "audit" and leaf["act"] == "annulled":
            poll.state = Poll.State.ANNULLED
        elif leaf["type"] == "audit" and leaf["act"] == "secrets_destroyed":
            poll.secrets_destroyed_at = _moment(leaf["at"])


def _bring_back_ballots(poll, plan, leaves: Counter) -> tuple[int, int]:
    """Make rows of the ballots whose leaves came back; return how many were found and how many are lost."""
    order = [category.code for category in plan.sections]
    keys = keys_of(poll, plan)
    found, rows = [], []
    for row in PendingEnvelope.objects.filter(poll_id=poll.pk) if keys.keeper else ():
        try:
            envelope = open_envelope(keys, row.sealed)
            sealed = Sealed(
                dict(zip(order, envelope.commitments, strict=True)), envelope.channel, envelope.inner
            )
        except (ValueError, CryptoError):
            continue
        own = Counter(ballot_leaf(category, value) for category, value in sealed.commitments.items())
        if own <= leaves:
            leaves -= own
            found.append(sealed)
            rows.append(row.pk)
    lost, uneven = divmod(leaves.total(), len(order))
    if uneven:
        raise ActRefused(_("The copy's ballots do not have one entry in every category. Find another copy."))
    found.sort(key=lambda ballot: min(ballot.commitments.values()))
    last = insert_ballots(poll, plan, keys, found)
    Ballot.objects.bulk_create([_lost_row(poll, last + at) for at in range(1, lost + 1)], batch_size=CHUNK)
    PendingEnvelope.objects.filter(pk__in=rows).delete()
    return len(found), lost


def _lost_row(poll, number):
    """Return the row of a ballot of which the ledger alone knows: it counts as cast and not as counted."""
    return Ballot(poll=poll, number=number, channel="web", commitments=b"", code="", inner=b"", fault=LOST)


def _enter_repair(poll, at, repair):
    """Enter what was done, and the pause that the alarm caused where it caused one."""
    now = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    append_act(poll, "audit", act="recovered", at=now, **repair._asdict())
    acts = Entry.objects.filter(poll=poll, type__in=["pause", "resume"]).exclude(type="ballot")
    last = acts.order_by("-index").values_list("type", flat=True).first()
    if poll.state == Poll.State.PAUSED and last != "pause":
        reason = _("The public ledger was stopped after a restored backup.")
        append_act(poll, "pause", at=now, reason=reason, by=[])


def _moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
