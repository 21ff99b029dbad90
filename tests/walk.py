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

    Those of the polls in `brief` are read as voter and superuser alone.
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
        """Return the addresses of citizens' pages in elder mode, and in each rotated order."""
        paths = [path for path in paths if "/admin/" not in path]
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

    def go(self, clients, methods=("get", "head", "options", "post"), languages=("zh-hans", "en")):
        """Walk every address as every role.

        To keep it short, methods besides GET are tried as voter and superuser, English as these two,
        pages of the desk that belong to no poll by the superuser alone, and elder mode and rotated orders
        are read by the first of these.
        """
        for language in languages:
            first = language == languages[0]
            paths = self.addresses(language)
            for path in paths:
                beside = "/admin/" in path and "/admin/voting/" not in path
                brief = any(belongs(path, poll) for poll in self.brief)
                for role, client in clients.items():
                    main = role in ("voter", "superuser")
                    if (beside and role != "superuser") or not (first and not brief or main):
                        continue
                    for method in methods if first and main and not (beside or brief) else ("get",):
                        self.ask(role, client, method, path)
            reader = next((role for role in ("voter", *clients) if role in clients), None)
            for path in self.other_forms(paths) if first else ():
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
