"""One poll of the scene, from the first ballot to the published marks."""

import json
import random
from base64 import b64decode
from datetime import timedelta
from secrets import token_bytes
from unittest import mock

from django.conf import settings
from django.utils import timezone

from tests.factories import make_list, make_open_poll, make_post, secret_of
from voting.casting import cast_ballot
from voting.codes import issue_codes
from voting.destruction import destroy_secrets
from voting.eligibility import code
from voting.eligibility.code_text import grouped
from voting.keeper import keep_poll, run_batch
from voting.keyring import MORTAL, keys_of
from voting.ledger.code import receipt_code
from voting.ledger.note import parse_note
from voting.ledger.pledge import parse_pledge
from voting.lifecycle import close_poll, count_poll
from voting.manifest import plan_of
from voting.models import Poll
from voting.publication import document_path, marks_name, reveals_name, write_marks
from voting.unsealing import unseal

from .loot import Batch, Play, Vote
from .tables import read_ballots, read_entries, read_guards, read_waiting
from .web import Visitor, fail_in_many_ways

CANDIDATES = 32  # in each of two categories, so that a ballot has eight bytes of marks
WEB_VOTERS = 30


class Run:
    """A poll being played. Selections are drawn at random, no two alike in any category.

    Where one votes by code, the cards come in another order than their numbers. `people` are voters
    who are known (`people.py`).
    """

    def __init__(self, name, voters, copier, *, batch=20, kind="device", people=None):
        self.name, self.copier, self.batch = name, copier, batch
        shortlist = make_list(candidates=(CANDIDATES, CANDIDATES), min_choices=1, max_choices=3)
        slug = name.replace("_", "-")
        fields = {"slug": slug, "shortlist": shortlist, "batch_minimum": batch}
        self.people = people
        self.poll = people.make_poll(**fields) if people else make_open_poll(**fields, eligibility=kind)
        self.secret = secret_of(self.poll)
        self.plan = plan_of(self.poll)
        self.keys = keys_of(self.poll, self.plan)
        self.selections = draw(self.plan, voters)
        self.votes, self.batches, self.known, self.numbers = [], [], set(), 0
        self.statuses = set()
        self.cards = []
        if kind == "code":
            with mock.patch.dict(code.COST, n=2):
                self.cards = issue_codes(poll=self.poll, label="", count=voters, who="clerk")
            random.SystemRandom().shuffle(self.cards)

    def cast_all(self, *, port=None):
        """Cast every ballot and run the batches, but for the last, which the close brings."""
        voters = len(self.selections)
        by_web = set(range(0, voters, max(2, voters // WEB_VOTERS))) if port else set()
        for at, codes in enumerate(self.selections):
            vote = self.cast_by_web(Visitor(port, at), at, codes) if at in by_web else self.cast(at, codes)
            self.votes.append(vote)
            if (at + 1) % self.batch == 0 and at + 1 < voters:
                self.copier.take("waiting", whole=not self.batches)
                self.begin_batch()
                run_batch(self.poll)
                self.end_batch()
                self.copier.take("waiting", whole=False)

    def cast(self, at, codes):
        known = self.people.credential(self.keys, at) if self.people else None
        known = self.cards[at].link.encode() if self.cards else known
        post = make_post(self.poll, codes=codes, credential=known)
        post["nonces"] = {category: token_bytes(32) for category in post["nonces"]}
        done = cast_ballot(**post)
        if at % 7 == 0:
            cast_ballot(**post)  # The reply was lost, and the voter pressed again.
        return self.vote(post["credential"], codes, post["nonces"], done.pledge, ())

    def cast_by_web(self, visitor, at, codes):
        card = self.cards[at] if self.cards else None
        typed = self.people.enter(visitor, self.poll, at) if self.people else ()
        credential, fields, receipt = visitor.vote(self.poll, codes, card)
        credential = self.people.credential(self.keys, at) if self.people else credential
        if not self.statuses and not card and not self.people:
            self.statuses = fail_in_many_ways(visitor, self.poll, codes, fields, receipt)
        nonces = {
            category.code: bytes.fromhex(fields[f"nonce-{category.code}"]) for category in self.plan.sections
        }
        traces = visitor.traces(fields, receipt)
        traces += (card.link, card.typed, grouped(card.typed)) if card else typed
        return self.vote(credential, codes, nonces, receipt.pledge, traces)

    def vote(self, credential, codes, nonces, pledge, traces):
        commitments = parse_pledge(parse_note(pledge)[0]).commitments
        digest = self.keys.digest("credential", credential)
        code = receipt_code(commitments)
        return Vote(digest, tuple(sorted(codes)), nonces, commitments, code, pledge, traces)

    def begin_batch(self):
        guards = [guard for guard in read_guards(self.poll) if guard.digest not in self.known]
        self.known |= {guard.digest for guard in guards}
        self.batches.append(Batch(guards, read_waiting(self.poll), []))

    def end_batch(self):
        self.batches[-1].ballots.extend(read_ballots(self.poll, after=self.numbers))
        self.numbers += len(self.batches[-1].ballots)

    def end(self):
        """Close, enter the last batch, destroy the secrets, open, count and publish."""
        self.begin_batch()
        self.poll = close_poll(by=["Clerk"], poll=self.poll)
        keep_poll(self.poll, timezone.now(), {})
        self.end_batch()
        folder = settings.KEY_DIR / self.poll.uid
        self.kept = {role: bytes.fromhex((folder / f"{role}.key").read_text()) for role in MORTAL}
        late = timezone.now() + timedelta(seconds=settings.TICKET_SECONDS + 1)
        if not destroy_secrets(poll=self.poll, at=late):
            raise AssertionError("The secrets were not destroyed.")
        self.poll = Poll.objects.get(pk=self.poll.pk)
        list(unseal(self.poll, self.plan, self.secret))
        count_poll(poll=self.poll)
        write_marks(self.poll, self.plan)

    def play(self):
        """Return all of it as plain data."""
        places = (settings.KEY_DIR, settings.KEY_COPY_DIR)
        files = [file for place in places for file in sorted((place / self.poll.uid).glob("*.key"))]
        keys = {str(file): bytes.fromhex(file.read_text()) for file in files}
        keys["SECRET_KEY"] = settings.SECRET_KEY.encode()
        return Play(
            uid=self.poll.uid,
            pk=self.poll.pk,
            manifest=self.plan.data,
            votes=self.votes,
            batches=self.batches,
            guards=read_guards(self.poll),
            ballots=read_ballots(self.poll),
            entries=read_entries(self.poll),
            keys=keys,
            kept=self.kept,
            published={category.code: self.lines(marks_name(category)) for category in self.plan.sections},
            reveals={
                b64decode(reveal["commitment"]): reveal["codes"]
                for category in self.plan.sections
                for reveal in map(json.loads, self.lines(reveals_name(category)))
            },
            cards=self.card_numbers(),
            typed=self.people.secrets()
            if self.people
            else [text for card in self.cards for text in (card.link, card.typed)],
        )

    def card_numbers(self):
        """Return the numbers of cards, or the places on a roll, by credential digest."""
        if self.people:
            return self.people.numbers(self.keys)
        return {self.keys.digest("credential", card.link.encode()): card.serial for card in self.cards}

    def lines(self, name):
        return document_path(self.poll, name).read_text().splitlines()


def draw(plan, voters):
    """Draw two or three candidates of each category for every voter, no two voters alike in any."""
    chance = random.SystemRandom()
    columns = []
    for category in plan.sections:
        codes = [candidate.code for candidate in category.candidates]
        drawn = set()
        while len(drawn) < voters:
            drawn.add(tuple(sorted(chance.sample(codes, chance.choice((2, 3))))))
        column = list(drawn)
        chance.shuffle(column)
        columns.append(column)
    return [[code for picks in row for code in picks] for row in zip(*columns, strict=True)]
