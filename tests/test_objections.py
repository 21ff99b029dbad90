"""Objections: written down at the desk, answered, and published when the organiser decides so."""

from datetime import timedelta
from unittest import mock

from django.conf import settings
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.desk import DeskCase, at
from tests.factories import make_open_poll, make_poll, temporary_keys
from tests.pages import address, english
from tests.papers import certified_poll
from voting.models import Event, Objection

SITE = {**settings.SITE, "telephone": "0351-123 4567", "complaints": "post@vote.example"}


def posted(**fields):
    """Return what the form of an objection sends."""
    today = timezone.localdate().isoformat()
    values = {"received_on": today, "way": "by letter", "about": "The count of 101", "answer": ""}
    return {**values, "answered_on": "", **fields}


def make_objection(poll, **fields):
    today = timezone.localdate()
    return Objection.objects.create(poll=poll, received_on=today, **{"about": "The count of 101", **fields})


@temporary_keys
class DeskTest(DeskCase):
    def setUp(self):
        super().setUp()
        self.poll = make_open_poll()

    def write(self, objection=None, **fields):
        name = at("objection", self.poll, objection.pk) if objection else at("objections", self.poll)
        return self.client.post(name, posted(**fields))

    def test_it_is_written_down_answered_and_published_step_by_step(self):
        self.assertRedirects(self.write(), at("objections", self.poll))
        objection = Objection.objects.get()
        self.assertEqual(
            (objection.poll, objection.way, objection.published), (self.poll, "by letter", False)
        )
        today = timezone.localdate()
        self.write(objection, answer="Counted again.", answered_on=today.isoformat(), published="on")
        objection.refresh_from_db()
        self.assertEqual((objection.answer, objection.answered_on), ("Counted again.", today))
        self.assertTrue(objection.published)
        self.assertContains(self.client.get(at("objections", self.poll)), "The count of 101")

    def test_the_trail_says_who_did_what_and_holds_no_word_of_it(self):
        self.write()
        self.write(Objection.objects.get(), published="on")
        events = Event.objects.filter(poll=self.poll, act__startswith="objection").order_by("number")
        self.assertEqual(
            [(event.who, event.act, event.detail["published"]) for event in events],
            [("clerk", "objection received", False), ("clerk", "objection changed", True)],
        )
        self.assertNotIn("The count", str([event.detail for event in events]))

    def test_wrong_input_gets_a_sentence_keeps_what_was_typed_and_writes_nothing(self):
        today = timezone.localdate()
        tomorrow = (today + timedelta(days=1)).isoformat()
        yesterday = (today - timedelta(days=1)).isoformat()
        wrong = {
            "Write the day on which it came": {"received_on": tomorrow},
            "Say when it was answered": {"answer": "Yes."},
            "Write the answer, or empty its day": {"answered_on": today.isoformat()},
            "before it was received": {"answer": "Yes.", "answered_on": yesterday},
            "the day on which it was answered": {"answer": "Yes.", "answered_on": tomorrow},
            "This field is required": {"about": ""},
        }
        for sentence, fields in wrong.items():
            with self.subTest(sentence):
                page = self.write(**fields)
                self.assertContains(page, sentence, status_code=422)
                self.assertContains(page, "by letter", status_code=422)
        self.assertFalse(Objection.objects.exists())
        self.assertFalse(Event.objects.filter(act__startswith="objection").exists())

    def test_none_can_be_removed(self):
        objection = make_objection(self.poll)
        address = at("objection", self.poll, objection.pk)
        self.assertEqual(self.client.delete(address).status_code, 405)
        self.assertTrue(Objection.objects.exists())

    def test_an_objection_of_another_poll_is_not_found_here(self):
        other = make_objection(make_open_poll())
        self.assertEqual(self.client.get(at("objection", self.poll, other.pk)).status_code, 404)
        self.assertEqual(self.client.post(at("objection", self.poll, other.pk), posted()).status_code, 404)

    def test_one_that_came_too_late_is_kept_and_marked(self):
        poll = certified_poll()
        until = poll.result.objections_until
        Objection.objects.create(poll=poll, received_on=until, about="In time")
        page = self.client.get(at("objections", poll))
        self.assertNotContains(page, "after the last day")
        Objection.objects.create(poll=poll, received_on=until + timedelta(days=1), about="Too late")
        self.assertContains(self.client.get(at("objections", poll)), "after the last day", 1)

    def test_only_who_answers_objections_gets_here(self):
        for login in (self.as_guest, self.as_reader):
            login()
            self.assertEqual(self.client.get(at("objections", self.poll)).status_code, 403)
            self.assertEqual(self.write().status_code, 403)
        self.client.logout()
        self.assertIn("/login/", self.write()["Location"])
        self.assertFalse(Objection.objects.exists())

    def test_without_a_token_nothing_is_written(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.staff)
        self.assertEqual(client.post(at("objections", self.poll), posted()).status_code, 403)

    def test_the_list_costs_as_many_queries_for_many_as_for_one(self):
        make_objection(self.poll)
        self.client.get(at("objections", self.poll))
        with CaptureQueriesContext(connection) as queries:
            self.client.get(at("objections", self.poll))
        for number in range(8):
            make_objection(self.poll, about=f"Number {number}")
        with self.assertNumQueries(len(queries)):
            self.client.get(at("objections", self.poll))


