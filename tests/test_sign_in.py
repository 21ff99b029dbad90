"""Voting by signing in: against a real provider on this machine, honest or not, and what stays of it."""

import logging
import sys
from datetime import timedelta
from unittest import mock
from urllib.parse import parse_qs, urlencode, urlsplit

from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client, override_settings
from django.utils import timezone
from django.utils.translation import override

from voting.checks import voters_can_show_who_they_are
from voting.eligibility import sign_in
from voting.keyring import keys_of
from voting.lifecycle import opening_faults
from voting.manifest import plan_of
from voting.models import Participation, Poll
from voting.views import ballots, casting, entrance

from .factories import make_poll
from .pages import address, confirm, english, hidden_fields, post_ballot
from .signing_in import BACK, HOME, SECRET, SignInCase, ask, make_sign_in_poll, way_out


class SigningIn(SignInCase):
    def test_what_the_data_are_for_stands_before_the_way_out(self):
        page = self.client.get(english("enter", self.poll))
        text = page.content.decode()
        self.assertLess(text.index("To let each account vote once."), text.index(self.provider.issuer))
        asked = parse_qs(urlsplit(way_out(page)).query)
        self.assertEqual((asked["scope"], asked["redirect_uri"]), (["openid"], [BACK]))
        self.assertEqual(asked["code_challenge_method"], ["S256"])
        self.assertTrue(asked["state"] and asked["nonce"])

    def test_signing_in_before_picking_says_that_one_can_vote(self):
        self.assertContains(self.go(), "You can vote")
        self.assertNotIn("sign-in", {name for name, each in self.client.cookies.items() if each.value})
        page = post_ballot(self.client, self.poll, "101")
        self.assertEqual(confirm(self.client, self.poll, hidden_fields(page)).status_code, 303)
        self.assertContains(self.client.get(english("enter", self.poll)), "Already voted", status_code=409)

    def test_picks_made_before_come_back_to_the_page_to_confirm(self):
        page = post_ballot(self.client, self.poll, "101", "202")
        self.assertContains(page, "Your choices are kept", status_code=403)
        self.come_back(self.client, page)
        page = self.client.get(english("enter", self.poll), headers={"Sec-Fetch-Site": "cross-site"})
        self.assertContains(page, "not sent yet")
        self.assertEqual(hidden_fields(page)["codes"], "101 202")
        self.assertFalse(self.client.cookies["sign-in"].value)
        self.assertEqual(confirm(self.client, self.poll, hidden_fields(page)).status_code, 303)

    def test_one_account_has_one_ballot_from_all_devices_and_two_accounts_two(self):
        for user, expected in (("a", 200), ("a", 409), ("b", 200), ("b", 409)):
            self.provider.user, client = user, Client()
            self.go(client)
            page = post_ballot(client, self.poll, "101")
            self.assertEqual(page.status_code, expected)
            if expected == 200:
                confirm(client, self.poll, hidden_fields(page))
        self.assertEqual(Participation.objects.filter(poll_id=self.poll.pk).count(), 2)

    def test_the_reader_comes_back_in_the_same_language_and_mode(self):
        for path in (f"/elder{address('enter', self.poll)}", english("enter", self.poll)):
            client = Client()
            answer = self.come_back(client, client.get(path))
            self.assertEqual(answer["Location"], path)

    def test_who_does_not_agree_at_the_provider_keeps_the_picks(self):
        self.provider.user = None
        page = post_ballot(self.client, self.poll, "101")
        self.come_back(self.client, page)
        page = self.client.get(english("enter", self.poll))
        self.assertContains(page, "You did not sign in")
        self.assertEqual(hidden_fields(page)["codes"], "101")

    def test_the_next_voter_signs_in_anew(self):
        self.go()
        self.client.post(english("next", self.poll))
        self.assertContains(self.client.get(english("enter", self.poll)), self.provider.issuer)

    def test_a_provider_that_is_away_gets_a_sentence_and_the_picks_stay(self):
        self.provider.broken = True
        with self.assertLogs("voting.signing_in.openid", "ERROR"):
            page = post_ballot(self.client, self.poll, "101")
        self.assertContains(page, "cannot be reached at present", status_code=503)
        self.assertEqual(hidden_fields(page)["codes"], "101")
        self.provider.broken = False
        page = post_ballot(self.client, self.poll, "101")
        self.provider.broken = True
        with self.assertLogs("voting.signing_in.openid"):
            location = f"/sign-in/?{urlencode({'code': 'x', 'state': self.state(page)})}"
            self.client.get(location)
        self.provider.broken = False
        self.assertContains(self.client.get(english("enter", self.poll)), "Your choices are kept")

    def state(self, page):
        return parse_qs(urlsplit(way_out(page)).query)["state"][0]

    def test_only_what_answers_our_own_question_is_read(self):
        """A foreign, forged, old or repeated answer, and one without the cookie, are all the same."""
        page = self.client.get(english("enter", self.poll))
        _status, location = ask(way_out(page))
        query = parse_qs(urlsplit(location).query)
        for values in (
            {},
            {"code": query["code"][0]},
            {"code": query["code"][0], "state": ""},
            {"code": query["code"][0], "state": "another"},
        ):
            answer = self.client.get("/en/sign-in/", values)
            self.assertContains(answer, "could not be matched", status_code=400)
        path = location.removeprefix(HOME)
        self.assertEqual(Client().get(path).status_code, 400)
        with mock.patch("voting.views.sign_in.GOOD_FOR", 0):
            self.assertEqual(self.client.get(path).status_code, 400)
        self.assertEqual(self.client.get(path).status_code, 303)
        self.assertEqual(self.client.get(path).status_code, 400)
        self.assertEqual(self.client.post("/sign-in/").status_code, 405)
        self.assertEqual(self.client.head(path).status_code, 405)
        self.client.cookies["sign-in"] = signing.b64_encode(b"x" * 90).decode()
        self.assertEqual(self.client.get(path).status_code, 400)


