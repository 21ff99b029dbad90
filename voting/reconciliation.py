"""The reconciliation sheet (平账表): every number of ballots held against another, to zero or not."""

from typing import NamedTuple

from django.db.models import Count
from django.utils.translation import gettext as _

from .codes import standing_of_codes
from .exports.table import not_counted_label
from .forget import CODES, PARTICIPATIONS, is_forgotten, participations_of
from .ledger.canonical import parse_canonical
from .models import Ballot, Code, Entry, Participation, PendingEnvelope, Poll


class Line(NamedTuple):
    """One equation: what it is about, the whole, its parts by name, and what is left over."""

    label: str
    whole: int
    parts: list[tuple[str, int]]

    @property
    def difference(self) -> int:
        return self.whole - sum(count for _name, count in self.parts)


def reconcile(poll, plan) -> list[Line]:
    """Return the equations that must close to zero. They tell numbers of ballots, never of votes."""
    ballots = Ballot.objects.filter(poll=poll)
    by_channel = dict(ballots.values_list("channel").annotate(count=Count("pk")).order_by("channel"))
    faults = dict(
        ballots.exclude(fault="").values_list("fault").annotate(count=Count("pk")).order_by("fault")
    )
    pending = PendingEnvelope.objects.filter(poll_id=poll.pk)
    files = list(poll.channel_files.order_by("pk"))
    lines = [
        Line(
            _("Participations on the web"),
            participations_of(poll),
            [
                (_("ballots entered"), by_channel.pop("web", 0)),
                (_("waiting to be entered"), pending.filter(damaged=False).count()),
                (_("kept aside because they cannot be opened"), pending.filter(damaged=True).count()),
            ],
        ),
        Line(
            _("Ballots entered"),
            ballots.count(),
            [
                (_("opened and counted"), ballots.counted().count()),
                (_("still under seal"), ballots.unopened().count()),
                (_("held and excluded"), ballots.excluded().count()),
                *(
                    (_("not counted: %(reason)s") % {"reason": not_counted_label(name)}, count)
                    for name, count in faults.items()
                ),
            ],
        ),
        Line(
            _("Ballot entries in the ledger"),
            Entry.objects.filter(poll=poll, type="ballot").count(),
            [(_("ballots entered, once for each category"), ballots.count() * len(plan.sections))],
        ),
    ]
    for file in files:
        lines.append(
            Line(
                _("Received in %(file)s (%(channel)s)") % {"file": file.name, "channel": file.channel},
                file.rows_read,
                [(_("valid"), file.accepted), (_("invalid"), file.refused)],
            )
        )
    for channel in sorted({file.channel for file in files} | by_channel.keys()):
        valid = sum(file.accepted for file in files if file.channel == channel)
        lines.append(
            Line(
                _("Ballots entered from %(channel)s") % {"channel": channel},
                by_channel.get(channel, 0),
                [(_("valid in its files"), valid)],
            )
        )
    if plan.rules["eligibility"] == Poll.Eligibility.CODE and not is_forgotten(poll, CODES, PARTICIPATIONS):
        lines.append(_codes(poll))
    close = Entry.objects.filter(poll=poll, type="close").exclude(type="ballot").first()
    if close:
        later = sum(
            parse_canonical(entry.leaf)["valid"]
            for entry in Entry.objects.filter(poll=poll, type="channel", index__gt=close.index)
        )
        lines.append(
            Line(
                _("Ballots entered"),
                ballots.count(),
                [
                    (_("named by the closing entry"), parse_canonical(close.leaf)["ballots"]),
                    (_("of other channels since then"), later),
                ],
            )
        )
    return lines


def _codes(poll):
    """Hold the codes that the ledger says were issued against guards and rows of codes."""
    entries = Entry.objects.filter(poll=poll, type="credentials").exclude(type="ballot")
    standing = standing_of_codes(Code.objects.filter(poll=poll))
    voted = Participation.objects.filter(poll_id=poll.pk).values("credential").distinct().count()
    return Line(
        _("Voting codes issued"),
        sum(parse_canonical(bytes(entry.leaf))["issued"] for entry in entries),
        [(_("used"), voted), (_("unused"), standing.unused), (_("void"), standing.void)],
    )
