"""Make candidates of the paragraphs of one category."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .marks import LEVELS
from .outline import Item
from .text import Paragraph

LONGEST_TITLE = 200
MOST_ITEMS = 99
LONGEST_TITLE_LINE = 60
OPEN, CLOSED = "“‘《（(「『", "”’》）)」』"
TABS = re.compile(r"\s*\t\s*")


def make_items(pairs, above: str, outline) -> list[Item]:
    """Return the candidates in (paragraph, mark) pairs; what is none of them is left out with a reason.

    `above` is the level of the headings. The first number below it shows how candidates are numbered, and
    all that follows a number belongs to it. Without numbers each paragraph is a candidate; where the first
    is a short line without a full stop, such lines are titles and the others their text.
    """
    levels = LEVELS[LEVELS.index(above) + 1 :]
    level = next((mark.level for _paragraph, mark in pairs if mark and mark.level in levels), None)
    groups = numbered(pairs, level, outline) if level else plain([p for p, _mark in pairs], outline)
    items = []
    for group in groups:
        title, body = split_title(group.words[0], group.words[1:])
        paragraphs = group.paragraphs
        if len(title) > LONGEST_TITLE:
            why = _("Its first sentence has %(count)d characters; a title has at most %(most)d.")
            why %= {"count": len(title), "most": LONGEST_TITLE}
            cure = _("Put the title on a line of its own, or end it with a full stop earlier.")
            leave_out_all(paragraphs, outline, "title_too_long", why, cure)
        elif len(items) == MOST_ITEMS:
            why = _("A category has at most %(count)d candidates.") % {"count": MOST_ITEMS}
            cure = _("Divide the category, or make a list of its own for the rest.")
            leave_out_all(paragraphs, outline, "too_many", why, cure)
        else:
            items.append(Item(title, body, paragraphs, group.number))
    return items


def leave_out_all(paragraphs, outline, code, why, cure):
    for paragraph in paragraphs:
        outline.leave_out(paragraph, code, why, cure)


@dataclass
class Group:
    """What belongs to one candidate: its paragraphs, their words without its number, and the number."""

    paragraphs: list[Paragraph]
    words: list[str]
    number: int | None = None


def numbered(pairs, level, outline):
    """Yield the group of each candidate whose number stands at its head, or alone above its words."""
    current, within = None, set()
    for paragraph, mark in pairs:
        next_in_line = current and mark and is_next(mark, current.number, level, within)
        if mark and (mark.level == level or next_in_line):
            yield from with_words(current, outline)
            rest = mark.rest.strip()
            current, within = Group([paragraph], [rest] if rest else [], mark.value), set()
            if next_in_line:
                outline.note(
                    paragraph,
                    "other_style",
                    _("Its number is written in another way than those before it, but is the next one."),
                    _("Look whether it is a candidate, or belongs to the one before it."),
                )
        elif mark and LEVELS.index(mark.level) < LEVELS.index(level):
            outline.leave_out(
                paragraph,
                "not_a_heading",
                _("It is numbered like a heading, but is none: too long, empty, or out of its place."),
                _("Leave only a category's name on such a line; number a candidate like the others."),
            )
        elif current is None:
            outline.leave_out(
                paragraph,
                "before_first_number",
                _("It stands before the first number of its category, so no candidate has it."),
                _("Give it a number if it is a candidate; delete it if it belongs to none."),
            )
        elif mark and not mark.rest.strip():
            leave_out_number(paragraph, outline)
        else:
            within.add(mark.level if mark else None)
            current.paragraphs.append(paragraph)
            current.words.append(paragraph.text)
    yield from with_words(current, outline)


def is_next(mark, last, level, within) -> bool:
    """Tell whether a number in another style goes on with the candidates: 1. 2. （三） 4."""
    other_style = mark.level != level and mark.level not in within
    return bool(other_style and last and mark.value == last + 1 and mark.rest)


def with_words(group, outline):
    """Yield a group unless there is none or it has no words."""
    if group and group.words:
        yield group
    elif group:
        leave_out_number(group.paragraphs[0], outline)


def leave_out_number(paragraph, outline):
    outline.leave_out(
        paragraph,
        "number_without_text",
        _("Nothing follows this number."),
        _("Write the text of the candidate behind it, or delete the line."),
    )


def plain(paragraphs, outline):
    """Yield the group of each candidate where none has a number."""
    if paragraphs and is_title_line(paragraphs[0]):
        groups = []
        for paragraph in paragraphs:
            if is_title_line(paragraph):
                groups.append(Group([], []))
            groups[-1].paragraphs.append(paragraph)
            groups[-1].words.append(paragraph.text)
        yield from groups
        return
    for paragraph in paragraphs:
        if is_title_line(paragraph):
            outline.leave_out(
                paragraph,
                "short_line",
                _("It is a short line without a full stop among whole paragraphs."),
                _("Join it to its paragraph, or write it as a heading: 一、name."),
            )
        else:
            yield Group([paragraph], [paragraph.text])


def is_title_line(paragraph):
    return (
        len(paragraph.text) <= LONGEST_TITLE_LINE
        and "\t" not in paragraph.text
        and paragraph.text[-1] not in "。！？!?；;"
    )


def split_title(first: str, more) -> tuple[str, str]:
    """Return title and body of a candidate: the first cell or sentence, and all that follows."""
    title, tab, body = first.partition("\t")
    if not tab:
        end = end_of_sentence(first)
        title, body = first[:end], first[end:]
    rest = [TABS.sub(" ", part).strip() for part in (body, *more)]
    return title.strip(), "\n".join(part for part in rest if part)


def end_of_sentence(text: str) -> int:
    """Return where the first sentence ends, not counting full stops within quotes and brackets."""
    depth = 0
    for at, char in enumerate(text):
        if char in OPEN:
            depth += 1
        elif char in CLOSED:
            depth = max(0, depth - 1)
        elif depth == 0 and char in "。！？":
            return at + 1
    return len(text)
