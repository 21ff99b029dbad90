"""The tally in the admin: nothing before the count, all of it after, ties as ties."""

import re

from django.contrib.auth import get_user_model
from django.test import TestCase
from django.urls import reverse
from django.utils import translation
from django.utils.html import strip_tags

from shortlist.models import Shortlist
from tests.factories import cast, make_list, make_open_poll, temporary_keys
from tests.tallies import count, settle
from voting.exports.table import result_table, share_of
from voting.models import Poll, Tally

ACTS = ("key", "announce", "open", "pause", "resume", "close", "count")
# Votes that no code, limit or place of these pages happens to be; dates and times are told apart.
CAST, VOTES = 37, 31
TELLING = re.compile(r"(?<![0-9:.-])31(?![0-9:.-])|83\.78%")


def addresses(poll):
    """Return every address of the desk that says anything of a poll."""
    with translation.override("en"):
        names = ["change", "history", "delete", "tally"]
        own = [reverse(f"admin:voting_poll_{name}", args=[poll.pk]) for name in names]
        own += [reverse("admin:voting_poll_act", args=[poll.pk, act]) for act in ACTS]
        own += [reverse("admin:voting_poll_export", args=[poll.pk, kind]) for kind in ("csv", "xlsx", "json")]
        own += [reverse("admin:voting_poll_changelist"), reverse("admin:index")]
        return [*own, reverse("admin:app_list", args=["voting"])]


def public_addresses(poll):
    """Return the addresses of the result that everybody knows."""
    kinds = ("csv", "xlsx", "json")
    return [reverse("voting:result_export", args=[poll.slug, kind]) for kind in kinds]


@temporary_keys
class NothingLeaksEarlyTests(TestCase):
    """31 of 37 ballots name 101: before the count no page of the desk may say 31."""

    @classmethod
    def setUpTestData(cls):
        cls.staff = get_user_model().objects.create_superuser("clerk", password="a long password")

    def setUp(self):
        self.client.force_login(self.staff)

    def make(self, **rules):
        shortlist = make_list()
        Shortlist.objects.filter(pk=shortlist.pk).update(title="A list")
        return make_open_poll(shortlist=shortlist, **rules)

    def cast_all(self, poll):
        for at in range(CAST):
            cast(poll, codes=["101", "201"] if at < VOTES else ["102"])

    def leaks(self, poll):
        """Return the addresses whose answer says how many votes 101 has."""
        found = []
        for address in [*addresses(poll), *public_addresses(poll)]:
            response = self.client.get(address)
            body = b"".join(response) if response.streaming else response.content
            words = re.sub(r"[0-9a-f]{20,}", "", strip_tags(body.decode("utf-8", "replace")))
            is_workbook = address.endswith(".xlsx") and response.status_code == 200
            if is_workbook or TELLING.search(words):
                found.append(address)
        return found

    def walk(self, poll):
        """Go through the phases and return where each of them leaks."""
        self.cast_all(poll)
        found = {"open": self.leaks(poll)}
        poll = settle(poll)
        found["closed"] = self.leaks(poll)
        count(poll)
        found["counted"] = self.leaks(poll)
        return found

    def test_no_page_and_no_file_tells_a_count_before_the_poll_is_counted(self):
        for sealed in (True, False):
            with self.subTest(sealed=sealed):
                found = self.walk(self.make(sealed=sealed))
                self.assertEqual((found["open"], found["closed"]), ([], []))
                # The control: the same search finds the page and all six files once it may.
                self.assertEqual(len(found["counted"]), 7)

    def test_a_result_that_waits_for_its_certificate_stays_hidden_from_staff_too(self):
        found = self.walk(self.make(results_from=Poll.ResultsFrom.CERTIFIED))
        self.assertEqual(found, {"open": [], "closed": [], "counted": []})

    def test_ballots_and_what_belongs_to_them_have_no_pages(self):
        from django.contrib import admin

        names = {
            model._meta.model_name for model in admin.site._registry if model._meta.app_label == "voting"
        }
        self.assertLessEqual(names, {"poll", "event", "holiday"})


