"""A roll of four people, a poll for them, and a mailbox that gets what would be sent to them."""

import re
from unittest import mock

from django.test import override_settings

from voting.holders import make_part, open_test_envelope
from voting.lifecycle import open_poll
from voting.rolls import delivery
from voting.rolls.importing import import_roll

from .factories import make_poll
from .pages import english

QUESTION = "Staff number"
PEOPLE = [
    ("A-1001", "138 0013 8000"),
    ("A-1002", "13900139000"),
    ("A-1003", "li@example.org"),
    ("A-1004", "13700137000"),
]
PASSWORD = re.compile(r"\b[0-9]{6}\b")
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" (?:required )?value="([^"]*)"')


class Mailbox:
    """A sender that keeps what it is given."""

    messages = []

    def send(self, message):
        self.messages.append(message)


def roll_file(people=PEOPLE, headings=("工号", "手机号")):
    """Return a CSV file of people."""
    return "\n".join(",".join(row) for row in [headings, *people]).encode()


def make_draft_roll_poll(**fields):
    """Make a draft poll by roll with its key holder, and nobody on its roll."""
    values = {"eligibility": "roll", "roll_question": QUESTION, "purpose": "To let each member vote once."}
    poll = make_poll(**{**values, **fields})
    poll.parts = [make_part(poll=poll, name="Holder 1")]
    open_test_envelope(poll=poll, parts=poll.parts)
    return poll


def make_roll_poll(people=PEOPLE, **fields):
    """Make an open poll for these people; its holder's part is kept as `poll.parts`."""
    poll = make_draft_roll_poll(**fields)
    parts = poll.parts
    import_roll(poll=poll, data=roll_file(people), name="roll.csv", who="a clerk")
    poll = open_poll(poll=poll, accept_short_list=True, by=["Clerk"])
    poll.parts = parts
    return poll


def mailbox(case):
    """Let passwords come into a list within the request, for a test that sees no threads."""
    Mailbox.messages = []
    delivery.forget_failures()
    case.enterContext(override_settings(ONE_TIME_PASSWORD_SENDER="tests.rolls.Mailbox"))

    def at_once(poll, *rest):
        delivery.send_if_on_roll(poll.pk, *rest)

    case.enterContext(mock.patch("voting.views.rolls.deliver", at_once))
    return Mailbox.messages


def ask(client, poll, person, contact, *codes):
    """Post the first step of the entrance."""
    data = {"person": person, "contact": contact, "codes": " ".join(codes)}
    return client.post(english("enter", poll), data)


def answer(client, poll, page, password, **buttons):
    """Post the second step with what the page of the first one holds."""
    fields = dict(FIELD.findall(page.content.decode()))
    fields.pop("csrfmiddlewaretoken", None)
    return client.post(english("enter", poll), {**fields, "password": password, **buttons})


def enter(client, poll, person, contact, *codes):
    """Go through the entrance and return its last answer."""
    page = ask(client, poll, person, contact, *codes)
    return answer(client, poll, page, PASSWORD.search(Mailbox.messages[-1].text)[0])
