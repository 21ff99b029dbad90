"""axe-core finds nothing on any public page, and leaves nothing undecided that nobody has looked at.

Conditions (viewport, light or dark, elder mode, language, with scripts or without) are combined so that
every pair comes up. `A11Y_LONG=1` does so for every scene; the ordinary run does it for every page and
visits each scene of it at least once.
"""

import re
from collections import defaultdict
from itertools import cycle

from django.conf import settings

from tests.factories import temporary_keys

from .axe import faults, run_axe, script, undecided
from .pairwise import cover_pairs
from .scenes import SCENES
from .stage import Stage
from .visiting import LONG, VIEWPORTS, VisitCase

CONDITIONS = [list(VIEWPORTS), ["light", "dark"], ["zh-hans", "en"], [False, True], [True, False]]
DOCUMENT = settings.BASE_DIR / "docs" / "accessibility.md"
LOOKED_AT = re.compile(r"^\| `([\w-]+)` \| `([^`]*)` \|", re.MULTILINE)


def visits(scenes, long=LONG):
    """Return (scene, viewport, scheme, language, elder, scripts) for every visit."""
    if long:
        return cover_pairs([scenes, *CONDITIONS])
    by_page = defaultdict(list)
    for scene in scenes:
        by_page[scene.page].append(scene)
    turns = {page: cycle(found) for page, found in by_page.items()}
    rows = [(next(turns[page]), *rest) for page, *rest in cover_pairs([list(by_page), *CONDITIONS])]
    seen = {row[0] for row in rows}
    others = cycle(rows[:: len(rows) // 7 or 1])
    return rows + [(scene, *next(others)[1:]) for scene in scenes if scene not in seen]


def looked_at():
    """Return the pairs of rule and reason that docs/accessibility.md explains."""
    return set(LOOKED_AT.findall(DOCUMENT.read_text()))


@temporary_keys
class Axe(VisitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.script = script()

    def test_no_page_has_a_fault_and_nothing_new_is_undecided(self):
        stage, known, found = Stage(), looked_at(), set()
        for scene, viewport, scheme, language, elder, scripts in visits(SCENES):
            scripts = scripts or scene.script
            here = f"{scene.name} · {viewport} · {scheme} · {language}"
            here += f"{' · elder' * elder}{' · without scripts' * (not scripts)}"
            with self.subTest(here):
                page = self.visit(
                    stage,
                    scene,
                    language=language,
                    elder=elder,
                    scripts=scripts,
                    viewport=VIEWPORTS[viewport],
                    color_scheme=scheme,
                )
                result = run_axe(page)
                page.context.close()
                found |= undecided(result)
                self.assertEqual("\n".join(faults(result)), "")
                self.assertEqual(undecided(result) - known, set())
        if LONG:
            self.assertEqual(known - found, set(), "docs/accessibility.md explains what no page has any more")

    def broken(self, html):
        """Open a page that is not ours, under no policy."""
        page = self.new_page()
        page.set_content(html)
        page.evaluate(self.script)
        return page

    def test_axe_core_would_find_a_page_broken_on_purpose(self):
        page = self.broken(
            "<title>x</title><main><img src='a.png'><input><a href='#'></a>"
            "<p style='color: #999; background: #fff'>pale</p>"
            "<button style='width: 9px; height: 9px; padding: 0' aria-label='a'></button>"
            "<button style='width: 9px; height: 9px; padding: 0' aria-label='b'></button></main>"
        )
        rules = {line.split(":")[0] for line in faults(run_axe(page))}
        self.assertLessEqual(
            {"image-alt", "label", "link-name", "color-contrast", "html-has-lang", "target-size"}, rules
        )

    def test_something_undecided_would_be_noticed(self):
        page = self.broken(
            "<html lang='en'><title>x</title><body><p style='color: #000; background: "
            "linear-gradient(#fff, #000)'>over a gradient</p></body></html>"
        )
        self.assertIn("color-contrast", {rule for rule, _why in undecided(run_axe(page)) - looked_at()})

    def test_the_ordinary_run_visits_every_scene_and_every_page_in_every_pair_of_conditions(self):
        rows = visits(SCENES, long=False)
        self.assertEqual({row[0] for row in rows}, set(SCENES))
        for page in {scene.page for scene in SCENES}:
            for number, values in enumerate(CONDITIONS, 1):
                seen = {row[number] for row in rows if row[0].page == page}
                self.assertEqual(seen, set(values), page)
        self.assertLess(len(rows), len(visits(SCENES, long=True)))
