"""How many ballots one device may cast: its turns, its cookies, and what a forged cookie gains."""

from unittest import mock

from django.core import signing
from django.http import HttpResponse
from django.test import Client, RequestFactory, TestCase

from voting.eligibility import device
from voting.manifest import plan_of
from voting.models import Participation, PendingEnvelope

from .factories import make_open_poll, temporary_keys
from .pages import address, confirm, english, hidden_fields, post_ballot, vote


@temporary_keys
class CredentialsTest(TestCase):
    def setUp(self):
        self.plan = plan_of(make_open_poll(ballots_per_device=3))

    def request(self, **cookies):
        request = RequestFactory().get("/")
        request.COOKIES.update(cookies)
        return request

    def remembered(self, act):
        """Return the cookies that an act sets on a response."""
        response = HttpResponse()
        act(response)
        return {name: morsel.value for name, morsel in response.cookies.items()}

    def test_the_first_turn_is_the_number_that_older_cookies_hold(self):
        admission = device.admit(self.request(), self.plan)
        cookies = self.remembered(admission.remember)
        self.assertEqual(len(admission.credential), 16)
        self.assertTrue(cookies["device"].startswith(admission.credential.hex() + ":"))
        self.assertEqual(device.credential(self.request(**cookies), self.plan), admission.credential)

    def test_each_turn_has_a_credential_of_its_own_that_does_not_tell_the_number(self):
        admission = device.admit(self.request(), self.plan)
        request = self.request(**self.remembered(admission.remember))
        found = device.credentials(request, self.plan)
        self.assertEqual((len(found), len(set(found)), found[0]), (3, 3, admission.credential))
        for other in found[1:]:
            self.assertNotIn(admission.credential, other)
        for turn, expected in enumerate(found):
            cookies = self.remembered(lambda answer, turn=turn: device.take_turn(answer, self.plan, turn))
            self.assertEqual(
                device.credential(self.request(**request.COOKIES, **cookies), self.plan), expected
            )

    def test_a_device_without_a_number_has_no_credential_and_none_is_made_for_it(self):
        self.assertIsNone(device.credential(self.request(), self.plan))
        self.assertEqual(device.credentials(self.request(), self.plan), [])

    def test_a_manifest_that_says_nothing_of_it_means_one(self):
        del self.plan.document["rules"]["ballots_per_device"]
        self.addCleanup(self.plan.document["rules"].__setitem__, "ballots_per_device", 3)
        self.assertEqual(device.ballots(self.plan), 1)


@temporary_keys
class ForgedCookies(TestCase):
    """A turn beyond the poll's number gains nothing, whoever wrote the cookie."""

    def setUp(self):
        self.poll = make_open_poll(ballots_per_device=2)
        self.name = device.TURN + self.poll.uid
        for _voter in range(2):
            vote(self.client, self.poll, "101")
            self.client.post(english("next", self.poll))
        self.assert_ballots(2)

    def assert_ballots(self, count):
        self.assertEqual(Participation.objects.filter(poll_id=self.poll.pk).count(), count)
        self.assertEqual(PendingEnvelope.objects.filter(poll_id=self.poll.pk).count(), count)

    def cookies(self):
        salt = device.SALT + self.name
        signer = signing.get_cookie_signer(salt=self.name + salt)
        other_vote = make_open_poll(ballots_per_device=5)
        theirs = Client()
        for _voter in range(3):
            vote(theirs, other_vote, "101")
            theirs.post(english("next", other_vote))
        yield "unsigned", "2"
        yield "signed by somebody else", signing.TimestampSigner(key="x" * 50, salt=salt).sign("2")
        yield "of another vote", theirs.cookies[device.TURN + other_vote.uid].value
        for value in ("2", "3", "-1", "4000000000", "", "x", "2x"):
            yield f"ours, with {value}", signer.sign(value)

    def test_none_of_them_casts_a_third_ballot(self):
        for what, value in self.cookies():
            self.client.cookies[self.name] = value
            page = post_ballot(self.client, self.poll, "102")
            self.assertContains(
                page, "All 2 ballots were cast from this device", status_code=409, msg_prefix=what
            )
        self.assert_ballots(2)

    def test_a_ticket_of_one_turn_is_refused_at_another(self):
        client = Client()
        vote(client, self.poll, "101")
        client.post(english("next", self.poll))
        second = hidden_fields(post_ballot(client, self.poll, "102"))
        del client.cookies[self.name]
        page = confirm(client, self.poll, second)
        self.assertEqual(page.status_code, 409)
        self.assert_ballots(3)

    def test_the_control_without_the_number_a_cookie_of_ours_casts_a_third(self):
        signer = signing.get_cookie_signer(salt=self.name + device.SALT + self.name)
        self.client.cookies[self.name] = signer.sign("2")
        with mock.patch.object(device, "ballots", return_value=50):
            self.assertEqual(vote(self.client, self.poll, "102").status_code, 303)
        self.assert_ballots(3)

    def test_the_control_an_unsigned_cookie_that_is_believed_moves_the_turn(self):
        client = Client()
        vote(client, self.poll, "101")
        client.cookies[self.name] = "1"
        self.assertEqual(post_ballot(client, self.poll, "102").status_code, 409)
        with mock.patch.object(
            device, "_turn", lambda request, plan: int(request.COOKIES[device.TURN + plan.uid])
        ):
            self.assertEqual(vote(client, self.poll, "102").status_code, 303)

    def test_devices_cannot_lend_each_other_turns(self):
        client = Client()
        vote(client, self.poll, "101")
        client.cookies[self.name] = self.client.cookies[self.name].value
        self.assertIn(vote(client, self.poll, "102").status_code, (303, 409))
        for _more in range(3):
            client.post(address("next", self.poll))
            page = post_ballot(client, self.poll, "103")
            if page.status_code == 200:
                confirm(client, self.poll, hidden_fields(page))
        self.assert_ballots(2 + 2)
