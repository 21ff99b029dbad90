"""Ballots from other channels: files of candidate codes, read strictly and in bounded memory.

A file is CSV (first row `picks` or 所选, then one ballot a row, its codes in one cell or several) or
JSON Lines (a list of codes a line, or an object whose `picks` is one). A ballot without any pick is
written `-` or `[]`, so that an empty row is never taken for one.
"""

import codecs
import csv
import hashlib
import io
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from .envelope import seal_inner
from .keeper import Sealed, append_act, enter_ballots, has_entry, locked_poll
from .keyring import keys_of
from .ledger.commitment import commitment
from .manifest import plan_of
from .marks import by_section, find_faults, marks_from_codes
from .models import ChannelFile, Poll
from .refusals import ActRefused

CHUNK = 500
HEADINGS = ("picks", "所选")
BLANK = "-"
MAX_LINE = 20_000
NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")


class Row(NamedTuple):
    """One ballot of a file: its row counted from 1, its codes, or why it is refused."""

    number: int
    codes: list[str]
    fault: str


class Progress(NamedTuple):
    """What one step of an import did: the file's record, bytes read so far, the rows it refused."""

    record: ChannelFile
    position: int
    refused: list[Row]


def import_channel_file(*, poll, path: Path, channel: str) -> Iterator[Progress]:
    """Enter the ballots of a file, 500 a transaction; yield after each.

    The same file is entered once: a file that was broken off goes on where it stopped, a complete
    one is refused. Raises ActRefused for what stands against the import as a whole.
    """
    check_channel(poll, channel)
    plan = plan_of(poll)
    keys = keys_of(poll, plan)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        for _row in read_rows(file, plan):
            pass  # Read to the end once, so that nothing is entered of a file that cannot be read.
    record = _record(poll, sha256) or ChannelFile(
        poll=poll, sha256=sha256, channel=channel, name=path.name[:200]
    )
    if record.complete:
        raise ActRefused(
            _("This file was imported already: %(accepted)d ballots were accepted, %(refused)d refused.")
            % {"accepted": record.accepted, "refused": record.refused}
        )
    if record.channel != channel:
        raise ActRefused(
            _("This file was begun under the channel “%(channel)s”. Use that name to go on.")
            % {"channel": record.channel}
        )
    with path.open("rb") as file, closing(read_rows(file, plan)) as rows:
        for _done in range(record.rows_read):
            next(rows)
        while chunk := list(islice(rows, CHUNK)):
            _enter_chunk(poll, plan, keys, record, chunk)
            yield Progress(record, file.tell(), [row for row in chunk if row.fault])
    _complete(poll, record, path)


def check_channel(poll, channel: str):
    """Raise ActRefused unless ballots of this channel may come in now.

    They come after the close and before the count; rehearsals also take them while open.
    """
    if not NAME.fullmatch(channel) or channel == "web":
        raise ActRefused(
            _("A channel's name is lower-case letters, digits and dashes, and not “web”: paper-box.")
        )
    if poll.rehearsal and poll.state in (Poll.State.OPEN, Poll.State.PAUSED):
        return
    if poll.state != Poll.State.CLOSED:
        raise ActRefused(_("Ballots of other channels come in after the close and before the count."))
    if not has_entry(poll, "close"):
        raise ActRefused(_("The last ballots are still being entered. Try again in a moment."))
    if has_entry(poll, "reveals"):
        raise ActRefused(_("The ballots of this poll have been opened; none can be added any more."))


def read_rows(file, plan) -> Iterator[Row]:
    """Yield every ballot of an open binary file, checked as strictly as on the web."""
    number = 0
    for number, codes, fault in _raw_rows(file):
        yield Row(number, codes, fault or _find_fault(plan, codes))
    if not number:
        raise ActRefused(_("The file holds no ballots."))


def _raw_rows(file):
    """Yield (number, codes, fault) for each ballot, before its rules are looked at."""
    start = file.read(4096).lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    text = io.TextIOWrapper(file, encoding=_encoding(file), newline="")
    try:
        yield from (_json_rows if start in (b"[", b"{") else _csv_rows)(text)
    except UnicodeDecodeError:
        raise ActRefused(_("The file is neither UTF-8 nor GB18030. Save it as UTF-8.")) from None
    except csv.Error as error:
        raise ActRefused(_("The file cannot be read as CSV: %(error)s.") % {"error": error}) from None
    finally:
        text.detach()


def _encoding(file) -> str:
    """Return UTF-8 if the whole file is, else GB18030; rewinds the file."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while block := file.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    finally:
        file.seek(0)
    return "utf-8-sig"


def _csv_rows(text):
    rows = csv.reader(text, strict=True)
    heading = next((row for row in rows if row), [""])[0].strip()
    if heading not in HEADINGS:
        raise ActRefused(
            _("The first row must be the heading “picks” or “所选”; it is “%(found)s”.")
            % {"found": heading[:40]}
        )
    number = 0
    for cells in rows:
        if not cells:
            continue
        number += 1
        codes = re.split(r"[\s,;，；、]+", " ".join(cells).strip())
        if codes == [BLANK]:
            yield number, [], ""
        elif codes == [""]:
            yield number, [], _("The row is empty. Write - for a ballot without any pick.")
        else:
            yield number, codes, ""


def _json_rows(text):
    number = 0
    while line := text.readline(MAX_LINE):
        if not line.strip():
            continue
        number += 1
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            yield number, [], _('The line is not JSON. Write a list of codes: ["201", "301"].')
            continue
        codes = value.get("picks") if isinstance(value, dict) else value
        if isinstance(codes, list) and all(isinstance(code, str) for code in codes):
            yield number, codes, ""
        else:
            yield number, [], _('The line holds no list of codes. Write for example ["201", "301"].')


def _find_fault(plan, codes):
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        return _("The code %(code)s stands twice.") % {"code": twice[0]}
    return " ".join(fault.message for fault in find_faults(plan, codes))


def _enter_chunk(poll, plan, keys, record, chunk):
    ballots = [_seal(plan, keys, row.codes, record.channel) for row in chunk if not row.fault]
    with transaction.atomic():
        poll = locked_poll(poll)
        check_channel(poll, record.channel)
        known = _record(poll, record.sha256)
        if (known.rows_read if known else 0) != record.rows_read:
            raise ActRefused(_("The same file is being imported by somebody else at this moment."))
        enter_ballots(poll, plan, keys, ballots)
        record.rows_read += len(chunk)
        record.accepted += len(ballots)
        record.refused += len(chunk) - len(ballots)
        record.save()


def _record(poll, sha256):
    return ChannelFile.objects.filter(poll=poll, sha256=sha256).first()


def _seal(plan, keys, codes, channel):
    """Make a ballot of a row, with nonces of the server's own."""
    picks = by_section(plan, codes)
    nonces = {category: secrets.token_bytes(32) for category in picks}
    commitments = {
        category: commitment(plan.uid, category, chosen, nonces[category])
        for category, chosen in picks.items()
    }
    return Sealed(
        commitments, channel, seal_inner(keys, marks_from_codes(plan, codes), list(nonces.values()))
    )


def _complete(poll, record, path):
    """Enter the file's own entry: its name, length and hash, and how its rows were taken."""
    with transaction.atomic():
        poll = locked_poll(poll)
        record.complete = True
        record.save()
        append_act(
            poll,
            "channel",
            channel=record.channel,
            name=record.name,
            length=path.stat().st_size,
            sha256=record.sha256,
            received=record.rows_read,
            valid=record.accepted,
            invalid=record.refused,
        )
