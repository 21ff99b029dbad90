"""A new draft with the rules of another poll, and nothing else of it: no ballots, no keys, no ledger."""

from django.conf import settings
from django.db import transaction

from .models import Poll
from .trail import record

# What a copy takes over; everything else of a poll belongs to that one vote.
RULES = (
    "shortlist",
    "zone",
    "eligibility",
    "daily",
    "sealed",
    "holders",
    "reveals",
    "publish",
    "results_from",
    "tie_rule",
    "lot_source",
    "approvals",
    "objection_days",
    "order_rule",
    "order_variants",
    "ballots_per_device",
    "brakes",
    "roll_question",
    "purpose",
    "retention",
    "batch_minimum",
    "merge_delay",
)


def copy_poll(*, poll, slug, title, opens_at, closes_at, rehearsal, who="", at=None) -> Poll:
    """Make a draft with the rules and the list of a poll; the draft's trail says of which.

    The date by which held ballots are decided moves with the close. Uid, keys, holders and state are the
    draft's own, so that no ballot of the one can ever be read, opened or counted in the other.
    """
    values = {name: getattr(poll, name) for name in RULES}
    values["approvals"] = max(poll.approvals, settings.LEAST_APPROVALS)
    if poll.holds_decided_by:
        values["holds_decided_by"] = closes_at + (poll.holds_decided_by - poll.closes_at)
    with transaction.atomic():
        draft = Poll.objects.create(
            slug=slug,
            title=title,
            opens_at=opens_at,
            closes_at=closes_at,
            rehearsal=rehearsal,
            **values,
        )
        record(draft, who, "copied", at, source=poll.slug)
    return draft


def free_slug(slug) -> str:
    """Return an address like this one that no poll has."""
    taken = set(Poll.objects.filter(slug__startswith=slug[:50]).values_list("slug", flat=True))
    number = next(number for number in range(2, 10**6) if f"{slug[:50]}-{number}" not in taken)
    return f"{slug[:50]}-{number}"
