"""Voting by roll: what the entrance asks, that it tells nobody who stands on the roll, and its limits."""

import logging
import re
from datetime import timedelta
from unittest import mock

from django.core import signing
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from voting.keyring import keys_of
from voting.manifest import plan_of
from voting.models import OneTimePassword, Participation, PendingEnvelope, RollEntry
from voting.rolls import digests
from voting.senders import SendFailed
from voting.views import ballots, casting, entrance

from .factories import temporary_keys
from .pages import confirm, english, hidden_fields, post_ballot
from .rolls import PEOPLE, answer, ask, enter, mailbox, make_roll_poll

ON_ROLL = PEOPLE[0]
OFF_ROLL = ("A-9999", "13800138000")
WRONG_PLACE = ("A-1001", "13900139000")
# What differs between two pages of anybody: tokens and sealed fields.
RANDOM = re.compile(r'(name="(?:csrfmiddlewaretoken|asked)"[^>]*value=")[^"]*')


@temporary_keys
class Entrance(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.poll = make_roll_poll()

    def setUp(self):
        self.mail = mailbox(self)

    def test_what_the_data_are_for_stands_before_what_is_asked(self):
        page = self.client.get(english("enter", self.poll)).content.decode()
        purpose, question = page.index("To let each member vote once."), page.index("Staff number")
        self.assertLess(purpose, question)
        self.assertIn(english("privacy", self.poll), page[purpose:question])

    def test_who_is_on_the_roll_gets_a_password_and_votes_with_it(self):
        page = ask(self.client, self.poll, *ON_ROLL, "101", "202")
        self.assertContains(page, "Your choices are kept")
        ((contact, password, text),) = self.mail
        self.assertEqual(contact, "13800138000")
        self.assertIn(password, text)
        self.assertIn("A poll", text)
        review = answer(self.client, self.poll, page, password)
        self.assertContains(review, "not sent yet")
        fields = hidden_fields(review)
        self.assertEqual(fields["codes"], "101 202")
        self.assertEqual(confirm(self.client, self.poll, fields).status_code, 303)
        self.assertEqual(Participation.objects.filter(poll_id=self.poll.pk).count(), 1)
        self.assertFalse(OneTimePassword.objects.exists())

    def test_before_picking_one_learns_whether_one_can_vote_and_afterwards_that_one_has(self):
        self.assertRedirects(enter(self.client, self.poll, *ON_ROLL), english("enter", self.poll), 303)
        self.assertContains(self.client.get(english("enter", self.poll)), "You can vote")
        confirm(self.client, self.poll, hidden_fields(post_ballot(self.client, self.poll, "101")))
        other = Client()
        enter(other, self.poll, " ａ-1001 ", "+86 13800138000")
        self.assertContains(other.get(english("enter", self.poll)), "Already voted", status_code=409)
        self.assertEqual(post_ballot(other, self.poll, "102").status_code, 409)
        self.assertEqual(PendingEnvelope.objects.filter(poll_id=self.poll.pk).count(), 1)

    def test_without_the_password_there_is_no_ballot(self):
        page = post_ballot(self.client, self.poll, "101")
        self.assertContains(page, "Staff number", status_code=403)
        page = ask(self.client, self.poll, *ON_ROLL, "101")
        wrong = f"{(int(self.mail[0].password) + 1) % 10**6:06}"
        self.assertContains(answer(self.client, self.poll, page, wrong), "not valid", status_code=422)
        self.assertEqual(post_ballot(self.client, self.poll, "101").status_code, 403)

    def test_after_many_wrong_passwords_from_one_network_none_is_checked_for_a_while(self):
        poll, client = make_roll_poll(brakes={"tries_10_minutes": 3}), Client(REMOTE_ADDR="203.0.113.9")
        page = ask(client, poll, *ON_ROLL, "101")
        right = self.mail[-1].password
        wrong = f"{(int(right) + 1) % 10**6:06}"
        found = [answer(client, poll, page, wrong).status_code for _try in range(4)]
        self.assertEqual(found, [422, 422, 422, 429])
        late = answer(client, poll, page, right)
        self.assertContains(late, "Many wrong passwords", status_code=429)
        self.assertEqual(late["Retry-After"], "600")
        self.assertContains(late, "Your choices are kept", status_code=429)

    def test_what_is_mistyped_is_said_and_stays(self):
        page = ask(self.client, self.poll, "A-1001", "1380", "101")
        self.assertContains(page, "neither a mobile number nor an e-mail address", status_code=422)
        self.assertContains(page, 'value="A-1001"', status_code=422)
        page = ask(self.client, self.poll, *ON_ROLL, "101")
        self.assertContains(answer(self.client, self.poll, page, "12345"), "six digits", status_code=422)
        again = answer(self.client, self.poll, page, "", other="1")
        self.assertContains(again, 'value="A-1001"')
        self.assertContains(again, 'value="101"')

    def test_a_page_of_another_poll_or_a_forged_one_begins_anew(self):
        page = ask(self.client, make_roll_poll(), *ON_ROLL)
        self.assertContains(answer(self.client, self.poll, page, "123456"), "out of date", status_code=409)
        for forged in ("", "x", signing.b64_encode(b"y" * 80).decode()):
            data = {"asked": forged, "password": "123456"}
            self.assertEqual(self.client.post(english("enter", self.poll), data).status_code, 409)

    def test_it_asks_for_a_token(self):
        strict = Client(enforce_csrf_checks=True)
        data = {"person": ON_ROLL[0], "contact": ON_ROLL[1], "codes": "101"}
        page = strict.post(english("enter", self.poll), data)
        self.assertContains(page, "out of date", status_code=403)
        self.assertEqual(hidden_fields(page)["codes"], "101")
        self.assertEqual(self.mail, [])

    def test_a_right_of_another_poll_is_none_here(self):
        other = make_roll_poll()
        enter(self.client, other, *ON_ROLL)
        self.client.cookies[f"right-{self.poll.uid}"] = self.client.cookies[f"right-{other.uid}"].value
        self.assertEqual(post_ballot(self.client, self.poll, "101").status_code, 403)

    def test_a_guessed_password_of_somebody_off_the_roll_opens_nothing(self):
        page = ask(self.client, self.poll, *OFF_ROLL)
        row = OneTimePassword.objects.get()
        digest = digests.roll_digest(keys_of(self.poll, plan_of(self.poll)))
        guessed = digest(b"password", bytes(row.pair), b"123456")
        OneTimePassword.objects.filter(poll_id=self.poll.pk).update(digest=guessed)
        self.assertContains(answer(self.client, self.poll, page, "123456"), "not valid", status_code=422)
        self.assertNotIn(f"right-{self.poll.uid}", self.client.cookies)

    def test_the_next_voter_begins_anew(self):
        enter(self.client, self.poll, *ON_ROLL)
        self.client.post(english("next", self.poll))
        self.assertContains(self.client.get(english("enter", self.poll)), "Staff number")

    def test_no_line_of_the_log_and_no_row_holds_what_was_typed(self):
        with self.assertLogs(level=logging.DEBUG) as log:
            logging.getLogger("tests").info("begin")
            enter(self.client, self.poll, "A-1003", "li@example.org", "101")
            with mock.patch("tests.rolls.Mailbox.send", side_effect=SendFailed("too slow")):
                ask(self.client, self.poll, *ON_ROLL)
        said = "\n".join(log.output)
        self.assertIn("could not be sent: too slow", said)
        rows = repr([list(model.objects.values_list()) for model in (RollEntry, OneTimePassword)])
        for secret in ("A-1003", "li@example.org", "A-1001", "13800138000", self.mail[0].password):
            self.assertNotIn(secret, said)
            self.assertNotIn(secret.lower(), rows.lower())


@temporary_keys
class OnOrOffTheRoll(TestCase):
    """Nobody can find out who stands on a roll: same page, same rows, same time."""

    @classmethod
    def setUpTestData(cls):
        cls.poll = make_roll_poll()

    def setUp(self):
        self.mail = mailbox(self)

    def pages(self, who):
        """Return the answers to asking and to a wrong password, without their tokens."""
        page = ask(self.client, self.poll, *who)
        wrong = answer(self.client, self.poll, page, "000000" if not self.mail else "x00000")
        second = answer(self.client, self.poll, page, "", again="1")
        return [
            (each.status_code, RANDOM.sub(r"\1", each.content.decode())) for each in (page, wrong, second)
        ]

    def test_all_pages_are_the_same(self):
        with mock.patch("voting.rolls.passwords.secrets.randbelow", return_value=999999):
            first, second, third = (self.pages(who) for who in (OFF_ROLL, WRONG_PLACE, ON_ROLL))
        self.assertEqual(first[0], third[0])
        self.assertEqual(first[2], third[2])
        self.assertEqual(second, first)
        self.assertEqual(len(self.mail), 1, "a password went to somebody whom the roll does not name")

    def test_the_control_a_page_that_says_more_is_found(self):
        with mock.patch("voting.views.rolls._seal", return_value="on the roll"):
            page = ask(self.client, self.poll, *ON_ROLL).content.decode()
        self.assertNotEqual(page, ask(Client(), self.poll, *OFF_ROLL).content.decode())

    def test_everybody_who_asks_gets_a_row(self):
        for who in (OFF_ROLL, WRONG_PLACE, ON_ROLL):
            ask(self.client, self.poll, *who)
        self.assertEqual(OneTimePassword.objects.filter(poll_id=self.poll.pk, sent=1, tries=0).count(), 3)

    def test_the_request_does_the_same_work_for_everybody(self):
        """Both ask the same questions of the database; the roll is looked up behind their back."""
        plan_of(self.poll)  # read once and kept, whoever comes first
        for step in ("ask", "answer"):
            counts = set()
            for who in (ON_ROLL, OFF_ROLL, WRONG_PLACE):
                with mock.patch("voting.views.rolls.deliver"), self.subTest(step, who=who):
                    page = ask(self.client, self.poll, *who) if step == "answer" else None
                    with Queries() as queries:
                        if page:
                            answer(self.client, self.poll, page, "123456")
                        else:
                            ask(self.client, self.poll, *who)
                    counts.add(tuple(queries.shapes()))
                OneTimePassword.objects.filter(poll_id=self.poll.pk).delete()
            self.assertEqual(len(counts), 1, counts)

    def test_the_control_a_look_at_the_roll_in_the_request_is_found(self):
        shapes = []
        for who in (ON_ROLL, OFF_ROLL):
            with Queries() as queries:
                enter(self.client, self.poll, *who) if who == ON_ROLL else ask(self.client, self.poll, *who)
            shapes.append(queries.shapes())
        self.assertNotEqual(*shapes)


class Queries:
    """Collects the statements of a block, by their beginnings."""

    def __enter__(self):
        self.context = CaptureQueriesContext(connection)
        self.context.__enter__()
        return self

    def __exit__(self, *error):
        self.context.__exit__(*error)

    def shapes(self):
        """Return verb and table of each statement; points of return have names of their own."""
        found = [re.match(r'(\w+)[^"]*"?(\w+)?', query["sql"]) for query in self.context.captured_queries]
        return [match[1] if "SAVEPOINT" in match[0] else match.groups() for match in found]


@temporary_keys
class Period(TestCase):
    def vote(self, poll, client):
        enter(client, poll, *ON_ROLL)
        page = post_ballot(client, poll, "101")
        return confirm(client, poll, hidden_fields(page)).status_code if page.status_code == 200 else 409

    def test_once_only_or_once_a_day_of_the_polls_own_zone(self):
        mailbox(self)
        for daily, expected in ((False, [303, 409, 409]), (True, [303, 409, 303])):
            poll = make_roll_poll(
                daily=daily, zone="Asia/Shanghai", closes_at=timezone.now() + timedelta(days=5)
            )
            noon = (timezone.now() + timedelta(days=1)).replace(hour=4, minute=0)  # 12:00 in Shanghai
            found = []
            for moment in (noon, noon + timedelta(hours=11), noon + timedelta(hours=13)):
                with (
                    mock.patch.object(casting, "now", lambda moment=moment: moment),
                    mock.patch.object(ballots, "now", lambda moment=moment: moment),
                    mock.patch.object(entrance, "now", lambda moment=moment: moment),
                ):
                    found.append(self.vote(poll, Client()))
            self.assertEqual(found, expected)
