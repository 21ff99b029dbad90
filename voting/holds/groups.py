"""Held ballots from the close to the count: looked for, reviewed, released; each step an entry of the ledger.

After the closing entry the tags are looked through and removed, their key with them, before a single
ballot is opened. When the ballots are opened, the review releases what is as varied as others, and
what is not stays held until people decide or the manifest's date has come.
"""

import logging
from datetime import UTC, timedelta

import numpy
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import trail
from ..keeper import append_act, ballot_leaf, has_entry, locked_poll
from ..keyring import destroy_keys, keys_of
from ..ledger.canonical import canonical, parse_canonical
from ..ledger.commitment import COMMITMENT_BYTES
from ..manifest import plan_of
from ..models import Ballot, BallotTag, Entry, HeldBallot, HoldGroup, Poll
from ..publication import hold_name, write_document
from ..refusals import ActRefused
from . import ALIKE
from .facts import common_place, marks_facts, place_times, tag_facts, times_facts
from .numbers import held_rows, read_held, read_marks, read_tags, sections_of
from .review import alike_anywhere, review
from .rules import UNKNOWN, Tags, find, hide_rare

HOLD, EXCLUSION = "shortlist/hold/v1", "shortlist/exclusion/v1"
REVIEWED, UNDECIDED = "review rule: as varied as other ballots", "undecided"
PROGRAM_NAME = "keep_ledger"
DAYS = 3
# Fewer ballots than this are no group: a list of them would tell of each.
FEWEST = 10
# The largest sets have groups of their own, the others one for each rule.
MOST_GROUPS = 30

logger = logging.getLogger(__name__)


def decided_by(poll):
    """Return when held ballots that nobody has decided count; None before the close."""
    if poll.holds_decided_by or poll.closed_at is None:
        return poll.holds_decided_by
    return poll.closed_at + timedelta(days=DAYS)


def undecided(poll):
    """Return the groups of a poll that wait for a decision."""
    return HoldGroup.objects.filter(poll=poll, decision=HoldGroup.Decision.NONE)


def keep_holds(poll, at) -> bool:
    """Do what is due for a closed poll's held ballots at this moment; return whether entries were written."""
    if poll.state != Poll.State.CLOSED or not has_entry(poll, "close"):
        return False
    done = look_at_tags(poll, at)
    if undecided(poll).exists() and at >= decided_by(poll):
        with transaction.atomic():
            done = release_undecided(locked_poll(poll), at) or done
    return done


def look_at_tags(poll, at) -> bool:
    """Hold what the rules find, and remove tags and tag key; return whether there were any. Once a poll."""
    plan = plan_of(poll)
    if not BallotTag.objects.filter(poll=poll).exists():
        if keys_of(poll, plan).tag is not None and _says_destroyed(poll):
            destroy_keys(poll.uid, ["tag"])  # A run was broken off between the entry and the file.
        return False
    with transaction.atomic():
        poll = locked_poll(poll)
        key = keys_of(poll, plan).tag
        if key is not None and BallotTag.objects.filter(poll=poll).exists():
            _hold_by_tags(poll, plan.document["holds"], key, at)
        # Without its key nothing can be told from a tag, as after a run that was broken off.
        BallotTag.objects.filter(poll=poll).delete()
        append_act(poll, "audit", act="secrets_destroyed", at=_time(at), keys=["tag"])
    destroy_keys(poll.uid, ["tag"])
    logger.info("Cluster tags of poll %s were looked through; they and their key were destroyed", poll.uid)
    return True


def _says_destroyed(poll):
    leaves = (
        Entry.objects.filter(poll=poll, type="audit").exclude(type="ballot").values_list("leaf", flat=True)
    )
    return any("tag" in parse_canonical(leaf).get("keys", []) for leaf in leaves)


