"""What was corrected since the opening, and the plan as corrections have left it."""

import dataclasses
from datetime import datetime
from typing import NamedTuple

from shortlist.document import Candidate, from_json

from .ledger.canonical import parse_canonical
from .models import Correction


class Change(NamedTuple):
    """One candidate before and after a correction."""

    code: str
    old: Candidate
    new: Candidate


class Corrected(NamedTuple):
    """A correction as people read it."""

    number: int
    at: datetime
    reason: str
    by: list[str]
    changes: list[Change]
    withdrawn: list[str]


def corrections_of(poll) -> list[Corrected]:
    """Return what was corrected in a poll since its opening, in order."""
    found = []
    for row in Correction.objects.filter(poll=poll).order_by("number"):
        content = parse_canonical(row.data)
        changes = [
            Change(each["candidate"], from_json(each["old"], Candidate), from_json(each["new"], Candidate))
            for each in content["changes"]
        ]
        found.append(
            Corrected(row.number, row.at, content["reason"], content["by"], changes, content["withdrawn"])
        )
    return found


def withdrawn_codes(poll) -> frozenset[str]:
    """Return the codes of the candidates that were withdrawn since the opening."""
    rows = Correction.objects.filter(poll=poll).values_list("data", flat=True)
    return frozenset(code for data in rows for code in parse_canonical(data)["withdrawn"])


def corrected(plan, done: list[Corrected]):
    """Return a plan as these corrections have left it; its manifest, codes, limits and order stay."""
    newest = {change.code: change.new for each in done for change in each.changes}
    by_code = {}
    for each in done:
        for code in [*(change.code for change in each.changes), *each.withdrawn]:
            by_code.setdefault(code, []).append(each)
    categories = tuple(
        dataclasses.replace(
            category,
            candidates=tuple(newest.get(candidate.code, candidate) for candidate in category.candidates),
        )
        for category in plan.shortlist.categories
    )
    return dataclasses.replace(
        plan,
        shortlist=dataclasses.replace(plan.shortlist, categories=categories),
        corrections=by_code,
        withdrawn=frozenset(code for each in done for code in each.withdrawn),
    )
