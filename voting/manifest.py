"""The manifest: exactly what is being voted on, as bytes; and the plan that pages read from it.

Before opening the plan is made from the tables, so that a draft can be looked at. From opening on
it is read from the frozen bytes, and from nowhere else.
"""

import dataclasses
import functools
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from shortlist.document import Candidate, Category, ListDocument, from_json, read_list, to_json

from .corrected import corrected, corrections_of
from .holds.rules import thresholds
from .ledger.canonical import canonical, parse_canonical
from .limits import effective_limits
from .models import Manifest, Poll
from .order import by_strokes, ordered

FORMAT = "shortlist/manifest/v1"
# Nobody is chosen without a single vote, however many places are left.
LEAST_VOTES = 1
RULES = (
    "eligibility",
    "daily",
    "sealed",
    "holders",
    "reveals",
    "publish",
    "results_from",
    "tie_rule",
    "order_rule",
    "order_variants",
    "ballots_per_device",
    "batch_minimum",
    "merge_delay",
    "approvals",
    "lot_source",
    "objection_days",
    "brakes",
    "roll_question",
    "purpose",
    "retention",
)


class ManifestError(Exception):
    """The stored manifest is missing or is not what its hash says."""


@dataclass(frozen=True)
class Plan:
    """A poll's rules and list, as pages, form and count read them.

    `data` are the canonical bytes that all of it is read from; `sha256` is '' while the plan can
    still change. `sections` are the categories on the ballot, in the manifest's order;
    `candidates` theirs, one after the other: the order of the marks' bits. `variant` is the number
    of the rotated order that a reader sees, 0 without any; only `shown` depends on it.
    """

    sha256: str
    data: bytes
    document: dict
    shortlist: ListDocument
    variant: int = 0
    # What corrections did since the opening, by candidate code, and whom they withdrew.
    corrections: dict = dataclasses.field(default_factory=dict, hash=False, compare=False)
    withdrawn: frozenset = frozenset()

    @property
    def rules(self) -> dict:
        """Return the poll's rules by the names of its fields (`RULES`)."""
        return self.document["rules"]

    @property
    def uid(self) -> str:
        return self.document["poll"]

    @property
    def origin(self) -> str:
        """Return the name of the poll's ledger, the first line of each of its heads."""
        return self.document["origin"]

    @property
    def title(self) -> str:
        return self.document["title"]

    @property
    def keys(self) -> dict:
        """Return the fingerprints of the poll's keys, by role; empty before opening."""
        return self.document["keys"]

    @property
    def demo(self) -> bool:
        return self.document["demo"]

    @property
    def rehearsal(self) -> bool:
        return self.document["rehearsal"]

    @property
    def opens_at(self) -> datetime:
        return datetime.fromisoformat(self.document["opens_at"])

    @functools.cached_property
    def sections(self) -> tuple[Category, ...]:
        return tuple(category for category in self.shortlist.categories if category.on_ballot)

    @functools.cached_property
    def shown(self) -> tuple[Category, ...]:
        """Return `sections` with their candidates in the order in which pages show them."""
        return ordered(self)

    @property
    def order_query(self) -> str:
        """Return what an address carries so that the page behind it shows the same order."""
        return f"?order={self.variant}" if self.variant else ""

    @functools.cached_property
    def _variants(self) -> dict:
        return {}

    def in_variant(self, variant: int) -> "Plan":
        """Return the plan as the readers of a rotated order see it."""
        if variant not in self._variants:
            self._variants[variant] = dataclasses.replace(self, variant=variant)
        return self._variants[variant]

    @functools.cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        return tuple(candidate for category in self.sections for candidate in category.candidates)

    @functools.cached_property
    def index(self) -> dict[str, int]:
        """Return the place of each candidate code among the marks' bits."""
        return {candidate.code: at for at, candidate in enumerate(self.candidates)}

    @functools.cached_property
    def section_of(self) -> dict[str, Category]:
        """Return the category of each candidate code."""
        return {candidate.code: category for category in self.sections for candidate in category.candidates}

    @property
    def marks_bytes(self) -> int:
        """How many bytes hold one bit a candidate."""
        return (len(self.candidates) + 7) // 8

    @property
    def short_sections(self) -> list[Category]:
        """Categories that list fewer candidates than their source declares."""
        return [category for category in self.sections if category.missing_count]


