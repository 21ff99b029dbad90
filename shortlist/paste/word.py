"""Read a Word document (.docx) as the text that a person sees, numbers that Word makes itself included."""

import warnings
import zipfile
from io import BytesIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from docx import Document
from docx.oxml.ns import qn

from .numbering import Numbering

LARGEST = 20 * 1024 * 1024  # bytes, as uploaded
LARGEST_UNPACKED = 100 * 1024 * 1024
LARGEST_TEXT_PART = 30 * 1024 * 1024
MOST_PARTS = 2000
# Old Office files, and new ones behind a password ([MS-CFB]).
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BODY = "word/document.xml"

DAMAGED = _("This file cannot be read as a Word document. Open it in Word or WPS and save it as a new .docx.")
PROTECTED = _("This file is protected by a password. Open it, remove the password, and save it again.")
OLD = _("This file is in the old format .doc. Open it in Word or WPS, choose “Save as” and the type .docx.")
WRONG = _(
    "This file is no Word document (.docx). Open it and save it as .docx, or copy its text and paste it."
)
TOO_LARGE = _(
    "This file is larger than %(size)d MB, or unpacks to far more. "
    "Take the pictures out, or copy its text and paste it."
)
EMPTY = _("There is no text in this file. If it holds pictures of text, type or paste the text.")

P, R, T, TR, TC = (qn(f"w:{name}") for name in ("p", "r", "t", "tr", "tc"))
BREAKS = {qn("w:br"), qn("w:cr")}
SPACES = {qn("w:tab"): "\t", qn("w:ptab"): "\t", qn("w:noBreakHyphen"): "-"}
# What is struck out, or there twice: the old form of a drawing.
LEFT_OUT = {
    qn("w:del"),
    qn("w:moveFrom"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}


def text_of(file) -> str:
    """Return the text of an uploaded .docx, one paragraph or row of a table a line.

    Cells are separated by tabs. Raises ValidationError with what to do; codes: empty, too_large,
    password, old_format, wrong_type, damaged, no_text.
    """
    data = checked(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = Document(BytesIO(data))
            lines = list(lines_of(document.element.body, Numbering(document)))
    except Exception:  # A damaged package raises whatever zipfile, lxml or python-docx stumble over.
        raise ValidationError(DAMAGED, code="damaged") from None
    text = "\n".join(lines)
    if not text.strip():
        raise ValidationError(EMPTY, code="no_text")
    return text


def checked(file) -> bytes:
    """Return the bytes of an upload that may be opened; its content decides, never its name."""
    size = {"size": LARGEST // 1024**2}
    if not file.size:
        raise ValidationError(_("This file is empty. Choose another one."), code="empty")
    if file.size > LARGEST:
        raise ValidationError(TOO_LARGE, code="too_large", params=size)
    data = file.read()
    if data.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise ValidationError(PROTECTED, code="password")
        raise ValidationError(OLD, code="old_format")
    if not data.startswith(b"PK"):
        raise ValidationError(WRONG, code="wrong_type")
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            parts = package.infolist()
    except Exception:  # Beside BadZipFile, damaged packages raise ValueError, struct.error and more.
        raise ValidationError(DAMAGED, code="damaged") from None
    if any(part.flag_bits & 1 for part in parts):
        raise ValidationError(PROTECTED, code="password")
    if BODY not in {part.filename for part in parts}:
        raise ValidationError(WRONG, code="wrong_type")
    unpacked = sum(part.file_size for part in parts)
    largest = max(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    # The sizes that a package states bind: zipfile reads no byte more of a part than is stated.
    if len(parts) > MOST_PARTS or unpacked > LARGEST_UNPACKED or largest > LARGEST_TEXT_PART:
        raise ValidationError(TOO_LARGE, code="too_large", params=size)
    return data


def lines_of(element, numbering):
    """Yield the lines of a body or cell: its paragraphs with their numbers, and rows of its tables."""
    for child in element:
        if child.tag == P:
            yield from paragraph_lines(child, numbering)
        elif child.tag == TR:
            cells = [" ".join(filter(None, lines_of(cell, numbering))) for cell in child.iter(TC)]
            yield "\t".join(cells)
        elif child.tag not in LEFT_OUT:
            yield from lines_of(child, numbering)


def paragraph_lines(paragraph, numbering):
    """Yield the lines of one paragraph, and those of text boxes that hang on it."""
    boxes = []
    words = "".join(pieces(paragraph, boxes))
    number = numbering.number_of(paragraph)
    heading = numbering.heading_level(paragraph) if words.strip() and not number else None
    if heading is not None and heading == numbering.category_level:
        words = f"【{words.strip()}】"
    between = " " if number and words[:1].isdigit() else ""  # 1. and 2019年 are not 1.2019年.
    yield from (number + between + words).split("\n")
    for box in boxes:
        yield from lines_of(box, numbering)


def pieces(element, boxes):
    """Yield the words of a paragraph; what lies in a text box is set aside in `boxes`."""
    for child in element:
        if child.tag == T:
            yield child.text or ""
        elif child.tag in BREAKS:
            yield "\n"
        elif child.tag in SPACES:
            yield SPACES[child.tag]
        elif child.tag == qn("w:txbxContent"):
            boxes.append(child)
        elif child.tag not in LEFT_OUT and child.tag != qn("w:pPr"):
            yield from pieces(child, boxes)
