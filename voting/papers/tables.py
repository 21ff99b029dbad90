"""Ruled tables, written as the XML that Word reads: a result has hundreds of cells, and this is quick."""

from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

MM = 56.7  # twentieths of a point
EDGES = ("top", "left", "bottom", "right", "insideH", "insideV")


def table_element(head, rows, widths, *, fonts, size, numbers=(), bold=(), together=(), height=0):
    """Return a ruled table; its head is repeated on each page and no row is torn apart.

    `widths` and `height` (of a row, 0 for its text's) are in mm, `size` in points. `fonts` are those of
    head, body and Latin letters. `numbers` are the columns that stand to the right, `bold` the rows that
    sum up, `together` those that stay on the page of the next one.
    """
    lines = [_row(head, widths, fonts, size, is_head=True)] if head else []
    lines += [
        _row(row, widths, fonts, size, numbers=numbers, bold=at in bold, keep=at in together, height=height)
        for at, row in enumerate(rows)
    ]
    borders = "".join(f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for edge in EDGES)
    columns = "".join(f'<w:gridCol w:w="{width * MM:.0f}"/>' for width in widths)
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths) * MM:.0f}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(lines)}</w:tbl>"
    )


def clean(text) -> str:
    """Return a text without the control characters that no XML file can hold."""
    return "".join(letter for letter in str(text) if letter >= " " or letter in "\t\n")


def _row(cells, widths, fonts, size, *, numbers=(), bold=False, is_head=False, keep=False, height=0):
    properties = "<w:cantSplit/>"
    if height:
        properties += f'<w:trHeight w:val="{height * MM:.0f}" w:hRule="atLeast"/>'
    if is_head:
        properties += "<w:tblHeader/>"
    made = "".join(
        _cell(
            text,
            widths[at],
            fonts[0] if is_head else fonts[1],
            fonts[2],
            size,
            side="center" if is_head else "right" if at in numbers else "left",
            bold=bold,
            keep=keep or is_head,
        )
        for at, text in enumerate(cells)
    )
    return f"<w:tr><w:trPr>{properties}</w:trPr>{made}</w:tr>"


def _cell(text, width, font, latin, size, *, side, bold, keep):
    font, latin = quoteattr(font), quoteattr(latin)
    words = "<w:br/>".join(
        f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in clean(text).split("\n")
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width * MM:.0f}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f"<w:p><w:pPr>{'<w:keepNext/>' if keep else ''}"
        f'<w:spacing w:before="0" w:after="0" w:line="{size * 30:.0f}" w:lineRule="exact"/>'
        f'<w:jc w:val="{side}"/></w:pPr>'
        f"<w:r><w:rPr><w:rFonts w:ascii={latin} w:hAnsi={latin} w:cs={latin} w:eastAsia={font} "
        f'w:hint="eastAsia"/>{"<w:b/>" if bold else ""}<w:sz w:val="{size * 2:.0f}"/></w:rPr>{words}</w:r>'
        "</w:p></w:tc>"
    )
