"""The history of a list, or of a part of it, as acts that a person can read."""

import json
from collections import defaultdict
from dataclasses import dataclass, field

from django.core.paginator import Paginator
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .history import FIRST_STATE
from .models import Attachment, Candidate, Category, Evidence, Point, Quote, Shortlist, Source

ACTS_A_PAGE = 20
AROUND = 16  # unchanged characters that are shown on each side of a change in a long text
OF_A_FIGURE = "0123456789.,%"  # a change never begins or ends within a figure
PARENTS = {
    Category: "shortlist",
    Source: "shortlist",
    Candidate: "category",
    Evidence: "candidate",
    Attachment: "candidate",
    Point: "evidence",
    Quote: "evidence",
}
VERBS = {"+": gettext_lazy("added"), "~": gettext_lazy("changed"), "-": gettext_lazy("removed")}


@dataclass(frozen=True)
class FieldChange:
    """What one field was and is. `before` and `after` are the unchanged words around a change in a text."""

    label: str
    old: str
    new: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Line:
    """What happened, or would happen, to one row of a model."""

    verb: Promise
    model: type
    subject: str
    fields: list[FieldChange]

    @property
    def kind(self):
        return self.model._meta.verbose_name


@dataclass
class Act:
    """What one person did at once."""

    at: object
    who: str
    reason: str
    lines: list[Line] = field(default_factory=list)


def list_of(item) -> Shortlist:
    """Return the list that a row belongs to."""
    while not isinstance(item, Shortlist):
        item = getattr(item, PARENTS[type(item)])
    return item


def acts_of(item, number=1):
    """Return one page of the acts on an object and all that belongs to it, latest first.

    Takes the same number of queries however many acts a page shows.
    """
    histories = {
        model: history.exclude(history_type=FIRST_STATE) for model, history in histories_of(item).items()
    }
    keys = [
        history.order_by().values_list("history_date", "history_user_id", "history_change_reason")
        for history in histories.values()
    ]
    together = keys[0].union(*keys[1:]) if len(keys) > 1 else keys[0].distinct()
    page = Paginator(together.order_by("-history_date"), ACTS_A_PAGE).get_page(number)
    acts = {key: Act(*key) for key in page.object_list}
    records = [
        (model, record)
        for model, history in histories.items()
        for record in _with_previous(history.filter(history_date__in={at for at, _who, _why in acts}), model)
    ]
    names = _Names(records)
    for model, record in sorted(records, key=lambda pair: ORDER.get(pair[0], 0)):
        key = record.history_date, record.history_user_id, record.history_change_reason
        if key in acts and (line := _line(model, record, names)):
            acts[key].lines.append(line)
    # A page that was saved as it was leaves a record and no change.
    page.object_list = [act for act in acts.values() if act.lines]
    return page


ORDER = {model: at for at, model in enumerate([Shortlist, *PARENTS])}


def histories_of(item):
    """Return the records of an object and of all that belongs or belonged to it, by model."""
    model = type(item)
    found, pks = {model: model.history.filter(id=item.pk)}, {model: {item.pk}}
    for child, name in PARENTS.items():
        parent = child._meta.get_field(name).related_model
        if parent in pks:
            within = Q(**{f"{name}_id__in": pks[parent]})
            found[child] = child.history.filter(within)
            pks[child] = set(found[child].order_by().values_list("id", flat=True).distinct())
            pks[child] |= set(child.objects.filter(within).values_list("pk", flat=True))
    return found


def _with_previous(history, model):
    """Return these records, each with the one before it as `previous`, None for a first one."""
    earlier = model.history.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    earlier = earlier.order_by("-history_id").values("history_id")[:1]
    records = list(history.annotate(previous_id=Subquery(earlier)).order_by("history_id"))
    known = model.history.in_bulk([record.previous_id for record in records if record.previous_id])
    for record in records:
        record.previous = known.get(record.previous_id)
    return records


