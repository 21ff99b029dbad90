"""What a role may do stands in one table, and the desk asks no other."""

from datetime import datetime, timedelta
from io import StringIO
from unittest import mock

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from tests.staff import desk, make_person
from voting.approval import PERFORM
from voting.roles import AUDITOR, EDITOR, EVERY, KEY_HOLDER, LABELS, OFFICER, PERMISSIONS

User = get_user_model()


class TableTests(TestCase):
    def test_the_groups_are_there_after_migrating(self):
        self.assertEqual({group.name for group in Group.objects.all()}, set(PERMISSIONS))
        self.assertEqual(set(LABELS), set(PERMISSIONS))

    def test_a_member_has_what_the_table_grants_and_nothing_else(self):
        for role, granted in PERMISSIONS.items():
            person = User.objects.get(pk=make_person(role, role).pk)
            self.assertEqual(person.get_all_permissions(), granted, role)
            for name in EVERY:
                self.assertEqual(person.has_perm(name), name in granted, f"{role} {name}")

    def test_several_roles_add_up_and_leaving_one_takes_it_away_at_once(self):
        person = make_person("both", AUDITOR, KEY_HOLDER)
        self.assertEqual(person.get_all_permissions(), PERMISSIONS[AUDITOR] | PERMISSIONS[KEY_HOLDER])
        person.groups.remove(Group.objects.get(name=AUDITOR))
        self.assertEqual(User.objects.get(pk=person.pk).get_all_permissions(), PERMISSIONS[KEY_HOLDER])

    def test_whoever_is_switched_off_or_in_another_group_has_nothing(self):
        person = make_person("gone", OFFICER)
        person.is_active = False
        person.save()
        self.assertEqual(User.objects.get(pk=person.pk).get_all_permissions(), set())
        person = make_person("other")
        person.groups.add(Group.objects.create(name="a group that the table does not know"))
        self.assertEqual(person.get_all_permissions(), set())
        self.assertFalse(person.has_module_perms("voting"))

    def test_the_desk_shows_an_app_to_whom_anything_of_it_is_granted(self):
        self.assertTrue(make_person("reader", AUDITOR).has_module_perms("auth"))
        self.assertFalse(make_person("holder", KEY_HOLDER).has_module_perms("auth"))

    def test_the_auditor_is_granted_nothing_that_changes(self):
        changing = ("add_", "change_", "delete_", "act_", "issue_", "import_", "decide_", "answer_", "copy_")
        for name in PERMISSIONS[AUDITOR]:
            self.assertFalse(name.split(".")[1].startswith((*changing, "approve", "print_")), name)

    def test_what_needs_several_people_belongs_to_officers_alone(self):
        """Officers make accounts in other roles, so such an account must be no second approver."""
        for act in (*(f"voting.act_{name}" for name in PERFORM), "voting.approve", "voting.decide_holds"):
            self.assertEqual([role for role in PERMISSIONS if act in PERMISSIONS[role]], [OFFICER], act)


