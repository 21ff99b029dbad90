"""Who changed what, when and why: one record for each row and change, kept by django-simple-history.

Whoever changes rows does it inside `change_by`, which names person and reason for all records made within,
those of rows deleted along with others too. Outside of it records name nobody (a command, the demo).
"""

import contextlib
import contextvars
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

LONGEST_NAME = 310
LONGEST_REASON = 200
# The type of a record that holds what a row was before the first change that was recorded.
FIRST_STATE = "="


@dataclass
class Change:
    """One act of somebody. All its records carry the same time, so that they can be shown as one."""

    who: str
    reason: str
    at: datetime


_current = contextvars.ContextVar("change", default=None)


@contextlib.contextmanager
def change_by(who, reason="", at=None):
    """Name who makes all changes within, and why; yield the `Change`, whose reason may be set later."""
    token = _current.set(Change(who, reason, at or timezone.now()))
    try:
        yield _current.get()
    finally:
        _current.reset(token)


def name_of(user) -> str:
    """Return how the history names a member of staff: by name and account, as text that outlives it."""
    name = user.get_full_name()
    return f"{name} ({user.get_username()})" if name else user.get_username()


def _now():
    return _current.get() or Change("", "", timezone.now())


def _who(record):
    return record.history_user_id


def _set_who(record, who):
    record.history_user_id = who or ""


class History(HistoricalRecords):
    """The records of a model. `when` says of a row whether its changes are recorded at all."""

    def __init__(self, *, when=lambda row: True, **options):
        super().__init__(
            history_user_id_field=models.CharField(_("who"), max_length=LONGEST_NAME, blank=True),
            history_user_getter=_who,
            history_user_setter=_set_who,
            history_change_reason_field=models.CharField(
                _("reason"), max_length=LONGEST_REASON, blank=True, default=""
            ),
            **options,
        )
        self.when = when

    def finalize(self, sender, **kwargs):
        super().finalize(sender, **kwargs)
        if sender is self.cls:
            models.signals.pre_save.connect(self.keep_first_state, sender=sender, weak=False)

    def get_meta_options(self, model):
        """Give records no permissions of their own: nobody adds or changes one."""
        return {**super().get_meta_options(model), "default_permissions": ()}

    def get_history_user(self, instance):
        return _now().who

    def get_change_reason_for_object(self, instance, history_type, using):
        return _now().reason

    def keep_first_state(self, instance, raw=False, **kwargs):
        """Record what a row was before its first recorded change: fixtures are loaded without a record."""
        if not raw and instance.pk and not instance._state.adding and self.when(instance):
            keep_first_states(type(instance), [instance.pk])

    def post_save(self, instance, created, using=None, **kwargs):
        if self.when(instance):
            super().post_save(instance, created, using=using, **kwargs)

    def create_historical_record(self, instance, history_type, using=None):
        instance._history_date = _now().at
        try:
            super().create_historical_record(instance, history_type, using=using)
        finally:
            del instance._history_date


def keep_first_states(model, pks):
    """Record what those of these rows are of which there is no record yet."""
    known = set(model.history.filter(id__in=pks).values_list("id", flat=True))
    missing = [pk for pk in pks if pk not in known]
    if missing:
        rows = model._base_manager.filter(pk__in=missing)
        model.history.bulk_create([_record(row, FIRST_STATE, Change("", "", _now().at)) for row in rows])


def create_all(model, rows):
    """Insert many rows at once, each with its record."""
    rows = model.objects.bulk_create(rows)
    model.history.bulk_create([_record(row, "+", _now()) for row in rows])
    return rows


def update_all(model, rows, fields):
    """Update these fields of many rows at once, each with its record; the rows are as they shall be."""
    keep_first_states(model, [row.pk for row in rows])
    model.objects.bulk_update(rows, fields)
    model.history.bulk_create([_record(row, "~", _now()) for row in rows])


def _record(row, kind, change):
    history = type(row).history.model
    return history(
        history_date=change.at,
        history_type=kind,
        history_user=change.who,
        history_change_reason=change.reason,
        **{field.attname: getattr(row, field.attname) for field in history.tracked_fields},
    )
