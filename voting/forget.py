"""The plan of deletion: what of a poll goes, when, and the act that lets it go (`manage.py forget`).

Days are those of the poll's `retention` over `DAYS`. Rows go in one transaction with a line of the audit
trail; then the key files under which their digests were made, so that what a database file, a log or a
backup still holds of them means nothing. The public ledger and the count are never touched.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from shortlist.wording import separated

from .holds.tags import has_tags
from .keeper import has_entry, locked_poll
from .keyring import destroy_keys
from .ledger.canonical import parse_canonical
from .models import (
    BallotTag,
    Code,
    Counter,
    Entry,
    Event,
    HeldBallot,
    OneTimePassword,
    Participation,
    Result,
    RollEntry,
    SpentChallenge,
)
from .trail import record

logger = logging.getLogger(__name__)
# After the end of objections; `unfinished` from the close on, where no result is certified before.
DAYS = {"roll": 30, "codes": 30, "participations": 30, "unfinished": 365}
MOST_DAYS = 3650
# Until when held ballots are decided where the poll names no date, from the close on.
DECIDED_AFTER = timedelta(days=3)
BRAKES, TAGS, PASSWORDS, ROLL, ACCOUNTS, CODES, PARTICIPATIONS = (
    "brakes",
    "tags",
    "passwords",
    "roll",
    "accounts",
    "codes",
    "participations",
)
CELLS = ("address", "network", "wide", "client", "bucket")


class Item(NamedTuple):
    """One thing that goes: when it is due, whether that is only the latest date, and when it went."""

    what: str
    due: datetime
    latest: bool
    done: datetime | None


class Step(NamedTuple):
    """How one thing goes: which kinds of poll have it, what deletes its rows, and the keys behind them."""

    kinds: tuple[str, ...]
    rows: Callable
    keys: tuple[str, ...]


def _rows_of(*models):
    def delete(poll):
        return sum(model.objects.filter(poll_id=poll.pk).delete()[0] for model in models)

    return delete


def _tags(poll):
    """Delete the tags, and the numbers that held ballots had in place of them."""
    marked = HeldBallot.objects.filter(group__poll=poll, signals__gt=0) | HeldBallot.objects.filter(
        group__poll=poll, bucket__isnull=False
    )
    cleared = marked.update(**dict.fromkeys(CELLS), signals=0)
    return BallotTag.objects.filter(poll=poll).delete()[0] + cleared


EVERY_KIND = ("device", "code", "roll", "sign_in")
STEPS = {
    PASSWORDS: Step(("roll",), _rows_of(OneTimePassword), ()),
    BRAKES: Step(EVERY_KIND, _rows_of(Counter, SpentChallenge), ()),
    TAGS: Step(("device",), _tags, ("tag",)),
    ROLL: Step(("roll",), _rows_of(RollEntry), ("roll",)),
    ACCOUNTS: Step(("sign_in",), lambda poll: 0, ("roll",)),
    CODES: Step(("code",), _rows_of(Code), ()),
    PARTICIPATIONS: Step(EVERY_KIND, _rows_of(Participation), ("credential",)),
}


def days_of(rules) -> dict[str, int]:
    """Return the days of the plan under a poll's rules."""
    return DAYS | rules["retention"]


def retention_faults(poll) -> list[str]:
    """Return what stands against a poll's own days, in sentences for the clerk."""
    bad = [
        name
        for name, days in poll.retention.items()
        if name not in DAYS or type(days) is not int or not 1 <= days <= MOST_DAYS
    ]
    if not bad:
        return []
    return [
        _("The days until data are deleted cannot be read: %(names)s. Give whole days for: %(known)s.")
        % {"names": separated(sorted(bad)), "known": separated(DAYS)}
    ]


