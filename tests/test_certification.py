"""From the count to the certified result: ties by the manifest's rule, each worked out by hand."""

import hashlib
import tempfile
from datetime import date
from pathlib import Path

from django.db import DatabaseError, connection, transaction
from django.test import TestCase
from django.utils import timezone
from django.utils.translation import override

from tests.approvers import do
from tests.desk import StaffCase, page
from tests.factories import cast, make_list, make_open_poll, temporary_keys
from tests.forger import Forger
from tests.pages import english
from tests.tallies import count, settle
from tests.test_ledger_wrong_bundles import check, sentences
from voting.bundle import Folder, write_bundle
from voting.certification import certified_outcome
from voting.exports.table import result_table
from voting.keeper import keep_poll
from voting.ledger.canonical import canonical, parse_canonical
from voting.ledger.tree import leaf_hash, root_of
from voting.manifest import plan_of
from voting.models import Entry, Holiday, Proposal, Result
from voting.refusals import ActRefused
from voting.tally.ties import Tie, draw_lot, lot_seed
from voting.tally.ties import settle as settle_tie
from voting.workdays import add_working_days

# Two places. 101 has 3 votes; 102, 103 and 104 have 2 each and share the one place left; 105 has 1.
BALLOTS = (["101", "102"], ["101", "103"], ["101", "104"], ["102", "103"], ["104", "105"])


def counted(**rules):
    """Return a counted poll with a tie at the cut."""
    poll = make_open_poll(shortlist=make_list(candidates=(5,)), **rules)
    for codes in BALLOTS:
        cast(poll, codes=codes)
    return count(settle(poll))


def certify(poll, **content):
    return do(poll, "certify", {"decisions": {}, "lot_number": "", **content})


def decision(*chosen, reason="The jury met on 1 December."):
    return {"1": {"chosen": list(chosen), "reason": reason}}


@temporary_keys
class CertificationTest(TestCase):
    def setUp(self):
        self.enterContext(override("en"))

    def chosen(self, poll):
        return certified_outcome(poll)["categories"][0]["chosen"]

    def test_all_of_the_tied_come_in(self):
        self.assertEqual(self.chosen(certify(counted(tie_rule="all_in"))), ["101", "102", "103", "104"])

    def test_none_of_the_tied_comes_in(self):
        self.assertEqual(self.chosen(certify(counted(tie_rule="all_out"))), ["101"])

    def test_a_decision_on_record_chooses_one_of_them(self):
        poll = certify(counted(tie_rule="decision"), decisions=decision("103"))
        self.assertEqual(self.chosen(poll), ["101", "103"])
        self.assertContains(self.client.get(english("result", poll)), "The jury met on 1 December.")
        rows = {row.code: row.chosen for row in result_table(poll, public=True).sections[0].rows}
        self.assertEqual(rows, {"101": True, "102": False, "103": True, "104": False, "105": False})

    def test_a_decision_of_too_many_or_of_others_or_without_reason_is_refused(self):
        poll = counted(tie_rule="decision")
        for wrong in (decision("102", "103"), decision("105"), decision("103", reason=" "), {}):
            with self.subTest(wrong), self.assertRaisesMessage(ActRefused, "exactly 1"):
                certify(poll, decisions=wrong)
        self.assertFalse(Result.objects.exists())

    def test_the_lot_can_be_drawn_again_by_anybody(self):
        poll = counted(tie_rule="lot", lot_source="3D draw of the day after the close")
        with self.assertRaisesMessage(ActRefused, "3D draw"):
            certify(poll)
        poll = certify(poll, lot_number="507")
        outcome = certified_outcome(poll)
        leaves = [bytes(entry.leaf) for entry in Entry.objects.filter(poll=poll).order_by("index")]
        tally = next(at for at, leaf in enumerate(leaves) if parse_canonical(leaf)["type"] == "tally")
        root = root_of([leaf_hash(leaf) for leaf in leaves[: tally + 1]])
        seed = hashlib.sha256(root + b"507").digest()
        digests = {
            code: hashlib.sha256(seed + f"1{code}".encode()).digest() for code in ("102", "103", "104")
        }
        lowest = min(digests, key=digests.get)
        self.assertEqual(outcome["lot"]["seed"], seed.hex())
        self.assertEqual(set(self.chosen(poll)), {"101", lowest})
        shown = self.client.get(english("result", poll))
        for words in ("507", seed.hex(), root.hex()):
            self.assertContains(shown, words)

    def test_a_lot_worked_out_by_hand(self):
        # With a root of 32 zero bytes and the number 1; the hashes were worked out with sha256sum.
        seed = lot_seed(bytes(32), "1")
        self.assertEqual(seed.hex(), "4e77cf06eac5cff3fad8d5e81138dd93eb1be514cd3abbd9e378efa909a7873b")
        drawn = draw_lot(Tie("1", ["102", "103", "104"], 1), seed)
        self.assertEqual([each["code"] for each in drawn], ["104", "103", "102"])

    def test_the_lot_does_not_depend_on_the_order_of_rows(self):
        seed = lot_seed(bytes(32), "1")
        one, other = Tie("1", ["102", "103", "104"], 2), Tie("1", ["104", "102", "103"], 2)
        chosen = [settle_tie(tie, "lot", seed=seed)["chosen"] for tie in (one, other)]
        self.assertEqual(chosen[0], chosen[1])

    def test_only_a_counted_poll_is_certified_and_only_once(self):
        poll = make_open_poll()
        with self.assertRaisesMessage(ActRefused, "after the count"):
            certify(poll)
        poll = certify(counted())
        with self.assertRaisesMessage(ActRefused, "after the count"):
            certify(poll)

    def test_a_result_is_never_changed_or_removed(self):
        poll = certify(counted())
        rows = Result.objects.filter(poll=poll)
        for act in (lambda: rows.update(sha256="0" * 64), rows.delete):
            with self.assertRaises(DatabaseError), transaction.atomic():
                act()
        on = " ON voting_result" if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER voting_result_is_frozen{on}")
        self.assertEqual(rows.update(sha256="0" * 64), 1)

    def test_counts_that_wait_for_the_certificate_are_shown_with_it(self):
        poll = counted(results_from="certified")
        self.assertFalse(poll.may_see_results())
        self.assertNotContains(self.client.get(english("result", poll)), "Title 101")
        poll = certify(poll)
        self.assertTrue(poll.may_see_results())
        self.assertContains(self.client.get(english("result", poll)), "Title 101")

    def test_the_hash_that_is_entered_is_the_hash_of_the_result(self):
        poll = certify(counted())
        (document,) = parse_canonical(Entry.objects.get(poll=poll, type="result").leaf)["documents"]
        row = Result.objects.get(poll=poll)
        self.assertEqual(document["sha256"], row.sha256)
        self.assertEqual(hashlib.sha256(bytes(row.data)).hexdigest(), row.sha256)

    def test_an_annulled_poll_shows_nothing_of_how_people_voted(self):
        poll = do(counted(), "annul", reason="The list was wrong")
        self.assertFalse(poll.may_see_results())
        shown = self.client.get(english("result", poll))
        self.assertNotContains(shown, "Title 101")
        self.assertContains(self.client.get(english("list", poll)), "The list was wrong")


