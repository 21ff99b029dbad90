"""The public ledger (公开登记簿) as people read it: its acts in words, its entries, its heads day by day."""

import json
import zoneinfo
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Max
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from shortlist.wording import separated

from .bundle import public_documents
from .exports.table import BEIJING, local_time
from .holds.words import reason_label, rule_label
from .ledger import checkpoint as checkpoints
from .ledger.canonical import parse_canonical
from .ledger.headline import format_headline
from .ledger.tree import leaf_hash
from .models import Checkpoint, Entry

TYPES = {
    "manifest": gettext_lazy("Voting plan, final"),
    "open": gettext_lazy("Voting began"),
    "ballot": gettext_lazy("Ballot, sealed"),
    "channel": gettext_lazy("Ballots of another channel"),
    "credentials": gettext_lazy("Rights to vote issued"),
    "hold": gettext_lazy("Ballots held for checking"),
    "release": gettext_lazy("Held ballots released"),
    "exclude": gettext_lazy("Ballots excluded"),
    "correction": gettext_lazy("Correction"),
    "pause": gettext_lazy("Voting paused"),
    "resume": gettext_lazy("Voting went on"),
    "extend": gettext_lazy("Voting extended"),
    "close": gettext_lazy("Voting closed"),
    "reveals": gettext_lazy("Ballots opened: reveals"),
    "tally": gettext_lazy("Tally and published marks"),
    "result": gettext_lazy("Result"),
    "audit": gettext_lazy("Audit note"),
}
AUDITS = {
    "secrets_destroyed": gettext_lazy("Keys destroyed"),
    "recovered": gettext_lazy("Ledger repaired after a restored backup"),
    "trail": gettext_lazy("Audit trail of the staff, its end so far"),
    "annulled": gettext_lazy("Poll annulled"),
}
NOTICES = ["correction", "pause", "resume", "extend", "audit"]
# Numbers that an act's leaf holds, in the order in which they are told.
FIGURES = {
    "ballots": pgettext_lazy("figure of an entry", "ballots"),
    "participations": pgettext_lazy("figure of an entry", "participations"),
    "received": pgettext_lazy("figure of an entry", "received"),
    "valid": pgettext_lazy("figure of an entry", "valid"),
    "invalid": pgettext_lazy("figure of an entry", "invalid"),
    "lost": pgettext_lazy("figure of an entry", "ballots lost"),
    "events": pgettext_lazy("figure of an entry", "lines of the audit trail"),
    "issued": pgettext_lazy("figure of an entry", "issued"),
    "void": pgettext_lazy("figure of an entry", "void"),
}


class Document(NamedTuple):
    """A file that an entry names: its SHA-256, and whether everyone may have it now."""

    name: str
    sha256: str
    public: bool


class Item(NamedTuple):
    """An entry in words. `number` counts from 1; `at` is None where its leaf holds no time."""

    number: int
    kind: str
    act: str
    label: str
    at: datetime | None
    reason: str
    figures: list
    documents: list


class Leaf(NamedTuple):
    """An entry as it stands: in words, its bytes as text, the same laid out, its hash, its first head."""

    item: Item
    text: str
    layout: str
    sha256: str
    head: Checkpoint


class Day(NamedTuple):
    """The last head of one day, and its line for paper."""

    day: date
    head: Checkpoint
    line: str

    @property
    def groups(self) -> list[str]:
        """Return the line's last part in its groups; the last group are the check characters."""
        return self.line.rpartition(" ")[2].split("-")

    @property
    def beginning(self) -> str:
        """Return the first digits of the root, for the eye."""
        return "-".join(self.groups[:3])


def acts_of(poll, size) -> list[Item]:
    """Return every entry but ballots among the first `size`, in order."""
    kinds = [kind for kind in TYPES if kind != "ballot"]
    rows = Entry.objects.filter(poll=poll, type__in=kinds).exclude(type="ballot")
    public = set(public_documents(poll, "public")) | {"manifest.json"}
    # Sorted and cut here: asking for numbers would keep the index of these few rows from being used.
    found = sorted(rows.order_by().values_list("index", "leaf"))
    return [_item(index, leaf, public) for index, leaf in found if index < size]


