"""Measurements of a page in the browser; each returns lines that say what is wrong."""

from pathlib import Path

SCRIPT = (Path(__file__).parent / "probes.js").read_text()
# WCAG 2.2, 1.4.12: the spacing that a reader may set.
SPACING = """
    * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
    p { margin-bottom: 2em !important; }
"""
TARGETS = "a[href], button, input:not([type=hidden]), select, textarea, summary"
# The site's own root size is 112.5 %, which is a reader's 100 %.
TWICE = "html { font-size: 225% !important; }"


def tab_through(page):
    """Press the tab key until the focus leaves the page or comes back to its first element.

    Wants a page that does not scroll smoothly, or the focus is looked for while it is on its way.
    """
    count = page.evaluate("() => probes.watchFocus()")
    found = []
    for _press in range(count + 3):
        page.keyboard.press("Tab")
        step = page.evaluate("() => probes.focused()")
        if step["left"]:
            break
        found += step["faults"]
    else:
        found.append("the focus never leaves the page")
    return found + page.evaluate("() => probes.neverReached()")


def overflow(page):
    """Look for scrolling sideways and for text that is cut off."""
    return page.evaluate("() => probes.overflow()")


def with_style(page, style):
    """Look for overflow under a reader's own style, and take the style away again."""
    page.evaluate("style => probes.addStyle(style)", style)
    found = overflow(page)
    page.evaluate("() => { document.adoptedStyleSheets = []; }")
    return found


def at_width(page, width):
    """Look for overflow in a narrow window."""
    size = page.viewport_size
    page.set_viewport_size({"width": width, "height": size["height"]})
    found = overflow(page)
    page.set_viewport_size(size)
    return found


def motion(page, most=10):
    """Look for motion of more than `most` milliseconds, on a page whose reader wants little."""
    return page.evaluate("most => probes.motion(most)", most)


def targets(page, least, which=TARGETS):
    """Look for targets smaller than `least` CSS pixels; `which` is a selector."""
    return page.evaluate("asked => probes.targets(asked)", {"least": least, "which": which})
