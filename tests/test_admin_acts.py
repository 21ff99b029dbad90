"""Staff move a poll from draft to count on the admin's pages, each act confirmed by a post."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from shortlist.models import Candidate
from tests.factories import cast, make_keys_for, make_list, make_open_poll, make_poll, temporary_keys
from tests.tallies import settle
from voting.admin import acts
from voting.holders import holder_fault, lend_to_server, make_part, public_half
from voting.keeper import has_entry
from voting.keyfile import keep_on_this_machine, part_file
from voting.keyring import has_election_key, load_keyring
from voting.lifecycle import announce_poll, close_poll, pause_poll
from voting.models import Entry, Poll, Tally
from voting.parts import read_part

State = Poll.State


def page(poll, act=None):
    """Return the address of a poll's page, or of one of its acts, in English."""
    with translation.override("en"):
        if act is None:
            return reverse("admin:voting_poll_change", args=[poll.pk])
        return reverse("admin:voting_poll_act", args=[poll.pk, act])


def key_upload(content):
    """Return a file as a browser would send it."""
    return SimpleUploadedFile("key.txt", content)


def key_of(poll):
    """Return the upload of the poll's first holder."""
    return key_upload(part_file(poll, "Holder 1", poll.parts[0]))


def closed_poll(**fields):
    """Make a poll that was closed and whose ledger says so."""
    poll = make_open_poll(**fields)
    for codes in (["101", "201"], ["101"], []):
        cast(poll, codes=codes)
    return settle(poll)


class StaffCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = get_user_model().objects.create_superuser("clerk", password="a long password")

    def setUp(self):
        self.client.force_login(self.staff)


