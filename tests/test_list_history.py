"""Every change of a list says who made it and why, and the desk shows it in words."""

from django.core.management import call_command
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from shortlist.changes import acts_of
from shortlist.history import change_by, create_all, update_all
from shortlist.models import Candidate, Category, Evidence, Point, Quote, Shortlist
from tests import test_admin_polls
from tests.desk import StaffCase, page
from tests.factories import make_list, make_open_poll, make_poll, temporary_keys
from tests.test_admin_list import FIXTURE, TEXT, address, filled
from voting.lifecycle import announce_poll

WHY = "A misprint in the source"


def lines_of(item):
    """Return what the history of something says: (who, reason, verb, model, subject), latest act first."""
    return [
        (act.who, act.reason, str(line.verb), line.model, line.subject)
        for act in acts_of(item)
        for line in act.lines
    ]


class HistoryCase(StaffCase):
    """A clerk, and a list whose candidate 101 has one evidence with a quote and a figure."""

    def setUp(self):
        super().setUp()
        self.shortlist = make_list()
        self.candidate = Candidate.objects.get(category__shortlist=self.shortlist, code="101")
        self.candidate.title, self.candidate.body = TEXT[:10], TEXT[10:]
        self.candidate.save()
        self.evidence = Evidence.objects.create(candidate=self.candidate, label="投资")
        words = "全省新建50个"
        Quote.objects.create(evidence=self.evidence, offset=TEXT.index(words), text=words)
        Point.objects.create(evidence=self.evidence, raw="50个", value=50, unit="个")

    def save(self, item, **changes):
        where = address(f"{item._meta.model_name}_change", item.pk)
        return self.client.post(where, {**filled(self.client.get(where)), **changes})

    def delete(self, item, **data):
        return self.client.post(address(f"{item._meta.model_name}_delete", item.pk), {"post": "yes", **data})

    def last(self, item):
        """Return the latest act on something."""
        return acts_of(item).object_list[0]


class RecordTests(HistoryCase):
    def test_a_change_at_the_desk_names_the_person_the_reason_and_the_words(self):
        more = "另有许多其他举措都已完成。"
        self.save(self.candidate, body=self.candidate.body + more, change_reason=WHY)
        act = self.last(self.candidate)
        self.assertEqual((act.who, act.reason), ("clerk", WHY))
        (line,) = act.lines
        (change,) = line.fields
        self.assertEqual((line.model, change.old, change.new), (Candidate, "", more))
        self.assertEqual(change.before, "…" + self.candidate.body[-16:])

    def test_quotes_that_move_with_a_text_are_recorded_too(self):
        self.save(self.candidate, body="另外，" + self.candidate.body, change_reason=WHY)
        kinds = [line.model for line in self.last(self.candidate).lines]
        self.assertEqual(kinds, [Candidate, Quote])
        (record, before) = Quote.history.order_by("-history_id")[:2]
        self.assertEqual(record.offset - before.offset, 3)
        self.assertEqual((record.history_user, record.history_change_reason), ("clerk", WHY))

    def test_control_a_plain_bulk_update_leaves_no_record(self):
        quote = self.evidence.quotes.get()
        before = Quote.history.count()
        quote.offset += 1
        Quote.objects.bulk_update([quote], ["offset"])
        self.assertEqual(Quote.history.count(), before)

    def test_everything_that_goes_with_a_deleted_candidate_names_the_person_and_the_reason(self):
        self.delete(self.candidate, change_reason=WHY)
        removed = [(who, why, model) for who, why, verb, model, _subject in lines_of(self.shortlist)[:4]]
        self.assertEqual(removed, [("clerk", WHY, model) for model in (Candidate, Evidence, Point, Quote)])
        self.assertEqual({line[2] for line in lines_of(self.shortlist)[:4]}, {"removed"})

    def test_deleted_things_keep_their_names_in_the_history(self):
        self.delete(self.candidate, change_reason=WHY)
        subjects = [line[4] for line in lines_of(self.shortlist)[:4]]
        self.assertEqual(subjects[0], "101 完成投资1.2亿元")
        self.assertEqual(subjects[2], "101 完成投资1.2亿元 › 投资 › 50个")

    def test_what_a_row_was_before_its_first_record_is_kept(self):
        Candidate.history.all().delete()
        self.save(self.candidate, title="新题目。", body="", change_reason=WHY)
        self.evidence.delete()
        self.save(self.candidate, title="新题目。", body="", change_reason=WHY)
        (line,) = [line for line in self.last(self.candidate).lines if line.model is Candidate]
        self.assertEqual([change.label for change in line.fields], ["title", "text"])
        self.assertIn("完成投资", line.fields[0].old)

    def test_a_page_saved_as_it_is_leaves_nothing_to_read(self):
        before = lines_of(self.candidate)
        self.save(self.candidate)
        self.assertEqual(lines_of(self.candidate), before)

    def test_a_person_who_goes_stays_in_the_history_by_name(self):
        self.save(self.candidate, order="7", change_reason=WHY)
        self.staff.delete()
        self.assertEqual(self.last(self.candidate).who, "clerk")

    def test_rows_made_and_changed_in_bulk_are_recorded(self):
        category = Category.objects.filter(shortlist=self.shortlist).first()
        with change_by("Ms Li", WHY):
            (made,) = create_all(Candidate, [Candidate(category=category, code="177", title="新。")])
            made.order = 5
            update_all(Candidate, [made], ["order"])
        self.assertEqual(
            [line[:3] for line in lines_of(made)], [("Ms Li", WHY, "added"), ("Ms Li", WHY, "changed")]
        )


