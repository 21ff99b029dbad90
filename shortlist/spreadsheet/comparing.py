"""Compare a checked spreadsheet with a list that exists: what would be added, changed and removed."""

import hashlib
import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field

from django.utils.translation import gettext as _

from shortlist.changes import VERBS, Line, field_change
from shortlist.forms import moved_offset
from shortlist.models import Candidate, Evidence

from .faults import Place
from .sheets import CANDIDATES, CATEGORIES, EVIDENCE, LIST, SOURCES

ABOUT_EVIDENCE = ("order", "label", "kind", "scope", "headline", "remarks", "source")
ABOUT_POINT = ("raw", "bound", "unit", "per", "period", "start", "end", "inferred")
READ_FROM_RAW = ("value", "scale", "order")


@dataclass
class Difference:
    """What applying a spreadsheet would do, as lines for people and as rows for the tables.

    `added` and `removed` are rows by model; `changed` are rows that exist, with their new values, each
    beside the names of its changed fields. Rows that are added already belong to the rows that exist.
    """

    lines: list[Line] = field(default_factory=list)
    added: dict = field(default_factory=lambda: defaultdict(list))
    changed: list = field(default_factory=list)
    removed: dict = field(default_factory=lambda: defaultdict(list))

    @property
    def digest(self) -> str:
        """Return what is the same only where the same would be done."""
        moved = [(row.pk, fields, str(row)) for row, fields in self.changed]
        plain = json.dumps([[asdict(line) for line in self.lines], moved], default=str, ensure_ascii=False)
        return hashlib.sha256(plain.encode()).hexdigest()

    @property
    def counts(self) -> list:
        """Return how many candidates and claims are added, changed and removed, as (verb, kind, number)."""
        kinds = [model._meta.verbose_name_plural for model in (Candidate, Evidence)]
        found = defaultdict(int)
        for line in self.lines:
            found[line.verb, line.model] += 1
        return [
            (verb, kind, found[verb, model])
            for model, kind in zip((Candidate, Evidence), kinds, strict=True)
            for verb in VERBS.values()
            if found[verb, model]
        ]

    def add(self, row, subject):
        self.added[type(row)].append(row)
        self.lines.append(Line(VERBS["+"], type(row), subject, []))

    def remove(self, row, subject):
        self.removed[type(row)].append(row)
        self.lines.append(Line(VERBS["-"], type(row), subject, []))

    def change(self, old, new, names, subject):
        """Give `old` these values of `new` and say which were others."""
        found = {name: change for name in names if (change := field_change(old, new, name))}
        if found:
            for name in found:
                setattr(old, name, getattr(new, name))
            self.changed.append((old, list(found)))
            self.lines.append(Line(VERBS["~"], type(old), subject, list(found.values())))


def compare(shortlist, draft, tables, report) -> Difference:
    """Return what would change; sheets and columns that the file does not have leave theirs as they are.

    Reports what must not happen: files would be lost, or a quote would lose its words.
    """
    difference = Difference()
    if table := tables.get("list"):
        # The address stays: it is how the list is known.
        names = [name for name in _columns(table, LIST) if name != "slug"]
        difference.change(shortlist, draft.shortlist, names, draft.shortlist.title)
    sources = _sources(shortlist, draft, tables, difference)
    categories = _categories(shortlist, draft, tables, difference)
    candidates = _candidates(shortlist, draft, tables, categories, difference, report)
    if "evidence" in tables:
        _evidence(draft, candidates, sources, _columns(tables["evidence"], EVIDENCE), difference)
    else:
        _move_quotes(candidates, difference, report)
    return difference


def _columns(table, sheet):
    return [column.name for column in sheet.columns if column.name in table.columns]


def _sources(shortlist, draft, tables, difference):
    """Compare sources, by title, else by place. Return the row that stands for each one of the draft."""
    if "sources" not in tables:
        return {}
    names = [name for name in _columns(tables["sources"], SOURCES) if name != "number"]
    stands_for = {}
    for old, new in paired(list(shortlist.sources.all()), draft.sources, lambda source: source.title):
        if new is None:
            difference.remove(old, str(old))
        elif old is None:
            new.shortlist = shortlist
            difference.add(new, str(new))
            stands_for[id(new)] = new
        else:
            difference.change(old, new, names, str(old))
            stands_for[id(new)] = old
    return stands_for


def _categories(shortlist, draft, tables, difference):
    """Compare categories by their digit. Return the row that stands for each digit."""
    names = [name for name in _columns(tables["categories"], CATEGORIES) if name != "code"]
    known = {category.code: category for category in shortlist.categories.all()}
    for new in draft.categories:
        if old := known.pop(new.code, None):
            difference.change(old, new, names, str(old))
        else:
            old, new.shortlist = new, shortlist
            difference.add(new, str(new))
        new.stands_for = old
    for gone in known.values():
        difference.remove(gone, str(gone))
    return {new.code: new.stands_for for new in draft.categories}


