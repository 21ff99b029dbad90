"""The picture that a shared link shows, the same for everyone: title, dates and categories, no result.

What matters stands in the middle square, because some services cut the picture to one.
"""

import functools
import io
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import override
from PIL import Image, ImageDraw, ImageFont

from .picture import find_font
from .templatetags.voting_pages import local, zone_name

WIDTH, HEIGHT = 1200, 630  # pixels
LEFT = 90
INK, SOFT, PAPER, ACCENT, BAND, ON_BAND = "#1b1d20", "#555a61", "#fbfaf7", "#9a1b12", "#f3dfae", "#4a3200"
NEVER_FIRST = "，。、；：？！”’）》」』】,.;:?!)"


class Card(NamedTuple):
    """All that the picture shows, in words already written."""

    mark: str
    title: str
    organiser: str
    lines: tuple[str, ...]
    brand: str


def share_picture(poll, plan) -> bytes:
    """Return the PNG of a poll's card, in English where no font can write Chinese."""
    if find_font():
        return draw_card(card_of(poll, plan))
    with override("en"):
        return draw_card(card_of(poll, plan))


def card_of(poll, plan) -> Card:
    """Return what the picture of this poll shows, in the current language."""
    mark = ""
    if plan.demo:
        mark = _("Demo, not a formal vote")
    elif plan.rehearsal:
        mark = _("Rehearsal: these ballots are for testing and never a result")
    times = _("Voting ({zone}): from {start} to {end}").format(
        zone=zone_name(poll), start=local(poll.opens_at, poll), end=local(poll.closes_at, poll)
    )
    parts = tuple(
        _("{category}: {count} candidates, choose up to {most}").format(
            category=category.name, count=len(category.candidates), most=category.max_choices
        )
        for category in plan.sections
    )
    return Card(
        mark, plan.title, plan.shortlist.organiser, (*parts[:4], times), _("Candidate lists and votes")
    )


@functools.lru_cache(maxsize=16)
def draw_card(card: Card) -> bytes:
    """Draw a card and return its PNG."""
    found = find_font()

    def font(size):
        return ImageFont.truetype(found[0], size, index=found[1]) if found else ImageFont.load_default(size)

    def written(text):
        # Without a font for it a text in Chinese would be a row of boxes.
        return text if found or text.isascii() else ""

    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    canvas = ImageDraw.Draw(image)
    canvas.rectangle((0, 0, WIDTH, 14), fill=ACCENT)
    top = 50
    canvas.text((LEFT, top), written(card.brand), font=font(30), fill=ACCENT)
    if card.mark:
        canvas.rectangle((0, HEIGHT - 60, WIDTH, HEIGHT), fill=BAND)
        canvas.text((WIDTH / 2, HEIGHT - 30), written(card.mark), font=font(30), fill=ON_BAND, anchor="mm")
    top += 62
    size = next(
        size for size in (64, 56, 50, 44) if len(folded(written(card.title), font(size))) <= 3 or size == 44
    )
    for line in folded(written(card.title), font(size))[:4]:
        canvas.text((LEFT, top), line, font=font(size), fill=INK)
        top += round(size * 1.35)
    if written(card.organiser):
        canvas.text((LEFT, top + 4), card.organiser, font=font(28), fill=SOFT)
        top += 44
    top += 18
    canvas.line((LEFT, top, WIDTH - LEFT, top), fill=INK, width=3)
    top += 20
    for text in card.lines:
        canvas.text((LEFT, top), written(text), font=font(28), fill=SOFT)
        top += 46
    stream = io.BytesIO()
    image.quantize(64, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def folded(text, font, width=WIDTH - 2 * LEFT):
    """Return a text as lines that fit; no line begins with a closing mark."""
    lines = []
    while text:
        fits = next((n for n in range(len(text), 1, -1) if font.getlength(text[:n]) <= width), 1)
        if fits < len(text):
            fits = text.rfind(" ", 0, fits + 1) + 1 or fits
            while fits > 1 and text[fits] in NEVER_FIRST:
                fits -= 1
        lines.append(text[:fits].rstrip())
        text = text[fits:].lstrip()
    return lines
