"""The receipt: its states and places, its picture, its QR code and the way back by them."""

import io
import re
from datetime import UTC, datetime
from unittest import mock
from urllib.parse import urlsplit

import segno
from django.db import connection
from django.test import Client, TestCase
from django.utils import timezone
from django.utils.translation import override
from PIL import Image

from voting import picture
from voting.keeper import ballot_leaf, keep_poll
from voting.ledger.code import format_code
from voting.manifest import plan_of
from voting.models import Ballot, Entry
from voting.receipt import Receipt
from voting.standing import standing_of

from .factories import cast, make_open_poll, temporary_keys
from .pages import address, english, hidden_fields, post_ballot, vote
from .tallies import count, settle

AT = datetime(2026, 11, 24, 7, 26, 47, tzinfo=UTC)
FIND = "https://vote.example/p/poll/find/#"


@temporary_keys
class StatesTest(TestCase):
    def setUp(self):
        self.poll = make_open_poll()
        vote(self.client, self.poll, "101")

    def receipt(self):
        return self.client.get(english("receipt", self.poll))

    def enter(self):
        keep_poll(self.poll, timezone.now(), {})
        return Ballot.objects.get(poll=self.poll)

    def test_it_is_received_and_no_place_is_named(self):
        page = self.receipt()
        self.assertContains(page, '<li class="done" aria-current="step">Received</li>')
        self.assertNotContains(page, "of the public ledger")

    def test_each_category_has_the_number_of_its_entry(self):
        for _other in range(5):
            cast(self.poll)
        keep_poll(self.poll, timezone.now(), {})
        page = self.receipt()
        self.assertContains(page, '<li class="done" aria-current="step">Entered</li>')
        numbers = [
            int(n) for n in re.findall(r"Entered: no. (\d+) of the public ledger", page.content.decode())
        ]
        leaves = [bytes(entry.leaf) for entry in Entry.objects.filter(poll=self.poll).order_by("index")]
        pledge = re.findall(r"^(\d) (\S{44})$", page.content.decode(), re.M)
        self.assertEqual(len(numbers), 2)
        for number, (category, value) in zip(numbers, pledge, strict=True):
            self.assertIn(f'"category":"{category}","commitment":"{value}"', leaves[number - 1].decode())

    def test_it_is_counted_once_results_may_be_seen(self):
        self.poll = settle(self.poll)
        self.assertNotContains(self.receipt(), "is counted in the result")
        count(self.poll)
        page = self.receipt()
        self.assertContains(page, '<li class="done" aria-current="step">Counted</li>')
        self.assertContains(page, "This ballot is counted in the result.")
        self.assertContains(page, "Entered: no. ")

    def test_a_ballot_that_is_not_counted_says_why_on_receipt_and_look_up(self):
        self.poll = settle(self.poll)
        ballot = Ballot.objects.get(poll=self.poll)
        Ballot.objects.update(inner=b"damaged")
        count(self.poll)
        found = self.client.post(english("find", self.poll), {"code": ballot.code})
        for page in (self.receipt(), found):
            self.assertContains(page, '<li class="failed" aria-current="step">Not counted</li>')
            self.assertContains(page, "it could not be opened.")
            self.assertNotContains(page, "is counted in the result")

    def test_receipt_and_look_up_name_the_same_places(self):
        ballot = self.enter()
        places = re.compile(r'<ul class="places">.*</ul>')
        found = self.client.post(english("find", self.poll), {"code": ballot.code})
        self.assertEqual(
            places.search(found.content.decode())[0], places.search(self.receipt().content.decode())[0]
        )

    def test_places_are_found_by_an_index_and_not_by_reading_all_entries(self):
        ballot = self.enter()
        leaf = ballot_leaf("1", bytes(ballot.commitments)[:32])
        if connection.vendor == "postgresql":
            # Otherwise so few entries are read as a whole.
            connection.cursor().execute("SET LOCAL enable_seqscan = off")
        # As SQLite and PostgreSQL tell that the index leads to the mark, not only to the poll.
        by_mark = re.compile(r"ballots_by_mark.*(<expr>=|Index Cond.*substr)", re.DOTALL)
        self.assertRegex(Entry.objects.of_ballots(self.poll, [leaf]).explain(), by_mark)
        # The control: without the mark, no index leads to a leaf.
        plain = Entry.objects.filter(poll=self.poll, type="ballot", leaf=leaf).order_by()
        self.assertNotRegex(plain.explain(), by_mark)
        with self.assertNumQueries(3):
            standing_of(self.poll, plan_of(self.poll), ballot.code)

    def test_a_wrong_check_character_is_told_apart_from_a_missing_one(self):
        code = self.enter().code
        wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
        for typed, words in ((wrong, "One is mistyped or two are swapped"), (code[:-1], "missing, added")):
            page = self.client.post(english("find", self.poll), {"code": typed})
            self.assertContains(page, words, status_code=422)
            self.assertNotContains(page, "Entered: no. ", status_code=422)


