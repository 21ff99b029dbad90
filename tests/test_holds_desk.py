"""Held ballots at the desk: pictures without addresses or votes, and decisions by the right people."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import TestCase
from django.utils import timezone

from voting.approval import approve
from voting.holds.groups import keep_holds, undecided
from voting.keeper import keep_poll
from voting.ledger.code import format_code, receipt_code
from voting.lifecycle import count_poll
from voting.models import HeldBallot, Poll, Proposal
from voting.roles import AUDITOR, OFFICER

from .desk import at, page
from .factories import temporary_keys
from .held import KeptKeys, make_settled
from .pages import english
from .test_holds import exclude_all, open_all


@temporary_keys
class HoldsDesk(KeptKeys, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.poll, cls.receipts, cls.at = make_settled(homes=60, school=22, script=24, approvals=2)
        cls.keep_keys()
        cls.officer, cls.other = (cls.person(name, OFFICER) for name in ("officer", "other"))

    @classmethod
    def person(cls, name, role):
        user = get_user_model().objects.create_user(name, password="a long password", is_staff=True)
        user.groups.add(Group.objects.get_or_create(name=role)[0])
        return user

    def setUp(self):
        super().setUp()
        keep_holds(self.poll, self.at)
        open_all(self.poll)
        (self.group,) = undecided(self.poll)
        self.client.force_login(self.officer)

    def post(self, **data):
        return self.client.post(at("hold", self.poll, self.group.number), data, follow=True)

    def test_the_poll_s_page_leads_there_and_the_count_says_what_is_missing(self):
        self.assertContains(self.client.get(page(self.poll)), at("holds", self.poll))
        self.assertContains(
            self.client.get(page(self.poll, "count")), "1 group of held ballots is not decided"
        )

    def test_groups_stand_there_with_pictures_and_without_addresses(self):
        drawn = self.client.get(at("holds", self.poll))
        self.assertContains(drawn, "Group 2: alike ballots")
        self.assertContains(drawn, "by rule: as varied as other ballots")
        self.assertContains(drawn, 'role="img"', count=3)
        self.assertContains(drawn, "24 (100.0 %)")
        for secret in ("50.9.4", "30.1.1", "browser b", "103", "204"):
            self.assertNotContains(drawn, secret)

    def test_a_release_needs_a_reason_and_is_one_person_s(self):
        self.assertEqual(self.post(decision="release", reason="").status_code, 422)
        self.assertContains(self.post(decision="release", reason="展厅的公用电脑"), "was released")
        self.group.refresh_from_db()
        self.assertEqual((self.group.decision, self.group.reason), ("released", "展厅的公用电脑"))
        self.assertFalse(HeldBallot.objects.exists())

    def test_an_exclusion_is_proposed_and_another_person_approves_it(self):
        self.assertContains(self.post(decision="exclude", reason="脚本"), "Another person must approve it")
        self.assertContains(self.post(decision="exclude", reason="脚本"), "proposed already", status_code=422)
        self.group.refresh_from_db()
        self.assertEqual(self.group.decision, "")
        approve(proposal=Proposal.objects.get(), person=self.other)
        self.assertContains(self.client.get(at("holds", self.poll)), "脚本")
        self.assertContains(self.post(decision="release", reason="doch"), "decided already", status_code=422)

    def test_a_release_takes_back_what_was_proposed(self):
        self.post(decision="exclude", reason="脚本")
        self.post(decision="release", reason="展厅的公用电脑")
        self.assertEqual(Proposal.objects.get().state, "withdrawn")

    def test_who_may_only_see_decides_nothing_and_a_stranger_sees_nothing(self):
        self.client.force_login(self.person("reader", AUDITOR))
        self.assertNotContains(self.client.get(at("holds", self.poll)), "Decide")
        self.assertEqual(self.post(decision="release", reason="x").status_code, 403)
        self.client.logout()
        self.assertEqual(self.client.get(at("holds", self.poll)).status_code, 302)
        self.assertTrue(undecided(self.poll).exists())

    def test_a_get_decides_nothing_and_an_unknown_group_is_not_found(self):
        self.client.get(at("hold", self.poll, self.group.number) + "?decision=release&reason=x")
        self.assertTrue(undecided(self.poll).exists())
        self.assertEqual(self.client.get(at("hold", self.poll, 99)).status_code, 404)
        self.assertEqual(self.client.post(at("holds", self.poll)).status_code, 405)

    def test_the_result_tells_everybody_what_was_excluded_and_whether_the_list_would_differ(self):
        exclude_all(self.poll)
        Poll.objects.filter(pk=self.poll.pk).update(results_from="counted")
        count_poll(poll=Poll.objects.get(pk=self.poll.pk))
        shown = self.client.get(english("result", self.poll))
        self.assertContains(shown, "held and excluded by decision")
        self.assertContains(shown, "the list of the chosen would be another.")
        self.assertContains(
            self.client.get(at("tally", self.poll)), "the list of the chosen would be another."
        )

    def test_the_voter_of_an_excluded_ballot_reads_why(self):
        code = format_code(receipt_code(self.receipts["script"][0].commitments))
        keep_poll(self.poll, timezone.now(), {})
        asked = self.client.post(english("find", self.poll), {"code": code})
        self.assertContains(asked, "Before the count all ballots are checked in the same way")
        exclude_all(self.poll)
        Poll.objects.filter(pk=self.poll.pk).update(results_from="counted")
        count_poll(poll=Poll.objects.get(pk=self.poll.pk))
        asked = self.client.post(english("find", self.poll), {"code": code})
        self.assertContains(
            asked, "it was held and, after examination, excluded: alike ballots: 同一台机器投出"
        )
