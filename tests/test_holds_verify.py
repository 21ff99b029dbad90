"""What an organiser with all keys could forge about held ballots, and how each is rejected."""

import subprocess
import tempfile
from pathlib import Path
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from voting.bundle import Folder, write_bundle
from voting.holds.groups import keep_holds
from voting.keeper import keep_poll
from voting.ledger.canonical import canonical, parse_canonical
from voting.ledger.verify import holds, verify
from voting.ledger.verify.source import open_bundle
from voting.lifecycle import count_poll
from voting.manifest import plan_of
from voting.models import Poll

from .factories import temporary_keys
from .forger import Forger
from .golang import build_checker, need_go
from .held import make_settled
from .test_holds import exclude_all, open_all


@temporary_keys
class ForgedHolds(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.home = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        poll, _receipts, at = make_settled(homes=60, school=22, script=24, approvals=2)
        keep_holds(poll, at)
        open_all(poll)
        exclude_all(poll)
        count_poll(poll=poll)
        poll = Poll.objects.get(pk=poll.pk)
        keep_poll(poll, timezone.now(), {})
        cls.honest = cls.home / "honest"
        for _count in write_bundle(poll, plan_of(poll), Folder(cls.honest), "auditor"):
            pass

    def setUp(self):
        self.forger = Forger(self.honest)
        self.folder = self.home / self.id().rpartition(".")[2]

    def report(self, folder):
        with open_bundle(folder) as bundle:
            return verify(bundle)

    def failures(self, folder):
        return [line.en for line in self.report(folder).lines if line.state == "failed"]

    def assert_rejected(self, *words):
        self.forger.write(self.folder)
        said = self.failures(self.folder)
        self.assertEqual(len(said), 1, said)
        for word in words:
            self.assertIn(word, said[0])

    def entry(self, kind, number=0):
        return parse_canonical(self.forger.leaves[self.forger.acts(kind)[number]])

    def set_entry(self, kind, number=0, **content):
        at = self.forger.acts(kind)[number]
        self.forger.leaves[at] = canonical({**parse_canonical(self.forger.leaves[at]), **content})

    def put(self, name, kind, number=0, **content):
        """Change a list and let its entry name what it is now."""
        known = parse_canonical(self.forger.documents[name])
        self.forger.documents[name] = canonical({**known, **content})
        self.set_entry(kind, number, documents=[self.forger.described(name)])

    def listed(self, name):
        return parse_canonical(self.forger.documents[name])["leaves"]

    def test_the_honest_bundle_is_accepted(self):
        self.assertEqual(self.failures(self.honest), [])
        self.assertEqual([self.entry("hold", at)["rule"] for at in (0, 1)], ["address", "alike"])

    def test_a_list_that_excludes_a_ballot_that_was_not_held(self):
        self.put("exclusion-2.json", "exclude", leaves=self.listed("hold-1.json"))
        self.assert_rejected("excludes others than were held")

    def test_a_list_of_half_ballots_or_of_other_entries(self):
        # The entries that are no ballots: the first two of every ledger.
        for at, change in enumerate(([0, 1], self.listed("hold-2.json")[1:])):
            self.forger = Forger(self.honest)
            self.folder = self.home / f"half-{at}"
            self.put("hold-2.json", "hold", 1, leaves=change)
            self.put("exclusion-2.json", "exclude", leaves=change)
            self.assert_rejected("does not list whole ballots")

    def test_a_list_under_another_rule_than_its_entry_names(self):
        self.set_entry("hold", 1, rule="burst")
        self.assert_rejected("hold-2.json does not say what its entry says")

    def test_a_rule_that_nobody_knows(self):
        self.set_entry("hold", 1, rule="taste")
        self.assert_rejected("its rule is not on the list of rules")

    def test_an_exclusion_by_one_person_or_without_a_reason(self):
        for at, content in enumerate(({"by": ["clerk"]}, {"by": ["clerk", "clerk"]}, {"reason": ""})):
            self.forger = Forger(self.honest)
            self.folder = self.home / f"approvals-{at}"
            self.set_entry("exclude", **content)
            self.assert_rejected("it needs a reason and approvals")

    def test_an_exclusion_of_what_was_released(self):
        self.set_entry("exclude", hold=1)
        self.assert_rejected("no such group waits for a decision")

    def test_a_release_that_no_person_and_no_rule_stands_for(self):
        self.set_entry("release", reason="as we like")
        self.assert_rejected("nobody stands for it")

    def test_a_release_for_want_of_a_decision_before_the_date(self):
        self.set_entry("release", reason="undecided")
        self.assert_rejected("the date for decisions was not past")

    def test_a_count_while_a_group_waits(self):
        self.forger.remove(self.forger.acts("exclude")[0])
        del self.forger.documents["exclusion-2.json"]
        self.assert_rejected("held ballots are not decided")

    def test_a_tally_that_leaves_out_more_than_was_excluded(self):
        tally = parse_canonical(self.forger.documents["tally.json"])
        tally["not_counted"] = {"excluded": 23, "limits": 1}
        self.forger.documents["tally.json"] = canonical(tally)
        self.forger.enter_documents()
        self.assert_rejected("exclude 24 ballots, the tally another number")

    def test_a_tally_that_is_silent_on_what_the_excluded_would_change_or_wrong(self):
        for at, change in enumerate((None, False, "votes")):
            self.forger = Forger(self.honest)
            self.folder = self.home / f"with-{at}"
            tally = parse_canonical(self.forger.documents["tally.json"])
            if change is None:
                del tally["with_excluded"]
            elif change == "votes":
                tally["with_excluded"][0]["rows"][0]["votes"] += 1
            else:
                tally["with_excluded"][1]["changes_list"] = not tally["with_excluded"][1]["changes_list"]
            self.forger.documents["tally.json"] = canonical(tally)
            self.forger.enter_documents()
            self.assert_rejected("excluded ballots")

    def test_a_reveal_of_an_excluded_ballot_among_those_that_count(self):
        lines = self.forger.documents["marks-1.txt"].split(b"\n")[:-1]
        lines = sorted([*lines, b"103 104 105"])
        self.forger.documents["marks-1.txt"] = b"".join(line + b"\n" for line in lines)
        self.forger.enter_documents()
        self.assert_rejected("marks-1.txt does not say what the reveals say")

    def test_a_reveal_of_an_excluded_ballot_left_out(self):
        with mock.patch.object(holds.Lists, "take"):
            self.assertIn("whole ballots", self.failures(self.honest)[0], "the control: a blind walk")
        lines = self.forger.documents["reveals-1.jsonl"].split(b"\n")[:-1]
        gone = next(line for line in lines if b'"103","104","105"' in line)
        rest = b"".join(line + b"\n" for line in lines if line != gone)
        self.forger.documents["reveals-1.jsonl"] = rest
        self.forger.enter_documents()
        self.assert_rejected("does not open every excluded ballot")

    def test_the_control_without_looking_at_the_lists_an_unheld_ballot_passes(self):
        self.put("exclusion-2.json", "exclude", leaves=self.listed("hold-2.json"))
        self.set_entry("hold", 1, rule="burst")
        self.forger.write(self.folder)
        self.assertTrue(self.failures(self.folder))
        with mock.patch.object(holds.Lists, "check"):
            self.assertEqual(self.failures(self.folder), [])

    def test_a_second_verifier_counts_the_same(self):
        need_go()
        checker = build_checker(self.home)
        said = subprocess.run([checker, "recount", self.honest], capture_output=True, text=True)
        self.assertEqual(said.stdout, "82 ballots counted again in 2 categories\n", said.stderr)
