"""In what order pages show the candidates.

Bits, codes and everything that is published keep the manifest's order, whatever a page shows.
"""

import functools
from dataclasses import replace
from pathlib import Path

STROKES = Path(__file__).with_name("strokes.txt")
IDEOGRAPHS = [("\u3400", "\u9fff"), ("\U00020000", "\U0003ffff")]
# Characters whose strokes the table does not know stand behind all others.
UNKNOWN = 99


def variants_of(rules: dict) -> int:
    """Return how many rotated orders a poll has, numbered from 1; 0 where everybody sees one order."""
    return rules["order_variants"] if rules.get("order_rule") == "rotated" else 0


def ordered(plan):
    """Return the categories on the ballot, each with its candidates in the order that a page shows.

    Fixed: the manifest's. By strokes: as the manifest's `order` says. Rotated: variant 1 begins with the
    first candidate, and each further one a share of the category later, so that over all variants every
    candidate stands in every part of its category equally often (as far as the numbers divide).
    """
    written = plan.document.get("order", {})
    parts = variants_of(plan.rules)
    return tuple(
        replace(category, candidates=_arranged(category, written.get(category.code), plan.variant, parts))
        for category in plan.sections
    )


def shift_of(count: int, variant: int, parts: int) -> int:
    """Return the place, from 0, of the candidate that a category of `count` begins with in a variant."""
    return (variant - 1) * count // parts if variant else 0


def _arranged(category, codes, variant, parts):
    if codes:
        named = {candidate.code: candidate for candidate in category.candidates}
        return tuple(named[code] for code in codes)
    start = shift_of(len(category.candidates), variant, parts)
    return category.candidates[start:] + category.candidates[:start]


def by_strokes(document) -> dict[str, list[str]]:
    """Return the codes of each category on the ballot by the strokes of the titles (按笔画为序).

    Fewer strokes in the first character come first, then in the second, and so on; what is no Chinese
    character is passed over; titles that are equal in all of this stay as the list has them. The table
    knows no order of equal strokes (横竖撇点折), so that the next character decides instead.
    """
    return {
        category.code: [
            candidate.code for candidate in sorted(category.candidates, key=lambda each: strokes(each.title))
        ]
        for category in document.categories
        if category.on_ballot
    }


def strokes(text: str) -> list[int]:
    """Return the number of strokes of each Chinese character of a text, as mainland China writes it."""
    table = _table()
    return [
        table.get(letter, UNKNOWN)
        for letter in text
        if any(first <= letter <= last for first, last in IDEOGRAPHS)
    ]


@functools.cache
def _table():
    table = {}
    for line in STROKES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            number, letters = line.split(" ")
            table.update(dict.fromkeys(letters, int(number)))
    return table
