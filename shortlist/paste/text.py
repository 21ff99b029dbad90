"""Cut pasted text into paragraphs, and put lines together that a narrow column has broken."""

import re
import unicodedata
from dataclasses import dataclass

from .marks import read_mark

MAX_CHARACTERS = 200_000
LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")
OTHER_SPACE = re.compile(r"[^\S\n\t \u3000\v\f\r\x1c-\x1f]")
LONG_BLANK = re.compile(r"[ \t\u3000]{8,}")
SENTENCE_END = re.compile(r"[。！？!?][”’」』）)]*$")
SENTENCE_WITHIN = re.compile(r"[。！？]\S")
SPACE = re.compile(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])")
WIDEST_COLUMN = 45  # Chinese characters; a line of a page that was not set in columns is longer.


@dataclass(frozen=True)
class Paragraph:
    """A paragraph and the lines (counted from 1) that it stands on."""

    first: int
    last: int
    text: str


def clean(text: str) -> str:
    """Return text with plain line ends and spaces, without characters that nobody sees.

    Blanks that only push words about are cut short, for patterns would try each of them.
    """
    text = OTHER_SPACE.sub(" ", INVISIBLE.sub("", LINE_ENDS.sub("\n", text)))
    text = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc")
    return LONG_BLANK.sub(lambda blank: "\t" if "\t" in blank[0] else "   ", text)


def paragraphs_of(text: str) -> list[Paragraph]:
    """Return the paragraphs of a cleaned text: its lines that are not blank."""
    return [
        Paragraph(number, number, line.strip())
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip()
    ]


def unbroken(text: str) -> tuple[str, bool]:
    """Return a cleaned text with one paragraph a line, and whether lines had to be joined for that."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not is_set_in_columns(lines):
        return text, False
    return "\n".join(joined(lines)), True


def width_of(line: str) -> float:
    """Return how wide a line is set, in Chinese characters; spaces only stretch it."""
    return sum(0.5 if char.isascii() else 1 for char in line if not char.isspace())


def usual_width(lines) -> float:
    widths = sorted(map(width_of, lines))
    return widths[len(widths) // 2]


def is_set_in_columns(lines) -> bool:
    """Tell whether lines were broken by a column: nearly all as wide as each other, ending anywhere."""
    if len(lines) < 12:
        return False
    usual = usual_width(lines)
    alike = sum(0.8 * usual <= width_of(line) <= 1.15 * usual for line in lines)
    ended = sum(bool(SENTENCE_END.search(line.strip())) for line in lines)
    within = sum(bool(SENTENCE_WITHIN.search(line.strip())) for line in lines)
    marked = sum(read_mark(line.strip()) is not None for line in lines)
    count = len(lines)
    return (
        8 <= usual <= WIDEST_COLUMN
        and alike > 0.6 * count
        and ended < 0.3 * count
        and within > 0.1 * count
        and marked < 0.25 * count
    )


def joined(lines) -> list[str]:
    """Return the paragraphs that lines of a column make up, without the spaces that spread them."""
    usual = usual_width(lines)
    paragraphs, held = [], ""
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        piece = line.strip()
        both_latin = held[-1:].isascii() and held[-1:].isalpha() and piece[0].isascii() and piece[0].isalpha()
        held += (" " if both_latin else "") + piece
        if following is None or ends_paragraph(line, following, usual):
            paragraphs.append(SPACE.sub("", held))
            held = ""
    return paragraphs


def ends_paragraph(line, following, usual) -> bool:
    """Tell whether a paragraph ends with a line of a column.

    It ends with a sentence on a line that is not full, or before a line that is neither full nor ends
    a sentence: that one is set in larger letters. Headings stand alone.
    """
    line, following = line.strip(), following.strip()
    if is_heading(line) or is_heading(following):
        return True
    if not SENTENCE_END.search(line):
        return False
    if read_mark(following) is not None or width_of(line) < 0.86 * usual:
        return True
    return width_of(following) < 0.93 * usual and not SENTENCE_END.search(following)


def is_heading(line) -> bool:
    mark = read_mark(line)
    return mark is not None and mark.is_heading
