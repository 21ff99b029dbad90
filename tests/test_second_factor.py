"""The second factor: nobody works at the desk by password alone where it is required."""

import re
import time
from contextlib import nullcontext
from datetime import timedelta
from unittest import mock

import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.test import Client, TestCase, TransactionTestCase, override_settings
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.factories import make_poll, temporary_keys
from tests.pages import english
from tests.staff import PASSWORD, code_of, desk, make_person
from tests.threads import at_once
from voting.roles import EDITOR, OFFICER
from voting.staff.second_factor import new_recovery_codes, phone_of, plain

WRONG = "This code is not right."


def sign_in(client, name="zhang", **more):
    """Give name and password, and follow to where that leads."""
    data = {"username": name, "password": PASSWORD, "next": desk("voting_poll_changelist")}
    return client.post(desk("login"), data, follow=True, **more)


def with_phone(person):
    """Give a person an authenticator and recovery codes; return both."""
    return TOTPDevice.objects.create(user=person, name="app"), new_recovery_codes(user=person)


@override_settings(STAFF_SECOND_FACTOR="required")
class SecondFactorCase(TestCase):
    def setUp(self):
        self.person = make_person("zhang", EDITOR)
        clock = time_machine.travel(timezone.now(), tick=False)
        self.clock = clock.start()
        self.addCleanup(clock.stop)

    def now(self):
        return timezone.now().timestamp()

    def later(self, **delta):
        self.clock.shift(timedelta(**delta))

    def give(self, code):
        return self.client.post(desk("code"), {"code": code})

    def assert_inside(self):
        self.assertEqual(self.client.get(desk("index")).status_code, 200)

    def assert_outside(self):
        self.assertEqual(self.client.get(desk("index")).status_code, 302)


class EnrolmentTests(SecondFactorCase):
    def test_a_password_alone_leads_to_setting_up_and_to_nothing_else(self):
        response = sign_in(self.client)
        self.assertEqual(response.redirect_chain[-1][0], desk("second_factor"))
        self.assertNotContains(response, "/admin/voting/")
        self.assert_outside()

    def test_from_the_password_to_the_desk(self):
        sign_in(self.client)
        page = self.client.post(desk("second_factor_begin"), follow=True)
        device = phone_of(self.person, confirmed=False)
        self.assertContains(page, "<svg")
        self.assertNotRegex(page.content.decode(), r'\sstyle="|<script>|\son\w+="')
        shown = re.search(r'translate="no">([A-Z2-7 ]+)<', page.content.decode())[1]
        self.assertIn(shown.replace(" ", ""), device.config_url)
        self.assert_outside()
        code = code_of(device, self.now())
        done = self.client.post(desk("second_factor_confirm"), {"code": f"{code[:3]} {code[3:]}"})
        codes = re.findall(r'translate="no">([a-z2-9]{4}-[a-z2-9]{4})<', done.content.decode())
        self.assertEqual(len(set(codes)), 10)
        self.assert_inside()
        page = self.client.get(desk("second_factor"))
        self.assertNotContains(page, codes[0])
        self.assertNotContains(page, device.key)
        self.assertEqual(
            LogEntry.objects.get(object_id=self.person.pk).change_message, "Set up the second factor."
        )

    def test_looking_writes_nothing(self):
        sign_in(self.client)
        for name in ("second_factor", "code"):
            self.client.get(desk(name))
        self.assertEqual(TOTPDevice.objects.count(), 0)
        self.client.post(desk("second_factor_begin"))
        before = repr(list(TOTPDevice.objects.values()))
        self.client.get(desk("second_factor"))
        self.assertEqual(repr(list(TOTPDevice.objects.values())), before)

    def test_a_wrong_code_confirms_nothing(self):
        sign_in(self.client)
        self.client.post(desk("second_factor_begin"))
        device = phone_of(self.person, confirmed=False)
        wrong = f"{(int(code_of(device, self.now())) + 1) % 10**6:06}"
        response = self.client.post(desk("second_factor_confirm"), {"code": wrong})
        self.assertContains(response, WRONG)
        self.assertContains(response, "<svg")
        self.assertIsNone(phone_of(self.person))
        self.assert_outside()

    def test_strangers_and_wrong_methods_are_turned_away(self):
        for name in ("code", "second_factor"):
            self.assertIn("/login/", self.client.get(desk(name))["Location"])
        sign_in(self.client)
        for name in ("second_factor_begin", "second_factor_confirm", "recovery_codes"):
            self.assertEqual(self.client.get(desk(name)).status_code, 405)
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.person)
        for name in ("code", "second_factor_begin", "second_factor_confirm", "recovery_codes"):
            self.assertIn(strict.post(desk(name)).status_code, (302, 403))
        self.assertEqual(TOTPDevice.objects.count(), 0)

    def test_one_can_leave_without_a_code(self):
        sign_in(self.client)
        self.assertEqual(Session.objects.count(), 1)
        self.client.post(desk("logout"))
        self.assertIn("/login/", self.client.get(desk("second_factor"))["Location"])


