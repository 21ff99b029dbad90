"""A candidate list as one immutable document: what pages draw and what a hash can cover.

`read_list` takes it from the tables, `to_json` and `from_json` carry it through canonical JSON
(strings, integers, booleans, lists, objects). Attribute names are those of the models, so that code
which reads evidence works on both.
"""

import datetime
from dataclasses import dataclass, fields
from decimal import Decimal

from .models import Evidence as EvidenceModel
from .models import Point as PointModel
from .models import Shortlist


@dataclass(frozen=True)
class Source:
    title: str
    publisher: str
    published_on: datetime.date | None
    page: str
    url: str
    remarks: str


@dataclass(frozen=True)
class Point:
    raw: str
    value: Decimal
    bound: str
    unit: str
    per: str
    period: str
    start: datetime.date | None
    end: datetime.date | None
    inferred: str
    scale: Decimal

    @property
    def bound_label(self):
        return PointModel.Bound(self.bound).label


@dataclass(frozen=True)
class Quote:
    offset: int
    text: str
    role: str

    @property
    def end(self):
        return self.offset + len(self.text)


@dataclass(frozen=True)
class Evidence:
    """`source` is a place in the list's sources, counted from 0; None means the list's own."""

    label: str
    kind: str
    scope: str
    headline: bool
    remarks: str
    source: int | None
    points: tuple[Point, ...]
    quotes: tuple[Quote, ...]

    @property
    def kind_label(self):
        return EvidenceModel.Kind(self.kind).label


@dataclass(frozen=True)
class Attachment:
    title: str
    alt: str
    name: str
    media_type: str
    size: int
    sha256: str
    source: int | None

    @property
    def is_picture(self):
        return self.media_type.startswith("image/")


@dataclass(frozen=True)
class Candidate:
    code: str
    title: str
    body: str
    evidence: tuple[Evidence, ...]
    attachments: tuple[Attachment, ...]

    @property
    def text(self):
        return self.title + self.body

    @property
    def headline(self):
        return self.title.removesuffix("。")

    @property
    def has_figures(self):
        return any(evidence.points for evidence in self.evidence)

    @property
    def headline_evidence(self):
        """The evidence that says most: the one marked so, else the first with a figure, else None."""
        with_figures = [evidence for evidence in self.evidence if evidence.points]
        return next((e for e in with_figures if e.headline), with_figures[0] if with_figures else None)


@dataclass(frozen=True)
class Category:
    code: str
    ordinal: str
    name: str
    on_ballot: bool
    declared_count: int | None
    places: int
    min_choices: int
    max_choices: int
    inference: str
    candidates: tuple[Candidate, ...]

    def __str__(self):
        return f"{self.ordinal}、{self.name}" if self.ordinal else self.name

    @property
    def missing_count(self):
        """How many declared candidates are not listed; 0 where nothing is declared."""
        return max(0, (self.declared_count or 0) - len(self.candidates)) if self.on_ballot else 0


@dataclass(frozen=True)
class ListDocument:
    slug: str
    title: str
    language: str
    organiser: str
    introduction: str
    remarks: str
    sources: tuple[Source, ...]
    categories: tuple[Category, ...]


CHILDREN = {
    "sources": Source,
    "categories": Category,
    "candidates": Candidate,
    "evidence": Evidence,
    "attachments": Attachment,
    "points": Point,
    "quotes": Quote,
}
DATES = {"published_on", "start", "end"}
DECIMALS = {"value", "scale"}


def read_list(shortlist: Shortlist) -> ListDocument:
    """Take the document from the tables, in nine queries whatever the list's length."""
    sources = list(shortlist.sources.all())
    place = {source.pk: at for at, source in enumerate(sources)}
    categories = shortlist.categories.prefetch_related(
        "candidates__evidence__points", "candidates__evidence__quotes", "candidates__attachments"
    )

    def plain(kind, row, **extra):
        names = [field.name for field in fields(kind) if field.name not in extra]
        return kind(**{name: getattr(row, name) for name in names}, **extra)

    def evidence(row):
        return plain(
            Evidence,
            row,
            source=place.get(row.source_id),
            points=tuple(plain(Point, point) for point in row.points.all()),
            quotes=tuple(plain(Quote, quote) for quote in row.quotes.all()),
        )

    def attachment(row):
        name = row.file.name.rpartition("/")[2]
        return plain(Attachment, row, name=name, source=place.get(row.source_id))

    def candidate(row):
        return plain(
            Candidate,
            row,
            evidence=tuple(evidence(item) for item in row.evidence.all()),
            attachments=tuple(attachment(item) for item in row.attachments.all()),
        )

    def category(row):
        return plain(Category, row, candidates=tuple(candidate(item) for item in row.candidates.all()))

    return plain(
        ListDocument,
        shortlist,
        sources=tuple(plain(Source, source) for source in sources),
        categories=tuple(category(row) for row in categories),
    )


def to_json(item):
    """Turn a document, or any part of it, into what canonical JSON can hold."""
    if isinstance(item, tuple):
        return [to_json(part) for part in item]
    if isinstance(item, Decimal):
        # The shortest plain writing, so that 13.600000 from one database and 13.6 are one.
        return f"{item.normalize():f}"
    if isinstance(item, datetime.date):
        return item.isoformat()
    if hasattr(item, "__dataclass_fields__"):
        return {field.name: to_json(getattr(item, field.name)) for field in fields(item)}
    return item


def from_json(data, kind=ListDocument):
    """Undo `to_json`."""

    def read(name, value):
        if name in CHILDREN:
            return tuple(from_json(part, CHILDREN[name]) for part in value)
        if name in DATES and value is not None:
            return datetime.date.fromisoformat(value)
        if name in DECIMALS:
            return Decimal(value)
        return value

    return kind(**{field.name: read(field.name, data[field.name]) for field in fields(kind)})
