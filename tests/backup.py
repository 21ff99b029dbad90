"""A poll's rows put aside and put back, as a restored backup of the database does, and a public copy."""

from pathlib import Path

from voting.heads import latest_head
from voting.ledger.tile import ENTRIES, WIDTH, Tile, format_bundle, format_tile_path
from voting.models import Ballot, Checkpoint, Entry, Participation, PendingEnvelope, Poll
from voting.models import Tile as TileRow

KEPT = (Entry, TileRow, Checkpoint, Ballot, Participation, PendingEnvelope)
FIELDS = ("state", "closed_at", "last_batch_at", "secrets_destroyed_at", "ledger_alarm")


def back_up(poll):
    """Return the rows of a poll as a backup would hold them."""
    rows = {model: list(model.objects.filter(poll_id=poll.pk).values()) for model in KEPT}
    return rows, Poll.objects.filter(pk=poll.pk).values(*FIELDS).get()


def restore(poll, backup):
    """Put a poll's rows back from a backup; the signer's memory stays, as it must."""
    rows, fields = backup
    for model in KEPT:
        model.objects.filter(poll_id=poll.pk).delete()
        model.objects.bulk_create([model(**row) for row in rows[model]])
    Poll.objects.filter(pk=poll.pk).update(**fields)


def mirror(poll, folder):
    """Write a public copy of the ledger as it stands under its last head."""
    head = latest_head(poll)
    rows = Entry.objects.filter(poll=poll, index__lt=head.size).values_list("leaf", flat=True)
    leaves = [bytes(leaf) for leaf in rows]
    for start in range(0, head.size, WIDTH):
        part = leaves[start : start + WIDTH]
        path = Path(folder, format_tile_path(Tile(ENTRIES, start // WIDTH, len(part))))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(format_bundle(part))
    Path(folder, "checkpoint").write_text(head.note)
