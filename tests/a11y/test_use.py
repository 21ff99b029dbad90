"""Every page by keyboard, at 200 % text, at 400 % zoom, under a reader's own spacing, without motion.

The ordinary run visits one scene of each page; `A11Y_LONG=1` visits them all.
"""

from tests.factories import temporary_keys

from . import probes
from .scenes import SCENES
from .stage import Stage
from .visiting import LONG, VIEWPORTS, VisitCase

PHONE = VIEWPORTS["360×640"]
# What a page is mainly for; 60 in the elder version by the ministry's specification for apps (2.1).
MAIN, MAIN_FOR_ELDERS = ".button:not(.slim), .take", 60  # CSS pixels
NARROW = 320  # CSS pixels: 1280 at 400 %
SMALLEST, SMALLEST_FOR_ELDERS = 24, 44  # CSS pixels
RICHEST = ("one-time password", "result, certified", "announcement of the result")
BROKEN = """<!doctype html><html lang="en"><title>Broken on purpose</title><body style="margin: 0">
<p><a href="#a" style="outline: none; display: block; height: 30px">no ring</a></p>
<p><a href="#b" tabindex="2">out of order</a></p>
<p style="width: 500px">wide</p>
<p style="height: 1em; line-height: 1; overflow: hidden; width: 100px">cut off, cut off, cut off, cut off</p>
<p style="transition: color 2s">slow</p>
<button style="width: 20px; height: 20px; padding: 0">x</button></body></html>"""
TRAP = """<!doctype html><html lang="en"><title>A trap</title><body><button id="a">a</button>
<button id="b">b</button></body></html>"""


def visited():
    """Return the scenes to visit: of each page the richest, usually the last before the poll is closed."""
    if LONG:
        return SCENES
    best = {}
    for scene in SCENES:
        if scene.page not in best or scene.poll == "open" or scene.name in RICHEST:
            best[scene.page] = scene
    return list(best.values())


@temporary_keys
class Use(VisitCase):
    def test_every_page_can_be_used_by_everyone(self):
        stage = Stage()
        for scene in visited():
            for elder in (False, True):
                here = f"{scene.name}{' · elder' * elder}"
                for name, faults in self.measure(stage, scene, elder).items():
                    with self.subTest(f"{here} · {name}"):
                        self.assertEqual("\n".join(faults), "")

    def measure(self, stage, scene, elder):
        """Return the faults of a scene by what was looked for."""
        page = self.visit(stage, scene, elder=elder, viewport=PHONE, reduced_motion="reduce")
        page.evaluate(probes.SCRIPT)
        least = SMALLEST_FOR_ELDERS if elder else SMALLEST
        measured = {
            "keyboard": probes.tab_through(page),
            "360 wide": probes.overflow(page),
            "400 % zoom": probes.at_width(page, NARROW),
            "200 % text": probes.with_style(page, probes.TWICE),
            "text spacing": probes.with_style(page, probes.SPACING),
            f"targets of {least}": probes.targets(page, least),
            "main targets": probes.targets(page, MAIN_FOR_ELDERS, MAIN) if elder else [],
            "reduced motion": probes.motion(page),
        }
        page.context.close()
        return measured


@temporary_keys
class Controls(VisitCase):
    def broken(self, html=BROKEN):
        page = self.new_page(viewport=PHONE, reduced_motion="reduce")
        page.set_content(html)
        page.evaluate(probes.SCRIPT)
        return page

    def test_faults_of_the_keyboard_would_be_found(self):
        found = " ".join(probes.tab_through(self.broken()))
        self.assertIn("focus cannot be seen: a “no ring”", found)
        self.assertIn("out of order: ", found)
        self.assertIn("never reached: a “out of order”", found)

    def test_a_focus_under_something_would_be_found(self):
        cover = "<div style='position: fixed; top: 0; width: 100%; height: 99px; background: red'></div>"
        found = probes.tab_through(self.broken(f"<button>under</button>{cover}"))
        self.assertEqual(found, ["focus is hidden behind something: button “under”"])

    def test_a_trap_would_be_found(self):
        page = self.broken(TRAP)
        page.evaluate(
            "() => document.querySelector('#a').addEventListener('keydown', press => press.preventDefault())"
        )
        self.assertIn("never reached: button#b “b”", probes.tab_through(page))

    def test_what_is_too_wide_or_cut_off_would_be_found(self):
        for found in (
            probes.overflow(self.broken()),
            probes.at_width(self.broken(), NARROW),
            probes.with_style(self.broken(), probes.TWICE),
            probes.with_style(self.broken(), probes.SPACING),
        ):
            self.assertIn("runs out of the window (0–500): p “wide”", found)
            self.assertTrue([line for line in found if line.startswith("is cut off")], found)

    def test_a_readers_spacing_and_size_reach_the_text(self):
        page = self.broken("<p style='width: 100px; height: 40px; overflow: hidden'>one two three</p>")
        self.assertEqual(probes.overflow(page), [])
        self.assertNotEqual(probes.with_style(page, "p { font-size: 200% !important }"), [])

    def test_motion_and_small_targets_would_be_found(self):
        page = self.broken()
        self.assertEqual(probes.motion(page), ["moves: p “slow”"])
        self.assertIn("20×20: button “x”", probes.targets(page, SMALLEST))
        self.assertEqual(probes.targets(page, MAIN_FOR_ELDERS, MAIN), [])
        page = self.broken("<button class='button' style='width: 80px; height: 59px'>x</button>")
        self.assertEqual(probes.targets(page, MAIN_FOR_ELDERS, MAIN), ["80×59: button.button “x”"])