class _Names:
    """What rows are called that records point to, fetched once a model; deleted ones by their last record."""

    def __init__(self, records):
        wanted = defaultdict(set)
        for model, record in records:
            for column in _foreign(model):
                for state in filter(None, (record, record.previous)):
                    wanted[column.related_model].add(getattr(state, column.attname))
        self.rows = {}
        for model in (Evidence, *(model for model in wanted if model is not Evidence)):
            self._fetch(model, wanted[model] - {None})
            if model is Evidence:
                wanted[Candidate] |= {row.candidate_id for row in self.rows[Evidence].values()}

    def _fetch(self, model, pks):
        rows = model.objects.in_bulk(pks)
        if gone := pks - rows.keys():
            last = model.history.filter(id__in=gone, history_type="-")
            rows |= {record.id: record.instance for record in last}
        self.rows[model] = rows

    def of(self, model, pk):
        row = self.rows.get(model, {}).get(pk)
        return str(row) if row else f"{model._meta.verbose_name} {pk}"

    def subject(self, model, record):
        """Name a row together with what it belongs to: 105 交通 › 高速公路 › 5335公里."""
        named = [str(record.instance)]
        if model in (Point, Quote):
            evidence = self.rows[Evidence].get(record.evidence_id)
            named.insert(0, self.of(Evidence, record.evidence_id))
            if evidence:
                named.insert(0, self.of(Candidate, evidence.candidate_id))
        elif model in (Evidence, Attachment):
            named.insert(0, self.of(Candidate, record.candidate_id))
        return " › ".join(named)


def _foreign(model):
    return [column for column in model._meta.fields if isinstance(column, models.ForeignKey)]


def _line(model, record, names):
    """Return what one record says, None where nothing is changed by it."""
    parent = PARENTS.get(model)
    tracked = [c for c in type(record).tracked_fields if not c.primary_key and c.name != parent]
    fields = []
    if record.history_type == "~":
        tracked = [c for c in type(record).tracked_fields if not c.primary_key]
        fields = [_field_change(c, record.previous, record, names) for c in tracked]
    elif record.history_type == "+":
        fields = [_field_change(c, None, record, names) for c in tracked]
    fields = [change for change in fields if change]
    if record.history_type == "~" and not fields:
        return None
    return Line(VERBS[record.history_type], model, names.subject(model, record), fields)


def field_change(old, new, name):
    """Compare one field of two rows of a model; None where it means the same."""
    column = new._meta.get_field(name)
    if isinstance(column, models.ForeignKey):
        values = [str(getattr(row, name) or "") for row in (old, new)]
    else:
        values = [_shown(column, getattr(row, name)) for row in (old, new)]
    return _compared(column, *values)


def _field_change(column, previous, record, names):
    """Compare one field of two records; None where it is the same or where there was and is nothing."""
    values = [getattr(state, column.attname) if state else None for state in (previous, record)]
    if previous is None and values[1] == column.get_default():
        return None
    if isinstance(column, models.ForeignKey):
        values = [names.of(column.related_model, value) if value else "" for value in values]
        return _compared(column, *values)
    return _compared(column, *(_shown(column, value) for value in values))


def _compared(column, old, new):
    """Return how a field changed, of a long text only what is around the change."""
    if old == new:
        return None
    label = str(column.verbose_name)
    if not old or max(len(old), len(new)) <= 2 * AROUND:
        return FieldChange(label, old, new)
    before, after = _unchanged_ends(old, new)
    end_old, end_new = len(old) - after, len(new) - after
    return FieldChange(
        label,
        old[before:end_old],
        new[before:end_new],
        ("…" if before > AROUND else "") + old[max(0, before - AROUND) : before],
        old[end_old : end_old + AROUND] + ("…" if after > AROUND else ""),
    )


def _unchanged_ends(old, new):
    """Return how many characters two texts share at their beginning and, apart from these, at their end."""
    shortest = min(len(old), len(new))
    before = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    room = shortest - before
    after = next((at for at in range(room) if old[-1 - at] != new[-1 - at]), room)
    while before and old[before - 1] in OF_A_FIGURE:
        before -= 1
    while after and old[-after] in OF_A_FIGURE:
        after -= 1
    return before, after


def _shown(column, value):
    """Write a value as people read it."""
    if value is None or value == "" or value == {}:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(column, models.DecimalField):
        return f"{value.normalize():f}"
    if isinstance(column, models.DateTimeField):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
