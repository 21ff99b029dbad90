"""The ballot of the elder mode: one candidate a screen, each with its way back and on."""

from typing import NamedTuple

from django import template

register = template.Library()

DONE = "done"


class Screen(NamedTuple):
    """What one screen shows: a candidate, or None for “None in this category”; `number` of `count`.

    `before` and `after` are the anchors of the neighbours, '' before the first.
    """

    anchor: str
    candidate: object
    number: int
    count: int
    before: str
    after: str


@register.simple_tag
def screens_of(form):
    """Return each field of a ballot with its screens; the last one leads to `#done`."""
    parts = []
    for field in form:
        category = field.field.category
        shown = [(f"pick-{candidate.code}", candidate) for candidate in category.candidates]
        none = [(f"none-{category.code}", None)] if field.field.may_be_none else []
        parts.append((field, [*shown, *none], len(shown)))
    anchors = ["", *(anchor for _field, shown, _count in parts for anchor, _candidate in shown), DONE]
    places = zip(anchors, anchors[1:], anchors[2:], strict=False)
    around = {here: (before, after) for before, here, after in places}
    return [
        (
            field,
            [
                Screen(anchor, candidate, number, count, *around[anchor])
                for number, (anchor, candidate) in enumerate(shown, 1)
            ],
        )
        for field, shown, count in parts
    ]


@register.simple_tag
def last_screen(parts):
    """Return the anchor of the last screen before `#done`."""
    return parts[-1][1][-1].anchor
