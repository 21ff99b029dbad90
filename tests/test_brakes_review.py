"""What review noticed rides unread in the ticket; above a ceiling the picks stay in the page."""

import re
from datetime import timedelta
from unittest import mock

from django.core import signing
from django.core.management import call_command
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.utils import timezone
from django.utils.translation import override

from voting.brakes import TEN_MINUTES, signals_named
from voting.checks import proxies_are_counted
from voting.holds import SIGNALS
from voting.keyring import load_keyring
from voting.manifest import plan_of
from voting.models import Counter
from voting.privacy import privacy_parts
from voting.ticket import SALT, TicketError, issue_ticket, read_ticket
from voting.work import make_challenge

from .factories import make_open_poll, make_poll, temporary_keys
from .pages import address, confirm, english, hidden_fields, post_ballot
from .test_proof_of_work import solve

WORK = 5
NO_SCRIPT = SIGNALS["no_script"] | SIGNALS["no_work"]


@temporary_keys
class Tickets(TestCase):
    def setUp(self):
        self.poll = make_open_poll()
        self.keys = load_keyring(self.poll.uid, plan_of(self.poll).keys)

    def issue(self, signals, at=None):
        return issue_ticket(self.poll, self.keys, b"c" * 16, at=at or timezone.now(), signals=signals)

    def test_signals_come_out_as_they_went_in(self):
        for signals in (0, *SIGNALS.values(), 127, 255):
            self.assertEqual(read_ticket(self.poll, self.issue(signals)).signals, signals)

    def test_a_voter_cannot_tell_a_suspect_ticket_from_another(self):
        """The byte that a voter can read is about as often one as another, whatever it hides."""
        at, signer = timezone.now(), signing.Signer(salt=SALT)
        for signals in (0, 127):
            shown = [signer.unsign_object(self.issue(signals, at))[-1] for _ in range(2000)]
            self.assertGreater(len(set(shown)), 240)
            self.assertLess(max(map(shown.count, set(shown))), 40)

    def test_a_voter_cannot_change_them(self):
        body, signature = self.issue(127).rsplit(":", 1)
        for at in range(len(body)):
            changed = body[:at] + ("A" if body[at] != "A" else "B") + body[at + 1 :]
            with self.assertRaises(TicketError, msg=changed):
                read_ticket(self.poll, f"{changed}:{signature}")


@temporary_keys
class Review(TestCase):
    def setUp(self):
        self.poll = make_open_poll(brakes={"work": WORK, "address_10_minutes": 2})
        # In the middle of a window, so that no test crosses into the next.
        now = timezone.now()
        self.at = now + timedelta(seconds=(TEN_MINUTES / 2 - now.timestamp()) % TEN_MINUTES)
        for view in ("ballots", "casting"):
            self.enterContext(mock.patch(f"voting.views.{view}.now", lambda: self.at))

    def signals(self, response):
        return signals_named(read_ticket(self.poll, hidden_fields(response)["ticket"]).signals)

    def post(self, client=None, **more):
        client = client or Client(REMOTE_ADDR="1.2.3.4")
        return client.post(english("review", self.poll), {"picks-1": ["101"], "picks-2": ["201"], **more})

    def test_what_was_noticed_rides_in_the_ticket_and_stands_nowhere_on_the_page(self):
        pages = [self.post() for _ in range(3)]
        self.assertEqual(self.signals(pages[0]), ["no_script", "no_work"])
        self.assertEqual(self.signals(pages[2]), ["no_script", "no_work", "over_address"])
        secret = re.compile(r'(name="(?:ticket|nonce-\d|csrfmiddlewaretoken)" value=)"[^"]*"')
        shapes = {secret.sub(r"\1", page.content.decode()) for page in pages}
        self.assertEqual(len(shapes), 1)

    def test_a_held_ballot_is_cast_like_any_other(self):
        for _ in range(3):
            client = Client(REMOTE_ADDR="1.2.3.4")
            page = self.post(client, remark="x")
            self.assertEqual(confirm(client, self.poll, hidden_fields(page)).status_code, 303)

    def test_who_comes_back_from_the_page_to_confirm_keeps_what_was_noticed_and_is_not_counted_again(self):
        client = Client(REMOTE_ADDR="1.2.3.4")
        work = solve(make_challenge(self.poll.uid, WORK, self.at - timedelta(seconds=60)))
        with self.settings(TICKET_SECONDS=0):
            page = self.post(client, work=work)
        self.assertEqual(self.signals(page), [])
        counted = sorted(Counter.objects.values_list("count", flat=True))
        again = confirm(client, self.poll, hidden_fields(page))
        self.assertEqual((again.status_code, self.signals(again)), (409, []))
        self.assertEqual(sorted(Counter.objects.values_list("count", flat=True)), counted)

    def test_nobody_takes_another_ones_good_name(self):
        work = solve(make_challenge(self.poll.uid, WORK, self.at - timedelta(seconds=60)))
        good = hidden_fields(self.post(work=work))["ticket"]
        self.assertEqual(self.signals(self.post(ticket=good)), ["no_script", "no_work"])

    @override_settings(CEILING_TIMES=2)
    def test_above_the_ceiling_the_answer_is_503_with_the_picks_and_a_time_to_wait(self):
        for _ in range(4):
            self.assertEqual(self.post().status_code, 200)
        page = self.post()
        self.assertContains(page, "The system is busy and the ballot was not sent.", status_code=503)
        self.assertTrue(1 <= int(page["Retry-After"]) <= TEN_MINUTES)
        self.assertIn("device", page.cookies)  # so that a solution which is posted again is the same device's
        for code in ("101", "201"):
            self.assertContains(page, f'value="{code}" checked', status_code=503)
        chinese = Client(REMOTE_ADDR="1.2.3.4").post(address("review", self.poll), {"picks-1": ["101"]})
        sentence = "系统繁忙，这次没有提交成功。您的选择已留在本机，请稍后再试。"
        self.assertContains(chinese, sentence, status_code=503)

    def test_a_forged_header_does_not_get_around_a_limit(self):
        with override_settings(TRUSTED_PROXIES=1):
            for number in range(3):
                headers = {"X-Forwarded-For": f"9.9.9.{number}, 5.6.7.8"}
                page = self.client.post(english("review", self.poll), {"picks-1": ["101"]}, headers=headers)
        self.assertIn("over_address", self.signals(page))

    def test_the_hidden_field_is_no_field_to_people(self):
        page = self.client.get(english("ballot", self.poll)).content.decode()
        self.assertRegex(
            page, r'<p hidden><label>[^<]*<input type="text" name="remark" value="" autocomplete="off"'
        )
        elder = self.client.get("/elder" + english("ballot", self.poll)).content.decode()
        self.assertEqual((elder.count('name="remark"'), elder.count('name="work"')), (1, 1))


