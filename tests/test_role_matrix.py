"""Role × page × method: nothing at the desk is allowed that its line here does not allow.

The lines are written by hand, apart from the table in voting/roles.py: whoever grants a role more, or
adds a page, has to say so in both places.
"""

import re
from datetime import date
from unittest import mock

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.test import Client, TestCase
from django.urls import get_resolver, path
from django.utils import translation

from shortlist.models import Candidate, Evidence
from tests.desk import closed_poll
from tests.factories import make_keys_for, make_poll, temporary_keys
from tests.homes import at_home
from tests.staff import make_person
from tests.tallies import count
from tests.walk import PARAMETER
from voting import roles
from voting.admin.acts import ACTS
from voting.approval import propose
from voting.models import Event, HoldGroup, Holiday, Objection
from voting.views import refused

load_tests = at_home("postgresql", __name__)

# Guest (of the staff, without a role), Editor, Officer, Auditor, Key holder, Superuser; strangers nowhere.
ROLES = {"G": None, "E": "editor", "O": "officer", "A": "auditor", "K": "key_holder", "S": None}
EVERYBODY, NOBODY = "GEOAKS", ""

# Who may look, and whose posts are taken, by the name of an address.
LINES = {
    # The way in, and what belongs to each person.
    "index": (EVERYBODY, EVERYBODY),
    "app_list": ("EOAKS", "EOAKS"),
    "password_change": (EVERYBODY, EVERYBODY),
    "password_change_done": (EVERYBODY, NOBODY),
    "jsi18n": (EVERYBODY, NOBODY),
    "autocomplete": ("EOAKS", NOBODY),
    "view_on_site": (EVERYBODY, EVERYBODY),
    "second_factor": (EVERYBODY, NOBODY),
    "second_factor_begin": (NOBODY, EVERYBODY),
    "second_factor_confirm": (NOBODY, EVERYBODY),
    # People.
    "auth_user_changelist": ("OAS", "OAS"),
    "auth_user_add": ("OS", "OS"),
    "auth_user_change": ("OAS", "OS"),
    "auth_user_history": ("OAS", "OAS"),
    "auth_user_delete": (NOBODY, NOBODY),
    "auth_user_link": ("OS", "OS"),
    "auth_user_second_factor": ("OS", "OS"),
    # Holidays.
    "voting_holiday_changelist": ("EOAKS", "EOAKS"),
    "voting_holiday_add": ("OS", "OS"),
    "voting_holiday_change": ("EOAKS", "OS"),
    "voting_holiday_history": ("EOAKS", "EOAKS"),
    "voting_holiday_delete": ("OS", "OS"),
    # The audit trail.
    "voting_event_changelist": ("OAS", "OAS"),
    "voting_event_change": ("OAS", NOBODY),
    "voting_event_history": ("OAS", "OAS"),
    "voting_event_add": (NOBODY, NOBODY),
    "voting_event_delete": (NOBODY, NOBODY),
    "voting_event_check": ("OAS", NOBODY),
    # Lists.
    **{
        f"shortlist_{model}_{page}": line
        for model in ("shortlist", "candidate", "evidence")
        for page, line in {
            "changelist": ("EOAKS", "EOAKS"),
            "add": ("EOS", "EOS"),
            "change": ("EOAKS", "EOS"),
            "history": ("EOAKS", "EOAKS"),
            "delete": ("EOS", "EOS"),
        }.items()
    },
    "shortlist_shortlist_preview": ("EOAKS", NOBODY),
    "shortlist_shortlist_preview_candidate": ("EOAKS", NOBODY),
    "shortlist_shortlist_template": ("EOAKS", NOBODY),
    "shortlist_shortlist_download": ("EOAKS", NOBODY),
    "shortlist_shortlist_spreadsheet": ("EOS", "EOS"),
    "shortlist_shortlist_paste": ("EOS", "EOS"),
    "shortlist_shortlist_upload": ("EOS", "EOS"),
    # Polls.
    "voting_poll_changelist": ("EOAKS", "EOAKS"),
    "voting_poll_add": ("EOS", "EOS"),
    "voting_poll_change": ("EOAKS", "EOS"),
    "voting_poll_history": ("EOAKS", "EOAKS"),
    "voting_poll_delete": ("OS", "OS"),
    "voting_poll_zero": ("EOAKS", NOBODY),
    "voting_poll_reconciliation": ("EOAKS", NOBODY),
    "voting_poll_proposal": ("EOAKS", "OS"),
    "voting_poll_tally": ("OAS", NOBODY),
    "voting_poll_export": ("OAS", NOBODY),
    "voting_poll_document": ("OAS", NOBODY),
    "voting_poll_codes": ("OS", "OS"),
    "voting_poll_roll": ("OS", "OS"),
    "voting_poll_holds": ("OAS", NOBODY),
    "voting_poll_hold": ("OS", "OS"),
    "voting_poll_copy": ("EOS", "EOS"),
    "voting_poll_papers": ("EOS", "EOS"),
    "voting_poll_papers_pdf": (NOBODY, "EOS"),
    "voting_poll_challenge": ("OAS", NOBODY),
    "voting_poll_challenge_sheet": ("OAS", "OAS"),
    "voting_poll_objections": ("OS", "OS"),
    "voting_poll_objection": ("OS", "OS"),
    # Acts.
    **{f"act {name}": ("OS", "OS") for name in ACTS},
    **{f"act {name}": ("OKS", "OKS") for name in ("key", "test", "count")},
}
# Open to whoever has no full sign-in yet, so not the roles' matter; tests of the sign-in are elsewhere.
BEFORE_THE_DESK = {"login", "logout", "code", "welcome", "recovery_codes"}
# Polls on which a page has something to show.
WHERE = {"tally": "counted", "export": "counted", "document": "counted", "delete": "draft"}
# What is not found before a result is certified; who may not have it is refused all the same.
NOT_THERE_YET = {"voting_poll_papers_pdf"}
ELSEWHERE = {"/en/admin/logout/", "/en/admin/second-factor/", "/en/admin/second-factor/begin/"}
READING = re.compile(r"[\s(]*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|DECLARE|FETCH|CLOSE)", re.IGNORECASE)


