"""The real list under vote, at every point of a poll's life, with people who have voted."""

from datetime import timedelta

from django.core.management import call_command
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client
from django.utils import timezone

from shortlist.models import Candidate, Shortlist
from tests.approvers import do
from tests.factories import cast, make_open_poll, make_poll
from tests.pages import vote
from tests.rolls import make_roll_poll
from tests.tallies import count, settle
from voting.corrections import changes_of
from voting.keeper import keep_poll
from voting.lifecycle import announce_poll, pause_poll
from voting.manifest import plan_of
from voting.models import Objection

PICKS = ("201", "203", "204", "301", "302", "305")
FEW = [("201", "203", "301"), ("201", "204", "302"), ("203", "212"), ("301", "305", "309")]


class Stage:
    """Polls by the state that they are in, and the cookies of voters by how far their ballot has come."""

    def __init__(self):
        call_command("loaddata", "fixtures/shanxi.json", verbosity=0)
        self.shortlist = Shortlist.objects.get()
        now = timezone.now()
        tomorrow = {"opens_at": now + timedelta(days=1), "closes_at": now + timedelta(days=9)}
        self.voters = {}
        self.polls = {
            "announced": announce_poll(poll=make_poll(**self.fields("announced"), **tomorrow)),
            "waiting": self.open("waiting", **tomorrow),
            "open": self.open("open", ballots_per_device=3),
            "paused": self.open("paused"),
            "closed": self.open("closed"),
            "counted": self.open("counted"),
            "certified": self.open("certified"),
            "annulled": self.open("annulled"),
            "by_code": self.open("by-code", eligibility="code"),
            "by_roll": make_roll_poll(**self.fields("by-roll"), roll_question="工号", purpose="每人一票。"),
        }
        self.let_people_vote()
        self.certify()
        self.polls["annulled"] = do(self.polls["annulled"], "annul", reason="名单有误。")

    def fields(self, name):
        return {"slug": name, "shortlist": self.shortlist, "title": self.shortlist.title, "demo": True}

    def open(self, name, **fields):
        return make_open_poll(**self.fields(name), **fields)

    def let_people_vote(self):
        polls = self.polls
        for name in ("open", "closed", "counted", "certified", "annulled"):
            for codes in FEW:
                cast(polls[name], codes=codes)
        for name in ("closed", "counted"):
            self.voters[name] = self.voter(name)
        self.voters["entered"] = self.voter("open")
        keep_poll(polls["open"], timezone.now(), {})
        self.voters["received"] = self.voter("open")
        self.voters["already"] = self.voter("open")
        cast(polls["paused"], codes=FEW[0])
        pause_poll(by=["Clerk"], poll=polls["paused"], reason="机房例行检修，预计两小时。")
        polls["closed"] = settle(polls["closed"])
        polls["counted"] = count(settle(polls["counted"]))

    def certify(self):
        """Correct a candidate, withdraw another, count, certify with a tie, and publish an objection."""
        poll = self.polls["certified"]
        with transaction.atomic():
            # At the end, so that quotes stand where they stood.
            of_list = Candidate.objects.filter(category__shortlist=self.shortlist, code="202")
            of_list.update(body=Concat("body", Value("更正时补上一句。")))
            changes = changes_of(poll, plan_of(poll))
            transaction.set_rollback(True)  # The other polls go on with the list as it was.
        poll = do(poll, "correct", {"changes": changes, "withdrawn": ["309"]}, "原文有误。")
        poll = do(count(settle(poll)), "certify", {"decisions": {}, "lot_number": ""})
        Objection.objects.create(
            poll=poll,
            received_on=timezone.localdate(),
            about="301号项目的票数",
            answer="已重新计票，结果一致。",
            answered_on=timezone.localdate(),
            published=True,
        )
        self.polls["certified"] = poll

    def voter(self, name):
        """Return the cookies of a device that has voted in a poll."""
        client = Client()
        answer = vote(client, self.polls[name], *PICKS)
        if answer.status_code != 303:
            raise AssertionError(f"no ballot was cast: {answer.status_code}")
        return {name: morsel.value for name, morsel in client.cookies.items()}