@temporary_keys
class VerifiedResultTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.home = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.poll = certify(counted(tie_rule="lot", lot_source="3D draw", approvals=2), lot_number="507")
        keep_poll(cls.poll, timezone.now(), {})
        cls.honest = cls.home / "honest"
        for _count in write_bundle(cls.poll, plan_of(cls.poll), Folder(cls.honest), "auditor"):
            pass

    def forged(self, change):
        """Return what the verifier says of the result when an organiser with all keys changes it."""
        forger = Forger(self.honest)
        result = parse_canonical(forger.documents["result.json"])
        change(result, forger)
        forger.documents["result.json"] = canonical(result)
        forger.change("result", documents=[forger.described("result.json")])
        folder = self.home / f"forged-{len(list(self.home.iterdir()))}"
        forger.write(folder)
        return sentences(check(folder))

    def test_the_honest_bundle_is_whole(self):
        report = check(self.honest)
        self.assertEqual(sentences(report), [])
        self.assertIn("result", [line.check for line in report.lines if line.state == "passed"])

    def test_control_a_forger_who_changes_nothing_is_accepted(self):
        self.assertEqual(self.forged(lambda result, forger: None), [])

    def test_another_winner_another_number_or_another_root_is_refused(self):
        def winner(result, forger):
            tie = result["categories"][0]["tie"]
            loser = next(code for code in tie["codes"] if code not in tie["chosen"])
            tie["chosen"] = [loser]
            result["categories"][0]["chosen"][-1] = loser

        def number(result, forger):
            result["lot"]["number"] = "508"

        def root(result, forger):
            result["lot"]["root"] = "00" * 32

        for change in (winner, number, root):
            with self.subTest(change.__name__):
                (said,) = self.forged(change)
                self.assertIn("result.json is wrong", said)

    def test_too_few_approvers_are_refused(self):
        def alone(result, forger):
            result["by"] = result["by"][:1]
            forger.change("result", by=result["by"])

        (said,) = self.forged(alone)
        self.assertIn("too few people approved it", said)


@temporary_keys
class CertifyAtTheDesk(StaffCase):
    def test_a_decision_is_asked_for_and_kept_where_it_is_wrong(self):
        poll = counted(tie_rule="decision")
        self.assertContains(self.client.get(page(poll, "certify")), "choose 1 of the tied")
        wrong = {"chosen-1": ["102", "103"], "reason-1": "The jury"}
        response = self.post(poll, "certify", **wrong)
        self.assertContains(response, "Choose exactly 1.")
        self.assertContains(response, "The jury")
        self.post(poll, "certify", **{"chosen-1": ["103"], "reason-1": "The jury"})
        self.assert_state(poll, "certified")

    def test_who_approves_a_decision_reads_whom_it_chooses_and_why(self):
        poll = counted(tie_rule="decision", approvals=2)
        self.post(poll, "certify", **{"chosen-1": ["103"], "reason-1": "The jury met"})
        self.assert_state(poll, "counted")
        address = f"/en/admin/voting/poll/{poll.pk}/proposals/{Proposal.objects.get(act='certify').pk}/"
        read = self.client.get(address).content.decode()
        for words in ("Decision in category 1", "103 Title 103", "The jury met"):
            self.assertIn(words, read)
        self.assertNotIn("。", read)


class WorkingDaysTest(TestCase):
    def test_weekends_holidays_and_worked_weekend_days(self):
        # Tuesday 29 September 2026; National Day is off from 1 to 7 October, Saturday the 10th is worked.
        for day in range(1, 8):
            Holiday.objects.create(date=date(2026, 10, day), name="国庆节")
        Holiday.objects.create(date=date(2026, 10, 10), working=True, name="国庆节调休")
        after = {1: 30, 2: 8, 3: 9, 4: 10, 5: 12}
        for count_, day in after.items():
            found = add_working_days(date(2026, 9, 29), count_)
            self.assertEqual(found.day, day, count_)

    def test_without_a_table_weekends_are_off(self):
        self.assertEqual(add_working_days(date(2026, 11, 27), 1), date(2026, 11, 30))