@temporary_keys
class TallyPageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = get_user_model().objects.create_superuser("clerk", password="a long password")

    def setUp(self):
        self.client.force_login(self.staff)

    def page(self, poll):
        with translation.override("en"):
            return self.client.get(reverse("admin:voting_poll_tally", args=[poll.pk]))

    def test_a_tie_at_the_cut_is_shown_as_a_tie_worked_out_by_hand(self):
        # Two places. 101 has 3 votes; 102 and 103 have 2 each and share the one place left;
        # 104 has 1; nobody picked 105. Five ballots count, one of them without a pick here.
        poll = make_open_poll(shortlist=make_list(candidates=(5,)), tie_rule="decision")
        for codes in (["101", "102", "103"], ["101", "102"], ["101", "103"], ["104"], []):
            cast(poll, codes=codes)
        poll = count(settle(poll))
        response = self.page(poll)
        section = response.context["table"].sections[0]
        self.assertEqual(
            [(row.code, row.votes, row.percent, row.rank, row.shared, row.standing) for row in section.rows],
            [
                ("101", 3, "60.00%", 1, False, "in"),
                ("102", 2, "40.00%", 2, True, "tied"),
                ("103", 2, "40.00%", 2, True, "tied"),
                ("104", 1, "20.00%", 4, False, "out"),
                ("105", 0, "0.00%", 5, False, "out"),
            ],
        )
        self.assertEqual((section.blank, section.ballots, section.cut.code), (1, 5, "103"))
        self.assertContains(response, "A tie at the cut: 2 candidates have 2 votes each")
        self.assertContains(response, "tied at the cut, the organiser decides", count=3)
        self.assertContains(response, 'class="desk-bar-votes" width="6000"')

    def test_the_tie_rule_settles_what_it_can(self):
        chosen = {"all_in": [True, True, True, False], "all_out": [True, False, False, False]}
        for rule, expected in chosen.items():
            with self.subTest(rule):
                poll = make_open_poll(shortlist=make_list(candidates=(4,)), tie_rule=rule)
                for codes in (["101", "102", "103"], ["101"]):
                    cast(poll, codes=codes)
                table = result_table(count(settle(poll)), public=False)
                self.assertEqual([row.chosen for row in table.sections[0].rows], expected)

    def test_the_page_names_both_codes_and_the_channels(self):
        poll = make_open_poll()
        cast(poll)
        poll = count(settle(poll))
        response = self.page(poll)
        self.assertContains(response, poll.manifest_sha256)
        self.assertContains(response, poll.tally.sha256)
        self.assertContains(response, "Of these: online")

    def test_a_poll_without_ballots_has_a_tally_without_shares(self):
        response = self.page(count(settle(make_open_poll())))
        self.assertEqual(response.context["table"].sections[0].rows[0].percent, "")
        self.assertEqual(response.status_code, 200)

    def test_a_tally_that_was_changed_afterwards_is_not_shown(self):
        poll = make_open_poll()
        cast(poll)
        poll = count(settle(poll))
        self.assertEqual(self.page(poll).status_code, 200)
        changed = bytes(poll.tally.data).replace(b'"votes":1', b'"votes":9')
        Tally.objects.filter(poll=poll).update(data=changed)
        response = self.page(poll)
        self.assertContains(response, "not the one that was counted", status_code=404)

    def test_a_stranger_is_sent_to_the_sign_in_and_a_post_is_refused(self):
        poll = count(settle(make_open_poll()))
        with translation.override("en"):
            address = reverse("admin:voting_poll_tally", args=[poll.pk])
        self.assertEqual(self.client.post(address).status_code, 405)
        self.client.logout()
        self.assertIn("/login/", self.client.get(address)["Location"])

    def test_staff_without_a_right_to_see_polls_are_refused(self):
        poll = count(settle(make_open_poll()))
        self.client.force_login(get_user_model().objects.create_user("guest", is_staff=True))
        self.assertEqual(self.page(poll).status_code, 403)


class ShareTests(TestCase):
    def test_shares_are_rounded_half_up_by_whole_numbers(self):
        cases = {(1, 3): 3333, (2, 3): 6667, (1, 800): 13, (1, 8): 1250, (5, 5): 10000, (0, 5): 0}
        self.assertEqual({case: share_of(*case) for case in cases}, cases)

    def test_without_ballots_there_is_no_share(self):
        self.assertIsNone(share_of(0, 0))
