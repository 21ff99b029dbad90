"""What staff print and sign: the zero sheet (零票单), the reconciliation sheet, a part on paper."""

from typing import NamedTuple

import segno
from django.db import connection, transaction
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from .ledger.canonical import parse_canonical
from .models import Ballot, Entry, Participation, PendingEnvelope
from .parts import part_lines
from .reconciliation import Line, reconcile


class Zero(NamedTuple):
    """One number of the zero sheet: as it stood at the opening, None if not entered yet, and now."""

    label: str
    at_opening: int | None
    now: int


class PaperPart(NamedTuple):
    """A part to print: whose it is, its four lines, and the same lines as a picture to scan."""

    name: str
    lines: list[str]
    picture: str


def opening_entry(poll) -> Entry | None:
    """Return the ledger's entry of the opening; None until the keeper has written it."""
    return Entry.objects.filter(poll=poll, type="open").exclude(type="ballot").first()


def zero_counts(poll, entry) -> list[Zero]:
    """Return what must have been zero when a frozen poll was opened.

    The ballots stand in the ledger's opening entry. A participation or an envelope cannot have been
    there: `open_poll` refuses a poll that has any.
    """
    ballots = parse_canonical(bytes(entry.leaf)).get("ballots") if entry else None
    return [
        Zero(_("Ballots in the ledger"), ballots, Ballot.objects.filter(poll=poll).count()),
        Zero(_("Participations"), 0, Participation.objects.filter(poll_id=poll.pk).count()),
        Zero(_("Ballots waiting to be entered"), 0, PendingEnvelope.objects.filter(poll_id=poll.pk).count()),
    ]


def code_in_groups(sha256: str) -> list[str]:
    """Return a code in groups of four digits, to be compared by eye and read out."""
    return [sha256[at : at + 4] for at in range(0, len(sha256), 4)]


def reconcile_at_once(poll, plan) -> list[Line]:
    """Return the equations as of one moment, so that a ballot cast meanwhile opens no gap."""
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return reconcile(poll, plan)


def paper_part(name: str, part: bytes) -> PaperPart:
    """Return a part as it is printed. Nothing of it is kept."""
    lines = part_lines(part)
    picture = segno.make("\n".join(lines), error="q").svg_inline(omitsize=True, svgclass="sheet-code")
    return PaperPart(name, lines, mark_safe(picture))
