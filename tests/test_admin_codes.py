"""The desk's page of voting codes: batches, cards, a file for mail merge, voiding, looking one up."""

import csv
import io
import re

from django.test import override_settings
from django.utils import timezone

from voting.codes import issue_codes, standing_of_codes
from voting.eligibility import code, code_text
from voting.keyring import keys_of
from voting.manifest import plan_of
from voting.models import Code, CodeBatch, Event

from .cards import CheapCodes, cast_with, make_code_poll
from .desk import DeskCase, at
from .factories import make_open_poll, temporary_keys

SITE = {"url": "https://vote.example", "telephone": "0351-1234567", "complaints": "", "icp": "", "police": ""}


@temporary_keys
@override_settings(SITE=SITE)
class CodesPage(CheapCodes, DeskCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.poll, cls.cards = make_code_poll(count=2)

    def act(self, act, **fields):
        data = {"act": act, **{f"{act}-{name}": value for name, value in fields.items()}}
        return self.client.post(at("codes", self.poll), data)

    def issue(self, **fields):
        return self.act("issue", **{"number": 2, "count": 12, "form": "cards", **fields})

    def votes(self, text):
        return code.find_right(self.poll, keys_of(self.poll, plan_of(self.poll)), text, timezone.now())

    def test_it_tells_what_became_of_each_batch(self):
        cast_with(self.poll, self.cards[0])
        page = self.client.get(at("codes", self.poll))
        self.assertContains(page, "000001–000002")
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertEqual(page.context["whole"], (2, 1, 0))

    def test_cards_are_shown_once_with_title_number_code_picture_and_telephone(self):
        page = self.issue()
        self.assertIn("no-store", page.headers["Cache-Control"])
        text = page.content.decode()
        self.assertEqual(text.count('class="cards-page"'), 2)
        self.assertEqual(text.count('class="card"'), 12)
        self.assertEqual(text.count("<svg"), 12)
        codes = re.findall(r"<code>([2-9A-Z-]{24})</code>", text)
        self.assertEqual(len(codes), 12)
        self.assertIsNotNone(self.votes(code_text.parse(codes[11])))
        for words in ("000014", "0351-1234567", self.poll.title, "vote.example/en/p/"):
            self.assertIn(words, text)
        self.assertNotIn(codes[0], self.client.get(at("codes", self.poll)).content.decode())

    def test_a_file_for_mail_merge_holds_codes_that_vote(self):
        answer = self.issue(form="csv", count=3)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        self.assertEqual([row[0] for row in rows[1:]], ["000003", "000004", "000005"])
        for _number, typed, link in rows[1:]:
            self.assertEqual(self.votes(code_text.parse(typed)), link.partition("#")[2].encode())

    def test_sent_again_it_makes_no_second_batch(self):
        self.issue(count=1)
        page = self.issue(count=1)
        self.assertContains(page, "made already", status_code=422)
        self.assertEqual(CodeBatch.objects.filter(poll=self.poll).count(), 2)

    def test_wrong_input_is_named_and_makes_nothing(self):
        for fields in ({"count": 0}, {"count": 501}, {"count": ""}, {"form": "pdf"}, {"label": "x" * 81}):
            self.assertEqual(self.issue(**fields).status_code, 422, fields)
        for act, fields in (
            ("void", {"serial": 1}),
            ("void", {"serial": "x", "reason": "Lost"}),
            ("look", {}),
        ):
            self.assertEqual(self.act(act, **fields).status_code, 422, fields)
        self.assertEqual(standing_of_codes(Code.objects.filter(poll=self.poll)), (2, 0, 0))

    def test_a_code_is_voided_and_its_successor_shown(self):
        page = self.act("void", serial="000001", reason="Lost", reissue="on")
        self.assertContains(page, "000003")
        self.assertEqual(standing_of_codes(Code.objects.filter(poll=self.poll)), (3, 0, 1))
        self.assertRedirects(self.act("void", serial=2, reason="Torn"), at("codes", self.poll))
        cast_with(self.poll, issue_codes(poll=self.poll, label="", count=1, who="clerk")[0])
        self.assertContains(self.act("void", serial=4, reason="Lost"), "no longer be voided", status_code=422)

    def test_what_is_unused_of_a_batch_is_voided(self):
        self.assertRedirects(self.act("void_batch", batch=1, reason="Stolen"), at("codes", self.poll))
        self.assertEqual(standing_of_codes(Code.objects.filter(poll=self.poll)), (2, 0, 2))

    def test_whether_a_code_has_voted_is_told_and_recorded(self):
        cast_with(self.poll, self.cards[0])
        self.assertContains(self.act("look", serial=1), "a ballot was cast with its code")
        self.assertContains(self.act("look", serial=2), "not used yet")
        self.assertContains(self.act("look", serial=9), "no card 000009", status_code=422)
        looks = Event.objects.filter(poll=self.poll, act="look up code").order_by("number")
        self.assertEqual([line.detail for line in looks], [{"serial": 1}, {"serial": 2}])

    def test_the_polls_page_leads_here_where_one_votes_by_code_alone(self):
        other = make_open_poll()
        for poll, there in ((self.poll, True), (other, False)):
            page = self.client.get(at("change", poll))
            self.assertEqual(at("codes", poll) in page.content.decode(), there)

    def test_without_the_right_there_is_no_page(self):
        self.as_reader()
        self.assertEqual(self.client.get(at("codes", self.poll)).status_code, 403)
        self.assertEqual(self.issue().status_code, 403)
        self.assertEqual(CodeBatch.objects.filter(poll=self.poll).count(), 1)

    def test_a_post_without_a_token_makes_nothing(self):
        self.client.handler.enforce_csrf_checks = True
        self.assertEqual(self.issue().status_code, 403)
        self.assertEqual(CodeBatch.objects.filter(poll=self.poll).count(), 1)