class NothingStays(SignInCase):
    def rows(self):
        """Return everything that stands in any table, as text and as bytes."""
        found = []
        for model in apps.get_models():
            for row in model.objects.values_list():
                found += [bytes(v) if isinstance(v, memoryview) else str(v).encode() for v in row]
        return b"\n".join(found)

    def test_no_row_log_line_or_cookie_holds_subject_or_tokens(self):
        self.provider.user = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
        before = {model: model.objects.count() for model in apps.get_models()}
        with self.assertLogs(level=logging.DEBUG) as log:
            logging.getLogger("tests").info("begin")
            self.come_back(self.client, post_ballot(self.client, self.poll, "101"))
            page = self.client.get(english("enter", self.poll))
            self.assertEqual(confirm(self.client, self.poll, hidden_fields(page)).status_code, 303)
        hidden = [self.provider.user, *self.provider.tokens, SECRET]
        self.assertEqual(len(self.provider.tokens), 2)
        cookies = self.client.cookies.output()
        rows, said = self.rows(), "\n".join(log.output)
        for secret in hidden:
            self.assertNotIn(secret.encode(), rows)
            self.assertNotIn(secret, said)
            self.assertNotIn(secret, cookies)
        after = {model.__name__: model.objects.count() - before[model] for model in before}
        self.assertEqual(
            {name: count for name, count in after.items() if count},
            {"Participation": 1, "PendingEnvelope": 1},
        )
        self.assertNotIn("sessionid", self.client.cookies)

    def test_the_control_a_session_would_be_found(self):
        Session.objects.create(session_key="k", session_data="user-0001", expire_date=timezone.now())
        self.assertIn(b"user-0001", self.rows())

    def test_the_credential_is_a_digest_that_differs_by_poll_issuer_and_subject(self):
        other = make_sign_in_poll()
        keys, theirs = (keys_of(poll, plan_of(poll)) for poll in (self.poll, other))
        found = {
            sign_in.voter_of(keys, "a", "b"),
            sign_in.voter_of(keys, "ab", ""),
            sign_in.voter_of(keys, "b", "a"),
            sign_in.voter_of(theirs, "a", "b"),
        }
        self.assertEqual(len(found), 4)
        self.assertEqual({len(value) for value in found}, {32})


class Opening(SignInCase):
    def test_what_is_missing_is_said_before_the_opening(self):
        poll = make_sign_in_poll()
        with override("en"):
            self.assertEqual(sign_in.opening_faults(poll), [])
            poll.purpose = " "
            self.assertIn("what they are for", sign_in.opening_faults(poll)[0])
            with override_settings(OIDC_CLIENT_SECRET=""):
                self.assertIn("OIDC_CLIENT_SECRET is not set", sign_in.opening_faults(poll)[1])
            with mock.patch.dict(sys.modules, {"authlib.integrations.django_client": None}):
                self.assertIn("Install them", sign_in.opening_faults(poll)[1])
                self.assertTrue(any("Authlib" in fault for fault in opening_faults(poll)))

    def test_the_start_is_refused_where_an_open_poll_could_sign_nobody_in(self):
        self.assertEqual(voters_can_show_who_they_are(None, ["default"]), [])
        with override_settings(OIDC_ISSUER=""):
            (found,) = voters_can_show_who_they_are(None, ["default"])
        self.assertIn("OIDC_ISSUER", found.msg)
        self.assertEqual(found.id, "voting.E005")
        Poll.objects.filter(pk=self.poll.pk).update(state="closed", closed_at=timezone.now())
        make_poll(eligibility="sign_in")
        with override_settings(OIDC_ISSUER=""):
            self.assertEqual(
                [found.id for found in voters_can_show_who_they_are(None, ["default"])], ["voting.W006"]
            )


class Period(SignInCase):
    def test_once_only_or_once_a_day_of_the_polls_own_zone(self):
        noon = (timezone.now() + timedelta(days=1)).replace(hour=4, minute=0)  # 12:00 in Shanghai
        for daily, expected in ((False, [200, 409, 409]), (True, [200, 409, 200])):
            poll = make_sign_in_poll(daily=daily, closes_at=timezone.now() + timedelta(days=5))
            found = []
            for hours in (0, 11, 13):
                at, client = noon + timedelta(hours=hours), Client()
                with (
                    mock.patch.object(ballots, "now", lambda at=at: at),
                    mock.patch.object(casting, "now", lambda at=at: at),
                    mock.patch.object(entrance, "now", lambda at=at: at),
                ):
                    self.go(client, poll)
                    page = post_ballot(client, poll, "101")
                    found.append(page.status_code)
                    confirm(client, poll, hidden_fields(page))
            self.assertEqual(found, expected)