def _hold_by_tags(poll, limits, key, at):
    """Hold what the rules find. The first group's facts also keep what the review needs of all ballots."""
    ballots, tags = read_tags(poll, key)
    found = find(tags, limits)
    if not found.held:
        return
    every = numpy.sort(numpy.concatenate(list(found.held.values())))
    shared = hide_rare(tags.take(every), limits["least"])
    noted = {
        "points": found.points,
        "places": place_times(tags.take(every), tags.bucket, limits["least"]),
    }
    for rule, rows in found.held.items():
        facts = tag_facts(tags.take(rows)) | times_facts(tags.bucket[rows], tags.bucket) | noted
        noted = {}
        group = _new_group(poll, rule, ballots[rows], facts, at, reviewed=False)
        kept = held_rows(group, ballots[rows], shared.take(numpy.searchsorted(every, rows)))
        HeldBallot.objects.bulk_create(kept, batch_size=1000)


def review_held(poll, plan, at):
    """Look at the opened ballots once: release what is as varied as others, keep the rest held. Once a poll.

    Only device polls are reviewed: where each voter is known to be one, ballots may be as alike as they like.
    """
    if plan.rules["eligibility"] != Poll.Eligibility.DEVICE:
        return
    with transaction.atomic():
        poll = locked_poll(poll)
        if has_entry(poll, "tally") or HoldGroup.objects.filter(poll=poll, reviewed=True).exists():
            return
        first = list(undecided(poll).filter(reviewed=False))
        ballots, bits = read_marks(poll, plan)
        held, tags = read_held([group.pk for group in first])
        # A ballot that could not be opened has no marks; it does not count in any case.
        known = numpy.isin(held, ballots)
        held, tags = held[known], tags.take(known)
        inside = numpy.searchsorted(ballots, held)
        others = numpy.ones(len(ballots), dtype=bool)
        others[inside] = False
        limits = plan.document["holds"]
        noted = dict(first[0].facts) if first else {}
        anywhere = list(alike_anywhere(bits, sections_of(plan), limits))
        for rows in anywhere:
            others[rows] = False  # What is usual is not told by a slate that came from everywhere.
        kept = review(tags, bits[inside], bits[others], noted.get("points", {}), limits)
        sets = [(each.rule, held[each.rows], each.points) for each in kept]
        taken = numpy.concatenate(
            [rows for _rule, rows, _points in sets] or [numpy.array([], dtype=numpy.int64)]
        )
        for rows in anywhere:
            alike = ballots[rows][~numpy.isin(ballots[rows], taken)]
            sets.append((ALIKE, alike, {"alike": 100}))
        numbers = dict(zip(held.tolist(), range(len(held)), strict=True))
        for group in first:
            release(poll, group, reason=REVIEWED, by=[], at=at)
        for rule, rows, why in _merged(sets):
            _keep_held(poll, rule, numpy.sort(rows), why, (numbers, tags), (ballots, bits), noted, at)


def _keep_held(poll, rule, rows, why, numbered, marked, noted, at):
    """Make a group of ballots that stay held after the review."""
    numbers, tags = numbered
    ballots, bits = marked
    places = numpy.array([numbers.get(ballot, -1) for ballot in rows.tolist()], dtype=numpy.int64)
    own = tags.take(places[places >= 0])
    nothing = Tags(
        *(numpy.full(len(rows), UNKNOWN) for _part in range(5)), numpy.zeros(len(rows), numpy.uint8)
    )
    for part, values in zip(nothing, own, strict=True):
        part[places >= 0] = values
    facts = tag_facts(nothing) | marks_facts(bits[numpy.searchsorted(ballots, rows)]) | {"why": why}
    place = common_place(nothing)
    if times := noted.get("places", {}).get(place):
        facts |= {"minutes": noted["minutes"], "times": times, "place": place.split(" ")[0]}
    group = _new_group(poll, rule, rows, facts, at, reviewed=True)
    HeldBallot.objects.bulk_create(held_rows(group, rows, nothing), batch_size=1000)