class CodeTests(SecondFactorCase):
    def setUp(self):
        super().setUp()
        self.device, self.recovery = with_phone(self.person)

    def code(self):
        return code_of(self.device, self.now())

    def wrong(self):
        return f"{(int(self.code()) + 1) % 10**6:06}"

    def test_password_and_code_lead_to_where_one_wanted_to_go(self):
        response = sign_in(self.client)
        self.assertEqual(response.redirect_chain[-1][0].split("?")[0], desk("code"))
        self.assert_outside()
        data = {"code": self.code(), "next": response.context["next"]}
        self.assertRedirects(self.client.post(desk("code"), data), desk("voting_poll_changelist"))
        self.assert_inside()

    def test_a_code_is_taken_once(self):
        sign_in(self.client)
        code = self.code()
        self.give(code)
        self.client.post(desk("logout"))
        sign_in(self.client)
        self.assertContains(self.give(code), WRONG)
        self.assert_outside()

    def test_a_code_of_two_minutes_ago_is_not(self):
        sign_in(self.client)
        old = self.code()
        self.later(minutes=2)
        self.assertContains(self.give(old), WRONG)

    def test_full_width_digits_and_blanks_are_read(self):
        sign_in(self.client)
        code = self.code().translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
        self.give(f" {code[:3]}　{code[3:]} ")
        self.assert_inside()
        self.assertEqual(plain(" ABCD‑efgh "), "abcdefgh")

    def test_wrong_codes_make_one_wait_longer_and_longer(self):
        sign_in(self.client)
        waits = []
        for _n in range(5):
            self.assertContains(self.give(self.wrong()), WRONG)
            said = self.give(self.code()).context["form"].errors["code"][0]
            waits.append(int(re.search(r"Wait (\d+) s", said)[1]))
            self.later(seconds=waits[-1] + 1)
        self.assertEqual(waits, [1, 2, 4, 8, 16])
        self.give(self.code())
        self.assert_inside()

    def test_a_recovery_code_works_once(self):
        sign_in(self.client)
        self.give(self.recovery[0].upper().replace("-", " "))
        self.assert_inside()
        self.client.post(desk("logout"))
        sign_in(self.client)
        self.assertContains(self.give(self.recovery[0]), WRONG)
        self.later(seconds=2)
        self.give(self.recovery[1])
        self.assert_inside()

    def test_recovery_codes_stand_nowhere_in_the_database(self):
        kept = set(StaticToken.objects.values_list("token", flat=True))
        self.assertEqual(len(kept), 10)
        self.assertFalse(kept & {plain(code) for code in self.recovery})
        # What stands there is no code either.
        sign_in(self.client)
        self.assertContains(self.give(kept.pop()), WRONG)

    def test_a_password_alone_changes_nothing_of_the_second_factor(self):
        sign_in(self.client)
        before = self.everything()
        for name in ("second_factor_begin", "second_factor_confirm", "recovery_codes"):
            self.assertRedirects(
                self.client.post(desk(name), {"code": self.code()}),
                desk("code"),
                fetch_redirect_response=False,
            )
        self.assertEqual(self.client.get(desk("second_factor"))["Location"], desk("code"))
        self.assertEqual(self.everything(), before)
        self.give(self.code())
        self.client.post(desk("second_factor_begin"))
        self.assertNotEqual(self.everything(), before, "Whoever gave the code can, so this test can fail.")

    def everything(self):
        return repr([list(model.objects.values()) for model in (TOTPDevice, StaticDevice, StaticToken)])

    def test_the_old_phone_works_until_the_new_one_gave_a_code(self):
        sign_in(self.client)
        self.give(self.code())
        self.client.post(desk("second_factor_begin"))
        self.assertEqual(phone_of(self.person), self.device)
        new = phone_of(self.person, confirmed=False)
        self.client.post(desk("second_factor_confirm"), {"code": code_of(new, self.now())})
        self.assertEqual(phone_of(self.person), new)
        self.assertEqual(TOTPDevice.objects.count(), 1)
        self.assert_inside()

    def test_new_recovery_codes_end_the_old_ones(self):
        sign_in(self.client)
        self.give(self.code())
        self.client.post(desk("recovery_codes"))
        self.client.post(desk("logout"))
        sign_in(self.client)
        self.assertContains(self.give(self.recovery[0]), WRONG)

    def test_a_colleagues_code_lets_nobody_in(self):
        colleague, codes = with_phone(make_person("wang", EDITOR))
        sign_in(self.client)
        self.assertContains(self.give(code_of(colleague, self.now())), WRONG)
        self.assertContains(self.give(codes[0]), WRONG)
        self.assert_outside()


