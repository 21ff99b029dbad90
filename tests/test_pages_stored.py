"""Pages for all are one stored copy: the same bytes for everyone, and nobody's cookie."""

from django.test import Client, TestCase

from voting.lifecycle import announce_poll, pause_poll

from .factories import make_open_poll, make_poll, temporary_keys
from .pages import address, english, vote

PAGES = (("list",), ("candidate", "101"), ("ballot",))


@temporary_keys
class StoredPagesTest(TestCase):
    def setUp(self):
        self.poll = make_open_poll()

    def pages(self, client):
        return [client.get(at(*self.name(page))) for at in (address, english) for page in PAGES]

    def name(self, page):
        return page[0], self.poll, *page[1:]

    def test_a_voter_and_a_stranger_get_the_same_bytes(self):
        voter, stranger = Client(), Client()
        vote(voter, self.poll, "101")
        self.assertIn("device", voter.cookies)
        for one, other in zip(self.pages(voter), self.pages(stranger), strict=True):
            self.assertEqual(one.content, other.content)

    def test_they_set_no_cookie_and_vary_by_none(self):
        for page in self.pages(Client()):
            self.assertEqual(page.status_code, 200)
            self.assertFalse(page.cookies)
            self.assertNotIn("Cookie", page.get("Vary", ""))
            self.assertEqual(page["Cache-Control"], "public, max-age=60, stale-while-revalidate=30")
            self.assertNotContains(page, "csrfmiddlewaretoken")

    def test_the_control_a_page_to_confirm_does_set_cookies(self):
        page = Client().post(address("review", self.poll), {"picks-1": ["101"]})
        self.assertTrue(page.cookies)
        self.assertContains(page, "csrfmiddlewaretoken")

    def test_the_second_reader_costs_one_query(self):
        self.client.get(address("ballot", self.poll))
        with self.assertNumQueries(1):
            self.client.get(address("ballot", self.poll))

    def test_who_has_the_page_gets_no_body(self):
        first = self.client.get(address("ballot", self.poll))
        again = self.client.get(address("ballot", self.poll), headers={"If-None-Match": first["ETag"]})
        self.assertEqual((again.status_code, again.content), (304, b""))
        other = self.client.get(address("ballot", self.poll), headers={"If-None-Match": '"another"'})
        self.assertEqual(other.status_code, 200)

    def test_each_language_has_its_own_copy(self):
        one, other = (self.client.get(at("ballot", self.poll)) for at in (address, english))
        self.assertContains(one, '<html lang="zh-Hans">')
        self.assertContains(other, '<html lang="en">')
        self.assertNotEqual(one["ETag"], other["ETag"])

    def test_a_pause_changes_the_page_at_once(self):
        self.assertContains(self.client.get(address("ballot", self.poll)), 'type="checkbox"')
        pause_poll(by=["Clerk"], poll=self.poll, reason="test")
        self.assertNotContains(self.client.get(address("ballot", self.poll)), 'type="checkbox"')

    def test_what_is_not_final_is_not_stored(self):
        poll = announce_poll(poll=make_poll())
        for name in ("list", "ballot"):
            page = self.client.get(address(name, poll))
            self.assertEqual(page["Cache-Control"], "private, no-store")
            self.assertNotIn("ETag", page)
