"""The announcement of the result as PDF, by WeasyPrint, which is optional (requirements-optional.txt)."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from PIL import ImageFile

from ..refusals import ActRefused
from ..views.receipts import qr_drawing
from . import result_notice
from .facts import facts_of
from .outcome import notice_parts

STYLES = ("ballot/papers.css", "ballot/notice.css")
# What the paper needs beside the page's own styles where no page surrounds it. No browser reads this.
SHEET = """
@page { size: A4; margin: 22mm 24mm 24mm;
  @bottom-center { content: "— " counter(page) " —"; font: 10pt "Noto Serif CJK SC", "SimSun", serif; } }
html { font: 10.5pt/1.6 "FangSong", "STFangsong", "Noto Serif CJK SC", "SimSun", serif; }
body, .paper { margin: 0; padding: 0; border: 0; }
.notice-paper h1, .notice-paper h2 { font-family: "SimHei", "Noto Sans CJK SC", sans-serif; }
.notice-paper h1 { font-size: 18pt; }
.notice-paper code { font: 8.5pt/1.5 "Noto Sans Mono", monospace; }
.notice-check .qr { width: 32mm; height: 32mm; }
"""


def has_pdf() -> bool:
    """Say whether WeasyPrint is installed."""
    return find_spec("weasyprint") is not None


def notice_pdf(poll, base, at, language=settings.LANGUAGE_CODE) -> bytes:
    """Return the announcement as PDF. Raises ActRefused where it cannot be made, with what to do."""
    with translation.override(language):
        facts = facts_of(poll, at, base)
        if hindrance := result_notice.hindrance(facts):
            raise ActRefused(hindrance)
        if not has_pdf():
            raise ActRefused(
                _("WeasyPrint is not installed, so there is no PDF here: print the page with the browser.")
            )
        from weasyprint import CSS, HTML

        # It makes Pillow draw damaged pictures in the whole process; ours are refused instead.
        ImageFile.LOAD_TRUNCATED_IMAGES = False

        context = {
            "poll": poll,
            "plan": facts.plan,
            **notice_parts(facts),
            "qr": qr_drawing(facts.address("result")),
        }
        page = render_to_string("voting/notice_pdf.html", context)
        styles = [*(CSS(filename=finders.find(name)) for name in STYLES), CSS(string=SHEET)]
        return HTML(string=page, url_fetcher=_fetch_nothing).write_pdf(stylesheets=styles)


def _fetch_nothing(address, *_more, **_options):
    """Refuse every address: the paper has all that it needs."""
    raise ValueError(f"A paper loads nothing: {address}")
