"""Held ballots from cast to count: tags that go, lists in the ledger, decisions, and what is counted."""

import json
import tempfile
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.utils import timezone

from voting import brakes, holds
from voting.approval import approve, propose
from voting.bundle import Folder, write_bundle
from voting.envelope import open_envelope
from voting.holds.decisions import release_group
from voting.holds.groups import decided_by, keep_holds, undecided
from voting.holds.tags import LENGTH, NO_TAGS, tag_of
from voting.keeper import keep_poll
from voting.keyring import keys_of
from voting.ledger.canonical import parse_canonical
from voting.ledger.code import receipt_code
from voting.ledger.verify import verify
from voting.ledger.verify.source import open_bundle
from voting.lifecycle import count_poll
from voting.manifest import plan_of
from voting.models import Ballot, BallotTag, Entry, HeldBallot, HoldGroup, PendingEnvelope, Poll
from voting.publication import document_path
from voting.reconciliation import reconcile
from voting.refusals import ActRefused
from voting.standing import standing_of
from voting.tally.count import tally_document
from voting.unsealing import unseal

from .factories import cast, make_open_poll, secret_of, temporary_keys
from .held import KeptKeys, make_settled, traits, vote


def leaves(poll, *kinds):
    """Return the entries of these types, read, in order."""
    rows = Entry.objects.filter(poll=poll, type__in=kinds).order_by("index")
    return [parse_canonical(row.leaf) for row in rows]


def open_all(poll):
    """Open the ballots with the holder's part, as staff do."""
    for _step in unseal(poll, plan_of(poll), secret_of(poll)):
        pass


def people(*names):
    """Return staff with these names."""
    return [get_user_model().objects.create_user(name, is_staff=True) for name in names]


def exclude_all(poll):
    """Exclude every group that waits, with as many people as the rules ask for; return the groups."""
    staff = people("clerk", "deputy")[: poll.approvals]
    groups = list(undecided(poll))
    for group in groups:
        proposal = propose(
            poll=poll,
            act="exclude",
            content={"group": group.number},
            reason="同一台机器投出",
            person=staff[0],
        )
        for person in staff[1:]:
            approve(proposal=proposal, person=person)
    return groups


@temporary_keys
class Tags(TestCase):
    def test_every_envelope_has_one_length_and_tags_lie_in_it_sealed(self):
        poll = make_open_poll()
        cast(poll)
        vote(poll, address="20.1.2.3", codes=["101"], signals=5)
        vote(poll, address="2408::1", codes=["101"])
        lengths = {len(row.sealed) for row in PendingEnvelope.objects.filter(poll_id=poll.pk)}
        self.assertEqual(len(lengths), 1)
        keys = keys_of(poll, plan_of(poll))
        found = [
            open_envelope(keys, row.sealed).tags for row in PendingEnvelope.objects.filter(poll_id=poll.pk)
        ]
        self.assertEqual({len(tags) for tags in found}, {LENGTH})
        self.assertEqual(found.count(NO_TAGS), 1, "a ballot of which nothing is known")
        self.assertIn(5, [tags[-1] for tags in found])

    def test_an_address_and_its_network_are_told_apart_and_equal_ones_are_equal(self):
        poll = make_open_poll()
        for address in ("20.1.2.3", "20.1.2.3", "20.1.2.4", "20.1.9.4"):
            vote(poll, address=address)
        keys = keys_of(poll, plan_of(poll))
        tags = [open_envelope(keys, row.sealed).tags for row in PendingEnvelope.objects.order_by("pk")]
        address, network, wide = ([each[at : at + 8] for each in tags] for at in (0, 8, 16))
        self.assertEqual([value == address[0] for value in address], [True, True, False, False])
        self.assertEqual([value == network[0] for value in network], [True, True, True, False])
        self.assertEqual(len(set(wide)), 1)
        self.assertFalse(set(address) & set(network) | set(network) & set(wide))

    def test_polls_that_know_their_voters_or_can_open_ballots_carry_none(self):
        poll = make_open_poll(sealed=False)
        vote(poll, address="20.1.2.3")
        keep_poll(Poll.objects.get(pk=poll.pk), timezone.now() + timedelta(minutes=1), {})
        self.assertEqual(Ballot.objects.filter(poll=poll).count(), 1)
        self.assertFalse(BallotTag.objects.exists())

    def test_brakes_and_holds_mean_the_same_bits(self):
        self.assertEqual(brakes.SIGNALS, holds.SIGNALS)

    def test_the_manifest_holds_the_thresholds_in_force(self):
        poll = make_open_poll(brakes={"holds": {"address": 33}})
        self.assertEqual(plan_of(poll).document["holds"]["address"], 33)
        self.assertEqual(plan_of(poll).document["holds"]["hold"], 100)


