"""The desk's page for pasting a list: nothing is stored unasked, nothing typed is lost."""

import re
from unittest import mock

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from shortlist.evidence import check_evidence
from shortlist.models import Candidate, Category, Evidence, Point, Shortlist
from tests.desk import StaffCase
from tests.factories import make_list
from tests.test_paste_placing import MESSY, SOURCE, typed
from tests.test_paste_word import saved, upload

SMALL = "一、转型\n1.甲率达到71%。累计完成207万户。\n2.乙。新建30个站点。"
TITLE = "某县候选名单"


def address(language="en"):
    with translation.override(language):
        return reverse("admin:shortlist_shortlist_paste")


class PasteCase(StaffCase):
    def read(self, text=SMALL, **more):
        return self.client.post(address(), {"text": text, "title": TITLE, **more})

    def again(self, response, do, *, text=None, **changes):
        """Post the second page as it stands, with some changes, by one of its buttons."""
        form = response.context["form"]
        ticked = re.findall(r'name="keep" value="(\w+)"[^>]* checked', response.content.decode())
        data = {
            "text": response.context["reading"].text if text is None else text,
            "seen": response.context["reading"].digest,
            "shown": response.context["shown"],
            "keep": ticked,
            **{name: form[name].value() or "" for name in ("title", "slug", "shortlist")},
            "do": do,
        }
        return self.client.post(address(), {**data, **changes})

    def assert_nothing_stored(self):
        self.assertEqual((Candidate.objects.count(), Evidence.objects.count()), (0, 0))


class Ladder(PasteCase):
    def test_it_asks_for_a_text_in_both_languages(self):
        for language, words in (("en", "Step 1 of 2"), ("zh-hans", "<form")):
            self.assertContains(self.client.get(address(language)), words)

    def test_the_lists_page_leads_to_it(self):
        with translation.override("en"):
            self.assertContains(self.client.get(reverse("admin:shortlist_shortlist_changelist")), address())

    def test_strangers_and_readers_are_turned_away(self):
        reader = get_user_model().objects.create_user("reader", is_staff=True)
        reader.user_permissions.add(Permission.objects.get(codename="view_shortlist"))
        for method in ("get", "post"):
            self.client.force_login(reader)
            self.assertEqual(getattr(self.client, method)(address()).status_code, 403)
            self.client.logout()
            self.assertEqual(getattr(self.client, method)(address()).status_code, 302)

    def test_wrong_methods_and_a_post_without_token_are_refused(self):
        self.assertEqual(self.client.put(address()).status_code, 405)
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.staff)
        self.assertEqual(strict.post(address(), {"text": SMALL}).status_code, 403)

    def test_the_second_page_costs_the_same_for_one_row_and_for_many(self):
        def queries(text):
            with CaptureQueriesContext(connection) as context:
                self.read(text)
            return len(context)

        queries(SMALL)
        self.assertEqual(queries(SMALL), queries(typed()))


