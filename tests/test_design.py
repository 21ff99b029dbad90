"""docs/design.md tells the truth: its contrast table is computed here from the stylesheet itself."""

import re
from pathlib import Path
from unittest import TestCase

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
STYLES = ROOT / "static" / "ballot" / "site.css"
DOCUMENT = ROOT / "docs" / "design.md"
TEXT, SHAPE = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11

# What is drawn on what: foreground, background, the least contrast.
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "soft", "link") for ground in ("paper", "sheet", "tint")),
    *((ink, ground, TEXT) for ink in ("accent", "warn", "good") for ground in ("paper", "sheet", "tint")),
    *((ink, "quote", TEXT) for ink in ("ink", "soft", "link", "warn", "good")),
    ("on-accent", "accent", TEXT),
    ("on-band", "band", TEXT),
    ("paper", "ink", TEXT),
    *(
        (shape, ground, SHAPE)
        for shape in ("field", "focus", "bar", "bar-now")
        for ground in ("paper", "sheet")
    ),
    ("bar-now", "tint", SHAPE),
]


def colours(css):
    """Return the colour tokens of the light and of the dark scheme, by name."""
    dark_at = css.index("prefers-color-scheme: dark")
    return [
        dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})\b", part))
        for part in (css[:dark_at], tokens_after(css, dark_at))
    ]


def tokens_after(css, at):
    return css[at : css.index("/* == base == */")]


def luminance(colour):
    """Return the relative luminance of #rrggbb as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """Return the contrast ratio of two colours, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def table(css):
    """Write the contrast table as docs/design.md prints it."""
    light, dark = colours(css)
    lines = ["| on | least | light | dark |", "| --- | --- | --- | --- |"]
    for ink, ground, least in PAIRS:
        ratios = [f"{contrast(scheme[ink], scheme[ground]):.1f}" for scheme in (light, dark)]
        lines.append(f"| {ink} on {ground} | {least} | {ratios[0]} | {ratios[1]} |")
    return "\n".join(lines)


class Colours(TestCase):
    def setUp(self):
        self.css = STYLES.read_text()

    def test_every_pair_can_be_read_light_and_dark(self):
        for scheme in colours(self.css):
            for ink, ground, least in PAIRS:
                ratio = contrast(scheme[ink], scheme[ground])
                self.assertGreaterEqual(ratio, least, f"{ink} {scheme[ink]} on {ground} {scheme[ground]}")

    def test_the_contrast_is_what_wcag_computes(self):
        # Known from the specification's own understanding documents and from arithmetic.
        self.assertAlmostEqual(contrast("#000000", "#ffffff"), 21)
        self.assertAlmostEqual(contrast("#777777", "#ffffff"), 4.48, 2)
        self.assertLess(contrast("#767171", "#dcd7cb"), TEXT)

    def test_both_schemes_name_the_same_colours(self):
        light, dark = colours(self.css)
        self.assertEqual(set(light), set(dark))
        self.assertEqual(set(light) - {name for pair in PAIRS for name in pair[:2]}, {"line", "rule"})

    def test_the_document_prints_the_computed_table(self):
        self.assertIn(table(self.css), DOCUMENT.read_text())

    def test_no_rule_names_a_colour_beside_the_tokens(self):
        rules = self.css[self.css.index("/* == base == */") : self.css.index("/* == print == */")]
        self.assertEqual(re.findall(r"#[0-9a-f]{3,8}\b(?=[^{}]*})", rules), [])

    def test_every_token_is_used_and_every_used_token_is_there(self):
        styles = "".join(path.read_text() for path in STYLES.parent.glob("*.css"))
        named = set(re.findall(r"(--[\w-]+):", styles))
        used = set(re.findall(r"var\((--[\w-]+)", styles))
        self.assertEqual(named - used, set())
        self.assertEqual(used - named, set())
