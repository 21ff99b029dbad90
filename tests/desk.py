"""What tests of the desk share: addresses, uploads, a closed poll, a signed-in clerk."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from django.utils import translation

from tests.factories import cast, make_open_poll
from tests.tallies import settle
from voting.keyfile import part_file
from voting.models import Poll

State = Poll.State


def page(poll, act=None):
    """Return the address of a poll's page, or of one of its acts, in English."""
    with translation.override("en"):
        if act is None:
            return reverse("admin:voting_poll_change", args=[poll.pk])
        return reverse("admin:voting_poll_act", args=[poll.pk, act])


def key_upload(content):
    """Return a file as a browser would send it."""
    return SimpleUploadedFile("key.txt", content)


def key_of(poll):
    """Return the upload of the poll's first holder."""
    return key_upload(part_file(poll, "Holder 1", poll.parts[0]))


def closed_poll(**fields):
    """Make a poll that was closed and whose ledger says so."""
    poll = make_open_poll(**fields)
    for codes in (["101", "201"], ["101"], []):
        cast(poll, codes=codes)
    return settle(poll)


class StaffCase(TestCase):
    """A test whose client is signed in as a superuser."""

    @classmethod
    def setUpTestData(cls):
        cls.staff = get_user_model().objects.create_superuser("clerk", password="a long password")

    def setUp(self):
        self.client.force_login(self.staff)

    def assert_state(self, poll, state):
        poll.refresh_from_db()
        self.assertEqual(poll.state, state)

    def post(self, poll, act, **data):
        return self.client.post(page(poll, act), data, follow=True)


def at(name, poll, *more, language="en"):
    """Return the address of one of the desk's pages."""
    with translation.override(language):
        return reverse(f"admin:voting_poll_{name}", args=[poll.pk, *more])


def body(response):
    return b"".join(response.streaming_content).decode()


class DeskCase(StaffCase):
    """A signed-in clerk, who can also be somebody with fewer rights."""

    def as_reader(self):
        """Sign in an auditor, who may see everything and change nothing."""
        user = get_user_model().objects.create_user("reader", is_staff=True)
        user.groups.add(Group.objects.get(name="auditor"))
        self.client.force_login(user)

    def as_guest(self):
        """Sign in staff without any right."""
        self.client.force_login(get_user_model().objects.create_user("guest", is_staff=True))
