"""Putting people on a roll: what a file may look like, what is said of its faults, and what is kept."""

import contextlib
import io
import tempfile

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase
from django.utils.translation import override
from openpyxl import Workbook

from shortlist.spreadsheet.faults import Report
from voting.keyring import keys_of
from voting.ledger.canonical import parse_canonical
from voting.lifecycle import open_poll
from voting.manifest import plan_of
from voting.models import Entry, Event, RollEntry
from voting.refusals import ActRefused
from voting.rolls.digests import normalised, parse_contact, person_digest, roll_digest, voter_of
from voting.rolls.importing import check_roll, import_roll
from voting.rolls.reading import read_roll

from .desk import DeskCase, at
from .desk import page as page_of
from .factories import cast, make_poll, temporary_keys
from .rolls import PEOPLE, make_draft_roll_poll, make_roll_poll, roll_file


def workbook(rows, sheets=1):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for _more in range(sheets - 1):
        book.create_sheet()
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


class Normalising(SimpleTestCase):
    def test_width_case_and_blanks_make_no_difference(self):
        for written in ("a-1001", "Ａ－１００１", " A-10 01 ", "A-1001\u200b", "a-1001\u3000"):
            self.assertEqual(normalised(written), "A-1001")
        self.assertNotEqual(normalised("A-1001"), normalised("A-1002"))

    def test_numbers_are_one_however_they_are_written(self):
        for written in (
            "13800138000",
            "138-0013-8000",
            "+86 138 0013 8000",
            "0086 13800138000",
            "１３８００１３８０００",
        ):
            self.assertEqual(parse_contact(written), "13800138000")
        self.assertEqual(parse_contact("+44 20 7946 0000"), "+442079460000")
        self.assertEqual(parse_contact(" li@example.org "), "li@example.org")
        for nonsense in (
            "",
            "12",
            "li@",
            "13800138000x",
            "1380013800",
            "138001380000",
            "call me",
            "@example.org",
        ):
            with self.assertRaises(ValueError):
                parse_contact(nonsense)


class Reading(SimpleTestCase):
    def read(self, data, name="roll.csv", question="Staff number"):
        report = Report()
        with override("en"):
            people = read_roll(data, name, question, report)
            self.said = [str(fault) for fault in report.faults]
        return people

    def test_csv_in_several_encodings_and_xlsx_say_the_same(self):
        rows = [
            ("工号", "姓名", "手机号"),
            ("A-1001", "李四", "138 0013 8000"),
            ("A-1002", "王五", "li@example.org"),
        ]
        text = "\n".join(",".join(row) for row in rows)
        wanted = [(2, "A-1001", "13800138000"), (3, "A-1002", "li@example.org")]
        for data in (
            text.encode(),
            text.encode("utf-8-sig"),
            text.encode("gb18030"),
            text.encode("utf-16"),
            text.replace(",", "\t").encode(),
            text.replace(",", ";").encode(),
            ("\n" + text).encode(),
        ):
            people = self.read(data)
            self.assertEqual(self.said, [])
            self.assertEqual([person[1:] for person in people], [row[1:] for row in wanted])
        self.assertEqual(self.read(workbook(rows), "roll.xlsx"), wanted)

    def test_the_polls_own_question_may_head_the_column(self):
        self.assertEqual(len(self.read(b"Staff number,mobile\nA-1001,13800138000\n")), 1)
        self.assertEqual(self.read(b"Staff number,mobile\n", question="Something else"), [])
        self.assertIn("There is no column", self.said[0])

    def test_each_row_that_cannot_be_used_is_named_with_its_cure_and_never_quoted(self):
        rows = [
            ("工号", "手机号"),
            ("A-1001", "no number"),
            ("", "13900139000"),
            ("X1", "13700137000"),
            (1.5, "13600136000"),
            (11010119900307123456, "13500135000"),
            ("A-1006", 13400134000),
        ]
        people = self.read(workbook(rows), "roll.xlsx")
        self.assertEqual([person.row for person in people], [7])
        self.assertEqual(len(self.said), 5, self.said)
        for row, words in enumerate(
            (
                "neither a mobile number nor an e-mail address. Correct it",
                "empty. Fill it in",
                "fewer than 4 characters",
                "did not keep this as it was typed. Format the column as text",
                "did not keep this as it was typed",
            ),
            2,
        ):
            self.assertTrue(self.said[row - 2].startswith(f"Row {row}, column "), self.said[row - 2])
            self.assertIn(words, self.said[row - 2])
        for value in ("no number", "13900139000", "X1", "1.5", "13600136000", "110101199"):
            self.assertNotIn(value, " ".join(self.said))

    def test_files_that_are_something_else_are_refused_with_a_sentence(self):
        for data, name, words in (
            (b"", "roll.csv", "empty"),
            (b"%PDF-1.4", "roll.csv", "neither an .xlsx workbook nor a CSV"),
            (b"PK\3\4nonsense", "roll.xlsx", "cannot be read as a workbook"),
            (b'a,"b\nc,d', "roll.csv", "quotation marks"),
            (workbook([("工号", "手机号")], sheets=2), "roll.xlsx", "2 sheets"),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(data, name), [])
                self.assertTrue(any(words in said for said in self.said), self.said)


