"""Every page as the server sends it, read as HTML: what people get whose scripts do not run."""

from django.test import Client, TestCase

from tests.factories import temporary_keys
from tests.homes import at_home
from tests.pages import address, post_ballot

from .html import faults
from .scenes import SCENES, TEN
from .stage import Stage

load_tests = at_home("postgresql", __name__)

GOOD = """<!doctype html><html lang="en"><head><title>x</title></head><body><main><h1>x</h1><h2>y</h2>
<p id="a"><label>Name <input name="n"></label> <a href="#a">up</a> <img src="a" alt=""></p>
<table><tr><th scope="col">x</th></tr></table><svg aria-hidden="true"></svg>
<fieldset><legend>l</legend></fieldset></main></body></html>"""
BROKEN = {
    "0 h1": ("<h1>x</h1>", ""),
    "from h1 to": ("<h2>y</h2>", "<h3>y</h3>"),
    "stands twice": ("<h2>", '<h2 id="a">'),
    "points nowhere": ("<h2>", '<h2 aria-labelledby="b">'),
    "which is not there": ("#a", "#b"),
    "without a label": ("<label>Name ", "<label>"),
    "without a legend": ("<legend>l</legend>", ""),
    "nothing to call it by": (">up<", "><"),
    "a picture without words": (' alt=""', ""),
    "a drawing without words": (' aria-hidden="true"', ""),
    "without a scope": (' scope="col"', ""),
    "does not say its language": (' lang="en"', ""),
    "no title": ("<title>x</title>", ""),
    "not exactly one main": ("main>", "div>"),
    "forbids to zoom": ("<title>", '<meta name="viewport" content="user-scalable=no"><title>'),
    "an order of focus": ("<h2>", '<h2 tabindex="3">'),
    "a style in the page": ("<h2>", '<h2 style="color: red">'),
    "a script in the page": ("<h2>", '<h2 onclick="go()">'),
    "unexpected </div>": ("</p>", "</div></p>"),
}


@temporary_keys
class Html(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.stage = Stage()

    def open(self, scene, language, elder=False):
        client = Client()
        for name, value in self.stage.voters.get(scene.voter, {}).items():
            client.cookies[name] = value
        answer = client.get(scene.path(self.stage, language, elder))
        self.assertEqual(answer.status_code, scene.status)
        return answer.content.decode()

    def test_every_page_is_sound(self):
        for scene in SCENES:
            for language in ("zh-hans", "en"):
                for elder in (False, True):
                    with self.subTest(f"{scene.name} · {language}{' · elder' * elder}"):
                        self.assertEqual(faults(self.open(scene, language, elder)), [])

    def test_the_page_to_confirm_and_the_refused_ballot_are_sound(self):
        poll = self.stage.polls["open"]
        for codes, status in ((["201", "301"], 200), ([*TEN, "211"], 422)):
            answer = post_ballot(self.client, poll, *codes)
            self.assertEqual(answer.status_code, status)
            self.assertEqual(faults(answer.content.decode()), [])

    def test_a_looked_up_ballot_is_sound(self):
        for code in ("ABC", "0000 0000 0000 0000"):
            answer = self.client.post(address("find", self.stage.polls["counted"]), {"code": code})
            self.assertEqual(faults(answer.content.decode()), [])


class Controls(TestCase):
    def test_a_sound_page_is_let_through(self):
        self.assertEqual(faults(GOOD), [])

    def test_each_fault_would_be_found(self):
        for words, (right, wrong) in BROKEN.items():
            with self.subTest(words):
                self.assertIn(right, GOOD)
                self.assertIn(words, " ".join(faults(GOOD.replace(right, wrong))))
