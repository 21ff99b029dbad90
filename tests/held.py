"""A poll that somebody stuffed: honest homes, a school behind one address, and a script on one machine."""

import ipaddress
import random
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from voting.casting import cast_ballot
from voting.client import network_of, networks_of
from voting.holds.tags import Traits
from voting.keyring import load_keyring
from voting.ticket import issue_ticket

from .factories import make_open_poll, make_post
from .tallies import settle

SLATE = ["103", "104", "105", "203", "204"]


def traits(address: str, client: str) -> Traits:
    """Return what a request from this address with this browser has in common with others."""
    address = ipaddress.ip_address(address)
    return Traits(*networks_of(address), network_of(address, 16), client.encode())


def vote(poll, *, address, client="browser", codes=("101",), signals=0, at=None):
    """Cast one ballot from an address and return what the voter gets."""
    post = make_post(poll, codes=codes, at=at)
    keys = load_keyring(poll.uid)
    at = at or timezone.now()
    post["ticket"] = issue_ticket(poll, keys, post["credential"], at=at, signals=signals)
    return cast_ballot(**post, traits=traits(address, client), at=at)


def honest_picks(chance):
    """Return picks of somebody who votes by taste: at most two of the five and three of the four."""
    first = chance.sample(["101", "102", "103", "104", "105"], chance.randint(0, 2))
    return first + chance.sample(["201", "202", "203", "204"], chance.randint(0, 3))


def make_stuffed(*, homes=70, school=25, script=30, **fields):
    """Return an open poll with honest ballots and stuffed ones, the receipts of each, settled nowhere yet."""
    chance = random.Random(3)
    poll = make_open_poll(**fields)
    receipts = {"home": [], "school": [], "script": []}
    for number in range(homes):
        address = f"20.{number % 7}.{number}.{chance.randint(1, 250)}"
        picks = honest_picks(chance)
        receipts["home"].append(vote(poll, address=address, client=f"b{number % 40}", codes=picks))
    for number in range(school):
        picks = honest_picks(chance)
        receipts["school"].append(vote(poll, address="30.1.1.9", client=f"b{number % 40}", codes=picks))
    for number in range(script):
        client = f"s{number}"
        receipts["script"].append(vote(poll, address="50.9.4.77", client=client, codes=SLATE))
    return poll, receipts


class KeptKeys:
    """A test whose key files come back after each of its tests, as the database does."""

    @classmethod
    def keep_keys(cls):
        """Remember the files; call it at the end of setUpTestData."""
        cls.kept = Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / "var"
        shutil.copytree(settings.VAR_DIR, cls.kept)

    def setUp(self):
        super().setUp()
        shutil.rmtree(settings.VAR_DIR)
        shutil.copytree(self.kept, settings.VAR_DIR)


def make_settled(**fields):
    """Return such a poll after its close, all ballots entered."""
    poll, receipts = make_stuffed(**fields)
    return settle(poll), receipts, timezone.now()