def build_manifest(poll: Poll, fingerprints: dict[str, str]) -> bytes:
    """Write the canonical bytes of a poll's rules, list, evidence and keys."""
    shortlist = read_list(poll.shortlist)
    document = {
        "format": FORMAT,
        "poll": poll.uid,
        "slug": poll.slug,
        "origin": origin_of(poll),
        "title": poll.title,
        "demo": poll.demo,
        "rehearsal": poll.rehearsal,
        "opens_at": _time(poll.opens_at),
        "closes_at": _time(poll.closes_at),
        "zone": poll.zone,
        "holds_decided_by": _time(poll.holds_decided_by) if poll.holds_decided_by else "",
        "rules": {name: getattr(poll, name) for name in RULES} | {"least_votes": LEAST_VOTES},
        "accepts_short_list": poll.accepts_short_list,
        "keys": fingerprints,
        "holders": [
            {"number": holder.number, "name": holder.name, "public": holder.public}
            for holder in poll.key_holders.all()
        ],
        "wrapped": poll.wrapped,
        "brakes": effective_limits(poll),
        "list": to_json(shortlist),
    }
    if poll.eligibility == Poll.Eligibility.DEVICE:
        document["holds"] = thresholds(poll.brakes)
    if poll.order_rule == Poll.Order.STROKES:
        # Worked out once, so that the order stays what it was when the table of strokes changes.
        document["order"] = by_strokes(shortlist)
    return canonical(document)


def origin_of(poll: Poll) -> str:
    """Return the name of the poll's ledger: host, address, and the uid whose 80 random bits are its own."""
    return f"{settings.LEDGER_HOST}/{poll.slug}/{poll.uid}"


def parse_manifest(data: bytes) -> Plan:
    """Read a manifest's bytes; ValueError if they are not canonical or of another format."""
    data = bytes(data)
    document = parse_canonical(data)
    if document.get("format") != FORMAT:
        raise ValueError("This is no manifest of a known format.")
    return Plan(hashlib.sha256(data).hexdigest(), data, document, from_json(document["list"]))


def draft_sha256(poll: Poll) -> str:
    """Return the hash of what would be frozen now, without keys: what people say yes to."""
    return hashlib.sha256(build_manifest(poll, {})).hexdigest()


def plan_of(poll: Poll) -> Plan:
    """Return the plan that holds for a poll: the frozen one as corrected, or a draft made from the tables."""
    if poll.frozen:
        return _plan_now(poll.pk, poll.manifest_sha256, poll.corrected)
    return dataclasses.replace(parse_manifest(build_manifest(poll, {})), sha256="")


@functools.lru_cache(maxsize=32)
def _plan_now(poll_id, manifest, last_correction):
    plan = frozen_plan(manifest)
    return corrected(plan, corrections_of(poll_id)) if last_correction else plan


@functools.lru_cache(maxsize=32)
def frozen_plan(sha256: str) -> Plan:
    """Return the plan of a stored manifest, as it was opened; ManifestError where it is not there."""
    try:
        data = bytes(Manifest.objects.values_list("data", flat=True).get(sha256=sha256))
    except Manifest.DoesNotExist:
        raise ManifestError(f"The manifest {sha256} is missing.") from None
    plan = parse_manifest(data)
    if plan.sha256 != sha256:
        raise ManifestError(
            f"The stored manifest is not the one that was opened: {plan.sha256}, not {sha256}."
        )
    return plan


def _time(moment):
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
