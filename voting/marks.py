"""Picks as bits, and the limits that each category sets."""

from itertools import compress, islice
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shortlist.wording import separated

# From the text of a binary number to the numbers 0 and 1.
FLAGS = bytes.maketrans(b"01", b"\x00\x01")


class Fault(NamedTuple):
    """One rule that a ballot breaks. `code` is `too_many`, `too_few` or `unknown`."""

    code: str
    category: str
    message: str


def marks_from_codes(plan, codes) -> bytes:
    """Return one bit a candidate in the manifest's order, the first in the highest bit.

    ValueError for a code that is not on the ballot. A code named twice is one mark.
    """
    bits = 0
    width = plan.marks_bytes * 8
    for code in codes:
        try:
            bits |= 1 << (width - 1 - plan.index[code])
        except KeyError:
            raise ValueError(f"{code!r} is not on the ballot.") from None
    return bits.to_bytes(plan.marks_bytes, "big")


def codes_from_marks(plan, marks: bytes) -> list[str]:
    """Undo `marks_from_codes`; ValueError for the wrong length or a bit that stands for nobody."""
    return list(compress(plan.index, _flags(plan, marks)))


def picks_from_marks(plan, marks: bytes) -> dict[str, list[str]]:
    """Return what `by_section` makes of these marks' codes; ValueError as `codes_from_marks`."""
    flagged = zip(plan.index, _flags(plan, marks), strict=True)
    return {
        category.code: sorted(code for code, flag in islice(flagged, len(category.candidates)) if flag)
        for category in plan.sections
    }


def _flags(plan, marks):
    """Return a byte for each candidate: 1 where it is marked, 0 where it is not."""
    if len(marks) != plan.marks_bytes:
        raise ValueError("The marks have the wrong length.")
    flags = f"{int.from_bytes(marks, 'big'):0{8 * len(marks)}b}".encode().translate(FLAGS)
    if any(flags[len(plan.candidates) :]):
        raise ValueError("A mark stands for no candidate.")
    return flags[: len(plan.candidates)]


def by_section(plan, codes) -> dict[str, list[str]]:
    """Return the picks of each category on the ballot, ascending, each once, empty ones too."""
    picks = {category.code: set() for category in plan.sections}
    for code in codes:
        picks[plan.section_of[code].code].add(code)
    return {category: sorted(chosen) for category, chosen in picks.items()}


def out_of_limits(plan, picks) -> list:
    """Return the categories in which these picks (`by_section`) are too many or too few."""
    return [
        category
        for category in plan.sections
        if not category.min_choices <= len(picks[category.code]) <= category.max_choices
    ]


def find_faults(plan, codes) -> list[Fault]:
    """Return every rule that these picks break, in sentences for the voter."""
    unknown = sorted({code for code in codes if code not in plan.index})
    if unknown:
        message = _("There is no candidate %(codes)s on this ballot. Please choose again.")
        return [Fault("unknown", "", message % {"codes": separated(code[:20] for code in unknown[:5])})]
    picks = by_section(plan, codes)
    faults = []
    for category in out_of_limits(plan, picks):
        count = len(picks[category.code])
        if count > category.max_choices:
            over = count - category.max_choices
            message = ngettext(
                "You chose %(count)d in “%(category)s”, %(over)d too many; the ballot has not been sent. "
                "All your choices are kept: take %(over)d back, then send it again.",
                "You chose %(count)d in “%(category)s”, %(over)d too many; the ballot has not been sent. "
                "All your choices are kept: take %(over)d back, then send it again.",
                over,
            )
            values = {"count": count, "category": category.name, "over": over}
            faults.append(Fault("too_many", category.code, message % values))
        else:
            message = ngettext(
                "Choose at least %(least)d in “%(category)s”: %(missing)d is missing.",
                "Choose at least %(least)d in “%(category)s”: %(missing)d are missing.",
                category.min_choices - count,
            )
            values = {
                "least": category.min_choices,
                "category": category.name,
                "missing": category.min_choices - count,
            }
            faults.append(Fault("too_few", category.code, message % values))
    return faults


def find_withdrawn(plan, codes) -> list[Fault]:
    """Return a fault for each pick that was withdrawn since the opening, in sentences for the voter.

    Apart from `find_faults`, because ballots that were cast before stand.
    """
    if not plan.withdrawn:
        return []
    return [
        Fault(
            "withdrawn",
            plan.section_of[code].code,
            _(
                "“%(code)s %(title)s” was withdrawn and cannot be picked any more. The ballot has not been "
                "sent; your other choices are kept."
            )
            % {"code": code, "title": plan.candidates[plan.index[code]].headline},
        )
        for code in sorted(set(codes))
        if code in plan.withdrawn
    ]