@temporary_keys
class ActTests(StaffCase):
    def assert_state(self, poll, state):
        poll.refresh_from_db()
        self.assertEqual(poll.state, state)

    def post(self, poll, act, **data):
        return self.client.post(page(poll, act), data, follow=True)

    def test_announcing_shows_the_draft_and_is_logged(self):
        poll = make_poll()
        response = self.post(poll, "announce")
        self.assert_state(poll, State.ANNOUNCED)
        self.assertContains(response, "The poll was announced.")
        entry = LogEntry.objects.get()
        self.assertEqual((entry.user, entry.object_id), (self.staff, str(poll.pk)))
        self.assertEqual(entry.get_change_message(), "The poll was announced.")

    def test_the_key_file_is_downloaded_once_and_only_its_public_half_is_kept(self):
        poll = make_poll()
        with override_settings(HOLDER_DIR=None):
            response = self.post(poll, "key", name="Ms Li")
        self.assertIn(f'attachment; filename="key-{poll.slug}', response["Content-Disposition"])
        self.assertIn("no-store", response["Cache-Control"])
        text = response.content.decode("utf-8-sig")
        self.assertIn("lock them away", text)
        self.assertIn("Ms Li", text)
        part = read_part(response.content)
        self.assertEqual(poll.key_holders.get().public, public_half(part))
        kept = "".join(path.read_text() for path in settings.KEY_DIR.rglob("*.*") if poll.uid in str(path))
        self.assertNotIn(part.hex(), kept)
        self.assertFalse(settings.HOLDER_DIR.exists() and list(settings.HOLDER_DIR.glob(f"{poll.uid}*")))

    def test_a_key_needs_the_name_of_its_holder(self):
        poll = make_poll()
        self.assertTrue(self.post(poll, "key").context["form"].has_error("name", "required"))
        self.assertFalse(poll.key_holders.exists())

    def test_a_key_more_than_the_poll_has_holders_is_refused(self):
        poll = make_poll()
        self.post(poll, "key", name="Ms Li")
        self.assertContains(self.post(poll, "key", name="Mr Wu"), "cannot be replaced")

    def test_three_holders_make_a_part_each_and_any_two_open_the_test_envelope(self):
        poll = make_poll(holders=3)
        files = [self.post(poll, "key", name=name).content for name in ("Ms Li", "Mr Wu", "Ms An")]
        for path in settings.HOLDER_DIR.glob(f"{poll.uid}*"):
            path.unlink()
        self.assertContains(self.client.get(page(poll)), "open the test envelope")
        for pair in ((0, 1), (1, 2)):
            self.assertTrue(holder_fault(poll))
            self.post(poll, "test", **{f"file_{at}": key_upload(files[n]) for at, n in enumerate(pair, 1)})
        self.assertEqual(holder_fault(poll), "")

    def test_a_part_can_be_typed_from_paper(self):
        poll = make_poll()
        part = make_part(poll=poll, name="Ms Li")
        lines = "\n".join(part_file(poll, "Ms Li", part).decode().splitlines()[-5:]).lower()
        self.post(poll, "test", text_1=lines)
        self.assertEqual(holder_fault(poll), "")

    def test_the_demo_finds_the_key_file_again(self):
        poll = make_poll()
        response = self.post(poll, "key", name="Ms Li")
        path = settings.HOLDER_DIR / f"{poll.uid}-1.txt"
        self.assertEqual(path.read_bytes().strip(), response.content.strip())
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.post(poll, "test")
        self.assertEqual(holder_fault(poll), "")

    def test_the_key_of_an_unsealed_poll_is_lent_and_nothing_is_downloaded(self):
        poll = make_poll(sealed=False)
        response = self.post(poll, "key")
        self.assertTrue(response.redirect_chain)
        self.assertTrue((settings.KEY_DIR / poll.uid / "election.key").exists())
        self.assertFalse(poll.key_holders.exists())

    def test_no_key_is_made_after_the_opening(self):
        poll = make_open_poll()
        (settings.KEY_DIR / poll.uid / "election.pub").unlink()
        self.post(poll, "key", name="Ms Li")
        self.assertFalse(has_election_key(poll.uid))

    def test_opening_freezes_what_the_page_showed(self):
        poll = make_poll()
        make_keys_for(poll)
        shown = self.client.get(page(poll, "open"))
        self.assertContains(shown, "Category 1")
        self.post(poll, "open", seen=shown.context["form"].initial["seen"])
        self.assert_state(poll, State.OPEN)
        self.assertTrue(poll.frozen)

    def test_opening_is_refused_when_the_list_changed_since_the_page_was_shown(self):
        poll = make_poll()
        make_keys_for(poll)
        seen = self.client.get(page(poll, "open")).context["form"].initial["seen"]
        Candidate.objects.filter(category__shortlist=poll.shortlist, code="101").update(body="Other words.")
        response = self.post(poll, "open", seen=seen)
        self.assert_state(poll, State.DRAFT)
        self.assertContains(response, "changed while you were reading")
        again = response.context["form"]["seen"].value()
        self.assertNotEqual(again, seen)
        self.post(poll, "open", seen=again)
        self.assert_state(poll, State.OPEN)

    def test_opening_names_every_fault_and_offers_no_button(self):
        poll = make_poll(shortlist=make_list(candidates=(0, 2), min_choices=3))
        response = self.client.get(page(poll, "open"))
        self.assertContains(response, "“Category 1” has no candidates")
        self.assertContains(response, "“Category 2” asks for more choices")
        self.assertContains(response, "1 key holders have not made their part yet")
        self.assertIsNone(response.context["form"])
        self.post(poll, "open")
        self.assert_state(poll, State.DRAFT)

    def test_a_short_list_opens_only_with_an_express_tick(self):
        poll = make_poll(shortlist=make_list(declared_count=16))
        make_keys_for(poll)
        shown = self.client.get(page(poll, "open"))
        self.assertContains(shown, "Everyone will see that the list was opened like this.")
        self.assertContains(shown, "the source declares 16, 5 are listed")
        seen = shown.context["form"].initial["seen"]
        response = self.post(poll, "open", seen=seen)
        self.assertTrue(response.context["form"].has_error("accept_short_list", "required"))
        self.assert_state(poll, State.DRAFT)
        self.post(poll, "open", seen=seen, accept_short_list="on")
        self.assert_state(poll, State.OPEN)
        self.assertTrue(poll.accepts_short_list)

    def test_a_pause_needs_a_reason_which_the_ledger_keeps(self):
        poll = make_open_poll()
        response = self.post(poll, "pause", reason=" ")
        self.assertTrue(response.context["form"].has_error("reason", "required"))
        self.assert_state(poll, State.OPEN)
        self.post(poll, "pause", reason="Power cut")
        self.assert_state(poll, State.PAUSED)
        self.assertIn(b"Power cut", bytes(Entry.objects.get(poll=poll, type="pause").leaf))

    def test_a_paused_poll_resumes(self):
        poll = pause_poll(poll=make_open_poll(), reason="Power cut")
        self.post(poll, "resume")
        self.assert_state(poll, State.OPEN)

    def test_closing_early_warns_that_it_cannot_be_undone(self):
        poll = make_open_poll()
        self.assertContains(self.client.get(page(poll, "close")), "This cannot be undone")
        self.assert_state(poll, State.OPEN)
        self.post(poll, "close")
        self.assert_state(poll, State.CLOSED)

    def test_counting_with_the_uploaded_key_file(self):
        poll = closed_poll()
        response = self.post(poll, "count", file_1=key_of(poll))
        self.assert_state(poll, State.COUNTED)
        self.assertContains(response, "Tally and files")

    def test_a_key_file_saved_as_utf_16_still_counts(self):
        poll = closed_poll()
        text = key_of(poll).read().decode("utf-8-sig")
        self.post(poll, "count", file_1=key_upload(text.encode("utf-16")))
        self.assert_state(poll, State.COUNTED)

    def test_counting_with_the_demos_own_key_file_asks_for_none(self):
        poll = closed_poll()
        keep_on_this_machine(poll, 1, key_of(poll).read())
        self.assertContains(self.client.get(page(poll, "count")), "The key was found on this machine.")
        self.post(poll, "count")
        self.assert_state(poll, State.COUNTED)

    def test_counting_an_unsealed_poll_asks_for_no_key(self):
        poll = closed_poll(sealed=False)
        self.assertContains(self.client.get(page(poll, "count")), "The key was found on this machine.")
        self.post(poll, "count")
        self.assert_state(poll, State.COUNTED)

    def test_a_wrong_key_file_is_refused_with_a_sentence(self):
        poll = closed_poll()
        response = self.client.post(page(poll, "count"), {"file_1": key_of(make_open_poll())})
        self.assertContains(response, "belongs to none of this poll&#x27;s key holders (Holder 1)")
        response = self.client.post(page(poll, "count"), {"file_1": key_upload(b"hello")})
        self.assertTrue(response.context["form"].has_error("file_1"))
        response = self.client.post(page(poll, "count"))
        self.assertContains(response, "No key part was given.")
        self.assert_state(poll, State.CLOSED)

    def test_a_slip_in_a_typed_part_names_its_line(self):
        poll = closed_poll()
        lines = key_of(poll).read().decode().splitlines()[-4:]
        lines[2] = lines[2][:-1] + ("0" if lines[2][-1] != "0" else "1")
        response = self.client.post(page(poll, "count"), {"text_1": "\n".join(lines)})
        self.assertContains(response, "Line 3 of the key part")

    def test_two_of_three_holders_count_and_one_does_not(self):
        poll = closed_poll(holders=3)
        files = [part_file(poll, "x", part) for part in poll.parts]
        response = self.post(poll, "count", file_1=key_upload(files[0]))
        self.assertContains(response, "One more part is needed, from one of: Holder 2、Holder 3.")
        response = self.post(poll, "count", file_1=key_upload(files[0]), file_2=key_upload(files[0]))
        self.assertContains(response, "was given twice")
        self.assert_state(poll, State.CLOSED)
        self.post(poll, "count", file_1=key_upload(files[2]), file_2=key_upload(files[0]))
        self.assert_state(poll, State.COUNTED)

    def test_counting_waits_for_the_last_ballots_to_be_entered(self):
        poll = make_open_poll()
        close_poll(poll=poll)
        self.assertFalse(has_entry(poll, "close"))
        response = self.post(poll, "count", file_1=key_of(poll))
        self.assertContains(response, "still being entered")
        self.assert_state(poll, State.CLOSED)

    def test_too_many_ballots_for_a_web_page_show_the_command(self):
        poll = closed_poll()
        self.assertNotContains(self.client.get(page(poll, "count")), "manage.py tally")
        acts.MOST_IN_A_REQUEST, before = 2, acts.MOST_IN_A_REQUEST
        self.addCleanup(setattr, acts, "MOST_IN_A_REQUEST", before)
        command = f"python3 manage.py tally --poll {poll.slug}"
        self.assertContains(self.client.get(page(poll, "count")), command)
        self.assertContains(self.client.post(page(poll, "count"), {"file_1": key_of(poll)}), command)
        self.assert_state(poll, State.CLOSED)

    def test_an_act_whose_time_ran_out_meanwhile_is_refused_with_a_sentence(self):
        poll = make_open_poll()
        self.assertIsNotNone(self.client.get(page(poll, "pause")).context["form"])
        Poll.objects.filter(pk=poll.pk).update(closes_at=timezone.now())
        self.assertContains(
            self.post(poll, "pause", reason="Power cut"), "not possible in the state “closed”"
        )
        self.assert_state(poll, State.OPEN)

    def test_what_lifecycle_refuses_is_shown_and_keeps_what_was_typed(self):
        poll = make_open_poll()

        def lose_the_race(poll, form):
            pause_poll(poll=poll, reason="A colleague was faster")
            pause_poll(poll=poll, reason=form.cleaned_data["reason"])

        late = replace(acts.ACTS["pause"], perform=lose_the_race)
        with patch.dict(acts.ACTS, pause=late):
            response = self.post(poll, "pause", reason="Power cut")
        self.assertContains(response, "Reload the page to see where the poll stands")
        self.assertContains(response, "Power cut")

    def test_nothing_is_logged_where_nothing_was_done(self):
        poll = make_poll()
        self.post(poll, "pause", reason="Power cut")
        self.assertFalse(LogEntry.objects.exists())


