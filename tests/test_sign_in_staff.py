"""Signing in at the desk: by name and password, with brakes by name and address, until nobody uses it."""

import re
from datetime import timedelta

import time_machine
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client, RequestFactory, TestCase, override_settings
from django.utils import timezone

from tests.factories import make_open_poll, temporary_keys
from tests.pages import english, vote
from tests.staff import PASSWORD, desk, make_person
from tests.walk import logged
from voting.roles import EDITOR
from voting.staff.sign_in import address_of, forget_attempts

HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"


class SignInCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.person = make_person("zhang", EDITOR)

    def sign_in(self, name="zhang", password=PASSWORD, address=HERE, client=None, **more):
        data = {"username": name, "password": password, "next": desk("index")}
        return (client or Client()).post(desk("login"), data, REMOTE_ADDR=address, **more)

    def mistype(self, times, **where):
        for _n in range(times):
            response = self.sign_in(password="wrong", **where)
        return response

    def assert_in(self, response):
        self.assertRedirects(response, desk("index"), fetch_redirect_response=False)


class LadderTests(SignInCase):
    def test_the_right_password_leads_to_where_one_wanted_to_go(self):
        self.assert_in(self.sign_in())

    def test_a_wrong_one_or_no_member_of_the_staff_gets_one_and_the_same_sentence(self):
        make_person("citizen", is_staff=False)
        said = {
            str(self.sign_in(name, password).context["form"].non_field_errors())
            for name, password in (("zhang", "wrong"), ("nobody", "wrong"), ("citizen", PASSWORD))
        }
        self.assertEqual(len(said), 1, said)

    def test_without_a_token_nobody_gets_in(self):
        self.assertEqual(self.sign_in(client=Client(enforce_csrf_checks=True)).status_code, 403)

    def test_where_one_wanted_to_go_is_never_another_site(self):
        for wanted in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
            data = {"username": "zhang", "password": PASSWORD, "next": wanted}
            self.assertNotIn("evil", Client().post(desk("login"), data)["Location"])

    def test_the_page_is_chinese_first_and_obeys_the_policy(self):
        response = Client().get("/admin/login/")
        self.assertContains(response, 'lang="zh-hans"')
        self.assertContains(response, 'href="/en/admin/login/"')
        self.assertNotRegex(response.content.decode(), r'\sstyle="|<script>|\son\w+="')


