"""What was understood of a pasted text, and what was not."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from .text import Paragraph


@dataclass
class Remark:
    """A sentence about one line, and what to do. `left_out`: the line is in no category or candidate."""

    line: int
    text: str
    code: str
    why: str
    cure: str
    left_out: bool = True

    def __str__(self):
        # Two sentences have a space between them in the languages that have one.
        return _("%(first)s %(second)s") % {"first": self.why, "second": self.cure}


@dataclass
class Item:
    """One candidate: title and body as they will be stored, and the paragraphs they come from."""

    title: str
    body: str
    paragraphs: list[Paragraph]
    number: int | None = None
    code: str = ""

    @property
    def text(self):
        return self.title + self.body

    @property
    def line(self):
        return self.paragraphs[0].first


@dataclass
class Section:
    """One category; `inference` says what of it does not stand in the text."""

    paragraph: Paragraph
    ordinal: str
    name: str
    declared: int | None
    items: list[Item] = field(default_factory=list)
    code: str = ""
    inference: str = ""


@dataclass
class Question:
    """Headings that stand at the end: with which of the items does each begin? None is not answered."""

    headings: list[Section]
    items: list[Item]
    starts: list[int | None]

    @property
    def is_answered(self):
        return None not in self.starts


@dataclass
class Outline:
    """A whole text: each line that is not blank is in the title, a section or a remark that leaves it out."""

    sections: list[Section] = field(default_factory=list)
    headings: list[tuple[Paragraph, int | None]] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    title: Paragraph | None = None
    question: Question | None = None

    @property
    def items(self):
        return [item for section in self.sections for item in section.items]

    @property
    def left_out(self):
        return [remark for remark in self.remarks if remark.left_out]

    @property
    def notes(self):
        return [remark for remark in self.remarks if not remark.left_out]

    @property
    def placed_lines(self) -> set[int]:
        """Return the numbers of all lines that are part of title, headings and candidates."""
        paragraphs = [self.title] if self.title else []
        for section in self.sections:
            paragraphs.append(section.paragraph)
        waiting = self.question if self.question and not self.question.is_answered else None
        for item in self.items + (waiting.items if waiting else []):
            paragraphs += item.paragraphs
        paragraphs += [heading.paragraph for heading in waiting.headings] if waiting else []
        return {number for paragraph in paragraphs for number in range(paragraph.first, paragraph.last + 1)}

    def leave_out(self, paragraph, code, why, cure):
        self.remarks.append(Remark(paragraph.first, paragraph.text, code, why, cure))

    def note(self, paragraph, code, why, cure=""):
        self.remarks.append(Remark(paragraph.first, paragraph.text, code, why, cure, left_out=False))