def _merged(sets):
    """Return the largest sets by themselves, and one for each rule of the small ones together."""
    sets = sorted(sets, key=lambda each: -len(each[1]))
    found, rest = [], {}
    for at, (rule, rows, why) in enumerate(sets):
        if at < MOST_GROUPS and len(rows) >= FEWEST:
            found.append((rule, rows, why))
        else:
            rest.setdefault(rule, []).append((rows, why))
    for rule, parts in rest.items():
        rows = numpy.concatenate([rows for rows, _why in parts])
        why = {
            name: max(each.get(name, 0) for _rows, each in parts) for _rows, each in parts for name in each
        }
        if len(rows) >= FEWEST:
            found.append((rule, rows, why))
    return found


def _new_group(poll, rule, ballots, facts, at, *, reviewed) -> HoldGroup:
    """Write a group with its list and its entry. The poll is locked."""
    number = HoldGroup.objects.filter(poll=poll).count() + 1
    facts = {"ballots": len(ballots), **facts}
    group = HoldGroup.objects.create(poll=poll, number=number, rule=rule, facts=facts, reviewed=reviewed)
    content = {"format": HOLD, "poll": poll.uid, "rule": rule, "leaves": leaves_of(poll, ballots)}
    document = write_document(poll, hold_name(number), [canonical(content)])
    append_act(poll, "hold", at=_time(at), rule=rule, documents=[document._asdict()])
    trail.record(poll, PROGRAM_NAME, "hold", at, group=number, rule=rule, ballots=len(ballots))
    return group


def leaves_of(poll, ballots) -> list[int]:
    """Return the sorted indexes of all entries of these ballots (primary keys), over all categories."""
    codes = [category.code for category in plan_of(poll).sections]
    found = []
    ballots = [int(ballot) for ballot in ballots]
    for start in range(0, len(ballots), 400):
        rows = Ballot.objects.filter(pk__in=ballots[start : start + 400]).values_list(
            "commitments", flat=True
        )
        leaves = [
            ballot_leaf(code, bytes(row)[at * COMMITMENT_BYTES : (at + 1) * COMMITMENT_BYTES])
            for row in rows
            for at, code in enumerate(codes)
        ]
        found += Entry.objects.of_ballots(poll, leaves).values_list("index", flat=True)
    return sorted(found)


def release(poll, group, *, reason, by, at):
    """Let a group count, on the locked poll: by rule, by a person, or because nobody decided in time."""
    if group.decision:
        raise ActRefused(_("This group is decided already."))
    group.decision, group.reason, group.decided_at = HoldGroup.Decision.RELEASED, reason, at
    for name in ("points", "places"):
        group.facts.pop(name, None)
    group.save(update_fields=["decision", "reason", "decided_at", "facts"])
    HeldBallot.objects.filter(group=group).delete()
    append_act(poll, "release", at=_time(at), hold=group.number, reason=reason, by=list(by))
    if not by:
        trail.record(poll, PROGRAM_NAME, "release", at, group=group.number, reason=reason)


def release_undecided(poll, at) -> bool:
    """Let every group count that nobody has decided; return whether there were any. The poll is locked."""
    groups = list(undecided(poll))
    for group in groups:
        release(poll, group, reason=UNDECIDED, by=[], at=at)
    forget_numbers(poll)
    return bool(groups)


def settle(poll, plan, at):
    """Make sure that every held ballot is decided before the count: ActRefused where people still can."""
    review_held(poll, plan, at)
    waiting = undecided(poll).count()
    if waiting and at < decided_by(poll):
        raise ActRefused(waiting_sentence(waiting))
    release_undecided(poll, at)


def waiting_sentence(waiting) -> str:
    """Return what stands against the count while groups of held ballots wait for a decision."""
    return ngettext(
        "%(count)d group of held ballots is not decided. Open “Held ballots” and release or exclude it.",
        "%(count)d groups of held ballots are not decided. Open “Held ballots” and release or exclude them.",
        waiting,
    ) % {"count": waiting}


def forget_numbers(poll):
    """Remove what held ballots have in common, once nothing is to be decided any more."""
    if not undecided(poll).exists():
        HeldBallot.objects.filter(group__poll=poll).update(
            address=None, network=None, wide=None, client=None, bucket=None, signals=0
        )


def _time(moment):
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
