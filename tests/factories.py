"""Valid objects by default; a test names only what it is about."""

import functools
import hashlib
import secrets
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from django.test import override_settings
from django.utils import timezone

from shortlist.models import Candidate, Category, Shortlist
from voting.casting import cast_ballot
from voting.holders import lend_to_server, make_part, open_test_envelope, recover_secret
from voting.keyring import load_keyring
from voting.lifecycle import open_poll
from voting.manifest import plan_of
from voting.models import Poll
from voting.ticket import issue_ticket

NUMBERS = iter(range(1, 10**9))
# Who approves grave acts; as many of them as a poll's rules ask for.
PEOPLE = ["Clerk", "Deputy", "Notary"]


def make_list(*, candidates=(5, 4), **category):
    """Make a list with one category for each number of candidates (codes 101…, 201…)."""
    number = next(NUMBERS)
    shortlist = Shortlist.objects.create(slug=f"list-{number}", title=f"List {number}")
    for digit, count in enumerate(candidates, 1):
        part = Category.objects.create(
            shortlist=shortlist,
            code=str(digit),
            ordinal="一二三四五六七八九"[digit - 1],
            name=f"Category {digit}",
            **{"places": 2, "max_choices": 3, **category},
        )
        for at in range(1, count + 1):
            Candidate.objects.create(
                category=part, code=f"{digit}{at:02}", title=f"Title {digit}{at:02}。", body="Text.", order=at
            )
    return shortlist


def make_poll(*, shortlist=None, **fields):
    """Make a draft poll that would be open for a day from an hour ago."""
    now = timezone.now()
    values = {
        "slug": f"poll-{next(NUMBERS)}",
        "title": "A poll",
        "opens_at": now - timedelta(hours=1),
        "closes_at": now + timedelta(days=1),
        "batch_minimum": 1,
        "merge_delay": 5,
        "approvals": 1,
        **fields,
    }
    return Poll.objects.create(shortlist=shortlist or make_list(), **values)


def make_open_poll(*, accept_short_list=True, **fields):
    """Make a poll on which one can vote; its holders' parts are kept as `poll.parts`."""
    poll = make_poll(**fields)
    parts = make_keys_for(poll)
    poll = open_poll(poll=poll, accept_short_list=accept_short_list, by=PEOPLE[: poll.approvals])
    poll.parts = parts
    return poll


def make_keys_for(poll):
    """Let every key holder make a part and open the test envelope; return the parts."""
    if not poll.sealed:
        lend_to_server(poll=poll)
        return []
    parts = [make_part(poll=poll, name=f"Holder {number}") for number in range(1, poll.holders + 1)]
    poll.refresh_from_db()
    for pair in (parts[:2], parts[-2:]):
        open_test_envelope(poll=poll, parts=pair)
    return parts


def secret_of(poll):
    """Return the election secret of a poll made by `make_open_poll`."""
    return recover_secret(poll, poll.parts[:2]) if poll.parts else load_keyring(poll.uid).election_secret


def make_post(poll, *, credential=None, codes=("101", "201"), at=None):
    """Return the arguments of `cast_ballot` for one voter, as review would have handed them out."""
    plan = plan_of(poll)
    credential = credential or secrets.token_bytes(16)
    keys = load_keyring(poll.uid, plan.keys)
    return {
        "poll": poll,
        "plan": plan,
        "credential": credential,
        "ticket": issue_ticket(poll, keys, credential, at=at or timezone.now()),
        "codes": list(codes),
        "nonces": {category.code: secrets.token_bytes(32) for category in plan.sections},
    }


def cast(poll, **fields):
    """Cast one ballot and return what the voter gets."""
    return cast_ballot(**make_post(poll, **fields))


def temporary_keys(case):
    """Class decorator: keys and uploads lie in a folder that goes with the test class."""
    set_up = case.setUpClass.__func__

    @functools.wraps(set_up)
    def set_up_class(cls):
        folder = Path(tempfile.mkdtemp(prefix="keys-"))
        cls.enterClassContext(
            override_settings(
                VAR_DIR=folder,
                KEY_DIR=folder / "keys",
                KEY_COPY_DIR=folder / "keys-copy",
                SIGNER_DIR=folder / "signer",
                HOLDER_DIR=folder / "holders",
                MEDIA_ROOT=folder / "media",
            )
        )
        cls.addClassCleanup(shutil.rmtree, folder)
        set_up(cls)

    case.setUpClass = classmethod(set_up_class)
    return case


def digest(data: bytes) -> str:
    """Return SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()
