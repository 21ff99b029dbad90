"""Opening a scene in the browser, as somebody with this device, in this language."""

import os

from tests.browser import BrowserCase

VIEWPORTS = {
    "360×640": {"width": 360, "height": 640},
    "768×1024": {"width": 768, "height": 1024},
    "1440×900": {"width": 1440, "height": 900},
}
# Every scene in every pair of conditions, instead of every page in them and every scene once.
LONG = bool(os.environ.get("A11Y_LONG"))


class VisitCase(BrowserCase):
    """A browser that can be led to any scene of a stage; its pages have the text of `script`, if any."""

    script = None

    def visit(self, stage, scene, *, language="zh-hans", elder=False, scripts=True, **options):
        """Open a scene and do what is done there; the caller closes the page's context.

        Without `scripts` the browser gets none of the site's files with scripts, as where they are
        lost on the way; the tests' own functions still run.
        """
        page = self.new_page(**options)
        context = page.context
        if self.script:
            context.add_init_script(self.script)
        if not scripts:
            context.route("**/*.js", lambda route: route.abort())
        cookies = stage.voters.get(scene.voter, {})
        context.add_cookies(
            [{"name": name, "value": value, "url": self.live_server_url} for name, value in cookies.items()]
        )
        answer = page.goto(self.live_server_url + scene.path(stage, language, elder))
        self.assertEqual(answer.status, scene.status, scene.name)
        if scene.act:
            scene.act(page)
        return page
