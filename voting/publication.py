"""What is published of opened ballots: marks without their ballots, and reveals with their nonces.

Published marks: one file a category, one line a counted ballot, its codes parted by blanks (`-` for
none), lines sorted, so that nothing leads from a line to a ballot or to another category.

Reveals: one file a category, one canonical JSON line a commitment with its codes and nonce, sorted
by commitment, so that whoever has them can prove that marks and commitments belong together.

Effect of the order (`order.json`, rotated polls alone): sums that tell whether the place on the page
brought votes, see `tally.effect`.
"""

import base64
import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy
from django.conf import settings

from .ledger.canonical import canonical, parse_canonical
from .marks import picks_from_marks
from .models import Ballot
from .opening import opened_boxes
from .order import variants_of
from .tally.count import stream_marks
from .tally.effect import OrderEffect

BLANK = "-"
BUCKETS = 16
LINES = 1000  # in one piece at most
ORDER = "order.json"


class Document(NamedTuple):
    """A published file: what a ledger entry says of it."""

    name: str
    length: int
    sha256: str


def document_path(poll, name: str) -> Path:
    """Return where a poll's published file lies."""
    return _folder(poll) / name


def marks_name(category) -> str:
    """Return the name of a category's file of published marks."""
    return f"marks-{category.code}.txt"


def reveals_name(category) -> str:
    """Return the name of a category's file of reveals."""
    return f"reveals-{category.code}.jsonl"


def hold_name(number) -> str:
    """Return the name of the list of a group of held ballots."""
    return f"hold-{number}.json"


def exclusion_name(number) -> str:
    """Return the name of the list of an excluded group."""
    return f"exclusion-{number}.json"


def published_marks(poll, plan, category) -> Iterator[str]:
    """Yield the sorted lines of one category, equal ones together, up to 1,000 in a piece.

    Memory is bounded by the category's different selections.
    """
    codes = [candidate.code for candidate in category.candidates]
    first = plan.index[codes[0]]
    patterns = Counter()
    for chunk in stream_marks(poll):
        rows = numpy.frombuffer(chunk, dtype=numpy.uint8).reshape(-1, plan.marks_bytes)
        bits = numpy.unpackbits(rows, axis=1, count=len(plan.candidates))[:, first : first + len(codes)]
        packed = numpy.packbits(bits, axis=1)
        # As plain bytes they are counted several times faster than by numpy.unique, which sorts them.
        patterns.update(packed.view(f"V{packed.shape[1]}").ravel().tolist())
    lines = []
    for pattern, count in patterns.items():
        picked = numpy.unpackbits(numpy.frombuffer(pattern, dtype=numpy.uint8), count=len(codes))
        lines.append((" ".join(code for code, bit in zip(codes, picked, strict=True) if bit) or BLANK, count))
    for line, count in sorted(lines):
        for written in range(0, count, LINES):
            yield f"{line}\n" * min(LINES, count - written)


def write_marks(poll, plan) -> list[Document]:
    """Write the published marks of every category."""
    return [
        write_document(
            poll, marks_name(category), (line.encode() for line in published_marks(poll, plan, category))
        )
        for category in plan.sections
    ]


def write_tally(poll, data: bytes) -> Document:
    """Write the count's own document."""
    return write_document(poll, "tally.json", [data])


def order_effect(poll, plan) -> dict | None:
    """Return what was added up of the order on the page when the ballots were opened; None without any."""
    path = document_path(poll, ORDER)
    return parse_canonical(path.read_bytes()) if variants_of(plan.rules) and path.exists() else None


def write_order_effect(poll, plan) -> list[Document]:
    """Write it once more and return it as a document, for the entry that publishes it."""
    effect = order_effect(poll, plan)
    return [write_document(poll, ORDER, [canonical(effect)])] if effect else []


def write_reveals(poll, plan, secret) -> Iterator[int | list[Document]]:
    """Open every box that breaks no rule and write the reveals; yield numbers opened, then documents.

    Lines go to files by the commitment's first bits and are sorted there, so that memory holds a
    sixteenth of them at a time. Where the order was rotated its effect is added up on the way: nowhere
    else is it known which order a ballot's voter saw.
    """
    effect = OrderEffect(plan)
    with tempfile.TemporaryDirectory(dir=_folder(poll)) as folder, ExitStack() as stack:
        parts = {
            (category.code, bucket): stack.enter_context(
                open(Path(folder, f"{category.code}-{bucket}"), "w+b")
            )
            for category in plan.sections
            for bucket in range(BUCKETS)
        }
        for chunk, opened in opened_boxes(Ballot.objects.filter(poll=poll).opened(), plan, secret):
            for row, item in zip(chunk, opened, strict=True):
                for category, value, line in _reveal_lines(plan, row[2], item):
                    parts[category, value[0] * BUCKETS // 256].write(line)
            effect.add(opened)
            yield len(chunk)
        if variants_of(plan.rules):
            write_document(poll, ORDER, [canonical(effect.document())])
        yield [
            write_document(
                poll,
                reveals_name(category),
                (line for bucket in range(BUCKETS) for line in _sorted_lines(parts[category.code, bucket])),
            )
            for category in plan.sections
        ]


def _reveal_lines(plan, commitments, opened):
    picks = picks_from_marks(plan, opened.marks)
    for at, (category, codes) in enumerate(picks.items()):
        value = commitments[32 * at : 32 * at + 32]
        line = {
            "commitment": base64.b64encode(value).decode(),
            "codes": codes,
            "nonce": opened.nonces[at].hex(),
        }
        yield category, value, canonical(line) + b"\n"


def _sorted_lines(file):
    """Return a part's lines by the bytes of their commitment."""
    file.seek(0)
    marker = b'"commitment":"'

    def commitment(line):
        start = line.index(marker) + len(marker)
        return base64.b64decode(line[start : line.index(b'"', start)])

    return sorted(file, key=commitment)


def _folder(poll):
    folder = settings.VAR_DIR / "documents" / poll.uid
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def write_document(poll, name, pieces) -> Document:
    """Write a published file whole or not at all, and return its name, length and hash."""
    path = _folder(poll) / name
    digest, length = hashlib.sha256(), 0
    draft = path.with_name(f".{name}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            length += len(piece)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return Document(name, length, digest.hexdigest())