@temporary_keys
class OffTheCastPath(TestCase):
    def test_casting_counts_nothing(self):
        poll = make_open_poll()
        client = Client(REMOTE_ADDR="1.2.3.4")
        fields = hidden_fields(post_ballot(client, poll, "101"))
        before = list(Counter.objects.order_by("key").values_list("key", "count"))
        with NamedQueries(self, Counter._meta.db_table, 0):
            self.assertEqual(confirm(client, poll, fields).status_code, 303)
        self.assertEqual(list(Counter.objects.order_by("key").values_list("key", "count")), before)
        with NamedQueries(self, Counter._meta.db_table, 1):
            post_ballot(Client(REMOTE_ADDR="1.2.3.4"), poll, "101")


class NamedQueries:
    """Counts the statements that name a table."""

    def __init__(self, case, table, count):
        self.case, self.table, self.count, self.met = case, table, count, 0

    def __enter__(self):
        self.wrapper = connection.execute_wrapper(self.note)
        self.wrapper.__enter__()

    def note(self, execute, sql, params, many, context):
        self.met += self.table in sql
        return execute(sql, params, many, context)

    def __exit__(self, *error):
        self.wrapper.__exit__(*error)
        self.case.assertEqual(self.met, self.count)


@temporary_keys
class AroundThem(TestCase):
    def test_the_privacy_page_says_what_is_counted_and_worked_out_in_each_kind_of_poll(self):
        for kind, sentences in (
            ("device", ["ballots were checked from one network", "does a calculation"]),
            ("code", ["codes were typed from one"]),
            ("roll", ["passwords were typed from one"]),
        ):
            poll = make_poll(eligibility=kind)
            with override("en"):
                parts = privacy_parts(poll, plan_of(poll))
            words = " ".join(line for part in parts for line in part.sentences)
            every = (
                "ballots were checked from one network",
                "does a calculation",
                "codes were typed from one",
                "passwords were typed from one",
            )
            for sentence in every:
                self.assertEqual(sentence in words, sentence in sentences, (kind, sentence))

    def test_the_keeper_removes_what_is_over(self):
        poll = make_open_poll()
        past, coming = (int(timezone.now().timestamp()) + seconds for seconds in (-1, 900))
        for window in (past, coming):
            Counter.objects.create(poll=poll, key=b"k" * 16, window=window, count=1)
        call_command("keep_ledger", once=True)
        self.assertEqual(list(Counter.objects.values_list("window", flat=True)), [coming])

    def test_a_service_that_counts_no_proxy_is_warned_of(self):
        for changes, warned in (
            ({}, True),
            ({"TRUSTED_PROXIES": 1}, False),
            ({"HTTPS": False}, False),
            ({"PRODUCTION": False}, False),
        ):
            with override_settings(**{"PRODUCTION": True, "HTTPS": True, "TRUSTED_PROXIES": 0, **changes}):
                self.assertEqual(bool(proxies_are_counted(None)), warned, changes)
