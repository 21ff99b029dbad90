"""Nobody sees how anybody voted, anywhere, before the embargo ends; planted leaks are found."""

import logging
from datetime import date, timedelta
from unittest import mock

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client, SimpleTestCase, TestCase
from django.urls import include, path
from django.utils import timezone

from shortlist.models import Candidate, Evidence, Shortlist
from tests.cards import cast_with
from tests.factories import cast, make_keys_for, make_list, make_poll, secret_of, temporary_keys
from tests.finding import CANDIDATES, CAST, KEYS_OF_ROWS, VOTES, Finder, codes_of, telling
from tests.homes import at_home
from tests.pages import address as address_of
from tests.pages import vote
from tests.walk import METHODS, Walk
from voting.codes import issue_codes
from voting.eligibility import code
from voting.keeper import append_entries, ballot_leaf, keep_poll
from voting.lifecycle import announce_poll, close_poll, count_poll, open_poll, pause_poll
from voting.manifest import plan_of
from voting.models import Ballot, Event, Holiday, Poll
from voting.receipt import recall_receipt
from voting.unsealing import unseal
from voting.views import lists, receipts
from voting.views.public import _kept

load_tests = at_home("sqlite", __name__)


@temporary_keys
class EmbargoTest(TestCase):
    """Three polls, all shown from their certification on, and every state before it.

    The first is sealed, the second is not; the third is by code and in rotated orders.
    """

    @classmethod
    def setUpTestData(cls):
        cls.enterClassContext(mock.patch.dict(code.COST, n=2))
        users = get_user_model().objects
        cls.staff = {
            "staff": users.create_user("staff", password="a long password", is_staff=True),
            "viewer": users.create_user("viewer", password="a long password", is_staff=True),
            "superuser": users.create_superuser("chief", password="a long password"),
        }
        cls.staff["viewer"].user_permissions.set(Permission.objects.filter(codename__startswith="view_"))

    def setUp(self):
        _kept.clear()
        self.clients = {
            role: Client(raise_request_exception=False) for role in ("stranger", "voter", *self.staff)
        }
        for role, user in self.staff.items():
            self.clients[role].force_login(user)

    def make(self, **fields):
        """Make the drafts with their keys."""
        polls = []
        for slug, own in (
            ("sealed", {"sealed": True}),
            ("unsealed", {"sealed": False}),
            ("by-code", {"eligibility": "code", "order_rule": "rotated", "order_variants": 2}),
        ):
            shortlist = make_list(candidates=CANDIDATES)
            Shortlist.objects.filter(pk=shortlist.pk).update(slug=f"list-{slug}", title="A list")
            shortlist.refresh_from_db()
            poll = make_poll(slug=slug, shortlist=shortlist, results_from="certified", **own, **fields)
            poll.parts = make_keys_for(poll)
            polls.append(poll)
        return polls

    def walk(self, polls):
        candidate = Candidate.objects.filter(category__shortlist=polls[0].shortlist).first()
        objects = {
            "user": self.staff["staff"].pk,
            "event": getattr(Event.objects.first(), "pk", 1),
            "holiday": Holiday.objects.get_or_create(date=date(2026, 10, 1), name="National Day")[0].pk,
            "shortlist": polls[0].shortlist.pk,
            "candidate": candidate.pk,
            "evidence": getattr(Evidence.objects.first(), "pk", 1),
            "content_type": ContentType.objects.get_for_model(Poll).pk,
            "sha256": "ab" * 32,
        }
        return Walk(polls, objects, Finder(plan_of(polls[0])), self.code(polls[0]), brief=polls[2:])

    def code(self, poll):
        """Return the receipt code that the voter holds, as pages would read it."""
        cookies = {name: morsel.value for name, morsel in self.clients["voter"].cookies.items()}
        receipt = recall_receipt(mock.Mock(COOKIES=cookies), poll)
        return receipt.code if receipt else "0000-0000"

    def assert_nothing(self, polls, state, brief=False, **options):
        """Walk everything and fail at whatever tells, or breaks."""
        methods = ("get", "post") if brief else METHODS
        with self.subTest(state=state):
            walk = self.walk(polls).go(self.clients, methods, brief=brief).run_commands(**options)
            self.assertEqual((walk.found, walk.broken), ([], []), walk.finder.seen)
            self.assertGreater(walk.asked, 300)

    def cast_all(self, polls):
        for poll in polls:
            # Places in the ledger stand on receipts and on its page; they shall be no number looked for.
            append_entries(poll, [("ballot", ballot_leaf("1", bytes([n]) * 32)) for n in range(99)])
            voter = self.clients["voter"]
            cards = []
            if poll.eligibility == "code":
                cards = issue_codes(poll=poll, label="", count=CAST, who="clerk")
                voter.post(address_of("enter", poll), {"code": cards[0].link})
            self.assertEqual(vote(voter, poll, *codes_of(0)).status_code, 303)
            for number in range(1, CAST):
                if cards:
                    cast_with(poll, cards[number], codes=codes_of(number))
                else:
                    cast(poll, codes=codes_of(number))

    def keep(self, polls):
        for poll in polls:
            keep_poll(Poll.objects.get(pk=poll.pk), timezone.now(), {})

    def act(self, polls, act, **options):
        """Do one act with each poll and return the polls as they stand."""
        done = []
        for poll in polls:
            new = act(poll=Poll.objects.get(pk=poll.pk), **options)
            new.parts = poll.parts
            done.append(new)
        return done

    def open_all(self, polls):
        for poll in polls:
            for _step in unseal(poll, plan_of(poll), secret_of(poll)):
                pass

    def test_before_the_vote_every_page_stands_and_tells_nothing(self):
        polls = self.make(opens_at=timezone.now() + timedelta(hours=1))
        self.assert_nothing(polls, "draft", brief=True)
        polls = self.act(polls, announce_poll)
        self.assert_nothing(polls, "announced", brief=True)
        polls = self.act(polls, open_poll, accept_short_list=True, by=["Clerk"])
        self.assert_nothing(polls, "waiting", brief=True)

    def opened(self):
        polls = self.act(self.make(), open_poll, accept_short_list=True, by=["Clerk"])
        self.cast_all(polls)
        self.keep(polls)
        self.assertEqual(Ballot.objects.count(), len(polls) * CAST)
        return polls

    def test_while_people_vote_nobody_sees_how(self):
        polls = self.opened()
        self.assert_nothing(polls, "open")
        polls = self.act(polls, pause_poll, reason="A test", by=["Clerk"])
        self.assert_nothing(polls, "paused", brief=True)

    def test_after_the_close_nobody_sees_how_people_voted(self):
        polls = self.act(self.opened(), close_poll, by=["Clerk"])
        self.assert_nothing(polls, "closed, the keeper not yet there", brief=True, keep=False)
        self.keep(polls)
        self.assert_nothing(polls, "closed")

    def test_opened_and_counted_ballots_stay_hidden_until_the_certificate(self):
        polls = self.act(self.opened(), close_poll, by=["Clerk"])
        self.keep(polls)
        self.open_all(polls)
        self.assert_nothing(polls, "ballots opened", brief=True)
        polls = self.act(polls, count_poll)
        self.keep(polls)
        self.assert_nothing(polls, "counted, not certified")
        self.assert_planted_leaks_are_found(polls)

    def found(self, polls, *roles):
        # One poll: the exits of all are the same code.
        walk = self.walk(polls[:1]).go({role: self.clients[role] for role in roles}, ["get"], ["zh-hans"])
        return {address for address, _role, _method in walk.found}

    def assert_planted_leaks_are_found(self, polls):
        """The control: a leak through each kind of exit is found where it was planted."""
        with mock.patch.object(Poll, "may_see_results", lambda *rest: True):
            found = self.found(polls, "stranger", "superuser")
            named = {name for name, _role, _how in self.walk(polls[:1]).run_commands().found}
        _kept.clear()
        slug, pk = polls[0].slug, polls[0].pk
        for exit_ in ("result/", "result.csv", "result.xlsx", "result.json", "documents/marks-3.txt"):
            self.assertIn(f"/p/{slug}/{exit_}", found)
        for name in ("marks-3.txt", "tally.json", "reveals-3.jsonl"):
            self.assertIn(f"/ledger/{slug}/documents/{name}", found)
        for exit_ in ("", "result.csv", "result.xlsx", "result.json", "documents/reveals-3.jsonl"):
            self.assertIn(f"/admin/voting/poll/{pk}/tally/{exit_}", found)
        self.assertLessEqual({"tally", f"{slug}.zip", f"{slug}-auditor.zip"}, named)

        draw, marks = lists.draw, bytes(Ballot.objects.first().marks)

        def in_a_header(*rest, **more):
            response = draw(*rest, **more)
            response["X-Votes"] = f"101={VOTES['101']}"
            return response

        def in_a_log_line(*rest, **more):
            logging.getLogger("voting").info("101 has %d", VOTES["101"])
            return draw(*rest, **more)

        def in_a_comment(*rest, **more):
            response = draw(*rest, **more)
            response.content += f"<!-- {marks.hex()} -->".encode()
            return response

        for module, leak, address in (
            (lists, in_a_header, "/"),
            (receipts, in_a_log_line, f"/p/{slug}/find/"),
            (receipts, in_a_comment, f"/p/{slug}/receipt/"),
        ):
            with mock.patch.object(module, "draw", leak):
                self.assertIn(address, self.found(polls, "stranger"), leak.__name__)
        self.assertEqual(self.found(polls, "stranger"), set())

    def test_a_route_that_the_walk_does_not_know_makes_it_fail(self):
        new = [path("later/<str:something>/", include([path("", lambda request: None)]))]
        walk = self.walk(self.make())
        with mock.patch("tests.walk.get_resolver", lambda: mock.Mock(url_patterns=new)):
            self.assertRaisesMessage(KeyError, "no arguments for", walk.addresses, "en")


class FinderTest(SimpleTestCase):
    """What is looked past, lest a poll's own key be taken for a count, hides no count."""

    def test_a_key_in_a_link_or_a_choice_of_the_desk_is_no_count(self):
        for key in VOTES.values():
            for link in (
                f'<a href="?poll__id__exact={key}">A poll</a>',
                f'<a href="/admin/voting/poll/?o=1&amp;shortlist__id__exact={key}">A list</a>',
                f'<a href="/admin/shortlist/evidence/add/?candidate={key}">Add evidence</a>',
                f'<option value="{key}">A poll</option>',
            ):
                self.assertNotIn(str(key).encode(), KEYS_OF_ROWS.sub(b"", link.encode()), link)

    def test_a_count_beside_such_a_key_is_found(self):
        text, _marks = telling()
        for count in VOTES.values():
            for leak in (
                f'<a href="?poll__id__exact=7">{count}</a>',
                f'<a href="?candidate=7&amp;votes={count}">Title</a>',
                f'<a href="?votes__exact={count}">Title</a>',
                f"candidate={count}",
            ):
                self.assertRegex(KEYS_OF_ROWS.sub(b"", leak.encode()).decode(), text, leak)