@temporary_keys
class Importing(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.poll = make_draft_roll_poll()

    def take(self, data=None, **more):
        return import_roll(poll=self.poll, data=data or roll_file(), name="r.csv", who="clerk", **more)

    def entries(self, poll):
        rows = Entry.objects.filter(poll=poll, type="credentials").order_by("index")
        return [parse_canonical(bytes(row.leaf)) for row in rows]

    def refused(self, words, **more):
        with override("en"), self.assertRaises(ActRefused) as caught:
            self.take(**more)
        self.assertIn(words, str(caught.exception))

    def test_only_digests_are_kept_and_they_need_the_key(self):
        self.assertEqual(self.take(), 4)
        stored = [bytes(value) for row in RollEntry.objects.values_list("person", "contact") for value in row]
        self.assertEqual({len(value) for value in stored}, {32})
        self.assertEqual(len(set(stored)), 8)
        other = make_draft_roll_poll()
        import_roll(poll=other, data=roll_file(), name="r.csv", who="clerk")
        theirs = {bytes(row.person) for row in RollEntry.objects.filter(poll=other)}
        self.assertFalse(theirs & set(stored), "the same person has the same digest in two polls")

    def test_checking_stores_nothing(self):
        self.assertEqual(len(check_roll(poll=self.poll, data=roll_file(), name="r.csv").entries), 4)
        self.assertFalse(RollEntry.objects.exists())

    def test_one_fault_and_nobody_is_imported(self):
        self.refused("nothing was imported", data=roll_file([*PEOPLE, ("A-1005", "?")]))
        self.assertFalse(RollEntry.objects.exists())

    def test_twins_are_named_by_their_rows(self):
        with override("en"):
            draft = check_roll(
                poll=self.poll, data=roll_file([*PEOPLE, (" ａ-1002", "13600136000")]), name="r.csv"
            )
            (fault,) = map(str, draft.report.faults)
        self.assertIn("Row 6: This is the same person as in row 3. Delete one of the two rows.", fault)
        self.assertNotIn("1002", fault)
        self.take()
        with override("en"):
            again = check_roll(poll=self.poll, data=roll_file(PEOPLE[:1]), name="r.csv")
            self.assertIn("Row 2: This person stands on the roll already.", str(again.report.faults[0]))

    def test_before_the_opening_the_roll_can_be_replaced_and_its_number_is_entered_at_the_opening(self):
        self.take()
        self.assertEqual(self.take(roll_file(PEOPLE[:3]), replace=True), 3)
        self.assertFalse(Entry.objects.exists())
        poll = open_poll(poll=self.poll, accept_short_list=True, by=["Clerk"])
        (leaf,) = self.entries(poll)
        self.assertEqual((leaf["issued"], leaf["void"], leaf["reason"]), (3, 0, ""))

    def test_after_the_opening_people_are_only_added_for_a_reason_that_is_public(self):
        self.poll = make_roll_poll()
        new = roll_file([("A-1009", "13600136009")])
        self.refused("Say why", data=new)
        self.refused("nobody is taken off", data=new, replace=True, reason="Forgotten")
        self.assertEqual(self.take(new, reason="One was forgotten"), 1)
        leaf = self.entries(self.poll)[-1]
        self.assertEqual((leaf["issued"], leaf["reason"]), (1, "One was forgotten"))
        event = Event.objects.filter(poll=self.poll, act="import roll").first()
        self.assertEqual((event.who, event.detail["added"]), ("clerk", 1))

    def test_a_poll_of_another_kind_or_an_ended_one_takes_no_roll(self):
        self.poll = make_poll()
        self.refused("nobody votes by roll")
        self.poll = make_roll_poll()
        type(self.poll).objects.filter(pk=self.poll.pk).update(state="closed", closed_at=self.poll.closes_at)
        self.refused("Voting has ended")

    def test_without_purpose_question_or_roll_it_does_not_open(self):
        type(self.poll).objects.filter(pk=self.poll.pk).update(purpose=" ", roll_question="")
        with override("en"), self.assertRaises(ActRefused) as caught:
            open_poll(poll=self.poll, accept_short_list=True, by=["Clerk"])
        for words in ("what they are for", "what voters on the roll state", "The roll is empty"):
            self.assertIn(words, str(caught.exception))

    def test_the_command_checks_first_and_then_imports(self):
        path = self.enterContext(file_of(roll_file()))
        said = io.StringIO()
        with override("en"):
            call_command("import_roll", path, poll=self.poll.slug, dry_run=True, stdout=said)
            self.assertIn("4 people would be put on the roll", said.getvalue())
            self.assertFalse(RollEntry.objects.exists())
            call_command("import_roll", path, poll=self.poll.slug, stdout=said)
            self.assertIn("4 people were put on the roll", said.getvalue())
            with self.assertRaisesMessage(CommandError, "nothing was imported"):
                call_command("import_roll", path, poll=self.poll.slug, stderr=io.StringIO())
            with self.assertRaisesMessage(CommandError, "There is no poll"):
                call_command("import_roll", path, poll="nowhere")
            with self.assertRaisesMessage(CommandError, "cannot be opened"):
                call_command("import_roll", "/nowhere.csv", poll=self.poll.slug)


@temporary_keys
class AtTheDesk(DeskCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.draft = make_draft_roll_poll()

    def send(self, poll, data, **fields):
        upload = SimpleUploadedFile("roll.csv", data)
        return self.client.post(at("roll", poll), {"file": upload, **fields}, follow=True)

    def test_a_file_is_checked_and_then_imported(self):
        page = self.send(self.draft, roll_file(), check="1")
        self.assertContains(page, "Checked: 4 people would be put on the roll")
        self.assertFalse(RollEntry.objects.exists())
        page = self.send(self.draft, roll_file(), **{"import": "1"})
        self.assertContains(page, "4 people were put on the roll.")
        self.assertContains(page, "4 people stand on the roll.")

    def test_faults_are_told_by_row_and_quote_nobody(self):
        page = self.send(self.draft, roll_file([*PEOPLE, ("A-1001", "nowhere")]), **{"import": "1"})
        self.assertContains(page, "Row 6, column B “手机号”", status_code=422)
        self.assertNotContains(page, "nowhere", status_code=422)
        self.assertFalse(RollEntry.objects.exists())
        self.assertContains(self.send(self.draft, b"", check="1"), "empty", status_code=422)
        page = self.client.post(at("roll", self.draft), {"check": "1"})
        self.assertContains(page, "Choose a file.", status_code=422)

    def test_after_the_opening_it_asks_why(self):
        poll = make_roll_poll()
        new = roll_file([("A-1009", "13600136009")])
        self.assertContains(self.send(poll, new, **{"import": "1"}), "Say why", status_code=422)
        page = self.send(poll, new, reason="Forgotten", **{"import": "1"})
        self.assertContains(page, "1 person was put on the roll.")

    def test_whether_somebody_has_voted_can_be_looked_up_and_the_trail_tells_of_it(self):
        poll = make_roll_poll()
        keys = keys_of(poll, plan_of(poll))
        voter = voter_of(roll_digest(keys), person_digest(roll_digest(keys), "A-1001"))
        cast(poll, credential=voter)
        for person, words in (
            (" a-1001", "a ballot was cast"),
            ("A-1002", "no ballot was cast yet"),
            ("A-9999", "Nobody like this"),
        ):
            page = self.client.post(at("roll", poll), {"look": "1", "person": person})
            self.assertContains(page, words)
        events = Event.objects.filter(poll=poll, act="look up roll")
        self.assertEqual([event.detail for event in events], [{}] * 3)
        self.assertNotContains(self.client.get(at("roll", self.draft)), "Whether somebody has voted")

    def test_the_polls_page_leads_there_and_strangers_do_not_come_in(self):
        self.assertContains(self.client.get(page_of(self.draft)), at("roll", self.draft))
        self.as_reader()
        self.assertNotContains(self.client.get(page_of(self.draft)), at("roll", self.draft))
        self.assertEqual(self.client.get(at("roll", self.draft)).status_code, 403)
        self.assertEqual(self.send(self.draft, roll_file(), **{"import": "1"}).status_code, 403)
        self.assertFalse(RollEntry.objects.exists())


@contextlib.contextmanager
def file_of(data):
    """Keep these bytes in a file and give its name."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        yield file.name
