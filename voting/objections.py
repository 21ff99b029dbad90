"""Objections (异议) to a result: what the public reads of them, and how the desk writes them down."""

from datetime import date
from typing import NamedTuple

from django.db import transaction

from .models import Objection
from .trail import record


class Published(NamedTuple):
    """A published objection with its answer, '' while that is awaited."""

    received_on: date
    about: str
    answer: str
    answered_on: date | None


def published_objections(poll) -> list[Published]:
    """Return the objections that the organiser published, in the order of their arrival."""
    rows = Objection.objects.filter(poll=poll, published=True).order_by("received_on", "pk")
    return [Published(*row) for row in rows.values_list("received_on", "about", "answer", "answered_on")]


def write_objection(*, objection, person, at):
    """Keep an objection as the desk wrote it, and say so in the audit trail, which holds no text of it."""
    with transaction.atomic():
        act = "objection changed" if objection.pk else "objection received"
        objection.save()
        record(
            objection.poll,
            person.get_username(),
            act,
            at,
            objection=objection.pk,
            answered=bool(objection.answer),
            published=objection.published,
        )
    return objection