class FirstStep(PasteCase):
    def codes(self, response):
        errors = response.context["form"].errors.as_data()
        return {name: [error.code for error in found] for name, found in errors.items()}

    def test_reading_stores_nothing(self):
        with CaptureQueriesContext(connection) as context:
            self.assertContains(self.read(), "Step 2 of 2")
        written = [query["sql"] for query in context if re.match("INSERT|UPDATE|DELETE", query["sql"])]
        self.assertEqual([sql for sql in written if "shortlist_" in sql], [])
        self.assert_nothing_stored()

    def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(self):
        cases = {
            "nothing": ({"text": " \n"}, {"text": ["nothing"]}),
            "both": ({"file": self.word()}, {"file": ["both"]}),
            "a bad file": ({"file": upload(b"PK")}, {"file": ["damaged"]}),
            "too long": ({"text": "甲" * 200_001}, {"text": ["too_long"]}),
            "a bad address": ({"slug": "名单"}, {"slug": ["invalid"]}),
            "a zero in the text": ({"text": SMALL + "\0"}, {"text": ["null_characters_not_allowed"]}),
        }
        for what, (changes, expected) in cases.items():
            with self.subTest(what):
                response = self.read(**changes)
                self.assertEqual(self.codes(response), expected)
                self.assertContains(response, TITLE)
                if what != "nothing":
                    self.assertContains(response, changes.get("text", SMALL)[:20])

    def word(self):
        from docx import Document

        document = Document()
        for line in SMALL.split("\n"):
            document.add_paragraph(line)
        return upload(saved(document))

    def test_a_document_is_read_like_a_pasted_text(self):
        response = self.read("", file=self.word())
        self.assertEqual(response.context["reading"].text, SMALL)

    def test_a_list_that_citizens_can_read_is_not_filled(self):
        shortlist = Shortlist.objects.create(slug="empty", title="Empty")
        with mock.patch("shortlist.paste.forms.is_public", return_value=True):
            self.assertEqual(self.codes(self.read(shortlist=shortlist.pk)), {"shortlist": ["public"]})

    def test_only_lists_without_categories_are_offered(self):
        full, empty = make_list(), Shortlist.objects.create(slug="empty", title="Empty")
        offered = self.client.get(address()).context["form"].fields["shortlist"].queryset
        self.assertEqual((full in offered, empty in offered), (False, True))


