"""Place the lines of a pasted text: categories, candidates, and line by line what is neither."""

import re

from django.utils.translation import gettext as _

from .ends import settle_headings_at_end
from .items import leave_out_all, make_items
from .marks import LEVELS, number_of, read_mark
from .outline import Outline, Section
from .text import clean, paragraphs_of

MOST_SECTIONS = 9
LONGEST_TITLE = 200
TITLE = re.compile(r"(?:候选)?(?:项目)?名单[》”]?$")
SENTENCE = re.compile(r"[。！？；]")


def place(text: str, starts=None) -> Outline:
    """Return what a text says; `starts` answers the question of headings that stand at the end.

    Nothing is lost: every line that is not blank is placed or has a remark that says why not.
    """
    outline = Outline()
    pairs = [(paragraph, read_mark(paragraph.text)) for paragraph in paragraphs_of(clean(text))]
    pairs = take_title(pairs, outline)
    level = level_of_headings(pairs)
    preamble, blocks = cut(pairs, level, outline)
    if not blocks:
        why = _("There is no heading of a category, so no candidate can be placed.")
        cure = _("Write a heading above the first candidate, on a line of its own: 一、name.")
        leave_out_all([paragraph for paragraph, _mark in preamble], outline, "no_heading", why, cure)
    else:
        preamble = settle_headings_at_end(preamble, blocks, level, starts, outline)
        why = _("It stands before the first heading, so it belongs to no category.")
        cure = _("Move it below its heading; words of introduction go into the list's introduction.")
        leave_out_all([paragraph for paragraph, _mark in preamble], outline, "before_heading", why, cure)
        fill(blocks, level, outline)
    number(outline)
    outline.remarks.sort(key=lambda remark: remark.line)
    return outline


def take_title(pairs, outline):
    """Take the title of the list out of the paragraphs, the first line that ends like one."""
    for at, (paragraph, mark) in enumerate(pairs):
        words = paragraph.text
        if not mark and len(words) <= LONGEST_TITLE and TITLE.search(words) and not SENTENCE.search(words):
            outline.title = paragraph
            return pairs[:at] + pairs[at + 1 :]
    return pairs


def level_of_headings(pairs) -> str:
    """Return the level of numbers that name categories: the highest with headings, or the one below it.

    Where one heading 一、 stands above several short （一） with numbers 1. below, those are the categories.
    """
    heads = {level: sum(bool(m and m.is_heading and m.level == level) for _p, m in pairs) for level in LEVELS}
    levels = {mark.level for _paragraph, mark in pairs if mark}
    if heads["chinese"] == 1 and heads["bracketed"] > 1 and levels & {"digit", "inner"}:
        return "bracketed"
    if heads["chinese"]:
        return "chinese"
    if heads["bracketed"] and not heads["named"] and levels & {"digit", "inner", "bullet"}:
        return "bracketed"
    if heads["bracketed"] and not heads["named"] and not levels - {"bracketed"}:
        return "bracketed" if any(mark is None for _p, mark in pairs) else "named"
    return "named"


def cut(pairs, level, outline):
    """Return what stands before the first heading, and each heading as (section, its pairs)."""
    preamble, blocks = [], []
    for paragraph, mark in pairs:
        if mark and mark.is_heading and mark.level in ("named", level):
            blocks.append((Section(paragraph, mark.ordinal, mark.name, mark.declared), []))
        elif mark and mark.is_heading and LEVELS.index(mark.level) < LEVELS.index(level):
            outline.leave_out(
                paragraph,
                "above_headings",
                _("It is a heading above the headings of the categories."),
                _("Delete it; what it says can stand in the title or the introduction of the list."),
            )
        else:
            (blocks[-1][1] if blocks else preamble).append((paragraph, mark))
    return preamble, blocks


def fill(blocks, level, outline):
    """Make the candidates of every section, and leave out sections that have none."""
    for section, pairs in sorted(blocks, key=lambda block: block[0].paragraph.first):
        outline.headings.append((section.paragraph, number_of(section.ordinal)))
        section.items += make_items(pairs, level, outline)
        if not section.items:
            outline.leave_out(
                section.paragraph,
                "heading_without_candidates",
                _("No candidate stands below this heading."),
                _("Write its candidates below it; without any, the category is not made."),
            )
        elif len(outline.sections) == MOST_SECTIONS:
            why = _("A list has at most %(count)d categories.") % {"count": MOST_SECTIONS}
            cure = _("Make a second list for the rest.")
            lost = [section.paragraph, *(p for item in section.items for p in item.paragraphs)]
            leave_out_all(lost, outline, "too_many_categories", why, cure)
        else:
            outline.sections.append(section)


def number(outline):
    """Give codes to sections and items, and note what is odd about their printed numbers."""
    free = [str(digit) for digit in range(1, MOST_SECTIONS + 1)]
    wanted = [number_of(section.ordinal) if section.ordinal else None for section in outline.sections]
    for section, printed in zip(outline.sections, wanted, strict=True):
        if str(printed) in free and wanted.index(printed) == outline.sections.index(section):
            section.code = str(printed)
            free.remove(section.code)
    for section in outline.sections:
        section.code = section.code or free.pop(0)
        for at, item in enumerate(section.items, 1):
            item.code = f"{section.code}{at:02}"
    note_jumps(outline.headings, outline)
    last = 0
    for section in outline.sections:
        numbers = [(item.paragraphs[0], item.number) for item in section.items]
        start = last if numbers[0][1] == last + 1 else 0
        note_jumps(numbers, outline, start)
        last = numbers[-1][1] or 0
        note_count(section, outline)
    note_twins(outline)


def note_jumps(numbers, outline, last=0):
    """Note every printed number that does not follow the one before it."""
    for paragraph, value in numbers:
        if value is not None and value != last + 1:
            why = _("The number before it is %(last)d, so %(next)d was expected and not %(number)d.")
            if not last:
                why = _("The numbers begin with %(number)d and not with 1.")
            outline.note(
                paragraph,
                "number_jumps",
                why % {"last": last, "next": last + 1, "number": value},
                _("Look whether one is missing, or stands without its number in the text above."),
            )
        last = last + 1 if value is None else value


def note_count(section, outline):
    if section.declared is not None and section.declared != len(section.items):
        outline.note(
            section.paragraph,
            "other_count",
            _("The heading says %(declared)d, but %(count)d candidates were found.")
            % {"declared": section.declared, "count": len(section.items)},
            _("Add what is missing, or leave it if the source gives no more."),
        )


def note_twins(outline):
    seen = {}
    for item in outline.items:
        if item.text in seen:
            outline.note(
                item.paragraphs[0],
                "twice",
                _("The same text stands on line %(line)d.") % {"line": seen[item.text]},
                _("Delete one of the two."),
            )
        seen.setdefault(item.text, item.line)
