"""Finding a ballot by its code, which never stands in an address."""

import re

from django.test import Client, TestCase

from voting.ledger.code import format_code
from voting.models import Ballot

from .factories import make_open_poll, temporary_keys
from .pages import address, english, vote
from .tallies import count, settle

WELL_FORMED = "0000-0000-0000-0000"


@temporary_keys
class FindTest(TestCase):
    def setUp(self):
        self.poll = make_open_poll()

    def find(self, code, client=None):
        return (client or self.client).post(english("find", self.poll), {"code": code})

    def voted_code(self):
        vote(self.client, self.poll, "101")
        self.poll = settle(self.poll)
        return Ballot.objects.get(poll=self.poll).code

    def test_a_ballot_is_entered_and_then_counted(self):
        code = self.voted_code()
        page = self.find(code)
        self.assertContains(page, "Entered: no. 3 of the public ledger")
        self.assertContains(page, "there is nothing for you to do now")
        count(self.poll)
        self.assertContains(self.find(code), "This ballot is counted in the result.")

    def test_a_person_may_type_it_as_people_do(self):
        code = self.voted_code()
        for typed in (format_code(code).lower(), f" {code[:8]} {code[8:]} ", code.replace("0", "O")):
            self.assertContains(self.find(typed), "Entered: no. ")

    def test_nothing_is_said_of_the_count_before_results_may_be_seen(self):
        self.poll = make_open_poll(results_from="certified")
        code = self.voted_code()
        count(self.poll)
        page = self.find(code)
        self.assertContains(page, "Entered: no. ")
        self.assertNotContains(page, "counted in the result")

    def test_a_ballot_that_does_not_count_says_why(self):
        code = self.voted_code()
        Ballot.objects.filter(code=code).update(inner=b"damaged")
        count(self.poll)
        page = self.find(code)
        self.assertContains(page, "This ballot was not counted.")
        self.assertContains(page, "it could not be opened.")

    def test_an_unknown_code_may_not_be_entered_yet(self):
        self.assertContains(self.find(WELL_FORMED), "No ballot with this code is entered yet.")

    def test_a_code_of_another_vote_is_unknown_here(self):
        code = self.voted_code()
        self.poll = make_open_poll()
        self.assertContains(self.find(code), "No ballot with this code is entered yet.")

    def test_what_is_no_code_gets_a_sentence_and_stays_in_the_field(self):
        for odd in ("0000-0000-0000-0001", "ABC", "汉字汉字汉字汉字汉字汉字汉字汉", "<b>", "﷽" * 16):
            page = self.find(odd)
            self.assertContains(page, "This is not a receipt code", status_code=422)
        self.assertContains(self.find("<b>"), 'value="&lt;b&gt;"', status_code=422)
        self.assertContains(
            self.find("ABC"), 'aria-describedby="id_code_helptext id_code_error"', status_code=422
        )
        for odd in ("", "x" * 100_000, "a\0b"):
            self.assertEqual(self.find(odd).status_code, 422)

    def test_a_code_in_the_address_is_not_looked_at(self):
        code = self.voted_code()
        page = self.client.get(english("find", self.poll), {"code": code})
        self.assertNotContains(page, format_code(code))
        self.assertNotContains(page, "Entered: no. ")

    def test_it_is_stored_nowhere_and_asks_for_a_token(self):
        self.assertEqual(self.find(WELL_FORMED)["Cache-Control"], "private, no-store")
        client = Client(enforce_csrf_checks=True)
        page = self.find(WELL_FORMED, client)
        self.assertContains(page, "This page was out of date", status_code=403)
        form = client.get(english("find", self.poll)).content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
        page = client.post(english("find", self.poll), {"code": WELL_FORMED, "csrfmiddlewaretoken": token})
        self.assertEqual(page.status_code, 200)

    def test_another_method_is_refused(self):
        self.assertEqual(self.client.put(address("find", self.poll)).status_code, 405)