@temporary_keys
class ReasonTests(HistoryCase):
    def required(self, response):
        return response.status_code == 200 and response.context["adminform"].form.has_error(
            "change_reason", "required"
        )

    def test_before_an_announcement_nobody_need_say_why(self):
        make_poll(shortlist=self.shortlist)
        self.assertEqual(self.save(self.candidate, order="7").status_code, 302)
        self.assertEqual(self.delete(self.evidence).status_code, 302)

    def test_once_citizens_can_read_a_list_each_change_needs_a_reason(self):
        announce_poll(poll=make_poll(shortlist=self.shortlist))
        for item in (self.shortlist, self.candidate, self.evidence):
            with self.subTest(item=item):
                self.assertTrue(self.required(self.save(item)))
                self.assertEqual(self.save(item, change_reason=WHY).status_code, 302)

    def test_a_candidate_added_to_a_list_that_citizens_read_needs_a_reason(self):
        announce_poll(poll=make_poll(shortlist=self.shortlist))
        where = address("candidate_add")
        blank = filled(self.client.get(where))
        data = {
            **blank,
            "category": self.candidate.category_id,
            "code": "188",
            "title": "新。",
            "body": "文。",
        }
        self.assertTrue(self.required(self.client.post(where, data)))
        self.assertFalse(Candidate.objects.filter(code="188").exists())
        self.assertEqual(self.client.post(where, {**data, "change_reason": WHY}).status_code, 302)

    def test_nothing_that_citizens_read_is_deleted_without_a_reason(self):
        announce_poll(poll=make_poll(shortlist=self.shortlist))
        response = self.delete(self.candidate)
        self.assertContains(response, "say why it is changed")
        self.assertTrue(Candidate.objects.filter(pk=self.candidate.pk).exists())
        self.assertEqual(self.delete(self.candidate, change_reason=WHY).status_code, 302)
        self.assertFalse(Candidate.objects.filter(pk=self.candidate.pk).exists())

    def test_a_reason_that_is_too_long_is_refused(self):
        response = self.save(self.candidate, change_reason="x" * 201)
        self.assertTrue(response.context["adminform"].form.has_error("change_reason", "max_length"))


@temporary_keys
class PollHistoryTests(StaffCase):
    def test_the_rules_of_a_draft_have_a_history(self):
        poll = make_poll()
        with change_by("Ms Li", WHY):
            poll.tie_rule = "all_out"
            poll.save()
        act = acts_of(poll).object_list[0]
        self.assertEqual((act.who, act.reason), ("Ms Li", WHY))
        self.assertEqual([change.label for change in act.lines[0].fields], ["a tie at the cut"])

    def test_an_opened_poll_is_not_recorded_again(self):
        poll = make_open_poll()
        before = poll.history.count()
        poll.save()
        self.assertEqual(poll.history.count(), before)

    def test_the_page_of_the_poll_asks_why_and_the_history_says_it(self):
        poll = announce_poll(poll=make_poll())
        data = {**test_admin_polls.PollPageTests.RULES, "shortlist": poll.shortlist_id, "change_reason": ""}
        refused = self.client.post(page(poll), {**data, "title": "Other"})
        self.assertTrue(refused.context["adminform"].form.has_error("change_reason", "required"))
        self.client.post(page(poll), {**data, "title": "Other", "change_reason": WHY})
        self.assertEqual(acts_of(poll).object_list[0].reason, WHY)


class HistoryPageTests(HistoryCase):
    def at(self, item):
        return self.client.get(address(f"{item._meta.model_name}_history", item.pk))

    def test_the_page_says_who_why_and_what(self):
        self.save(self.candidate, title="完成投资3.5亿元。", change_reason=WHY)
        for item in (self.shortlist, self.candidate):
            for words in (
                "clerk",
                f"Reason: {WHY}",
                "<del>完成投资1.2亿元。</del>",
                "<ins>完成投资3.5亿元。</ins>",
            ):
                self.assertContains(self.at(item), words)

    def test_it_costs_the_same_for_one_change_and_for_many(self):
        def queries():
            with CaptureQueriesContext(connection) as context:
                self.assertEqual(self.at(self.shortlist).status_code, 200)
            return len(context)

        def change(number):
            with change_by("Ms Li", f"Reason {number}"):
                self.candidate.title = f"Title {number}。"
                self.candidate.save()
                self.evidence.label = f"Label {number}"
                self.evidence.save()

        change(0)
        before = queries()
        for number in range(1, 5):
            change(number)
        self.assertLessEqual(queries(), before)

    def test_others_see_no_history_without_the_right(self):
        self.client.logout()
        self.assertEqual(self.at(self.shortlist).status_code, 302)


class ContextTests(TestCase):
    def test_outside_of_an_act_records_name_nobody(self):
        with change_by("Ms Li", WHY):
            pass
        shortlist = make_list()
        self.assertEqual({record.history_user for record in shortlist.history.all()}, {""})


class FixtureTests(StaffCase):
    def test_a_list_without_changes_says_so(self):
        call_command("loaddata", FIXTURE, verbosity=0)
        shortlist = Shortlist.objects.get(slug="shanxi")
        response = self.client.get(address("shortlist_history", shortlist.pk))
        self.assertContains(response, "No change is recorded yet")
