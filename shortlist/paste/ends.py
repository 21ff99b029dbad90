"""Headings that stand behind their candidates, as in newspapers: what is inferred, and what is asked."""

from django.utils import translation
from django.utils.translation import gettext as _

from .items import make_items
from .outline import Question

LONG_PARAGRAPH = 60


def settle_headings_at_end(preamble, blocks, level, starts, outline):
    """Give blocks that stand before their heading to it; return what still stands before the first one.

    One heading at the end is that of all; a heading behind every block is that of the block before it.
    Several headings together at the end are a question, answered by `starts` or by declared counts.
    """
    empty = [section for section, pairs in blocks if not pairs]
    if not preamble or not empty or blocks[-1][1]:
        return preamble
    if len(empty) == len(blocks) > 1:
        ask(preamble, blocks, level, starts, outline)
        return []
    if len(blocks) == 1 or (len(empty) == 1 and are_candidates(preamble, blocks)):
        contents = [preamble, *(pairs for _section, pairs in blocks[:-1])]
        for at, (section, _pairs) in enumerate(blocks):
            blocks[at] = (section, contents[at])
            infer(section, outline)
        return []
    return preamble


def are_candidates(preamble, blocks):
    """Tell whether what stands before the first heading looks like the candidates after it."""
    if any(mark for _section, pairs in blocks for _paragraph, mark in pairs):
        return sum(bool(mark) for _paragraph, mark in preamble) > 1
    return sum(len(paragraph.text) >= LONG_PARAGRAPH for paragraph, _mark in preamble) > 1


def infer(section, outline):
    """Mark that the words of a heading were given to what stands before it."""
    with translation.override("zh-hans"):  # Stored with the list and shown to readers in its language.
        section.inference = _(
            "The heading stands behind its candidates; that these belong to “%(name)s” was inferred."
        ) % {"name": section.name}
    outline.note(
        section.paragraph,
        "heading_behind",
        _("The heading stands behind its candidates; that they belong to it is an inference."),
        _("Look whether this is right; if not, move the heading above its first candidate."),
    )


def ask(preamble, blocks, level, starts, outline):
    """Ask where each heading begins; with an answer, give every heading its items."""
    items = make_items(preamble, level, outline)
    sections = [section for section, _pairs in blocks]
    blocks.clear()
    if not items:
        blocks += [(section, []) for section in sections]
        return
    question = Question(sections, items, settled(starts, sections, len(items)))
    outline.question = question
    if not question.is_answered:
        return
    order = sorted(zip(question.starts, sections, strict=True), key=lambda pair: pair[0])
    for item in items[: order[0][0]]:
        for paragraph in item.paragraphs:
            outline.leave_out(
                paragraph,
                "before_heading",
                _("It stands before the first heading, so it belongs to no category."),
                _("Choose it as the first candidate of a heading, or delete it."),
            )
    ends = [start for start, _section in order[1:]] + [len(items)]
    for (start, section), end in zip(order, ends, strict=True):
        section.items = items[start:end]
        infer(section, outline)
        blocks.append((section, []))


def settled(starts, sections, count):
    """Return a start for each section: the answer, or what declared counts that add up say, or None."""
    starts = list(starts or [])[: len(sections)]
    starts += [None] * (len(sections) - len(starts))
    if not any(start is not None for start in starts):
        declared = [section.declared or 0 for section in sections]
        if all(declared) and sum(declared) == count:
            return [sum(declared[:at]) for at in range(len(declared))]
    return [
        start if start is not None and 0 <= start < count and start not in starts[:at] else None
        for at, start in enumerate(starts)
    ]
