"""Error pages speak the reader's language and say what to do next."""

from unittest import mock

from django.test import Client, RequestFactory, SimpleTestCase, TestCase
from django.utils import translation

from voting.manifest import ManifestError
from voting.views import refused

from .factories import make_open_poll, temporary_keys
from .pages import english


@temporary_keys
class RefusedTest(TestCase):
    def test_a_missing_page_is_said_in_the_language_of_its_address(self):
        self.assertContains(self.client.get("/en/nowhere/"), "There is no such page", status_code=404)
        self.assertContains(self.client.get("/en/nowhere/"), '<html lang="en">', status_code=404)
        self.assertContains(self.client.get("/nowhere/"), '<html lang="zh-Hans">', status_code=404)

    def test_a_fault_of_ours_says_so_and_repeats_nothing(self):
        client = Client(raise_request_exception=False)
        with (
            mock.patch("voting.views.lists.draw_for_all", side_effect=RuntimeError("secret words")),
            self.assertLogs("django.request", "ERROR"),
        ):
            page = client.get(english("list", make_open_poll()))
        self.assertContains(page, "Something went wrong on our side", status_code=500)
        self.assertNotContains(page, "secret words", status_code=500)

    def test_a_missing_manifest_is_a_sentence_and_a_log_line(self):
        poll = make_open_poll()
        with (
            mock.patch("voting.views.public.plan_of", side_effect=ManifestError("missing")),
            self.assertLogs("voting", "ERROR"),
        ):
            page = self.client.get(english("list", poll))
        self.assertContains(page, "Not available at the moment", status_code=503)

    def test_too_many_fields_are_a_sentence(self):
        poll = make_open_poll()
        body = "&".join("picks-1=101" for _ in range(2_500))
        page = self.client.post(english("review", poll), body, "application/x-www-form-urlencoded")
        self.assertContains(page, "This could not be read", status_code=400)


class NoDatabaseTest(SimpleTestCase):
    """SimpleTestCase forbids queries, so these pages are drawn without the database."""

    def test_every_error_page_needs_no_database(self):
        request = RequestFactory().get("/")
        with translation.override("en"):
            for page, status in (
                (refused.server_error(request), 500),
                (refused.bad_request(request, None), 400),
                (refused.forbidden(request, None), 403),
                (refused.not_found(request, None), 404),
            ):
                self.assertEqual(page.status_code, status)
                self.assertIn(b'href="/en/"', page.content)