class PeopleTests(TestCase):
    """Officers look after editors, auditors and key holders; nobody raises themselves."""

    @classmethod
    def setUpTestData(cls):
        cls.chief = User.objects.create_superuser("chief", first_name="Chief")
        cls.officer = make_person("officer", OFFICER)
        cls.colleague = make_person("colleague", OFFICER)
        cls.editor = make_person("editor", EDITOR)

    def setUp(self):
        self.client.force_login(self.officer)

    def groups(self, *roles):
        return [Group.objects.get(name=role).pk for role in roles]

    def save(self, person, **fields):
        data = {"username": person.username, "first_name": person.first_name, "is_active": "on", **fields}
        return self.client.post(desk("auth_user_change", person.pk), data)

    def roles(self, person):
        return {group.name for group in person.groups.all()}

    def test_an_officer_makes_an_account_whose_owner_alone_learns_the_password(self):
        data = {"username": "zhang", "first_name": "张伟", "groups": self.groups(AUDITOR)}
        response = self.client.post(desk("auth_user_add"), data)
        person = User.objects.get(username="zhang")
        self.assertRedirects(response, desk("auth_user_link", person.pk))
        self.assertEqual((person.is_staff, person.is_superuser, self.roles(person)), (True, False, {AUDITOR}))
        self.assertFalse(person.has_usable_password())
        self.assertNotContains(self.client.get(desk("auth_user_link", person.pk)), "/welcome/")
        link = self.client.post(desk("auth_user_link", person.pk)).context["link"]
        self.client.logout()
        self.assertContains(self.client.get(link), "zhang")
        password = "a password of one's own"
        self.client.post(link, {"new_password1": password, "new_password2": password})
        self.assertTrue(User.objects.get(username="zhang").check_password(password))
        self.assertEqual(self.client.get(link).status_code, 410)

    def test_an_officer_puts_a_person_into_a_role_and_out_of_it(self):
        self.save(self.editor, groups=self.groups(EDITOR, KEY_HOLDER))
        self.assertEqual(self.roles(self.editor), {EDITOR, KEY_HOLDER})
        self.save(self.editor, groups=[])
        self.assertEqual(self.roles(self.editor), set())

    def test_an_officer_makes_nobody_an_officer_or_superuser(self):
        response = self.save(self.editor, groups=self.groups(OFFICER), is_superuser="on")
        self.assertIn("groups", response.context["adminform"].errors)
        self.save(self.editor, groups=self.groups(EDITOR), is_superuser="on", is_staff="on")
        self.editor.refresh_from_db()
        self.assertFalse(self.editor.is_superuser)
        data = {"username": "new", "first_name": "New", "groups": self.groups(OFFICER), "is_superuser": "on"}
        self.client.post(desk("auth_user_add"), data)
        self.assertFalse(User.objects.filter(username="new").exists())

    def test_an_officer_changes_neither_an_officer_nor_a_superuser_nor_the_own_account(self):
        for person in (self.officer, self.colleague, self.chief):
            before = User.objects.get(pk=person.pk).__dict__ | {"_state": None}
            self.assertEqual(self.save(person, first_name="Another", groups=[]).status_code, 403)
            self.assertEqual(self.client.post(desk("auth_user_link", person.pk)).status_code, 403)
            self.assertEqual(User.objects.get(pk=person.pk).__dict__ | {"_state": None}, before)

    def test_a_superuser_does_which_shows_that_the_refusals_can_fail(self):
        self.client.get(desk("auth_user_change", self.editor.pk))
        self.client.force_login(self.chief)
        self.save(self.editor, groups=self.groups(OFFICER), is_superuser="on")
        self.editor.refresh_from_db()
        self.assertTrue(self.editor.is_superuser)
        self.assertEqual(self.roles(self.editor), {OFFICER})
        self.save(self.chief, first_name="The chief", is_active="")
        self.chief.refresh_from_db()
        self.assertEqual((self.chief.first_name, self.chief.is_active), ("The chief", True))

    def test_an_account_is_never_deleted(self):
        self.client.force_login(self.chief)
        self.assertEqual(self.client.post(desk("auth_user_delete", self.editor.pk)).status_code, 403)

    def test_no_two_people_have_the_name_that_the_ledger_prints(self):
        response = self.save(self.editor, first_name="Officer", groups=[])
        self.assertFormError(
            response.context["adminform"],
            "first_name",
            "Somebody has this name already. Add what tells them apart, such as the department.",
        )

    def test_a_new_link_ends_the_old_password_and_its_sessions(self):
        self.editor.set_password("the old password")
        self.editor.save()
        there = self.client_class()
        there.force_login(self.editor)
        self.assertEqual(there.get(desk("index")).status_code, 200)
        self.client.post(desk("auth_user_link", self.editor.pk))
        self.assertIn("/login/", there.get(desk("index"))["Location"])

    def test_every_act_on_an_account_stands_in_its_history(self):
        self.client.post(desk("auth_user_link", self.editor.pk))
        self.assertContains(
            self.client.get(desk("auth_user_history", self.editor.pk)), "Made a link to choose a password."
        )

    def test_the_list_of_people_costs_no_query_per_person(self):
        self.client.get(desk("auth_user_changelist"))
        with CaptureQueriesContext(connection) as few:
            self.client.get(desk("auth_user_changelist"))
        for number in range(5):
            make_person(f"more-{number}", EDITOR)
        with CaptureQueriesContext(connection) as many:
            self.client.get(desk("auth_user_changelist"))
        self.assertEqual(len(few), len(many))


class MakeStaffTests(TestCase):
    def make(self, *arguments):
        out = StringIO()
        call_command("make_staff", *arguments, stdout=out)
        return out.getvalue().split("\n")[0]

    def test_it_makes_a_person_and_prints_a_link_that_works_once(self):
        link = self.make("zhang", "--name", "张伟", "--role", OFFICER)
        person = User.objects.get(username="zhang")
        self.assertEqual(
            (person.is_staff, person.is_superuser, person.get_full_name()), (True, False, "张伟")
        )
        self.assertEqual([group.name for group in person.groups.all()], [OFFICER])
        password = "a password of one's own"
        self.client.post(link, {"new_password1": password, "new_password2": password})
        self.assertTrue(User.objects.get(username="zhang").check_password(password))
        self.assertEqual(self.client.get(link).status_code, 410)

    def test_for_a_known_name_it_prints_a_new_link_and_keeps_the_roles(self):
        self.make("zhang", "--role", EDITOR)
        first = self.client.get(self.make("zhang"))
        self.assertEqual(first.status_code, 200)
        self.assertEqual([group.name for group in User.objects.get().groups.all()], [EDITOR])

    def test_the_link_ends_after_three_days(self):
        link = self.make("zhang", "--role", EDITOR)
        later = datetime.now() + timedelta(days=3, hours=1)
        with mock.patch.object(PasswordResetTokenGenerator, "_now", lambda self: later):
            self.assertEqual(self.client.get(link).status_code, 410)

    def test_bad_input_is_refused_by_a_sentence(self):
        make_person("li", EDITOR)
        for arguments, sentence in (
            (("nobody",), "--role"),
            (("zhang", "--name", "li", "--role", EDITOR), "must differ"),
            (("zhang wei!", "--role", EDITOR), ""),
        ):
            with self.assertRaisesMessage(CommandError, sentence):
                self.make(*arguments)
        self.assertEqual(User.objects.count(), 1)
