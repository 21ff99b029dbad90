"""How the papers look: A4 in the plain layout of Chinese official documents, by python-docx.

Margins, sizes and line spacing follow the habit of GB/T 9704-2012 (28 mm left, 37 mm top, body in 16 points
on lines of 28, page numbers outside). Fonts are named as offices have them; each names a second one that
every Chinese Windows has, for machines without the first.
"""

import io
from datetime import UTC

import segno
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from .tables import clean, table_element

TITLE, BODY, HEADING, NAME = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"
SECOND_FONTS = {TITLE: "宋体", BODY: "仿宋", NAME: "楷体"}
LATIN = "Times New Roman"
TEXT_WIDTH = 156  # mm
BODY_SIZE, BODY_LINE = 16, 28  # points: 三号
TABLE_SIZE = 10.5  # points: 五号
ORDINALS = "一二三四五六七八九十"
RED = RGBColor(0xB0, 0x00, 0x20)
CENTRE, RIGHT, LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT


def new_paper(title, *, mark="", author=""):
    """Return an empty paper; `mark` stands at the head of every page, as of a demonstration."""
    paper = Document()
    paper.core_properties.title = title
    paper.core_properties.author = author
    paper.core_properties.comments = mark
    paper.settings.odd_and_even_pages_header_footer = True
    _name_second_fonts(paper)
    style = paper.styles["Normal"]
    _set_font(style.element.get_or_add_rPr(), BODY)
    style.font.size = Pt(BODY_SIZE)
    for language in paper.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    page = paper.sections[0]
    page.orientation = WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(37), Mm(35)
    page.left_margin, page.right_margin = Mm(28), Mm(26)
    page.header_distance, page.footer_distance = Mm(20), Mm(24)
    for header, footer, side in (
        (page.header, page.footer, RIGHT),
        (page.even_page_header, page.even_page_footer, LEFT),
    ):
        if mark:
            _add_mark(header.paragraphs[0], mark)
        _add_page_number(footer.paragraphs[0], side)
    return paper


def add_title(paper, text):
    """Add the title, centred, in 22 points."""
    return _line(paper, text, TITLE, 22, line=34, alignment=CENTRE, after=14)


def add_subtitle(paper, text):
    """Add a line below the title, centred."""
    return _line(paper, text, NAME, BODY_SIZE, alignment=CENTRE, after=8)


def add_heading(paper, number, text):
    """Add a numbered heading (一、…) that never stands alone at the foot of a page."""
    words = f"{ORDINALS[number - 1]}、{text}" if get_language() == "zh-hans" else f"{number}. {text}"
    line = _line(paper, words, HEADING, BODY_SIZE, indent=2)
    line.paragraph_format.keep_with_next = True
    return line


def add_text(paper, text, *, size=BODY_SIZE, indent=2, alignment=None, bold=False, keep=False, after=0):
    """Add a paragraph of the body; `indent` in characters for its first line, `after` in points."""
    line = BODY_LINE if size >= BODY_SIZE else size * 1.6
    added = _line(paper, text, BODY, size, line=line, indent=indent, alignment=alignment, after=after)
    added.runs[0].bold = bold
    added.paragraph_format.keep_with_next = keep
    return added


def add_blank(paper, label, *, blank="　" * 10, alignment=None):
    """Add a label with an underlined blank to be filled in by hand."""
    added = _line(paper, label, BODY, BODY_SIZE, alignment=alignment)
    run = added.add_run(blank)
    _style_run(run, BODY, BODY_SIZE)
    run.underline = True
    return added


def add_table(paper, head, rows, widths, *, numbers=(), bold_rows=(), together=(), size=TABLE_SIZE, height=0):
    """Add a ruled table (`tables.table_element`); `widths` in mm fill the width of the text."""
    table = table_element(
        head,
        rows,
        widths,
        fonts=(HEADING, BODY, LATIN),
        size=size,
        numbers=numbers,
        bold=bold_rows,
        together=together,
        height=height,
    )
    paper.element.body.insert_element_before(table, "w:sectPr")
    _line(paper, "", BODY, 6, line=8)


def add_facts(paper, rows, *, label_width=44):
    """Add a table of two columns, what and its value, all on one page."""
    widths = [label_width, TEXT_WIDTH - label_width]
    add_table(paper, None, rows, widths, size=12, together=range(len(rows) - 1))