@temporary_keys
@override_settings(SITE=SITE)
class PublicPageTest(TestCase):
    def page(self, poll):
        return self.client.get(english("objections", poll))

    def test_before_the_result_it_says_for_how_many_days_and_whom_to_turn_to(self):
        page = self.page(make_open_poll(objection_days=7))
        self.assertContains(page, "7 working days after it is certified")
        self.assertContains(page, "0351-123 4567")
        self.assertContains(page, "post@vote.example")

    def test_once_certified_it_names_the_last_day(self):
        poll = certified_poll()
        until = poll.result.objections_until
        self.assertContains(self.page(poll), f"{until.day} {until:%B} {until.year}, that day included")
        chinese = self.client.get(address("objections", poll)).content.decode()
        self.assertIn(f"{until.year}年{until.month}月{until.day}日", chinese)

    def test_after_the_last_day_it_says_that_it_is_over_and_not_before(self):
        poll = certified_poll()
        last = timezone.now() + (poll.result.objections_until - timezone.localdate())
        for at_time, over in ((last, False), (last + timedelta(days=1), True)):
            with mock.patch("voting.views.notices.now", return_value=at_time):
                page = self.page(poll)
            self.assertEqual("The last day for objections was" in page.content.decode(), over)

    def test_only_what_the_organiser_published_is_read_with_its_answer(self):
        poll = certified_poll()
        make_objection(poll, about="A secret matter")
        answered = make_objection(
            poll, about="The count of 101", answer="Counted again.", answered_on=timezone.localdate()
        )
        self.assertContains(self.page(poll), "None is published so far.")
        Objection.objects.filter(pk=answered.pk).update(published=True)
        page = self.page(poll)
        self.assertContains(page, "The count of 101")
        self.assertContains(page, "Counted again.")
        self.assertNotContains(page, "A secret matter")
        Objection.objects.filter(pk=answered.pk).update(answer="", answered_on=None)
        self.assertContains(self.page(poll), "The answer will be published here.")
        Objection.objects.filter(pk=answered.pk).update(published=False)
        self.assertContains(self.page(poll), "None is published so far.")

    def test_what_was_typed_is_text_and_never_markup(self):
        poll = certified_poll()
        make_objection(poll, about="<script>alert(1)</script>", published=True)
        self.assertContains(self.page(poll), "&lt;script&gt;")

    def test_a_draft_has_none_and_nothing_is_posted(self):
        self.assertEqual(self.page(make_poll()).status_code, 404)
        self.assertEqual(self.client.post(english("objections", make_open_poll())).status_code, 405)

    def test_it_is_one_stored_page_for_all_without_cookies(self):
        poll = certified_poll()
        page = self.page(poll)
        self.assertEqual(page["Cache-Control"], "public, max-age=60, stale-while-revalidate=30")
        self.assertFalse(page.cookies)