class BrakeTests(SignInCase):
    def test_the_fifth_wrong_password_locks_and_says_how_long_to_wait(self):
        self.assertEqual(self.mistype(4).status_code, 200)
        response = self.mistype(1)
        self.assertContains(response, "Wait 15 minutes", status_code=429)
        self.assertEqual(response["Retry-After"], "900")
        self.assertContains(self.sign_in(), "Wait 15 minutes", status_code=429)
        chinese = Client().post(
            "/admin/login/", {"username": "zhang", "password": PASSWORD}, REMOTE_ADDR=HERE
        )
        self.assertEqual(chinese.status_code, 429)

    @override_settings(AXES_ENABLED=False)
    def test_without_the_brake_it_would_not_which_shows_that_the_test_can_fail(self):
        self.mistype(6)
        self.assert_in(self.sign_in())

    def test_a_colleague_at_the_same_address_and_the_same_name_elsewhere_get_in(self):
        make_person("wang", EDITOR)
        self.mistype(6)
        self.assertEqual(self.sign_in().status_code, 429)
        self.assert_in(self.sign_in("wang"))
        self.assert_in(self.sign_in(address=ELSEWHERE))

    def test_another_browser_at_the_same_address_does_not_help(self):
        for number in range(5):
            self.sign_in(password="wrong", HTTP_USER_AGENT=f"browser {number}")
        self.assertEqual(self.sign_in(HTTP_USER_AGENT="another").status_code, 429)

    def test_trying_meanwhile_prolongs_nothing_and_the_lock_ends_by_itself(self):
        begun = timezone.now()
        with time_machine.travel(begun, tick=False):
            self.mistype(5)
        with time_machine.travel(begun + timedelta(minutes=14, seconds=30), tick=False):
            self.assertContains(self.sign_in(), "Wait 1 minute,", status_code=429)
        with time_machine.travel(begun + timedelta(minutes=15, seconds=1), tick=False):
            self.assert_in(self.sign_in())

    def test_the_right_password_clears_the_count(self):
        self.mistype(4)
        self.assert_in(self.sign_in())
        self.assertEqual(AccessAttempt.objects.count(), 0)
        self.assertEqual(self.mistype(4).status_code, 200)

    def test_the_address_comes_from_the_trusted_proxy_alone(self):
        for number in range(5):
            self.sign_in(password="wrong", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
        self.assertEqual(self.sign_in(HTTP_X_FORWARDED_FOR="192.0.2.99").status_code, 429)
        with override_settings(TRUSTED_PROXIES=1):
            for number in range(5):
                self.sign_in(password="wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}, {ELSEWHERE}")
            last = self.sign_in(HTTP_X_FORWARDED_FOR=f"10.0.0.99, {ELSEWHERE}")
            self.assertEqual(last.status_code, 429)
            self.assert_in(self.sign_in(HTTP_X_FORWARDED_FOR=f"{ELSEWHERE}, 192.0.2.1"))

    def test_one_cannot_walk_through_the_addresses_of_a_connection(self):
        def asked(address):
            return address_of(RequestFactory().get("/", REMOTE_ADDR=address))

        self.assertEqual(asked("2001:db8:1:2:3:4:5:6"), asked("2001:db8:1:2::9"))
        self.assertNotEqual(asked("2001:db8:1:2::9"), asked("2001:db8:1:3::9"))
        self.assertNotEqual(asked("192.0.2.1"), asked("192.0.2.2"))


@temporary_keys
class KeptTests(SignInCase):
    """Of failures only what the brake needs, for as long as it needs it; of citizens nothing."""

    def test_no_password_and_no_token_is_kept_and_no_line_names_anybody(self):
        with logged() as lines:
            self.mistype(5)
            self.sign_in(address=ELSEWHERE)
        kept = repr(list(AccessAttempt.objects.values())) + "\n".join(lines)
        self.assertNotIn("wrong", kept.replace("password was wrong", ""))
        self.assertNotRegex("\n".join(lines), rf"zhang|{re.escape(HERE)}|{re.escape(ELSEWHERE)}")
        self.assertTrue(lines, "The lock itself is a line.")
        self.assertEqual(AccessLog.objects.count(), 0)

    def test_what_no_longer_counts_is_forgotten(self):
        self.mistype(2)
        self.assertEqual(forget_attempts(), 0)
        self.assertEqual(forget_attempts(timezone.now() + timedelta(minutes=16)), 1)
        self.assertEqual(AccessAttempt.objects.count(), 0)
        self.sign_in()
        forget_attempts(timezone.now() + timedelta(hours=1))
        self.assertEqual(Session.objects.count(), 1)
        with time_machine.travel(timezone.now() + timedelta(hours=2, minutes=1)):
            self.mistype(1)
            call_command("forget", dry_run=True)
            self.assertEqual(Session.objects.count(), 1)
            call_command("forget")
            self.assertEqual(Session.objects.count(), 0)

    def test_a_voter_leaves_nothing_here(self):
        poll = make_open_poll()
        vote(Client(), poll, "101")
        self.assertEqual((AccessAttempt.objects.count(), Session.objects.count()), (0, 0))


@temporary_keys
class SessionTests(SignInCase):
    def test_whoever_works_stays_in_and_whoever_is_away_for_two_hours_is_signed_out(self):
        client, begun = Client(), timezone.now()
        with time_machine.travel(begun, tick=False):
            self.sign_in(client=client)
        for minutes in (110, 220, 330):
            with time_machine.travel(begun + timedelta(minutes=minutes), tick=False):
                self.assertEqual(client.get(desk("index")).status_code, 200)
        with time_machine.travel(begun + timedelta(minutes=330 + 121), tick=False):
            self.assertIn("/login/", client.get(desk("index"))["Location"])

    def test_the_cookie_ends_with_the_browser(self):
        cookie = self.sign_in().cookies["sessionid"]
        self.assertEqual((cookie["max-age"], cookie["httponly"], cookie["samesite"]), ("", True, "Lax"))

    def test_a_page_of_the_public_neither_writes_the_session_nor_depends_on_it(self):
        poll = make_open_poll()
        client = Client()
        self.sign_in(client=client)
        before = Session.objects.get()
        with time_machine.travel(timezone.now() + timedelta(hours=1)):
            response = client.get(english("list", poll))
        self.assertEqual(Session.objects.get().expire_date, before.expire_date)
        self.assertEqual(response["Vary"], "Accept-Encoding")
        self.assertFalse(response.cookies)
        client.cookies["sessionid"] = "made-up"
        self.assertEqual(client.get(english("list", poll)).content, response.content)

    def test_signing_out_ends_it(self):
        client = Client()
        self.sign_in(client=client)
        client.post(desk("logout"))
        self.assertIn("/login/", client.get(desk("index"))["Location"])