def plan_of_deletion(poll, plan) -> list[Item]:
    """Return what of this poll goes and when, the earliest first."""
    done = {
        event.detail["what"]: event.at
        for event in Event.objects.filter(poll=poll, act="forget").order_by("number")
    }
    if TAGS not in done and (at := _tags_looked_through(poll)):
        done[TAGS] = at
    items = []
    for what, step in STEPS.items():
        if plan.rules["eligibility"] in step.kinds and (what != TAGS or has_tags(plan)):
            due, latest = _due(poll, plan, what)
            items.append(Item(what, due, latest, done.get(what)))
    return sorted(items, key=lambda item: item.due)


def forget_due(poll, plan, at, *, who, dry_run=False) -> list[Item]:
    """Let go of everything that is due, and return it. Doing it again does nothing.

    What is due waits while the last ballots are not entered or the keeper's secrets not destroyed.
    """
    gone = []
    for item in plan_of_deletion(poll, plan):
        if item.due > at or _hindered(poll, item.what):
            continue
        if _forget(poll, item.what, at, who, dry_run=dry_run):
            gone.append(item)
    return gone


def is_forgotten(poll, *whats) -> bool:
    """Say whether any of these has gone."""
    return Event.objects.filter(poll=poll, act="forget", detail__what__in=whats).exists()


def participations_of(poll) -> int:
    """Return how many took part: their rows, or, once these are gone, what the ledger's closing says."""
    rows = Participation.objects.filter(poll_id=poll.pk).count()
    if rows or not is_forgotten(poll, PARTICIPATIONS):
        return rows
    close = Entry.objects.filter(poll=poll, type="close").exclude(type="ballot").first()
    return parse_canonical(close.leaf)["participations"] if close else 0


def _forget(poll, what, at, who, *, dry_run) -> bool:
    """Delete rows with a line of the audit trail, then keys; return whether anything was there."""
    step = STEPS[what]
    with transaction.atomic():
        poll = locked_poll(poll)
        rows = step.rows(poll)
        keys = [role for role in step.keys if _key_exists(poll.uid, role)]
        if dry_run:
            transaction.set_rollback(True)
        if dry_run or not rows and not keys:
            return bool(rows or keys)
        record(poll, who, "forget", at, what=what, rows=rows, keys=keys)
    destroy_keys(poll.uid, keys)
    logger.info("Of poll %s was deleted by its plan: %s (%d rows)", poll.uid, what, rows)
    return True


def _tags_looked_through(poll):
    """Return when the rules on held ballots have destroyed tags and tag key (`holds/groups.py`), or None."""
    leaves = (
        Entry.objects.filter(poll=poll, type="audit").exclude(type="ballot").values_list("leaf", flat=True)
    )
    for leaf in map(parse_canonical, map(bytes, leaves)):
        if "tag" in leaf.get("keys", []):
            return datetime.fromisoformat(leaf["at"])
    return None


def _key_exists(uid, role):
    places = (settings.KEY_DIR, settings.KEY_COPY_DIR)
    return any((place / uid / f"{role}.key").exists() for place in places)


def _hindered(poll, what) -> bool:
    """Say whether something due must wait: nothing that the ledger's last entries need may go before them."""
    if not poll.frozen:
        return False
    if what in (PASSWORDS, BRAKES, TAGS):
        return not has_entry(poll, "close")
    return poll.secrets_destroyed_at is None


def _due(poll, plan, what) -> tuple[datetime, bool]:
    """Return when something goes, and whether that is only the latest date, since a certificate may come."""
    closed = poll.closed_at or poll.closes_at
    if what in (PASSWORDS, BRAKES):
        return closed, False
    if what == TAGS:
        decided = plan.document["holds_decided_by"]
        return (datetime.fromisoformat(decided) if decided else closed + DECIDED_AFTER), True
    days = days_of(plan.rules)
    latest = closed + timedelta(days=days["unfinished"])
    until = Result.objects.filter(poll=poll).values_list("objections_until", flat=True).first()
    if until is None:
        return latest, True
    name = ROLL if what == ACCOUNTS else what
    day = until + timedelta(days=1 + days[name])
    return min(
        latest, datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(poll.zone)).astimezone(UTC)
    ), False