class OptionalTests(SecondFactorCase):
    """As in the demo: who has set it up gives a code, who has not is let in."""

    def test_it_is_asked_of_whoever_has_it(self):
        with override_settings(STAFF_SECOND_FACTOR="optional"):
            sign_in(self.client)
            self.assert_inside()
            with_phone(self.person)
            self.assert_outside()


@temporary_keys
class DraftTests(SecondFactorCase):
    def test_a_draft_is_hidden_from_whoever_gave_a_password_alone(self):
        poll = make_poll()
        device, _codes = with_phone(self.person)
        sign_in(self.client)
        self.assertEqual(self.client.get(english("list", poll)).status_code, 404)
        self.give(code_of(device, self.now()))
        self.assertEqual(self.client.get(english("list", poll)).status_code, 200)


class ResetTests(SecondFactorCase):
    def setUp(self):
        super().setUp()
        self.officer = make_person("officer", OFFICER)
        self.chief = get_user_model().objects.create_superuser("chief", password=PASSWORD)
        self.devices = {person: with_phone(person)[0] for person in (self.person, self.officer, self.chief)}
        sign_in(self.client, "officer")
        self.give(code_of(self.devices[self.officer], self.now()))

    def reset(self, person):
        return self.client.post(desk("auth_user_second_factor", person.pk), follow=True)

    def test_an_officer_resets_a_colleagues_and_the_history_says_so(self):
        there = Client()
        sign_in(there)
        there.post(desk("code"), {"code": code_of(self.devices[self.person], self.now())})
        self.assertEqual(there.get(desk("index")).status_code, 200)
        self.assertContains(self.reset(self.person), "was reset")
        self.assertEqual(there.get(desk("index")).status_code, 302, "Nor is who was signed in by it.")
        self.assertEqual(sign_in(Client()).redirect_chain[-1][0], desk("second_factor"))
        entry = LogEntry.objects.get(object_id=self.person.pk)
        self.assertEqual((entry.user, entry.change_message), (self.officer, "Reset the second factor."))

    def test_another_officers_too_but_never_a_superusers_nor_the_own(self):
        colleague = make_person("colleague", OFFICER)
        with_phone(colleague)
        self.reset(colleague)
        self.assertIsNone(phone_of(colleague))
        for person in (self.officer, self.chief):
            self.assertEqual(self.reset(person).status_code, 403)
            self.assertEqual(phone_of(person), self.devices[person])

    def test_looking_resets_nothing(self):
        self.client.get(desk("auth_user_second_factor", self.person.pk))
        self.assertIsNotNone(phone_of(self.person))


@override_settings(STAFF_SECOND_FACTOR="required")
class AtOnceTests(TransactionTestCase):
    def let_in(self):
        """Post one recovery code ten times at once; return how many sessions it completed."""
        _device, codes = with_phone(make_person("zhang"))
        clients = [Client() for _n in range(10)]
        for client in clients:
            sign_in(client)
        answers = at_once(lambda client: client.post(desk("code"), {"code": codes[0]}), clients)
        self.assertLessEqual({answer.status_code for answer in answers}, {200, 302})
        return sum(answer.status_code == 302 for answer in answers)

    def test_ten_posts_of_one_recovery_code_let_one_in(self):
        self.assertEqual(self.let_in(), 1)
        self.assertEqual(StaticToken.objects.count(), 9)

    def test_without_transaction_and_lock_it_lets_in_several_which_shows_that_the_test_can_fail(self):
        delete = StaticToken.delete

        def slowly(token):
            time.sleep(0.3)
            return delete(token)

        with (
            mock.patch("voting.staff.second_factor.transaction", mock.Mock(atomic=nullcontext)),
            mock.patch.object(QuerySet, "select_for_update", lambda rows: rows),
            mock.patch.object(StaticToken, "delete", slowly),
        ):
            self.assertGreater(self.let_in(), 1)
