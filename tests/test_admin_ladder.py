"""The same ladder for every act at the desk: looking, no permission, wrong state, no token."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from tests.desk import StaffCase, closed_poll, key_of, key_upload, page
from tests.factories import make_keys_for, make_open_poll, make_poll, temporary_keys
from tests.tallies import count
from voting.admin import acts
from voting.admin.grave_forms import CorrectForm
from voting.holders import holder_fault, make_part
from voting.keyfile import part_file
from voting.keyring import has_election_key
from voting.lifecycle import pause_poll
from voting.models import Tally


@temporary_keys
class LadderTests(StaffCase):
    """The same ladder for each act: looking, no permission, wrong state, no token."""

    def polls(self):
        """Return for each act a poll on which it is due, with what it asks for."""
        ready = make_poll()
        make_keys_for(ready)
        seen = acts.OpenForm(poll=ready).initial["seen"]
        closed, withdrawing, annulled = closed_poll(), make_open_poll(), make_open_poll()
        nothing = CorrectForm(poll=withdrawing).initial["seen"]
        tested = make_poll()
        part = part_file(tested, "Ms Li", make_part(poll=tested, name="Ms Li"))
        return {
            "key": (make_poll(), {"name": "Ms Li"}),
            "test": (tested, {"file_1": key_upload(part)}),
            "announce": (make_poll(), {}),
            "open": (ready, {"seen": seen, "acknowledge_all": "on"}),
            "pause": (make_open_poll(), {"reason": "Power cut"}),
            "resume": (pause_poll(by=["Clerk"], poll=make_open_poll(), reason="Power cut"), {}),
            "close": (make_open_poll(), {"reason": "A storm"}),
            "count": (closed, {"file_1": key_of(closed)}),
            "correct": (withdrawing, {"withdrawn": ["101"], "reason": "Doubled", "seen": nothing}),
            "extend": (make_open_poll(), {"closes_at": "2099-01-01 12:00", "reason": "A storm"}),
            "certify": (count(closed_poll()), {}),
            "annul": (annulled, {"reason": "Fraud", "address": annulled.slug}),
        }

    def trace(self, poll):
        """Return what an act would change."""
        poll.refresh_from_db()
        counted = Tally.objects.filter(poll=poll).exists()
        held = has_election_key(poll.uid), holder_fault(poll)
        return poll.state, poll.closes_at, poll.corrected, *held, counted

    def test_every_act_has_a_rung(self):
        self.assertEqual(set(self.polls()), set(acts.ACTS))

    def test_looking_changes_nothing(self):
        for name, (poll, _data) in self.polls().items():
            with self.subTest(name):
                before = self.trace(poll)
                response = self.client.get(page(poll, name))
                self.assertEqual(response.status_code, 200)
                self.assertIsNotNone(response.context["form"])
                self.assertEqual(self.trace(poll), before)

    def test_a_post_does_it_which_shows_that_the_other_rungs_can_fail(self):
        for name, (poll, data) in self.polls().items():
            with self.subTest(name):
                before = self.trace(poll)
                self.client.post(page(poll, name), data)
                self.assertNotEqual(self.trace(poll), before)

    def test_without_the_permission_nothing_happens(self):
        user = get_user_model().objects.create_user("reader", password="a long password", is_staff=True)
        user.user_permissions.add(Permission.objects.get(codename="view_poll"))
        self.client.force_login(user)
        for name, (poll, data) in self.polls().items():
            with self.subTest(name):
                before = self.trace(poll)
                self.assertEqual(self.client.get(page(poll, name)).status_code, 403)
                self.assertEqual(self.client.post(page(poll, name), data).status_code, 403)
                self.assertEqual(self.trace(poll), before)
                self.assertNotIn(page(poll, name), self.client.get(page(poll)).content.decode())

    def test_a_stranger_is_sent_to_the_sign_in(self):
        self.client.logout()
        for name, (poll, data) in self.polls().items():
            with self.subTest(name):
                before = self.trace(poll)
                self.assertIn("/login/", self.client.post(page(poll, name), data)["Location"])
                self.assertEqual(self.trace(poll), before)

    def test_without_a_token_nothing_happens(self):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.staff)
        for name, (poll, data) in self.polls().items():
            with self.subTest(name):
                before = self.trace(poll)
                self.assertEqual(strict.post(page(poll, name), data).status_code, 403)
                self.assertEqual(self.trace(poll), before)

    def test_in_the_wrong_state_nothing_happens_and_a_sentence_says_so(self):
        wrong = {"key": make_open_poll, "announce": make_open_poll, "open": make_open_poll}
        for name, (_poll, data) in self.polls().items():
            poll = wrong.get(name, make_poll)()
            with self.subTest(name):
                before = self.trace(poll)
                response = self.client.post(page(poll, name), data)
                self.assertTrue(response.context["objections"])
                self.assertEqual(self.trace(poll), before)

    def test_an_act_that_does_not_exist_is_not_found(self):
        self.assertEqual(self.client.post(page(make_poll(), "celebrate")).status_code, 404)

    def test_other_methods_are_refused(self):
        self.assertEqual(self.client.delete(page(make_poll(), "announce")).status_code, 405)