def _candidates(shortlist, draft, tables, categories, difference, report):
    """Compare candidates by their code. Return (the row that stands for it, its old text) by code."""
    names = [name for name in _columns(tables["candidates"], CANDIDATES) if name not in ("code", "category")]
    rows = Candidate.objects.filter(category__shortlist=shortlist).prefetch_related(
        "attachments", "evidence__points", "evidence__quotes__evidence"
    )
    known, stands = {row.code: row for row in rows}, {}
    for new in draft.candidates:
        new.category = categories[new.category.code]
        old = known.pop(new.code, None)
        if old is None:
            difference.add(new, str(new))
            stands[new.code] = new, ""
            continue
        stands[new.code] = old, old.text
        difference.change(old, new, [*names, "category"], str(old))
    for gone in known.values():
        if gone.attachments.all():
            report.fault(
                Place(),
                "attachments",
                _("The file no longer has candidate %(candidate)s, whose attachments would be lost.")
                % {"candidate": gone},
                _("Add it again, or delete its attachments at the desk first."),
            )
        difference.remove(gone, str(gone))
    return stands


def _move_quotes(candidates, difference, report):
    """Let the quotes of changed texts move with their words, where the file brings no evidence of its own."""
    for row, before in candidates.values():
        if row.pk is None or row.text == before:
            continue
        for quote in (quote for evidence in row.evidence.all() for quote in evidence.quotes.all()):
            offset = moved_offset(quote, before, row.text)
            if offset is None:
                report.fault(
                    Place(),
                    "quote_lost",
                    _("“%(quote)s”, quoted by evidence, would no longer stand in the text of %(candidate)s.")
                    % {"quote": quote.text, "candidate": row},
                    _("Change that evidence at the desk first, or upload a file with the sheet of evidence."),
                )
            elif offset != quote.offset:
                quote.offset = offset
                difference.changed.append((quote, ["offset"]))


def _evidence(draft, candidates, sources, columns, difference):
    """Compare the claims of each candidate, by what they measure, else by their place."""
    names = [name for name in ABOUT_EVIDENCE if name in columns]
    wanted, points, quotes = (defaultdict(list) for _kind in range(3))
    for evidence in draft.evidence:
        wanted[evidence.candidate.code].append(evidence)
    for rows, found in ((draft.points, points), (draft.quotes, quotes)):
        for row in rows:
            found[id(row.evidence)].append(row)
    for code, (candidate, _before) in candidates.items():
        known = list(candidate.evidence.all()) if candidate.pk else []
        for old, new in paired(known, wanted[code], lambda evidence: evidence.label):
            if new is None:
                difference.remove(old, f"{candidate} › {old}")
                continue
            subject = f"{candidate} › {new}"
            new.source = sources.get(id(new.source), new.source)
            new.candidate = candidate
            if old is None:
                difference.add(new, subject)
            else:
                difference.change(old, new, names, subject)
            claim = old or new
            _points(claim, points[id(new)], columns, subject, difference)
            _quotes(claim, quotes[id(new)], subject, difference)


def _points(claim, wanted, columns, subject, difference):
    names = [name for name in ABOUT_POINT if name in columns]
    known = list(claim.points.all()) if claim.pk else []
    for old, new in paired(known, wanted, lambda point: point.raw):
        if new is None:
            difference.remove(old, f"{subject} › {old}")
        elif old is None:
            new.evidence = claim
            difference.add(new, f"{subject} › {new}")
        else:
            difference.change(old, new, [*names, *READ_FROM_RAW], f"{subject} › {old}")


def _quotes(claim, wanted, subject, difference):
    known = list(claim.quotes.all()) if claim.pk else []
    for old, new in paired(known, wanted, lambda quote: (quote.text, quote.role)):
        if new is None:
            difference.remove(old, f"{subject} › {old}")
        elif old is None:
            new.evidence = claim
            difference.add(new, f"{subject} › {new}")
        elif (old.text, old.role) != (new.text, new.role):
            difference.change(old, new, ["text", "role", "offset"], f"{subject} › {old}")
        elif old.offset != new.offset:
            # It moves with the words around it, which is no news beside the change of the text itself.
            old.offset = new.offset
            difference.changed.append((old, ["offset"]))


def paired(old, new, key):
    """Pair rows that agree in `key`, then the others by their place; what is left over stands beside None."""
    waiting = defaultdict(list)
    for row in old:
        waiting[key(row)].append(row)
    pairs = [(waiting[key(row)].pop(0) if waiting[key(row)] else None, row) for row in new]
    left = [row for row in old if any(row is other for other in waiting[key(row)])]
    pairs = [(left.pop(0) if first is None and left else first, row) for first, row in pairs]
    return pairs + [(row, None) for row in left]