class SecondStep(PasteCase):
    def test_what_is_ticked_is_stored_and_passes_every_check(self):
        response = self.again(self.read(typed()), "store")
        shortlist = Shortlist.objects.get()
        with translation.override("en"):
            self.assertRedirects(
                response, reverse("admin:shortlist_shortlist_change", args=[shortlist.pk]), 302, 200
            )
        self.assertEqual(Candidate.objects.count(), 25)
        self.assertEqual(list(Category.objects.values_list("code", "declared_count")), [("2", 16), ("3", 16)])
        self.assertGreater(Point.objects.count(), 100)
        for evidence in Evidence.objects.prefetch_related("points", "quotes").select_related("candidate"):
            rows = evidence, list(evidence.points.all()), list(evidence.quotes.all())
            self.assertEqual(check_evidence(evidence.candidate.text, *rows), [])
        self.assertIn("clerk", Candidate.history.first().history_user)

    def test_what_is_unticked_is_not_stored(self):
        page = self.read()
        keys = page.context["reading"].keys
        self.again(page, "store", keep=keys[:1])
        self.assertEqual(list(Point.objects.values_list("raw", flat=True)), ["71%"])
        self.assertEqual(Candidate.objects.count(), 2)

    def test_candidates_of_the_same_text_have_ticks_of_their_own(self):
        page = self.read(SMALL + "\n3.乙。新建30个站点。")
        keys = page.context["reading"].keys
        self.assertEqual(len(set(keys)), 4)
        self.again(page, "store", keep=keys[:3])
        self.assertEqual(Evidence.objects.count(), 3)

    def test_all_of_one_candidate_can_be_unticked_and_ticked(self):
        page = self.again(self.read(), "untick 101")
        self.assertEqual(page.context["ticked"], 1)
        self.assertEqual(self.again(page, "tick 101").context["ticked"], 3)

    def test_ticks_are_kept_over_a_correction_and_new_proposals_are_ticked(self):
        page = self.again(self.read(), "untick 101")
        page = self.again(page, "read", text=SMALL + "另建5个平台。")
        kept = [
            ticked
            for _section, items in page.context["sections"]
            for _item, rows in items
            for _c, ticked, _q in rows
        ]
        self.assertEqual(kept, [False, False, True, True])

    def test_a_changed_text_is_shown_before_it_is_stored(self):
        page = self.again(self.read(), "store", text=SMALL.replace("30个", "40个"))
        self.assertContains(page, "was changed and was read again")
        self.assertContains(page, "<mark>40个</mark>", html=True)
        self.assert_nothing_stored()
        self.again(page, "store")
        self.assertEqual(Candidate.objects.count(), 2)

    def test_lines_that_are_left_out_must_be_known(self):
        page = self.again(self.read(MESSY), "store")
        self.assertContains(page, "Some lines could not be placed")
        self.assert_nothing_stored()
        self.again(page, "store", aware="on")
        self.assertEqual(Candidate.objects.count(), 5)

    def test_every_line_that_was_not_placed_stands_on_the_page_with_its_reason(self):
        page = self.read(MESSY)
        for remark in page.context["outline"].remarks:
            self.assertContains(page, remark.why)
            self.assertContains(page, remark.text)

    def test_headings_at_the_end_are_asked_about_before_anything_is_stored(self):
        text = "\n".join(f"{name}。新建30个站点。" for name in "甲乙丙") + "\n二、转型\n三、民生"
        page = self.read(text)
        self.assertEqual(len(page.context["questions"]), 2)
        self.assertContains(self.again(page, "store"), "Say first with which candidate")
        page = self.again(page, "read", **{"start-0": "2", "start-1": "0"})
        self.assertEqual(page.context["questions"][0][1], 2)
        self.again(page, "store", **{"start-0": "2", "start-1": "0"})
        self.assertEqual(
            list(Candidate.objects.values_list("code", "title")),
            [("201", "丙。"), ("301", "甲。"), ("302", "乙。")],
        )
        self.assertEqual(Category.objects.filter(inference="").count(), 0)

    def test_an_answer_that_was_changed_is_shown_before_it_is_stored(self):
        page = self.read("甲。正文\n乙。正文\n丙。正文\n二、转型\n三、民生")
        page = self.again(page, "read", **{"start-0": "2", "start-1": "0"})
        page = self.again(page, "store", **{"start-0": "1", "start-1": "0"})
        self.assertContains(page, "was changed and was read again")
        self.assert_nothing_stored()

    def test_an_existing_empty_list_is_filled(self):
        shortlist = Shortlist.objects.create(slug="empty", title="Empty")
        self.again(self.read(shortlist=shortlist.pk, title=""), "store")
        self.assertEqual(Candidate.objects.filter(category__shortlist=shortlist).count(), 2)

    def test_without_a_title_nothing_is_stored(self):
        self.assertContains(self.again(self.read(title=""), "store"), "Write the title of the new list.")
        self.assert_nothing_stored()

    def test_the_title_is_taken_from_the_text(self):
        page = self.read(f"{TITLE}\n{SMALL}", title="")
        self.again(page, "store")
        self.assertEqual(Shortlist.objects.get().title, TITLE)

    def test_pressing_twice_makes_one_list(self):
        page = self.read()
        self.again(page, "store")
        self.assertContains(self.again(page, "store"), "already")
        self.assertEqual((Shortlist.objects.count(), Candidate.objects.count()), (1, 2))

    def test_posts_that_no_page_makes_do_no_harm(self):
        for data in (
            {"do": "store"},
            {"do": "tick 999", "text": SMALL, "keep": ["x" * 50]},
            {"do": "read", "text": SMALL, "start-0": "-1", "start-1": "²", "shown": "a b"},
            {"do": "store", "text": SMALL, "shortlist": "9999", "slug": "/"},
            {"do": "store", "text": "甲" * 200_001},
            {"do": "store", "text": SMALL, "shown": "\0", "seen": "\0", "title": "\0", "keep": "\0"},
        ):
            with self.subTest(data.keys()):
                self.assertEqual(self.client.post(address(), data).status_code, 200)
        self.assert_nothing_stored()

    def test_the_newspapers_own_text_goes_all_the_way(self):
        files = sorted(SOURCE.glob("*.txt")) if SOURCE.is_dir() else []
        if not files:
            self.skipTest("The newspaper's own text lies beside the project, not in it, and is not here.")
        answers = {"start-0": "12", "start-1": "0"}
        page = self.read(files[0].read_text(), title="")
        self.assertTrue(page.context["reading"].joined)
        self.again(self.again(page, "read", **answers), "store", **answers)
        counts = {category.code: category.candidates.count() for category in Category.objects.all()}
        self.assertEqual(counts, {"2": 13, "3": 12})
