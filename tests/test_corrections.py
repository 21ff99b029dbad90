"""What changes after the opening changes in the open: old and new side by side, and what was cast stands."""

import tempfile
from datetime import timedelta
from pathlib import Path

from django.db import DatabaseError, transaction
from django.test import TestCase
from django.utils import timezone
from django.utils.translation import override

from shortlist.models import Candidate
from tests.approvers import do
from tests.desk import StaffCase, page
from tests.factories import cast, make_list, make_open_poll, make_post, temporary_keys
from tests.pages import address, english
from tests.tallies import count, settle
from voting.bundle import Folder, write_bundle
from voting.casting import CastRefused, cast_ballot
from voting.corrections import changes_of
from voting.keeper import keep_poll
from voting.ledger.canonical import parse_canonical
from voting.ledger.verify import verify
from voting.ledger.verify.source import open_bundle
from voting.manifest import plan_of
from voting.models import Correction, Entry, Manifest, Poll, Tally
from voting.refusals import ActRefused


def edit(poll, code, /, **fields):
    """Change a candidate in the list's tables."""
    Candidate.objects.filter(category__shortlist=poll.shortlist, code=code).update(**fields)


def correct(poll, *, withdrawn=(), reason="A misprint"):
    """Publish what the tables differ by."""
    content = {"changes": changes_of(poll, plan_of(poll)), "withdrawn": list(withdrawn)}
    return do(poll, "correct", content, reason)


