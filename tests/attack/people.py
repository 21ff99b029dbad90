"""Voters of the scene who are known: people on a roll, and accounts of a provider.

Each kind makes its poll, knows the credential of the voter at a place in the order of arrival, and goes
through the entrance as a browser does. The order of arrival is not that of the roll.
"""

import http.client
import os
import random
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.test import override_settings

from tests.pages import FIELD, english
from tests.rolls import FIELD as ANY_FIELD
from tests.rolls import PASSWORD, make_roll_poll
from tests.signing_in import CLIENT, SECRET, Provider, make_sign_in_poll, way_out
from voting.eligibility.sign_in import voter_of as voter_of_account
from voting.rolls import digests

SENDER = "ONE_TIME_PASSWORD_SENDER"


class OnTheRoll:
    """So many people on a roll, whose passwords the web server writes into a file."""

    kind = "roll"

    def __init__(self, voters):
        self.roll = [(f"ID{1000 + at}X", f"138{at:08}") for at in range(voters)]
        self.people = random.SystemRandom().sample(self.roll, voters)

    def make_poll(self, **fields):
        with override_settings(ONE_TIME_PASSWORD_SENDER="file"):
            return make_roll_poll(self.roll, **fields)

    def credential(self, keys, at):
        digest = digests.roll_digest(keys)
        return digests.voter_of(digest, digests.person_digest(digest, self.people[at][0]))

    def numbers(self, keys):
        """Return the places on the roll by credential digest, as the attacker knows them."""
        places = {person: number for number, person in enumerate(self.roll, 1)}
        return {
            keys.digest("credential", self.credential(keys, at)): places[person]
            for at, person in enumerate(self.people)
        }

    def enter(self, visitor, poll, at):
        """Ask for a password and give it; return what no log may hold of it."""
        (person, contact), path = self.people[at], english("enter", poll)
        fields = dict(FIELD.findall(visitor.ask("GET", path)[1]))
        _status, page = visitor.ask("POST", path, {**fields, "person": person, "contact": contact})
        password = self.password(contact)
        asked = {**dict(ANY_FIELD.findall(page)), "password": password}
        status, page = visitor.ask("POST", path, asked)
        if status != 303:
            raise AssertionError(f"The password was answered with {status}: {page[:500]}")
        return person, contact, password

    def password(self, contact):
        """Wait for the thread that writes the message down."""
        path = settings.VAR_DIR / "one-time-passwords.txt"
        for _try in range(200):
            lines = path.read_text().splitlines() if path.exists() else []
            for line in lines:
                if line.startswith(f"{contact}\t"):
                    return PASSWORD.search(line.partition("\t")[2])[0]
            time.sleep(0.05)
        raise AssertionError("No password was sent.")

    def secrets(self):
        """Return what was typed of everybody."""
        return [text for person in self.people for text in person]


class SignedIn:
    """So many accounts of a provider on this machine."""

    kind = "sign_in"

    def __init__(self, voters, provider):
        self.provider = provider
        self.users = [f"subject-{at:05}-of-the-provider" for at in range(voters)]

    def make_poll(self, **fields):
        return make_sign_in_poll(**fields)

    def credential(self, keys, at):
        return voter_of_account(keys, self.provider.issuer, self.users[at])

    def numbers(self, keys):
        return {keys.digest("credential", self.credential(keys, at)): at + 1 for at in range(len(self.users))}

    def enter(self, visitor, poll, at):
        """Go to the provider and back; return what no log may hold of it."""
        self.provider.user = self.users[at]
        link = urlsplit(way_out(visitor.ask("GET", english("enter", poll))[1]))
        connection = http.client.HTTPConnection(link.netloc, timeout=20)
        connection.request("GET", f"{link.path}?{link.query}")
        back = urlsplit(connection.getresponse().headers["Location"])
        connection.close()
        status, page = visitor.ask("GET", f"{back.path}?{back.query}")
        if status != 303:
            raise AssertionError(f"The sign-in was answered with {status}: {page[:500]}")
        return (self.users[at], *self.provider.tokens[-2:])

    def secrets(self):
        """Return all subjects."""
        return list(self.users)


def environment(provider):
    """Tell the web server, by its environment, where passwords go and who signs people in."""
    os.environ[SENDER] = "file"
    if provider:
        os.environ |= {
            "OIDC_ISSUER": provider.issuer,
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET,
        }


def provider_here():
    """Return a provider whose address to come back to is set once the port is known; None without Authlib."""
    return Provider("") if Provider else None