@temporary_keys
class LadderTests(StaffCase):
    """The same ladder for each act: looking, no permission, wrong state, no token."""

    def polls(self):
        """Return for each act a poll on which it is due, with what it asks for."""
        ready = make_poll()
        make_keys_for(ready)
        seen = acts.OpenForm(poll=ready).initial["seen"]
        closed = closed_poll()
        tested = make_poll()
        part = part_file(tested, "Ms Li", make_part(poll=tested, name="Ms Li"))
        return {
            "key": (make_poll(), {"name": "Ms Li"}),
            "test": (tested, {"file_1": key_upload(part)}),
            "announce": (make_poll(), {}),
            "open": (ready, {"seen": seen}),
            "pause": (make_open_poll(), {"reason": "Power cut"}),
            "resume": (pause_poll(poll=make_open_poll(), reason="Power cut"), {}),
            "close": (make_open_poll(), {}),
            "count": (closed, {"file_1": key_of(closed)}),
        }

    def trace(self, poll):
        """Return what an act would change."""
        poll.refresh_from_db()
        counted = Tally.objects.filter(poll=poll).exists()
        return poll.state, has_election_key(poll.uid), holder_fault(poll), counted

    def test_every_act_has_a_rung(self):
        self.assertEqual(set(self.polls()), set(acts.ACTS))

    def test_looking_changes_nothing(self):
        for name, (poll, _data) in self.polls().items():
            with self.subTest(name):
                before = self.trace(poll)
                response = self.client.get(page(poll, name))
                self.assertEqual(response.status_code, 200)
                self.assertIsNotNone(response.context["form"])
                self.assertEqual(self.trace(poll), before)

    def test_a_post_does_it_which_shows_that_the_other_rungs_can_fail(self):
        for name, (poll, data) in self.polls().items():
            with self.subTest(name):
                before = self.trace(poll)
                self.client.post(page(poll, name), data)
                self.assertNotEqual(self.trace(poll), before)

    def test_without_the_permission_nothing_happens(self):
        user = get_user_model().objects.create_user("reader", password="a long password", is_staff=True)
        user.user_permissions.add(Permission.objects.get(codename="view_poll"))
        self.client.force_login(user)
        for name, (poll, data) in self.polls().items():
            with self.subTest(name):
                before = self.trace(poll)
                self.assertEqual(self.client.get(page(poll, name)).status_code, 403)
                self.assertEqual(self.client.post(page(poll, name), data).status_code, 403)
                self.assertEqual(self.trace(poll), before)
                self.assertNotIn(page(poll, name), self.client.get(page(poll)).content.decode())

    def test_a_stranger_is_sent_to_the_sign_in(self):
        self.client.logout()
        for name, (poll, data) in self.polls().items():
            with self.subTest(name):
                before = self.trace(poll)
                self.assertIn("/login/", self.client.post(page(poll, name), data)["Location"])
                self.assertEqual(self.trace(poll), before)

    def test_without_a_token_nothing_happens(self):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.staff)
        for name, (poll, data) in self.polls().items():
            with self.subTest(name):
                before = self.trace(poll)
                self.assertEqual(strict.post(page(poll, name), data).status_code, 403)
                self.assertEqual(self.trace(poll), before)

    def test_in_the_wrong_state_nothing_happens_and_a_sentence_says_so(self):
        wrong = {"key": make_open_poll, "announce": make_open_poll, "open": make_open_poll}
        for name, (_poll, data) in self.polls().items():
            poll = wrong.get(name, make_poll)()
            with self.subTest(name):
                before = self.trace(poll)
                response = self.client.post(page(poll, name), data)
                self.assertTrue(response.context["objections"])
                self.assertEqual(self.trace(poll), before)

    def test_an_act_that_does_not_exist_is_not_found(self):
        self.assertEqual(self.client.post(page(make_poll(), "certify")).status_code, 404)

    def test_other_methods_are_refused(self):
        self.assertEqual(self.client.delete(page(make_poll(), "announce")).status_code, 405)