@temporary_keys
class CorrectionTest(TestCase):
    def setUp(self):
        self.enterContext(override("en"))

    def test_an_edit_alone_changes_nothing_that_citizens_read(self):
        poll = make_open_poll()
        edit(poll, "101", body="Other words.")
        self.assertNotContains(self.client.get(address("candidate", poll, "101")), "Other words.")

    def test_a_correction_shows_old_and_new_side_by_side_with_its_reason(self):
        poll = make_open_poll()
        self.client.get(english("candidate", poll, "101"))  # a stored copy of the page as it was
        edit(poll, "101", body="Other words.")
        poll = correct(poll)
        shown = self.client.get(english("candidate", poll, "101"))
        for words in ("Other words.", "Text.", "A misprint", "Correction no. 1"):
            self.assertContains(shown, words)
        self.assertContains(self.client.get(english("list", poll)), "A misprint")
        self.assertContains(self.client.get(english("ballot", poll)), "corrected")

    def test_the_manifest_stays_and_the_ledger_has_the_correction(self):
        poll = make_open_poll()
        before = bytes(Manifest.objects.get(poll=poll).data)
        edit(poll, "101", title="Other title。")
        poll = correct(poll)
        self.assertEqual(bytes(Manifest.objects.get(poll=poll).data), before)
        leaf = parse_canonical(Entry.objects.get(poll=poll, type="correction").leaf)
        (document,) = leaf["documents"]
        self.assertEqual(document["sha256"], Correction.objects.get(poll=poll).sha256)
        self.assertEqual(plan_of(poll).candidates[0].title, "Other title。")

    def test_codes_and_categories_never_change(self):
        poll = make_open_poll()
        edit(poll, "101", code="109")
        with self.assertRaisesMessage(ActRefused, "never change"):
            correct(poll)

    def test_a_withdrawn_candidate_is_refused_by_name_and_old_ballots_stand(self):
        poll = make_open_poll()
        cast(poll, codes=["101", "201"])
        parts = poll.parts
        late = make_post(poll, codes=["101"])
        poll = correct(poll, withdrawn=["101"], reason="Entered twice")
        with self.assertRaisesMessage(CastRefused, "101"):
            cast_ballot(**{**late, "poll": poll, "plan": plan_of(poll)})
        cast(poll, codes=["102"])
        self.assertContains(self.client.get(english("ballot", poll)), "withdrawn")
        poll.parts = parts
        poll = count(settle(poll))
        rows = parse_canonical(Tally.objects.get(poll=poll).data)["categories"][0]["rows"]
        self.assertEqual(
            [(row["code"], row["votes"], row["rank"], row["standing"]) for row in rows][:1],
            [("102", 1, 1, "in")],
        )
        self.assertEqual(rows[-1], {"code": "101", "votes": 1, "rank": 0, "standing": "withdrawn"})
        self.assertContains(self.client.get(english("result", poll)), "withdrawn")

    def test_a_ballot_that_is_sent_again_after_a_withdrawal_gets_its_receipt(self):
        poll = make_open_poll()
        post = make_post(poll, codes=["101"])
        first = cast_ballot(**post)
        poll = correct(poll, withdrawn=["101"])
        again = cast_ballot(**{**post, "poll": poll, "plan": plan_of(poll)})
        self.assertEqual(again.pledge, first.pledge)

    def test_the_page_keeps_the_other_picks_and_names_the_withdrawn(self):
        poll = correct(make_open_poll(), withdrawn=["101"])
        response = self.client.post(english("review", poll), {"picks-1": ["101", "102"], "picks-2": ["201"]})
        self.assertContains(response, "was withdrawn", status_code=422)
        for code in ("102", "201"):
            self.assertContains(response, f'value="{code}" checked', status_code=422)

    def test_too_many_withdrawals_are_no_ballot_any_more(self):
        poll = make_open_poll(shortlist=make_list(candidates=(2, 2), min_choices=1))
        with self.assertRaisesMessage(ActRefused, "too few candidates"):
            correct(poll, withdrawn=["101", "102"])

    def test_a_second_proposal_on_an_older_text_is_refused(self):
        poll = make_open_poll()
        edit(poll, "101", body="First.")
        stale = {"changes": changes_of(poll, plan_of(poll)), "withdrawn": []}
        edit(poll, "101", body="Second.")
        poll = correct(poll)
        with self.assertRaisesMessage(ActRefused, "came first"):
            do(poll, "correct", stale, "x")

    def test_nobody_changes_a_correction_in_the_table(self):
        poll = correct(make_open_poll(), withdrawn=["101"])
        with self.assertRaises(DatabaseError), transaction.atomic():
            Correction.objects.filter(poll=poll).update(number=7)

    def test_the_verifier_follows_withdrawal_extension_and_early_close(self):
        poll = make_open_poll()
        parts = poll.parts
        cast(poll, codes=["101"])
        keep_poll(Poll.objects.get(pk=poll.pk), timezone.now() + timedelta(minutes=1), {})
        poll = correct(poll, withdrawn=["101"])
        poll = do(poll, "extend", {"closes_at": (poll.closes_at + timedelta(days=2)).isoformat()}, "A storm")
        cast(poll, codes=["102"])
        poll.parts = parts
        poll = count(settle(poll))
        keep_poll(poll, timezone.now(), {})
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()), "bundle")
        for _count in write_bundle(poll, plan_of(poll), Folder(folder), "auditor"):
            pass
        with open_bundle(folder) as bundle:
            report = verify(bundle)
        self.assertEqual([line.en for line in report.lines if line.state == "failed"], [])
        self.assertIn("corrections", [line.check for line in report.lines])


@temporary_keys
class CorrectionAtTheDesk(StaffCase):
    def test_the_page_shows_what_differs_and_publishes_it(self):
        poll = make_open_poll()
        edit(poll, "101", body="Other words.")
        shown = self.client.get(page(poll, "correct"))
        self.assertContains(shown, "1 candidates read differently")
        self.assertContains(shown, "Other words.")
        seen = shown.context["form"].initial["seen"]
        response = self.post(poll, "correct", seen=seen, reason="A misprint")
        self.assertContains(response, "The correction was published.")
        self.assertEqual(Correction.objects.filter(poll=poll).count(), 1)

    def test_what_changed_while_one_was_reading_is_shown_again(self):
        poll = make_open_poll()
        edit(poll, "101", body="Other words.")
        seen = self.client.get(page(poll, "correct")).context["form"].initial["seen"]
        edit(poll, "102", body="More.")
        response = self.post(poll, "correct", seen=seen, reason="A misprint")
        self.assertContains(response, "changed while you were reading")
        self.assertFalse(Correction.objects.exists())