def names_of_the_desk(patterns=None, before=""):
    """Yield name and route of every address of the desk, in the language that is active."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from names_of_the_desk(pattern.url_patterns, route)
        elif "admin/" in route:
            yield pattern.name, "/" + route


def turned_away(response, may_be_absent=False):
    refusals = (403, 405) if may_be_absent else (403, 404, 405)
    return response.status_code in refusals or "/login/" in response.get("Location", "")


@temporary_keys
class RoleMatrixTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.people = {letter: make_person(f"of-{letter}", role) for letter, role in ROLES.items() if role}
        cls.people["G"] = make_person("guest")
        cls.people["S"] = get_user_model().objects.create_superuser("chief")
        cls.other = make_person("other", "editor")

    def setUp(self):
        self.clients = {letter: Client() for letter in ROLES}
        for letter, client in self.clients.items():
            client.force_login(self.people[letter])
        self.polls = {"draft": make_poll(), "counted": count(closed_poll())}
        keyed = self.polls["keyed"] = make_poll()
        make_keys_for(keyed)
        self.proposal = propose(poll=keyed, act="open", person=make_person("proposer", "officer"))
        self.objection = Objection.objects.create(poll=keyed, received_on=keyed.opens_at.date(), about="It.")
        self.group = HoldGroup.objects.create(
            poll=keyed, number=1, rule="burst", facts={"ballots": 3, "leaves": 3, "times": [], "largest": []}
        )
        candidate = Candidate.objects.first()
        self.objects = {
            "user": self.other.pk,
            "event": Event.objects.first().pk,
            "holiday": Holiday.objects.create(date=date(2026, 10, 1), name="National Day").pk,
            "shortlist": self.polls["draft"].shortlist.pk,
            "candidate": candidate.pk,
            "evidence": Evidence.objects.create(candidate=candidate, label="A claim").pk,
        }

    def address_of_act(self, poll, name):
        return f"/en/admin/voting/poll/{poll.pk}/act/{name}/"

    def arguments(self, name, route):
        """Return what stands for the parameters of a route; KeyError where this test knows nothing."""
        parts = route.split("/")
        model = parts[4] if len(parts) > 4 else ""
        poll = self.polls[WHERE.get(name.rpartition("_")[2], "keyed")]
        pk = poll.pk if model == "poll" else self.objects.get(model)
        numbers = {"proposals": self.proposal.pk, "objections": self.objection.pk, "holds": self.group.number}
        return {
            "pk": pk,
            "object_id": poll.pk if "/r/" in route else pk,
            "content_type_id": ContentType.objects.get_for_model(poll).pk,
            "app_label": "voting",
            "number": numbers.get(parts[6] if len(parts) > 6 else "", 0),
            "code": "101",
            "suffix": "csv",
            "name": "marks-1.txt",
            "upload": 1,
        }

    def pages(self):
        """Yield name and address of every page with a line; fail where one has none."""
        with translation.override("en"):
            found = list(names_of_the_desk())
        for name, route in found:
            if name is None or name in BEFORE_THE_DESK:
                continue
            if name == "voting_poll_act":
                for act in ACTS:
                    yield f"act {act}", self.address_of_act(self.polls["keyed"], act)
                continue
            known = self.arguments(name, route)
            path = PARAMETER.sub(lambda place: str(known[place[1] or place[2]]), route)  # noqa: B023
            query = "?app_label=shortlist&model_name=evidence&field_name=candidate"
            yield name, re.sub(r"[\\^$]", "", path) + (query if name == "autocomplete" else "")

    def ask(self, letter, method, name, path):
        """Ask once and leave all as it was; return whether it was let through, and what it wrote."""
        writes = []

        def watch(execute, sql, *rest):
            if not READING.match(sql) and "django_session" not in sql:
                writes.append(sql)
            return execute(sql, *rest)

        with transaction.atomic(), connection.execute_wrapper(watch):
            response = getattr(self.clients[letter], method)(path)
            transaction.set_rollback(True)
        return not turned_away(response, name in NOT_THERE_YET), writes

    def differences(self, only=None):
        """Return what is not as its line says: `(name, method, letters let through)` and forbidden writes."""
        found = []
        # What a page says is not looked at here, and drawing it takes most of the time.
        with (
            mock.patch.object(TemplateResponse, "rendered_content", ""),
            mock.patch.object(
                refused, "_refuse", lambda request, template, status: HttpResponse(status=status)
            ),
        ):
            for client in self.clients.values():
                client.get("/en/admin/")  # The first use writes the session.
            for name, path in self.pages():
                if only and name not in only:
                    continue
                if name not in LINES:
                    raise KeyError(f"The page {name} has no line: say who may look and who may post.")
                for method, line in zip(("get", "post"), LINES[name], strict=True):
                    let = ""
                    for letter in ROLES:
                        through, writes = self.ask(letter, method, name, path)
                        let += letter if through else ""
                        if writes and (method == "get" or not through):
                            found.append((name, method, letter, writes[0]))
                    if let != line:
                        found.append((name, method, let))
        return found

    def test_every_page_lets_through_whom_its_line_names_and_nobody_else(self):
        self.assertEqual(self.differences(), [])

    def test_a_role_that_is_granted_one_thing_more_is_found(self):
        """The control, once for each kind of page: Django's own, the trail's, an act's, a person's."""
        for role, more, name, method, let in (
            (roles.AUDITOR, "shortlist.change_candidate", "shortlist_candidate_change", "post", "EOAS"),
            (roles.EDITOR, "voting.see_trail", "voting_event_changelist", "get", "EOAS"),
            (roles.KEY_HOLDER, "voting.act_close", "act close", "post", "OKS"),
            (roles.AUDITOR, "auth.change_user", "auth_user_link", "post", "OAS"),
        ):
            wider = roles.PERMISSIONS | {role: roles.PERMISSIONS[role] | {more}}
            with self.subTest(more), mock.patch.object(roles, "PERMISSIONS", wider):
                self.assertIn((name, method, let), self.differences({name}))

    def test_a_page_without_a_line_is_found(self):
        new = [path("en/admin/new/", lambda request: HttpResponse(), name="new")]
        with mock.patch("tests.test_role_matrix.get_resolver", lambda: mock.Mock(url_patterns=new)):
            self.assertRaisesMessage(KeyError, "The page new has no line", self.differences)

    def test_a_page_that_writes_when_looked_at_is_found(self):
        def check(poll):
            Event.objects.filter(pk=0).update(act="")
            return 0, None

        with mock.patch("voting.admin.trail.check", check):
            found = self.differences({"voting_event_check"})
        self.assertEqual([letter for _name, _method, letter, _sql in found], ["O", "A", "S"])

    def test_no_line_is_left_over(self):
        self.assertEqual({name for name, _path in self.pages()}, set(LINES))

    def test_nobody_is_shown_a_way_that_is_closed_to_them(self):
        """Follow every link of the desk as each role, one page of each kind and every poll's own."""
        closed = []
        for letter in "GEOAK":
            client = self.clients[letter]
            seen, kinds, ahead = set(), {}, [("/en/admin/", "")]
            while ahead:
                here, before = ahead.pop()
                page = client.get(here)
                if turned_away(page):
                    closed.append(f"{letter} is led from {before} to {here}")
                body = page.content.decode() if page.get("Content-Type", "").startswith("text/html") else ""
                for link in re.findall(r'(?:href|action)="(/en/admin/[^"?#]*)', body):
                    kind = re.sub(r"\d+", "#", link)
                    most = 3 if kind == "/en/admin/voting/poll/#/change/" else 1
                    if link in seen or kinds.get(kind, 0) >= most or link in ELSEWHERE:
                        continue
                    seen.add(link)
                    kinds[kind] = kinds.get(kind, 0) + 1
                    ahead.append((link, here))
            self.assertTrue(seen)
        self.assertEqual(closed, [])