@temporary_keys
class PollPageTests(StaffCase):
    RULES = {
        "title": "Other title",
        "slug": "other",
        "opens_at_0": "2026-01-01",
        "opens_at_1": "09:00",
        "closes_at_0": "2026-02-01",
        "closes_at_1": "09:00",
        "zone": "Asia/Shanghai",
        "eligibility": "device",
        "publish": "all",
        "reveals": "auditors",
        "holders": "1",
        "results_from": "counted",
        "tie_rule": "all_out",
        "batch_minimum": "20",
        "merge_delay": "3600",
    }

    def save(self, poll, **data):
        return self.client.post(page(poll), {**self.RULES, "shortlist": poll.shortlist_id, **data})

    def test_rules_can_be_changed_until_the_opening(self):
        for poll in (make_poll(), announce_poll(poll=make_poll())):
            with self.subTest(poll.state):
                self.assertEqual(self.save(poll, slug=f"other-{poll.pk}").status_code, 302)
                poll.refresh_from_db()
                self.assertEqual((poll.title, poll.tie_rule), ("Other title", "all_out"))

    def test_no_rule_can_be_changed_from_the_opening_on(self):
        for poll in (make_open_poll(), pause_poll(poll=make_open_poll(), reason="x"), closed_poll()):
            with self.subTest(poll.state):
                before = Poll.objects.filter(pk=poll.pk).values().get()
                self.save(poll)
                self.assertEqual(Poll.objects.filter(pk=poll.pk).values().get(), before)
                self.assertNotContains(self.client.get(page(poll)), 'name="_save"')

    def test_the_seal_is_fixed_once_the_key_is_made(self):
        poll = make_poll(sealed=False)
        lend_to_server(poll=poll)
        self.save(poll, sealed="on")
        poll.refresh_from_db()
        self.assertEqual((poll.title, poll.sealed), ("Other title", False))

    def test_only_drafts_can_be_deleted(self):
        draft, announced, opened = make_poll(), announce_poll(poll=make_poll()), make_open_poll()
        for poll in (draft, announced, opened):
            with translation.override("en"):
                self.client.post(reverse("admin:voting_poll_delete", args=[poll.pk]), {"post": "yes"})
        self.assertEqual(set(Poll.objects.all()), {announced, opened})

    def test_a_closing_before_the_opening_is_refused_by_the_form(self):
        response = self.save(make_poll(), closes_at_0="2025-01-01")
        self.assertTrue(response.context["adminform"].form.has_error("closes_at"))

    def test_a_result_that_waits_for_a_certificate_is_not_offered(self):
        response = self.save(make_poll(), results_from="certified")
        self.assertTrue(response.context["adminform"].form.has_error("results_from", "invalid_choice"))

    def test_the_page_says_what_comes_next(self):
        waiting = make_open_poll(opens_at=timezone.now() + timedelta(hours=1))
        sentences = {
            make_poll(): "then make the key holder",
            announce_poll(poll=make_poll()): "Citizens can read the list.",
            waiting: "Voting begins by itself on",
            make_open_poll(): "Voting is under way.",
            pause_poll(poll=make_open_poll(), reason="x"): "No ballots are taken.",
            closed_poll(): "then open and count",
        }
        for poll, sentence in sentences.items():
            with self.subTest(sentence):
                self.assertContains(self.client.get(page(poll)), sentence)

    def test_received_ballots_are_shown_while_the_vote_goes_on(self):
        poll = make_open_poll()
        for _voter in range(3):
            cast(poll)
        self.assertEqual(self.client.get(page(poll)).context["received"], 3)

    def test_the_list_of_polls_costs_the_same_for_one_and_for_many(self):
        with translation.override("en"):
            page_of_all = reverse("admin:voting_poll_changelist")

        def queries():
            self.client.get(page_of_all)
            with CaptureQueriesContext(connection) as context:
                self.assertEqual(self.client.get(page_of_all).status_code, 200)
            return len(context)

        make_open_poll()
        before = queries()
        for _more in range(10):
            make_open_poll()
        self.assertEqual(queries(), before)

    def test_keys_are_what_the_manifest_names_after_opening_on_the_page(self):
        poll = make_poll()
        self.client.post(page(poll, "key"), {"name": "Ms Li"})
        self.client.post(page(poll, "test"))
        self.client.post(page(poll, "open"), {"seen": acts.OpenForm(poll=poll).initial["seen"]})
        poll.refresh_from_db()
        self.assertIsNone(load_keyring(poll.uid).election_secret)
