"""Every page and state on a few pictures, made by: python3 manage.py test --sqlite tests.contact_sheet

Like tests.screenshots it stands outside the ordinary run: it shows pages to people and proves nothing.
"""

import io

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from .a11y.scenes import SCENES
from .a11y.stage import Stage
from .a11y.visiting import VisitCase
from .factories import temporary_keys

FOLDER = settings.BASE_DIR / "docs" / "contact-sheet"
LARGEST = 1_000_000  # bytes
GAP, CAPTION = 16, 22  # pixels
GROUND, INK = "#d9d9d6", "#222222"
PHONE = {"width": 360, "height": 640}
DESKTOP = {"width": 1280, "height": 800}
MAIN = [
    "list",
    "candidate with a chart",
    "compare",
    "ballot before opening",
    "ballot, some picked",
    "ballot, refused as over-full",
    "review",
    "receipt, entered",
    "already voted",
    "find",
    "ledger",
    "result",
    "poster",
    "privacy",
]
# name of the picture: how a page is opened, which scenes, their width on the sheet, their tallest, columns
SHEETS = {
    "phone": ({"viewport": PHONE}, None, 270, 640, 10),
    "desktop": ({"viewport": DESKTOP}, None, 400, 560, 7),
    "phone-english": ({"viewport": PHONE, "language": "en"}, MAIN, 270, 900, 7),
    "phone-dark": ({"viewport": PHONE, "color_scheme": "dark"}, MAIN, 270, 900, 7),
    "phone-elder": ({"viewport": PHONE, "elder": True}, MAIN, 270, 900, 7),
}


@temporary_keys
class ContactSheets(VisitCase):
    def test_draw_them_all(self):
        FOLDER.mkdir(exist_ok=True)
        stage = Stage()
        for name, (options, wanted, width, tallest, columns) in SHEETS.items():
            scenes = [scene for scene in SCENES if wanted is None or scene.name in wanted]
            drawn = [(scene.name, self.draw(stage, scene, width, tallest, **options)) for scene in scenes]
            sheet(drawn, width, columns).save(FOLDER / f"{name}.webp", quality=58, method=6)
            self.assertLess((FOLDER / f"{name}.webp").stat().st_size, LARGEST, name)

    def draw(self, stage, scene, width, tallest, *, viewport, **options):
        """Return the top of a page, scaled to a width."""
        page = self.visit(stage, scene, viewport=viewport, reduced_motion="reduce", **options)
        most = tallest * viewport["width"] // width
        height = min(most, page.evaluate("() => document.documentElement.scrollHeight"))
        # Where an act has led down the page, the window is drawn as its reader has it. Elsewhere it is
        # made as tall as the picture, so that what sticks to its edge stands at the picture's.
        if page.evaluate("() => window.scrollY") == 0:
            page.set_viewport_size({"width": viewport["width"], "height": max(height, 200)})
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        page.context.close()
        return picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)


def sheet(drawn, width, columns):
    """Put pictures with their captions into rows, each as tall as its tallest."""
    rows = [drawn[at : at + columns] for at in range(0, len(drawn), columns)]
    heights = [max(picture.height for _name, picture in row) + CAPTION + GAP for row in rows]
    whole = Image.new("RGB", (columns * (width + GAP) + GAP, sum(heights) + GAP), GROUND)
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(14)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for column, (name, picture) in enumerate(row):
            left = GAP + column * (width + GAP)
            pen.text((left, top), name, INK, font)
            whole.paste(picture, (left, top + CAPTION))
        top += height
    return whole