@temporary_keys
class FromCloseToCount(KeptKeys, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.poll, cls.receipts, cls.at = make_settled(approvals=2)
        cls.keep_keys()

    def opened(self):
        keep_holds(self.poll, self.at)
        open_all(self.poll)
        return self.poll

    def test_after_the_close_tags_and_their_key_go_and_large_clusters_are_held(self):
        self.assertEqual(BallotTag.objects.filter(poll=self.poll).count(), 125)
        self.assertTrue(keep_holds(self.poll, self.at))
        self.assertFalse(BallotTag.objects.filter(poll=self.poll).exists())
        self.assertIsNone(keys_of(self.poll, plan_of(self.poll)).tag)
        groups = HoldGroup.objects.filter(poll=self.poll)
        self.assertEqual([group.rule for group in groups], ["address"])
        self.assertEqual(HeldBallot.objects.filter(group__in=groups).count(), 55, "school and script")
        (entry,) = leaves(self.poll, "hold")
        self.assertEqual(entry.keys(), {"type", "at", "rule", "documents"})
        self.assertIn({"act": "secrets_destroyed", "keys": ["tag"]}, self.audits())
        self.assertFalse(keep_holds(self.poll, self.at), "once is enough")

    def audits(self):
        return [{"act": e["act"], "keys": e.get("keys")} for e in leaves(self.poll, "audit")]

    def test_the_list_names_whole_ballots_sorted_and_the_rule_alone(self):
        keep_holds(self.poll, self.at)
        data = json.loads(document_path(self.poll, "hold-1.json").read_bytes())
        self.assertEqual(data.keys(), {"format", "poll", "rule", "leaves"})
        self.assertEqual(data["leaves"], sorted(set(data["leaves"])))
        self.assertEqual(len(data["leaves"]), 55 * 2)
        kinds = Entry.objects.filter(poll=self.poll, index__in=data["leaves"]).values_list("type", flat=True)
        self.assertEqual(set(kinds), {"ballot"})

    def test_no_ballot_is_opened_while_there_are_tags(self):
        open_all(self.poll)
        self.assertFalse(BallotTag.objects.filter(poll=self.poll).exists())
        self.assertEqual(len(leaves(self.poll, "hold")), 2)
        kinds = [entry["type"] for entry in leaves(self.poll, "hold", "reveals", "release")]
        self.assertEqual(kinds, ["hold", "reveals", "release", "hold"])

    def test_the_review_releases_the_school_and_keeps_the_script(self):
        self.opened()
        (group,) = undecided(self.poll)
        self.assertEqual((group.rule, group.facts["ballots"], group.facts["largest"]), ("alike", 30, [30]))
        held = set(HeldBallot.objects.filter(group=group).values_list("ballot__code", flat=True))
        self.assertEqual(held, {receipt_code(cast.commitments) for cast in self.receipts["script"]})
        first = HoldGroup.objects.get(poll=self.poll, number=1)
        self.assertEqual((first.decision, first.reason[:11]), ("released", "review rule"))

    def test_the_count_waits_for_decisions_and_counts_what_nobody_decided_in_time(self):
        self.opened()
        with self.assertRaises(ActRefused):
            count_poll(poll=self.poll)
        count_poll(poll=self.poll, at=decided_by(self.poll))
        self.assertEqual(Ballot.objects.filter(poll=self.poll).counted().count(), 125)
        self.assertEqual(leaves(self.poll, "release")[-1]["reason"], "undecided")

    def test_a_held_ballot_that_nobody_decides_is_let_go_by_the_keeper_at_the_date(self):
        keep_holds(self.poll, self.at)
        keep_holds(self.poll, decided_by(self.poll) - timedelta(seconds=1))
        self.assertTrue(undecided(self.poll).exists())
        keep_holds(self.poll, decided_by(self.poll))
        self.assertFalse(undecided(self.poll).exists())
        self.assertFalse(HeldBallot.objects.exists())

    def test_a_person_releases_with_a_reason_that_everybody_reads(self):
        self.opened()
        (clerk,) = people("clerk")
        (group,) = undecided(self.poll)
        release_group(
            poll=self.poll, number=group.number, reason="展厅的公用电脑", person=clerk, name="Clerk"
        )
        entry = leaves(self.poll, "release")[-1]
        self.assertEqual((entry["by"], entry["reason"]), (["Clerk"], "展厅的公用电脑"))
        count_poll(poll=self.poll)
        self.assertEqual(Ballot.objects.filter(poll=self.poll).counted().count(), 125)

    def test_one_person_excludes_nothing(self):
        self.opened()
        clerk, deputy = people("clerk", "deputy")
        (group,) = undecided(self.poll)
        proposal = propose(
            poll=self.poll, act="exclude", content={"group": group.number}, reason="脚本", person=clerk
        )
        group.refresh_from_db()
        self.assertEqual(group.decision, "")
        with self.assertRaises(ActRefused):
            approve(proposal=proposal, person=clerk)
        approve(proposal=proposal, person=deputy)
        group.refresh_from_db()
        self.assertEqual((group.decision, group.proposal_id), ("excluded", proposal.pk))

    def test_nothing_is_excluded_before_the_ballots_were_opened(self):
        keep_holds(self.poll, self.at)
        clerk, deputy = people("clerk", "deputy")
        proposal = propose(poll=self.poll, act="exclude", content={"group": 1}, reason="脚本", person=clerk)
        with self.assertRaises(ActRefused):
            approve(proposal=proposal, person=deputy)

    def test_the_database_refuses_an_exclusion_that_nobody_approved(self):
        self.opened()
        (group,) = undecided(self.poll)
        for values in (
            {"decision": "excluded", "reason": "x", "decided_at": self.at},
            {"decision": "released"},
        ):
            with self.assertRaises(IntegrityError), transaction.atomic():
                HoldGroup.objects.filter(pk=group.pk).update(**values)

    def test_excluded_ballots_are_opened_not_counted_and_said_to_be(self):
        self.opened()
        exclude_all(self.poll)
        count_poll(poll=self.poll)
        ballots = Ballot.objects.filter(poll=self.poll)
        self.assertEqual((ballots.counted().count(), ballots.opened().count()), (95, 125))
        tally = tally_document(self.poll, plan_of(self.poll))
        self.assertEqual(tally["not_counted"], {"excluded": 30})
        self.assertTrue(any(part["changes_list"] for part in tally["with_excluded"]))
        (before, after) = (
            {row["code"]: row["votes"] for row in part["rows"]}
            for part in (tally["categories"][1], tally["with_excluded"][1])
        )
        self.assertEqual(
            {code: after[code] - before[code] for code in after},
            dict(zip(["201", "202", "203", "204"], [0, 0, 30, 30], strict=True)),
        )
        self.assertEqual(
            [line.label for line in reconcile(self.poll, plan_of(self.poll)) if line.difference], []
        )

    def test_the_receipt_says_it_only_when_results_may_be_seen(self):
        code = receipt_code(self.receipts["script"][0].commitments)
        self.opened()
        keep_poll(self.poll, timezone.now(), {})
        plan = plan_of(self.poll)
        self.assertEqual(standing_of(self.poll, plan, code).state, "entered")
        exclude_all(self.poll)
        Poll.objects.filter(pk=self.poll.pk).update(results_from="counted")
        poll = count_poll(poll=Poll.objects.get(pk=self.poll.pk))
        standing = standing_of(poll, plan, code)
        self.assertEqual((standing.state, standing.reason), ("not_counted", "excluded"))
        self.assertIn("同一台机器投出", standing.why)
        counted = receipt_code(self.receipts["school"][0].commitments)
        self.assertEqual(standing_of(poll, plan, counted).state, "counted")

    def test_tags_in_an_old_copy_of_the_database_lead_from_no_address_to_a_ballot(self):
        copied = [bytes(tags) for tags in BallotTag.objects.values_list("tags", flat=True)]

        def found():
            """Try the script's address with every secret that lies in a file, against the copy."""
            address = traits("50.9.4.77", "s1").address
            files = [path.read_text().strip() for path in settings.VAR_DIR.rglob("*.key")]
            secrets = [bytes.fromhex(text) for text in files]
            return sum(tags[:8] == tag_of(key, "address", address) for key in secrets for tags in copied)

        self.assertEqual(found(), 60, "the control: the key was there, in both places")
        self.opened()
        self.assertEqual(found(), 0)

    def test_what_joined_held_ballots_is_gone_when_the_last_group_is_decided(self):
        self.opened()
        rows = HeldBallot.objects.filter(group__poll=self.poll)
        self.assertTrue(rows.exclude(address=None).exists(), "the control: it was there")
        exclude_all(self.poll)
        self.assertEqual(set(rows.values_list("address", "network", "bucket", "client")), {(None,) * 4})

    def test_anyone_can_check_who_was_held_excluded_and_counted(self):
        self.opened()
        exclude_all(self.poll)
        count_poll(poll=self.poll)
        keep_poll(Poll.objects.get(pk=self.poll.pk), timezone.now(), {})
        poll = Poll.objects.get(pk=self.poll.pk)
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home) / "bundle"
            for _count in write_bundle(poll, plan_of(poll), Folder(folder), "auditor"):
                pass
            with open_bundle(folder) as bundle:
                report = verify(bundle)
        self.assertEqual([line.en for line in report.lines if line.state == "failed"], [])
        said = {line.check: line.en for line in report.lines if line.state == "passed"}
        self.assertIn("1 of them excluded: 30 ballots", said["holds"])
        self.assertIn("95 ballots", said["tally"])

    def test_the_same_ballot_is_in_one_group_at_most(self):
        keep_holds(self.poll, self.at)
        row = HeldBallot.objects.first()
        with self.assertRaises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO voting_heldballot (ballot_id, group_id, signals) VALUES (%s, %s, 0)",
                [row.ballot_id, row.group_id],
            )
