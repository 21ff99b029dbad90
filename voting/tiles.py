"""The ledger's files as programs of others read them: only what the last signed head covers.

What was served once stays as it was: tiles and entries only grow, and each width is a beginning of
every wider one.
"""

import logging
from collections.abc import Iterator

from .bundle import public_documents
from .heads import latest_head
from .ledger.canonical import canonical
from .ledger.tile import ENTRIES, HEIGHT, WIDTH, Tile, format_bundle, format_tile_path, tiles_of
from .ledger.tree import HASH_BYTES
from .models import Checkpoint, Entry
from .models import Tile as TileRow

logger = logging.getLogger(__name__)


def served_tile(poll, tile: Tile) -> bytes | None:
    """Return a tile's bytes; None where the signed tree does not reach so far."""
    head = latest_head(poll)
    level = 0 if tile.level == ENTRIES else tile.level
    first = tile.index * WIDTH
    if head is None or head.size >> HEIGHT * level < first + tile.width:
        return None
    data = _leaves(poll, first, tile.width) if tile.level == ENTRIES else _hashes(poll, tile)
    if data is None:
        logger.error("The ledger of poll %s lacks %s, which was signed", poll.uid, format_tile_path(tile))
    return data


def file_paths(poll) -> Iterator[str]:
    """Yield the path of every file that a reader of the ledger under its latest head needs."""
    head = latest_head(poll)
    yield from (format_tile_path(tile) for tile in tiles_of(head.size if head else 0))
    yield from (f"documents/{name}" for name in public_documents(poll, "public"))
    yield from ("manifest.json", "heads.jsonl", *(["checkpoint"] if head else []))


def head_lines(poll) -> Iterator[bytes]:
    """Yield every signed head in order, a canonical JSON line each."""
    notes = Checkpoint.objects.filter(poll=poll).order_by("size").values_list("note", flat=True)
    for note in notes.iterator():
        yield canonical({"note": note}) + b"\n"


def _hashes(poll, tile):
    row = TileRow.objects.filter(poll=poll, level=tile.level, index=tile.index)
    data = bytes(row.values_list("data", flat=True).first() or b"")[: HASH_BYTES * tile.width]
    return data if len(data) == HASH_BYTES * tile.width else None


def _leaves(poll, first, width):
    rows = Entry.objects.filter(poll=poll, index__gte=first, index__lt=first + width).order_by("index")
    leaves = [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]
    return format_bundle(leaves) if len(leaves) == width else None