def add_signatures(paper, roles):
    """Add a table with a blank for the signature of each role, and for its time, all on one page."""
    head = ["", _("Name"), _("Signature"), _("Date and time")]
    rows = [[role, "", "", ""] for role in roles]
    add_table(paper, head, rows, [32, 34, 46, 44], size=12, together=range(len(rows) - 1), height=11)


def add_closing(paper, signer, date, seal):
    """Add who signs, the place of the seal and the date, to the right, kept together."""
    _line(paper, "", BODY, BODY_SIZE).paragraph_format.keep_with_next = True
    lines = [_line(paper, text, BODY, BODY_SIZE, alignment=RIGHT) for text in (signer, seal, date)]
    for line in lines:
        line.paragraph_format.right_indent = Pt(2 * BODY_SIZE)
        line.paragraph_format.keep_with_next = line is not lines[-1]


def add_code(paper, address, caption, *, size=34):
    """Add an address as QR code, `size` mm wide, with what it leads to and the address in words."""
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(picture, kind="png", scale=8, border=4)
    picture.seek(0)
    line = _line(paper, "", BODY, BODY_SIZE, alignment=CENTRE, exact=False)
    line.add_run().add_picture(picture, width=Mm(size))
    line.paragraph_format.keep_with_next = True
    for text, last in ((caption, False), (address, True)):
        below = _line(paper, text, BODY, 12, line=18, alignment=CENTRE)
        below.paragraph_format.keep_with_next = not last


def add_page_break(paper):
    """Begin a new page."""
    paper.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)


def written(paper, at) -> bytes:
    """Return the paper as a file that says when it was made."""
    paper.core_properties.created = paper.core_properties.modified = at.astimezone(UTC)
    file = io.BytesIO()
    paper.save(file)
    return file.getvalue()


def _line(paper, text, font, size, *, line=BODY_LINE, indent=0, alignment=None, after=0, exact=True):
    paragraph = paper.add_paragraph()
    _fill(paragraph, text, font, size, line if exact else None)
    paragraph.alignment = alignment
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(indent * size)
    paragraph.paragraph_format.space_after = Pt(after)
    return paragraph


def _fill(paragraph, text, font, size, line):
    style = paragraph.paragraph_format
    style.space_before = style.space_after = Pt(0)
    if line:
        style.line_spacing_rule, style.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    _style_run(paragraph.add_run(clean(text)), font, size)


def _style_run(run, font, size):
    _set_font(run._element.get_or_add_rPr(), font)
    run.font.size = Pt(size)


def _set_font(properties, font):
    """Name the font of Chinese characters, and one for digits and Latin letters."""
    fonts = properties.get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(name), LATIN)
    fonts.set(qn("w:eastAsia"), font)
    fonts.set(qn("w:hint"), "eastAsia")


def _add_mark(paragraph, mark):
    _fill(paragraph, mark, HEADING, 12, 18)
    paragraph.alignment = CENTRE
    paragraph.runs[0].font.color.rgb = RED
    edges = "".join(
        f'<w:{edge} w:val="single" w:sz="8" w:space="1" w:color="B00020"/>'
        for edge in ("top", "left", "bottom", "right")
    )
    # Word refuses a file whose properties stand in another order than the schema's.
    border = parse_xml(f"<w:pBdr {nsdecls('w')}>{edges}</w:pBdr>")
    paragraph._p.get_or_add_pPr().insert_element_before(border, "w:spacing", "w:ind", "w:jc", "w:rPr")


def _add_page_number(paragraph, side):
    """Write “— 1 —” to the outer side, one character from the edge."""
    _fill(paragraph, "— ", "宋体", 14, 20)
    run = paragraph.add_run()
    _style_run(run, "宋体", 14)
    for kind in ("begin", None, "end"):
        xml = (
            f'<w:fldChar {nsdecls("w")} w:fldCharType="{kind}"/>'
            if kind
            else f'<w:instrText {nsdecls("w")} xml:space="preserve"> PAGE </w:instrText>'
        )
        run._element.append(parse_xml(xml))
    _style_run(paragraph.add_run(" —"), "宋体", 14)
    paragraph.alignment = side
    style = paragraph.paragraph_format
    style.left_indent = style.right_indent = Pt(14)


def _name_second_fonts(paper):
    """Write the font table with the name that stands in for each font where it is not installed."""
    entries = "".join(
        f'<w:font w:name="{font}"><w:altName w:val="{second}"/><w:charset w:val="86"/></w:font>'
        for font, second in SECOND_FONTS.items()
    )
    table = paper.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    table._blob = f"<w:fonts {nsdecls('w')}>{entries}</w:fonts>".encode()
