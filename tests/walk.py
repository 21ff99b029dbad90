"""A walk over every address and command as every role, looking for what ballots say.

A dump of the database is the operator's own copy of it, and outside the walk.
"""

import io
import logging
import re
import tempfile
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path

from django.core.management import CommandError, call_command, get_commands
from django.db import transaction
from django.urls import get_resolver
from django.utils import translation

from voting.admin.acts import ACTS
from voting.mode import ELDER
from voting.views.public import _kept

from .finding import KEYS_OF_ROWS

# Who reads an address, who gets most there first: a voter's cookies mean nothing at the desk, and on the
# pages for everybody no member of staff has a right that the superuser lacks.
AT_THE_DESK = ("superuser", "viewer", "staff", "stranger")
ELSEWHERE = ("voter", "stranger", "superuser")
METHODS = ("get", "head", "options", "post")
# Documents of a poll besides those of each category.
NAMED = ("tally.json", "order.json", "result.json", "hold-1.json", "exclusion-1.json", "correction-1.json")
# A parameter of an address by its route's last part and its name, by its name elsewhere.
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^()]*\)")
# Commands of the project that say nothing of a poll's ballots, or start the others.
BESIDE = {"demo", "make_part", "make_staff", "load_list", "list_template", "issue_codes", "import_roll"}
POSTED = {
    "codes": "102 345",
    "picks-1": ["102"],
    "picks-3": ["345"],
    "nonces_by": "server",
    "name": "Somebody",
    "reason": "A test",
    "title": "A title",
    "post": "yes",
    "paper": "count",
}


