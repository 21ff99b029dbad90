"""Every public page in every state of the ballot: where it is, who looks at it, and what is done there."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.pages import address
from voting.mode import ELDER

TEN = [f"2{number:02}" for number in range(1, 11)]


@dataclass(frozen=True)
class Scene:
    """A page: the poll by its state, the page by the name of its address, a voter by their cookies.

    `act` is what is done on the page; `script` says that this takes scripts.
    """

    name: str
    poll: str
    page: str
    arguments: tuple = ()
    query: str = ""
    voter: str = ""
    act: Callable = None
    script: bool = False
    status: int = 200

    def path(self, stage, language="zh-hans", elder=False):
        """Return the address of the page in a language and mode."""
        return f"/{ELDER}" * elder + self.at(stage, language) + self.query

    def at(self, stage, language):
        if self.page == "home":
            return "/" if language == "zh-hans" else f"/{language}/"
        if self.page == "nowhere":
            return address("list", stage.polls[self.poll], language=language) + "nowhere/"
        return address(self.page, stage.polls[self.poll], *self.arguments, language=language)


def pick(page, codes):
    """Tick boxes as a script-less browser would, so that the page's own limit does not step in."""
    page.evaluate(
        "codes => document.querySelectorAll('input[type=checkbox]').forEach(box => {"
        " if (codes.includes(box.value)) { box.checked = true; } })",
        list(codes),
    )


def press(page, codes):
    """Press boxes one after the other, those too that elder mode shows on a later screen."""
    page.evaluate(
        "codes => codes.forEach(code => document.querySelector(`input[value='${code}']`).click())",
        list(codes),
    )


def pick_some(page):
    """Pick three."""
    press(page, TEN[:3])


def pick_too_many(page):
    """Pick one more than are allowed; the page takes the last one back and says why."""
    press(page, [*TEN, "211"])
    # It is written, and scrolled to, a little later than it is shown.
    page.locator(".full", has_text="10").first.wait_for(state="attached")


def send_too_many(page):
    """Send an over-full ballot past the page's script; the server refuses it."""
    pick(page, [*TEN, "211", "301"])
    with page.expect_navigation():
        page.evaluate("() => HTMLFormElement.prototype.submit.call(document.getElementById('ballot'))")


def review(page):
    """Send a good ballot to be confirmed."""
    pick(page, [*TEN[:3], "301", "305"])
    with page.expect_navigation():
        page.evaluate("() => HTMLFormElement.prototype.submit.call(document.getElementById('ballot'))")


def type_in(**fields):
    """Return an act that fills a page's fields and presses Enter."""

    def fill(page):
        for name, text in fields.items():
            page.locator(f"#id_{name}").fill(text)
        with page.expect_navigation():
            page.locator(f"#id_{name}").press("Enter")

    return fill


def unfold(page):
    """Open everything that is folded."""
    page.evaluate("() => document.querySelectorAll('details').forEach(part => { part.open = true; })")


SCENES = [
    Scene("home", "open", "home"),
    Scene("list before opening, text not final", "announced", "list"),
    Scene("list before opening", "waiting", "list"),
    Scene("list", "open", "list"),
    Scene("list, searched", "open", "list", query="?q=脱贫"),
    Scene("list, nothing found", "open", "list", query="?q=没有这样的项目"),
    Scene("list, paused", "paused", "list"),
    Scene("list, closed", "closed", "list"),
    Scene("list, counted", "counted", "list"),
    Scene("list, corrected and certified", "certified", "list"),
    Scene("list, annulled", "annulled", "list"),
    Scene("candidate with a chart", "open", "candidate", ("301",)),
    Scene("candidate, all unfolded", "open", "candidate", ("202",), act=unfold, script=True),
    Scene("candidate, counted", "counted", "candidate", ("305",)),
    Scene("candidate, corrected", "certified", "candidate", ("202",)),
    Scene("candidate, withdrawn", "certified", "candidate", ("309",)),
    Scene("choose to compare", "open", "compare"),
    Scene("compare", "open", "compare", query="?codes=301,302,305"),
    Scene("voting code", "by_code", "enter"),
    Scene("voting code, mistyped", "by_code", "enter", act=type_in(code="ABCD")),
    Scene("roll", "by_roll", "enter"),
    Scene("one-time password", "by_roll", "enter", act=type_in(person="A-9999", contact="13800138009")),
    Scene("ballot before opening", "waiting", "ballot"),
    Scene("ballot, nothing picked", "open", "ballot"),
    Scene("ballot, some picked", "open", "ballot", act=pick_some, script=True),
    Scene("ballot, one too many", "open", "ballot", act=pick_too_many, script=True),
    Scene("ballot, refused as over-full", "open", "ballot", act=send_too_many),
    Scene("review", "open", "ballot", act=review),
    Scene("already voted", "open", "ballot", voter="already", act=review),
    Scene("ballot, paused", "paused", "ballot"),
    Scene("ballot, closed", "closed", "ballot"),
    Scene("receipt, received", "open", "receipt", voter="received"),
    Scene("receipt, entered", "open", "receipt", voter="entered"),
    Scene("receipt, counted", "counted", "receipt", voter="counted"),
    Scene("no receipt", "open", "receipt"),
    Scene("next voter", "open", "next", voter="already"),
    Scene("find", "open", "find"),
    Scene("find, mistyped code", "open", "find", act=type_in(code="ABC")),
    Scene("check a saved confirmation", "open", "check"),
    Scene("ledger", "counted", "ledger"),
    Scene("head of the ledger", "counted", "head"),
    Scene("entry of the ledger", "counted", "entry", query="?number=1"),
    Scene("no result yet", "open", "result"),
    Scene("result", "counted", "result"),
    Scene("result, certified", "certified", "result"),
    Scene("result, annulled", "annulled", "result"),
    Scene("no announcement yet", "counted", "notice"),
    Scene("announcement of the result", "certified", "notice"),
    Scene("objections", "certified", "objections"),
    Scene("poster", "open", "poster"),
    Scene("paper ballot", "open", "paper_ballot"),
    Scene("privacy", "open", "privacy"),
    Scene("no such page", "open", "nowhere", status=404),
]