@temporary_keys
class PictureTest(TestCase):
    def setUp(self):
        self.poll = make_open_poll()
        self.plan = plan_of(self.poll)

    def picture(self, client=None):
        return (client or self.client).get(address("picture", self.poll))

    def test_it_is_a_picture_stored_nowhere(self):
        vote(self.client, self.poll, "101")
        answer = self.picture()
        self.assertEqual(answer["Content-Type"], "image/png")
        self.assertEqual(answer["Cache-Control"], "private, no-store")
        self.assertEqual(Image.open(io.BytesIO(answer.content)).width, picture.WIDTH)
        page = self.client.get(address("receipt", self.poll)).content.decode()
        self.assertIn(f'<img src="{address("picture", self.poll)}"', page)

    def test_without_the_cookie_there_is_none(self):
        vote(self.client, self.poll, "101")
        self.assertEqual(self.picture(Client()).status_code, 404)
        self.assertEqual(self.client.post(address("picture", self.poll)).status_code, 405)

    def test_it_depends_on_what_is_public_of_a_receipt_and_on_nothing_else(self):
        """Two ballots with other picks and nonces, and the same public fields, are one picture."""
        receipts = [Receipt(cast(self.poll, codes=codes).pledge, AT, True) for codes in (("101",), ("203",))]
        real = [picture.receipt_picture(self.poll, self.plan, one, FIND) for one in receipts]
        self.assertNotEqual(*real)  # The control: the codes differ, and the picture shows them.
        faces = [picture.face_of(self.poll, self.plan, one, FIND) for one in receipts]
        self.assertEqual(picture.Face._fields, ("title", "marks", "code", "received", "manifest", "address"))
        same = [picture.draw_face(face._replace(code="0" * 16)) for face in faces]
        self.assertEqual(*same)

    def test_its_file_carries_no_text_beside_the_picture(self):
        vote(self.client, self.poll, "101")
        image = Image.open(io.BytesIO(self.picture().content))
        image.load()
        self.assertEqual(image.info.keys() - {"transparency"}, set())

    def test_without_a_font_for_chinese_it_is_in_english_and_leaves_the_title_out(self):
        receipt = Receipt(cast(self.poll).pledge, AT, True)
        chinese = picture.face_of(self.poll, self.plan, receipt, FIND)._replace(title="候选名单")
        with mock.patch.object(picture, "find_font", return_value=None):
            with override("zh-hans"):
                there = picture.receipt_picture(self.poll, self.plan, receipt, FIND)
            with override("en"):
                self.assertEqual(there, picture.receipt_picture(self.poll, self.plan, receipt, FIND))
                self.assertEqual(picture.draw_face(chinese), picture.draw_face(chinese._replace(title="")))
        if picture.find_font():
            with override("zh-hans"):
                self.assertNotEqual(there, picture.receipt_picture(self.poll, self.plan, receipt, FIND))
            self.assertNotEqual(picture.draw_face(chinese), picture.draw_face(chinese._replace(title="")))

    def test_a_demo_and_a_rehearsal_are_marked(self):
        receipt = Receipt(cast(self.poll).pledge, AT, True)
        self.assertEqual(picture.face_of(self.poll, self.plan, receipt, FIND).marks, [])
        for kind in ("demo", "rehearsal"):
            poll = make_open_poll(**{kind: True})
            face = picture.face_of(poll, plan_of(poll), receipt, FIND)
            self.assertEqual(len(face.marks), 1, kind)
            self.assertNotEqual(picture.draw_face(face), picture.draw_face(face._replace(marks=[])))

    def test_a_long_title_is_cut(self):
        face = picture.Face("长" * 5000, [], "0" * 16, "now", "ab" * 32, FIND)
        self.assertEqual(picture.draw_face(face), picture.draw_face(face._replace(title="长" * 300)))


@temporary_keys
class CodeInAddressTest(TestCase):
    def setUp(self):
        self.poll = make_open_poll()
        vote(self.client, self.poll, "101")
        keep_poll(self.poll, timezone.now(), {})
        self.code = format_code(Ballot.objects.get(poll=self.poll).code)

    def drawn(self, name):
        """Return the page and what its QR codes carry."""
        made = []

        def make(content, **options):
            made.append(content)
            return QR(content, **options)

        with mock.patch.object(segno, "make", make):
            page = self.client.get(address(name, self.poll))
        return page, made

    def test_the_qr_code_carries_the_look_up_and_behind_the_hash_the_code(self):
        for name in ("receipt", "picture"):
            _page, made = self.drawn(name)
            self.assertEqual(made, [f"http://testserver{address('find', self.poll)}#{self.code}"], name)
            self.assertNotIn(self.code, urlsplit(made[0])._replace(fragment="").geturl())

    def test_no_address_on_the_page_holds_the_code(self):
        page, _made = self.drawn("receipt")
        self.assertContains(page, self.code)
        addresses = re.findall(r'(?:href|src|action)="([^"]*)"', page.content.decode())
        self.assertTrue(addresses)
        plain = self.code.replace("-", "")
        self.assertFalse([one for one in addresses if self.code in one or plain in one])

    def test_nothing_on_the_page_needs_a_style_attribute(self):
        page, _made = self.drawn("receipt")
        self.assertContains(page, '<svg viewBox="0 0 ')
        self.assertNotContains(page, "style=")


@temporary_keys
class SealsOnReviewTest(TestCase):
    def test_nothing_of_the_check_shows_without_scripts(self):
        poll = make_open_poll()
        page = post_ballot(self.client, poll, "101")
        self.assertContains(page, f'<details id="seals" data-poll="{poll.uid}" hidden>')
        vote(self.client, poll, *hidden_fields(page)["codes"].split())
        receipt = self.client.get(english("receipt", poll)).content.decode()
        for name in ("seals-agree", "seals-differ"):
            self.assertRegex(receipt, f'id="{name}" role="[a-z]+" hidden>')


QR = segno.make
