"""The picture of a receipt: made by the server, to be pressed and kept on a phone.

It is drawn from `Face` alone, which holds nothing of the picks and nothing of the nonces.
"""

import io
from pathlib import Path
from typing import NamedTuple

import segno
from django.utils.translation import gettext as _
from django.utils.translation import override
from PIL import Image, ImageDraw, ImageFont

from .ledger.code import format_code
from .templatetags.voting_pages import exact, grouped

WIDTH = 720  # pixels
MARGIN = 44
QR_SPACE = 400
INK, SOFT, PAPER = "#1d1f22", "#565b62", "#ffffff"
# Where Debian and others lay the fonts that can write Chinese, each with its index of Simplified Chinese.
FONTS = [
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
]


class Face(NamedTuple):
    """All that a receipt's picture shows. `received` is a time already written; `marks` stand on top."""

    title: str
    marks: list[str]
    code: str
    received: str
    manifest: str
    address: str


def receipt_picture(poll, plan, receipt, address) -> bytes:
    """Return the PNG of a receipt, in English where no font can write Chinese.

    `address` is what the QR code carries.
    """
    if find_font():
        return draw_face(face_of(poll, plan, receipt, address))
    with override("en"):
        return draw_face(face_of(poll, plan, receipt, address))


def face_of(poll, plan, receipt, address) -> Face:
    """Return what the picture of this receipt shows, in the current language."""
    marks = []
    if plan.demo:
        marks.append(_("Demo, not a formal vote"))
    if plan.rehearsal:
        marks.append(_("Rehearsal: these ballots are for testing and never a result"))
    return Face(plan.title, marks, receipt.code, exact(receipt.received_at, poll), plan.sha256, address)


def find_font():
    """Return path and index of a font that can write Chinese, None without one."""
    return next(((path, index) for path, index in FONTS if Path(path).exists()), None)


def draw_face(face: Face) -> bytes:
    """Draw the picture and return its PNG."""
    found = find_font()

    def font(size):
        return ImageFont.truetype(found[0], size, index=found[1]) if found else ImageFont.load_default(size)

    # Without a font for it a title in Chinese would be a row of boxes.
    title = face.title if found or face.title.isascii() else ""
    rows = [(mark, 26, INK) for mark in face.marks]
    rows += [(_("Receipt"), 52, INK), (title, 30, INK)]
    rows += [(_("Received: {at}").format(at=face.received), 28, INK), (_("Receipt code"), 26, SOFT)]
    # Shades of grey are a quarter of the work of colours, and each voter asks for one picture.
    image = Image.new("L", (WIDTH, 1400), PAPER)
    canvas = ImageDraw.Draw(image)
    canvas.rectangle((0, 0, WIDTH, 10), fill=INK)
    top = 36
    for text, size, colour in rows:
        for line in broken(text, font(size)):
            canvas.text((MARGIN, top), line, font=font(size), fill=colour)
            top += round(size * 1.5)
    top += 6
    canvas.rectangle((MARGIN, top, WIDTH - MARGIN, top + 100), outline=SOFT, width=3)
    code = format_code(face.code)
    large = next(font(size) for size in range(64, 20, -2) if font(size).getlength(code) <= 600)
    canvas.text((WIDTH / 2, top + 50), code, font=large, fill=INK, anchor="mm")
    top = draw_qr(canvas, face.address, top + 116)
    canvas.text((WIDTH / 2, top), _("Scan to find this ballot again"), font=font(26), fill=SOFT, anchor="ma")
    top += 54
    plan = f"{_('Check code of the voting plan:')} {grouped(face.manifest)}…"
    for line in broken(plan, font(24)):
        canvas.text((MARGIN, top), line, font=font(24), fill=SOFT)
        top += 36
    stream = io.BytesIO()
    image.crop((0, 0, WIDTH, top + 24)).save(stream, "PNG")
    return stream.getvalue()


def draw_qr(canvas, address, top):
    """Draw the QR code of an address in the middle and return where it ends."""
    modules = list(segno.make(address, error="m", micro=False).matrix_iter(border=4))
    scale = QR_SPACE // len(modules)
    left = (WIDTH - scale * len(modules)) // 2
    for y, line in enumerate(modules):
        for x, dark in enumerate(line):
            if dark:
                at = (left + x * scale, top + y * scale)
                canvas.rectangle((*at, at[0] + scale - 1, at[1] + scale - 1), fill="#000000")
    return top + scale * len(modules)


def broken(text, font, most=2):
    """Return a text as at most two lines that fit; what is left over ends in an ellipsis."""
    lines = []
    text = text[:200]
    while text and len(lines) < most:
        fits = next((n for n in range(len(text), 1, -1) if font.getlength(text[:n]) <= WIDTH - 2 * MARGIN), 1)
        if fits < len(text):
            if len(lines) == most - 1:
                return [*lines, text[: fits - 1] + "…"]
            fits = text.rfind(" ", 0, fits + 1) + 1 or fits
        lines.append(text[:fits].rstrip())
        text = text[fits:].lstrip()
    return lines
