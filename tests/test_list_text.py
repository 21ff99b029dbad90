"""The text of the list from Shanxi is the source's, character for character."""

import hashlib
import re
from unittest import skipUnless

from django.conf import settings
from django.test import TestCase

from shortlist.models import Candidate, Category, Shortlist, Source

FIXTURE = settings.BASE_DIR / "fixtures" / "shanxi.json"
SOURCE = settings.BASE_DIR.parent / "shared" / "source"

# Of the joined text of all candidates, title and headings left out: holds where the source is absent.
TEXT_SHA256 = "db30af0e62cd0fe0a958d2d0b46ad8bfd27278c64acadb73ccfb0375f31f81b5"
TITLE = "“党的十八大以来山西深化改革、转型发展、改善民生重大举措及成果”候选名单"
HEADINGS = "二、转型发展（16项）三、改善民生（16项）"
needs_source = skipUnless(
    SOURCE.is_dir(), "The source text is not beside the repository; its SHA-256 is checked instead."
)
HALF_WIDTH_MARK = re.compile(r"(?<=[\u4e00-\u9fff])[,;](?=[\u4e00-\u9fff])")
KEPT = ["1-8月", "22日-24日", "集宁-大同-原平", "“1+N”", "贷款+政策性", "PM2.5、SO2", "点GDP", "C9高校"]
TOLD = [
    "没有写明报刊、日期、版次",
    "入选名额、最少和最多可选数是本站的设置",
    "本站编号",
    "缺3项和4项",
    "只见于名单标题",
    "都在全文末尾",
    "“今年”指2019年",
]
FULL_WIDTH = {",": "，", ";": "；"}


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def source_without_layout():
    """Read the source and drop line breaks and spaces of every width, nothing else."""
    (path,) = SOURCE.glob("*.txt")
    return "".join(path.read_text(encoding="utf-8").split())


def candidates_in_text_order():
    """Return 改善民生 first, as the text has it, each block in its own order."""
    return Candidate.objects.order_by("-category__code", "order")


def whole_text():
    return "".join(candidate.text for candidate in candidates_in_text_order())


class TheTextIsTheSource(TestCase):
    fixtures = [FIXTURE]

    @needs_source
    def test_joined_source_equals_all_titles_and_texts(self):
        joined, changed = HALF_WIDTH_MARK.subn(lambda mark: FULL_WIDTH[mark[0]], source_without_layout())
        self.assertEqual(whole_text() + TITLE + HEADINGS, joined)
        self.assertEqual(changed, 6)

    @needs_source
    def test_exactly_three_commas_and_three_semicolons_were_changed(self):
        printed = source_without_layout()
        stored = whole_text() + TITLE + HEADINGS
        differing = [(a, b) for a, b in zip(printed, stored, strict=True) if a != b]
        self.assertEqual(sorted(differing), [(",", "，")] * 3 + [(";", "；")] * 3)

    def test_text_has_the_known_checksum(self):
        self.assertEqual(sha256(whole_text()), TEXT_SHA256)

    def test_one_improved_character_is_noticed(self):
        """The control of the checksum: a hyphen made a dash, as a well-meaning editor would."""
        candidate = Candidate.objects.get(code="207")
        candidate.body = candidate.body.replace("1-8月", "1—8月")
        candidate.save()
        self.assertNotEqual(sha256(whole_text()), TEXT_SHA256)

    def test_hyphens_plus_signs_letters_and_points_are_kept(self):
        text = whole_text()
        for printed in KEPT:
            self.assertIn(printed, text)

    def test_no_layout_and_no_half_width_mark_is_left(self):
        self.assertIsNone(re.search(r"[\s,;:?!()]", whole_text()))


class TheListIsWhatTheSourceSays(TestCase):
    fixtures = [FIXTURE]

    def test_twelve_and_thirteen_candidates_of_sixteen_each(self):
        found = {c.code: (c.name, c.declared_count, c.candidates.count()) for c in Category.objects.all()}
        self.assertEqual(
            found, {"1": ("深化改革", None, 0), "2": ("转型发展", 16, 13), "3": ("改善民生", 16, 12)}
        )

    def test_codes_follow_the_text(self):
        codes = [candidate.code for candidate in candidates_in_text_order()]
        self.assertEqual(codes, [str(n) for n in [*range(301, 313), *range(201, 214)]])

    def test_blocks_begin_and_end_where_the_text_does(self):
        title = dict(Candidate.objects.values_list("code", "title"))
        self.assertTrue(title["301"].startswith("脱贫攻坚取得决定性成果，"))
        self.assertTrue(title["312"].startswith("农村饮水安全得到根本改善，"))
        self.assertTrue(title["201"].startswith("金融、物流、康养等"))
        self.assertTrue(title["213"].startswith("实施并深化转型项目建设年工作，"))

    def test_a_title_is_the_first_sentence_with_its_stop(self):
        for candidate in Candidate.objects.all():
            with self.subTest(candidate.code):
                self.assertEqual(candidate.title.index("。"), len(candidate.title) - 1)
                self.assertTrue(candidate.body)

    def test_the_category_only_named_in_the_title_is_off_the_ballot(self):
        self.assertEqual(Category.objects.get(on_ballot=False).name, "深化改革")

    def test_what_the_source_does_not_say_stays_empty(self):
        shortlist, source = Shortlist.objects.get(), Source.objects.get()
        self.assertEqual((shortlist.slug, shortlist.title, source.title), ("shanxi", TITLE, TITLE))
        unknown = [shortlist.organiser, shortlist.introduction, source.publisher, source.page, source.url]
        self.assertEqual(unknown, [""] * 5)
        self.assertIsNone(source.published_on)

    def test_gaps_and_inferences_are_told_to_readers(self):
        remarks = Shortlist.objects.get().remarks
        for told in TOLD:
            self.assertIn(told, remarks)
        for category in Category.objects.all():
            self.assertIn("本站", category.inference)

    def test_numbers_of_choices_are_the_defaults_of_this_site(self):
        settings_of_choice = ["places", "min_choices", "max_choices"]
        defaults = {name: Category._meta.get_field(name).default for name in settings_of_choice}
        for category in Category.objects.values(*defaults):
            self.assertEqual(category, defaults)
