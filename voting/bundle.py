"""The bundle: all that is public of a poll in one file, for whoever checks it without our server.

Its form stands in voting/ledger/SPEC.md. It is written in a stream; nothing of it is kept in memory
but the list of its files.
"""

import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from .heads import latest_head
from .ledger.canonical import canonical, parse_canonical
from .ledger.tile import ENTRIES, WIDTH, format_bundle, format_tile_path, tiles_of
from .ledger.verify import FORMAT, LISTING
from .models import Checkpoint, Entry
from .models import Tile as TileRow
from .publication import document_path
from .refusals import ActRefused

PIECE = 1 << 20
# A fixed time, so that the same content gives the same file.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
# The types of entries that name documents.
PUBLISHING = ["correction", "hold", "exclude", "reveals", "tally", "result"]


class Folder:
    """Write a bundle's files into a folder."""

    def __init__(self, path: Path):
        self.path = path
        path.mkdir(parents=True)

    def write(self, name, pieces):
        """Write one file from its pieces."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "xb") as file:
            for piece in pieces:
                file.write(piece)

    def close(self):
        """Nothing is left to do."""

    def discard(self):
        """Remove what was written."""
        shutil.rmtree(self.path)


class Zip:
    """Write a bundle's files into a ZIP file."""

    def __init__(self, path: Path):
        self.path, self.archive = path, zipfile.ZipFile(path, "x")

    def write(self, name, pieces):
        """Write one file from its pieces."""
        info = zipfile.ZipInfo(name, ZIP_TIME)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with self.archive.open(info, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)

    def close(self):
        """Write the directory at the file's end."""
        self.archive.close()

    def discard(self):
        """Remove what was written."""
        try:
            self.archive.close()
        finally:
            self.path.unlink()


@contextmanager
def new_sink(path: Path, *, folder=False):
    """Yield a new ZIP file or folder to write a bundle to; nothing of it stays behind where that fails."""
    sink = (Folder if folder else Zip)(path)
    try:
        yield sink
        sink.close()
    except BaseException:
        sink.discard()
        raise


def published_bundle(poll) -> Path:
    """Return where the public bundle lies that the site hands out."""
    return document_path(poll, "bundle.zip")


def has_bundle(poll) -> bool:
    """Say whether the site hands out a public bundle of this poll now."""
    return poll.may_see_results() and published_bundle(poll).exists()


def publish_bundle(poll, plan) -> bool:
    """Write the public bundle anew where its last head is newer; return whether it was written.

    Nothing is written before everyone may see results, so that the bundle is worth its size.
    """
    path, head = published_bundle(poll), latest_head(poll)
    if head is None or not poll.may_see_results():
        return False
    if path.exists() and _head_inside(path) == head.note:
        return False
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    with new_sink(draft) as sink:
        for _count in write_bundle(poll, plan, sink):
            pass
    draft.replace(path)
    return True


def _head_inside(path) -> str:
    """Return the head that a bundle was written under; '' for a file that cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read("checkpoint").decode()
    except (KeyError, zipfile.BadZipFile):
        return ""


def write_bundle(poll, plan, sink, audience="public") -> Iterator[int]:
    """Write the bundle of a poll under its last head; yield how many entries were written since the last.

    `audience` is `public` or `auditor`, who also gets what the rules give to auditors alone. Raises
    ActRefused where no head is signed yet.
    """
    head = latest_head(poll)
    if head is None:
        raise ActRefused(_("No head of this ledger is signed yet. Let the keeper run, then try again."))
    files = []

    def put(name, pieces):
        digest, length = hashlib.sha256(), 0

        def counted():
            nonlocal length
            for piece in pieces:
                digest.update(piece)
                length += len(piece)
                yield piece

        sink.write(name, counted())
        files.append({"name": name, "length": length, "sha256": digest.hexdigest()})

    put("manifest.json", [plan.data])
    put("checkpoint", [head.note.encode()])
    notes = Checkpoint.objects.filter(poll=poll, size__lte=head.size).values_list("note", flat=True)
    put("heads.jsonl", (canonical({"note": note}) + b"\n" for note in notes.iterator()))
    for name, data, count in _tree(poll, head.size):
        put(name, [data])
        yield count
    for name in public_documents(poll, audience, head.size):
        put(f"documents/{name}", _pieces(document_path(poll, name)))
    files.sort(key=lambda file: file["name"])
    listing = {"format": FORMAT, "poll": poll.uid, "audience": audience, "files": files}
    sink.write(LISTING, [canonical(listing)])


def public_documents(poll, audience, size=None) -> list[str]:
    """Return the names of the entered documents that the audience may have now.

    `size` leaves out what is entered behind so many entries, as an act while a bundle is written.
    """
    leaves = Entry.objects.filter(poll=poll, type__in=PUBLISHING).exclude(type="ballot")
    if size is not None:
        leaves = leaves.filter(index__lt=size)
    names = [
        document["name"]
        for leaf in leaves.order_by("index").values_list("leaf", flat=True)
        for document in parse_canonical(leaf)["documents"]
    ]
    return [name for name in names if may_have(poll, name, audience)]


def may_have(poll, name, audience) -> bool:
    """Say whether an audience may have a document now. The tally tells as much as the marks do.

    Corrections were public from the first; the result names the chosen, which every rule lets out. The
    lists of held ballots wait for the result, so that before it nobody is treated as a suspect.
    """
    if name.startswith("correction-"):
        return True
    if name == "result.json" or name.startswith(("hold-", "exclusion-")):
        return poll.may_see_results()
    return poll.may_see_results("reveals" if name.startswith("reveals-") else "marks", audience)


def _tree(poll, size):
    """Yield name, content and number of entries of every tile, the leaves' bundles first."""
    leaves = Entry.objects.filter(poll=poll, index__lt=size).order_by("index").values_list("leaf", flat=True)
    leaves = (bytes(leaf) for leaf in leaves.iterator(chunk_size=10 * WIDTH))
    rows = {}
    for tile in tiles_of(size):
        if tile.level == ENTRIES:
            yield format_tile_path(tile), format_bundle([next(leaves) for _ in range(tile.width)]), tile.width
            continue
        if tile.level not in rows:
            level = TileRow.objects.filter(poll=poll, level=tile.level).order_by("index")
            rows[tile.level] = level.values_list("data", flat=True).iterator(chunk_size=100)
        yield format_tile_path(tile), bytes(next(rows[tile.level]))[: 32 * tile.width], 0


def _pieces(path):
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            yield piece