def notices_of(poll) -> list[Item]:
    """Return what staff did since the opening that every reader is told, the newest first."""
    rows = Entry.objects.filter(poll=poll, type__in=NOTICES).exclude(type="ballot")
    found = sorted(rows.order_by().values_list("index", "leaf"), reverse=True)
    items = [_item(index, leaf, set()) for index, leaf in found]
    return [item for item in items if item.kind != "audit" or item.act == "annulled"]


def entry_of(poll, number, size) -> Leaf | None:
    """Return the entry with this number, from 1; None where the first `size` entries have none."""
    row = Entry.objects.filter(poll=poll, index=number - 1).first() if 0 < number <= size else None
    if row is None:
        return None
    leaf = bytes(row.leaf)
    public = set(public_documents(poll, "public")) | {"manifest.json"}
    return Leaf(
        item=_item(row.index, leaf, public),
        text=leaf.decode(),
        layout=json.dumps(parse_canonical(leaf), ensure_ascii=False, indent=2),
        sha256=leaf_hash(leaf).hex(),
        head=Checkpoint.objects.filter(poll=poll, size__gte=number).order_by("size").first(),
    )


def ballots_in_each_category(plan, size, acts) -> int | None:
    """Return how many ballots the first `size` entries hold; every ballot has one in each category."""
    ballots, uneven = divmod(size - len(acts), len(plan.sections))
    return None if uneven else ballots


def days_of(poll, plan) -> list[Day]:
    """Return the last head of each day in the poll's zone, the newest first."""
    zone = zoneinfo.ZoneInfo(poll.zone)
    heads = Checkpoint.objects.filter(poll=poll)
    days = heads.annotate(day=TruncDate("signed_at", tzinfo=zone)).order_by().values("day")
    last = {row["last"]: row["day"] for row in days.annotate(last=Max("size"))}
    rows = heads.filter(size__in=list(last)).order_by("-size")
    return [Day(last[head.size], head, headline(plan, head)) for head in rows]


def head_of_day(poll, plan, day=None) -> Day | None:
    """Return the latest head, or the last one of a day in the poll's zone; None where there is none."""
    zone = zoneinfo.ZoneInfo(poll.zone)
    heads = Checkpoint.objects.filter(poll=poll).annotate(day=TruncDate("signed_at", tzinfo=zone))
    head = (heads.filter(day=day) if day else heads).order_by("-size").first()
    return head and Day(head.day, head, headline(plan, head))


def headline(plan, head) -> str:
    """Return a head in the one line that is printed: origin, size, root and check characters."""
    return format_headline(checkpoints.Checkpoint(plan.origin, head.size, bytes(head.root)))


def _item(index, leaf, public):
    content = parse_canonical(leaf)
    kind = content["type"]
    named = content.get("documents", [content] if "name" in content else [])
    label = AUDITS.get(content.get("act"), TYPES["audit"]) if kind == "audit" else TYPES.get(kind, kind)
    return Item(
        number=index + 1,
        kind=kind,
        act=content.get("act", ""),
        label=str(label),
        at=datetime.fromisoformat(content["at"]) if "at" in content else None,
        reason=reason_label(content.get("reason", "")) or content.get("channel", ""),
        figures=[
            *(
                _("%(what)s: %(count)d") % {"what": what, "count": content[name]}
                for name, what in FIGURES.items()
                if name in content
            ),
            *_words(content),
        ],
        documents=[
            # A channel's file keeps the name that it came with, which may be that of a published one.
            Document(each["name"], each["sha256"], kind != "channel" and each["name"] in public)
            for each in named
        ],
    )


def _words(content):
    """Yield what an act's leaf says besides numbers: a new time, who was withdrawn, who approved."""
    if "closes_at" in content:
        moment = local_time(datetime.fromisoformat(content["closes_at"]), BEIJING)
        yield _("closes at %(time)s") % {"time": moment}
    if content.get("withdrawn"):
        yield _("withdrawn: %(codes)s") % {"codes": separated(content["withdrawn"])}
    if kind_of_rule := content.get("rule"):
        yield rule_label(kind_of_rule)
    if "hold" in content:
        yield _("group %(number)d") % {"number": content["hold"]}
    if content.get("by"):
        yield _("approved by %(names)s") % {"names": separated(content["by"])}