class Walk:
    """The addresses of some polls and what was found on the way: `(where, role, method)` each.

    Those of the polls in `brief` are read as who gets most there alone.
    """

    def __init__(self, polls, objects, finder, code="", brief=()):
        self.polls, self.objects, self.finder, self.brief = polls, objects, finder, brief
        self.posted = {**POSTED, "code": code}
        self.found, self.broken, self.asked = [], [], 0

    def values(self, route, name):
        """Return what stands for a parameter of a route; KeyError where the walk knows nothing."""
        polls, pks = self.polls, [poll.pk for poll in self.polls]
        documents = [
            f"{kind}-{digit}.{end}"
            for kind, end in (("marks", "txt"), ("reveals", "jsonl"))
            for digit in (1, 3)
        ]
        known = {
            "slug": [poll.slug for poll in polls],
            "code": ["101", "202"],
            "sha256": [self.objects["sha256"]],
            "upload": [1],
            "number": [1],
            "app_label": ["voting", "shortlist", "auth"],
            "url": ["no-such-page"],
            "pk": pks,
            "suffix": ["csv", "xlsx", "json"],
            "id": [self.objects["user"]],
            "content_type_id": [self.objects["content_type"]],
            "rest": ["entries/000", "entries/001.p/1", "entries/000.p/9", "0/000", "0/000.p/2"],
            "category": [1, 3],
            "who": ["MQ"],
            "token": ["no-such-token"],
            "width": [480],
        }
        if "admin/shortlist/shortlist/<int:pk>" in route:
            known["pk"] = [self.objects["shortlist"]]
        if name == "name":
            known["name"] = (
                list(ACTS) if "/act/" in route else ["a.pdf"] if "/files/" in route else [*documents, *NAMED]
            )
        if name == "object_id":
            if "/r/" in f"/{route}":
                known["object_id"] = pks
            else:
                model = route.split("/")[2]
                known["object_id"] = pks if model == "poll" else [self.objects[model]]
        if name not in known:
            raise KeyError(f"The walk has no arguments for “{name}” of {route}: add them.")
        return known[name]

    def addresses(self, language):
        """Return every address of the site in one language; KeyError for a route without arguments."""
        with translation.override(language):
            return [path for route in routes(get_resolver().url_patterns) for path in self.fill("/" + route)]

    def fill(self, route):
        places = list(PARAMETER.finditer(route))
        paths = [route]
        for place in places:
            name = place[1] or place[2]
            values = self.values(route[1:].removeprefix("en/"), name)
            paths = [path.replace(place[0], str(value), 1) for path in paths for value in values]
        return [path.replace("\\", "").replace("^", "").replace("$", "") for path in paths]

    def other_forms(self, paths):
        """Return the addresses of citizens' pages in elder mode, and in each rotated order.

        The desk and the ledger's files have one form alone.
        """
        paths = [path for path in paths if "/admin/" not in path and not path.startswith("/ledger/")]
        rotated = []
        for poll in self.polls:
            orders = range(1, poll.order_variants + 1) if poll.order_rule == poll.Order.ROTATED else ()
            rotated += [f"{path}?order={n}" for n in orders for path in paths if belongs(path, poll)]
        return [*(f"/{ELDER}{path}" for path in [*paths, *rotated]), *rotated]

    def ask(self, role, client, method, path):
        """Ask once, and leave everything as it was: rows and cookies."""
        cookies = SimpleCookie({name: morsel.value for name, morsel in client.cookies.items()})
        data = self.posted if method == "post" else {}
        with logged() as log, transaction.atomic():
            response = getattr(client, method)(path, data)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            transaction.set_rollback(True)
        client.cookies = cookies
        self.asked += 1
        here = (path, role, method)
        if response.get("Content-Type", "").startswith("image/") or "/tile/0/" in path:
            # Noise to this search: pictures (tests of the receipt's page show what they depend on), hashes.
            body = b""
        if "/admin/" in path:
            body = KEYS_OF_ROWS.sub(b"", body)
        if response.status_code >= 500:
            self.broken.append((*here, response.status_code))
        headers = (
            "\n".join(f"{name}: {value}" for name, value in response.items()) + response.cookies.output()
        )
        for what in (body, headers.encode(), "\n".join(log).encode()):
            if self.finder.finds(what):
                self.found.append(here)

    def askers(self, path, clients, methods, first, brief):
        """Return `(role, methods)` of everyone who asks an address.

        Methods besides GET and languages besides the first are tried as the one who gets most. Pages of the
        desk that belong to no poll, and in a brief walk those of all polls but the first, are read by that
        one alone, in the first language.
        """
        desk = "/admin/" in path
        roles = [role for role in (AT_THE_DESK if desk else ELSEWHERE) if role in clients]
        short = desk and "/admin/voting/" not in path
        short = short or any(belongs(path, poll) for poll in (self.polls[1:] if brief else self.brief))
        if short or not first:
            return [(roles[0], ("get",))] if first or not short else []
        others = roles[1:2] if brief else roles[1:]
        return [(roles[0], methods), *((role, ("get",)) for role in others)]

    def go(self, clients, methods=METHODS, languages=("zh-hans", "en"), brief=False):
        """Walk every address as those who may get different answers there.

        A brief walk, for a state that stands beside another one of the same test, leaves out English,
        elder mode, rotated orders and all but two: the desk is read as superuser and as viewer, other pages
        as voter and as stranger.
        """
        for language in languages[:1] if brief else languages:
            first = language == languages[0]
            paths = self.addresses(language)
            for path in paths:
                for role, ways in self.askers(path, clients, methods, first, brief):
                    for method in ways:
                        self.ask(role, clients[role], method, path)
            reader = next((role for role in ELSEWHERE if role in clients), None)
            for path in self.other_forms(paths) if first and not brief else ():
                self.ask(reader, clients[reader], "get", path)
        stored = repr(list(_kept)).encode() + b"".join(page.body for page in _kept.values())
        if self.finder.finds(stored):
            self.found.append(("stored pages", "", ""))
        return self

    def run_commands(self, keep=True):
        """Run every command that says something of a poll, and leave all rows as they were."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "ballots.csv")
            file.write_text("picks\n101 201\n101 999\n")
            for poll in self.polls:
                slug, rows = {"poll": poll.slug}, {"poll": poll.slug, "channel": "paper-box", "dry_run": True}
                runs = {
                    "tally": [
                        ([], slug),
                        ([], {**slug, "recount": True}),
                        ([], {**slug, "export": Path(folder)}),
                    ],
                    "open_ballots": [([], slug)],
                    "import_ballots": [([file], rows)],
                    "make_poll": [([poll.shortlist.slug], {"slug": f"again-{poll.slug}"})],
                    "keep_ledger": [([], {"once": True})] if keep else [],
                    "recover_ledger": [([poll.slug], {})],
                    "forget": [([], slug), ([], {**slug, "dry_run": True})],
                    "export_bundle": [
                        ([poll.slug, Path(folder, f"{poll.slug}.zip")], {}),
                        ([poll.slug, Path(folder, f"{poll.slug}-auditor.zip")], {"auditor": True}),
                    ],
                }
                own = {name for name, app in get_commands().items() if app in ("voting", "shortlist")}
                if unknown := own - runs.keys() - BESIDE:
                    raise KeyError(f"The walk does not know the commands {unknown}: add them.")
                for name, calls in runs.items():
                    for arguments, options in calls:
                        self.run(name, arguments, options)
            for path in Path(folder).iterdir():
                if path != file and self.finder.finds(path.read_bytes()):
                    self.found.append((path.name, "operator", "file"))
        return self

    def run(self, name, arguments, options):
        out = io.StringIO()
        with logged() as log, transaction.atomic():
            try:
                call_command(name, *arguments, stdout=out, stderr=out, **options)
            except CommandError as error:
                out.write(str(error))
            transaction.set_rollback(True)
        self.asked += 1
        if self.finder.finds(("\n".join([out.getvalue(), *log])).encode()):
            self.found.append((name, "operator", "command"))


def routes(patterns, before=""):
    """Yield every route below some patterns, in the language that is active."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def belongs(path, poll):
    """Say whether an address is one of a poll's own."""
    return any(f"/{part}/" in path for part in (f"p/{poll.slug}", f"ledger/{poll.slug}", f"poll/{poll.pk}"))


@contextmanager
def logged():
    """Collect every line that the log would hold."""
    lines, handler = [], logging.Handler(logging.INFO)
    handler.emit = lambda record: lines.append(logging.Formatter().format(record))
    root = logging.getLogger()
    kept, root.handlers = root.handlers, [handler]
    try:
        yield lines
    finally:
        root.handlers = kept
