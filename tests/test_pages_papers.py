"""Poster, paper ballot, shared picture and footer: what leaves the site on paper or in a link."""

import io
import re
from datetime import timedelta
from unittest import mock

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client, TestCase, override_settings
from django.utils import timezone
from PIL import Image

from shortlist.models import Category
from voting import share
from voting.lifecycle import announce_poll
from voting.manifest import plan_of

from .factories import cast, make_list, make_open_poll, make_poll, temporary_keys
from .homes import at_home
from .pages import address, english, vote
from .tallies import count, settle

load_tests = at_home("postgresql", __name__)

PAPERS = ("poster", "paper_ballot", "privacy", "share")
SITE = {
    **settings.SITE,
    "url": "https://vote.example",
    "telephone": "0351-123 4567",
    "complaints": "post@vote.example",
    "icp": "ICP-1",
    "police": "police 140100 02000001",
}


def announced(**fields):
    """Make a poll that everyone may read and that is not open."""
    later = timezone.now() + timedelta(days=1)
    return announce_poll(poll=make_poll(opens_at=later, closes_at=later + timedelta(days=9), **fields))


@temporary_keys
class LadderTest(TestCase):
    def test_everyone_reads_them_before_and_during_the_vote(self):
        for poll in (announced(), make_open_poll()):
            for name in PAPERS:
                self.assertEqual(self.client.get(address(name, poll)).status_code, 200, name)

    def test_of_a_draft_only_staff_know(self):
        poll = make_poll()
        staff = Client()
        staff.force_login(get_user_model().objects.create_superuser("chief", password="a long password"))
        for name in PAPERS:
            self.assertEqual(self.client.get(address(name, poll)).status_code, 404, name)
            self.assertEqual(staff.get(address(name, poll)).status_code, 200, name)

    def test_nothing_is_posted_to_them(self):
        poll = make_open_poll()
        for name in PAPERS:
            self.assertEqual(self.client.post(address(name, poll)).status_code, 405, name)

    def test_a_voter_and_a_stranger_get_the_same_bytes(self):
        poll = make_open_poll()
        voter = Client()
        vote(voter, poll, "101")
        for name in PAPERS:
            self.assertEqual(
                voter.get(english(name, poll)).content, Client().get(english(name, poll)).content, name
            )

    def test_votes_change_nothing_on_them(self):
        poll = make_open_poll()
        before = [self.client.get(english(name, poll)).content for name in PAPERS]
        cast(poll, codes=["101"])
        with mock.patch("voting.views.public._kept", {}):
            self.assertEqual([self.client.get(english(name, poll)).content for name in PAPERS], before)


@temporary_keys
@override_settings(SITE=SITE)
class PosterTest(TestCase):
    def test_it_says_what_when_and_how_with_the_address_in_words_and_as_a_code(self):
        poll = make_open_poll(title="A vote on achievements")
        page = self.client.get(english("poster", poll))
        for words in ("A vote on achievements", "How to vote", "0351-123 4567", "choose up to 3"):
            self.assertContains(page, words)
        self.assertContains(page, f"<code>https://vote.example{english('list', poll)}</code>", html=True)
        self.assertContains(page, 'class="qr"')
        self.assertContains(page, poll.manifest_sha256[:4])
        self.assertNotContains(page, "Specimen")

    def test_its_code_leads_to_the_list(self):
        poll = make_open_poll()
        with mock.patch("voting.views.papers.qr_drawing", lambda address: f"[{address}]"):
            self.assertContains(
                self.client.get(address("poster", poll)), f"[https://vote.example{address('list', poll)}]"
            )

    @override_settings(SITE={**SITE, "url": ""})
    def test_without_a_set_address_each_host_gets_its_own(self):
        poll = make_open_poll()
        for host in ("one.example", "two.example"):
            page = self.client.get(english("poster", poll), headers={"host": host})
            self.assertContains(page, f"http://{host}{english('list', poll)}")

    def test_before_the_rules_are_final_it_is_a_specimen(self):
        self.assertContains(self.client.get(english("poster", announced())), "Specimen")

    def test_demo_and_rehearsal_are_marked(self):
        for name in ("poster", "paper_ballot"):
            for fields, words in (
                ({"demo": True}, "Demo, not a formal vote"),
                ({"rehearsal": True}, "Rehearsal"),
            ):
                page = self.client.get(english(name, make_open_poll(**fields)))
                self.assertContains(page, f'<p class="stamp">{words}')


@temporary_keys
class PaperBallotTest(TestCase):
    def test_every_candidate_stands_there_once_with_a_box_and_its_code(self):
        page = self.client.get(
            english("paper_ballot", make_open_poll(shortlist=make_list(candidates=(5, 4))))
        )
        self.assertContains(page, '<span class="box" aria-hidden="true"></span>', 9)
        for code in ("101", "105", "201", "204"):
            self.assertContains(page, f'<span class="number">{code}</span> <span>Title {code}</span>', 1)

    def test_limits_stand_with_each_category(self):
        shortlist = make_list(candidates=(5, 4))
        Category.objects.filter(shortlist=shortlist, code="2").update(min_choices=1, max_choices=2)
        page = self.client.get(english("paper_ballot", make_open_poll(shortlist=shortlist)))
        limits = re.findall(r"<small>\s*(.*?)\s*</small>", page.content.decode())
        self.assertEqual(limits, ["choose up to 3", "choose up to 2, at least 1"])

    def test_the_number_stands_on_the_stub_and_never_on_the_ballot(self):
        html = self.client.get(english("paper_ballot", make_open_poll())).content.decode()
        stub, ballot = html.split('class="stub"')[1].split("</section>", 1)
        self.assertIn("Issue no.:", stub)
        self.assertNotIn("Issue no.:", ballot)


@temporary_keys
class SharedLinkTest(TestCase):
    def test_the_picture_has_the_size_that_the_page_names_and_is_kept(self):
        poll = make_open_poll()
        answer = self.client.get(address("share", poll))
        picture = Image.open(io.BytesIO(answer.content))
        self.assertEqual((picture.format, picture.size), ("PNG", (1200, 630)))
        self.assertLess(len(answer.content), 60_000)
        again = self.client.get(address("share", poll), headers={"if-none-match": answer["ETag"]})
        self.assertEqual((again.status_code, again.content), (304, b""))

    def test_the_picture_shows_title_dates_and_mark_and_no_result(self):
        poll = make_open_poll(title="A vote on achievements", demo=True)
        cast(poll, codes=["101"])
        counted = count(settle(poll))
        card = share.card_of(counted, plan_of(counted))
        self.assertEqual((card.title, bool(card.mark)), ("A vote on achievements", True))
        self.assertEqual(len(card.lines), 3)

    def test_another_title_is_another_picture(self):
        one, other = (make_open_poll(title=title) for title in ("One", "Other"))
        self.assertNotEqual(
            self.client.get(address("share", one)).content, self.client.get(address("share", other)).content
        )

    def test_without_a_chinese_font_it_is_written_in_english(self):
        poll = make_open_poll(title="名单")
        with mock.patch("voting.share.find_font", lambda: None), mock.patch("voting.share.draw_card") as draw:
            draw.return_value = b"picture"
            self.client.get(address("share", poll))
        self.assertTrue(draw.call_args.args[0].brand.isascii())

    def test_a_long_title_is_folded_and_no_line_begins_with_a_mark(self):
        class Square:
            def getlength(self, text):
                return 100 * len(text)

        lines = share.folded("一二三四五六七八九十、一二三", Square(), 1000)
        self.assertEqual("".join(lines), "一二三四五六七八九十、一二三")
        self.assertFalse([line for line in lines if line[0] in share.NEVER_FIRST])

    def test_a_link_carries_title_and_picture_only_where_the_address_is_set(self):
        poll = make_open_poll(title="A vote")
        for name in ("list", "result"):
            bare = self.client.get(english(name, poll))
            self.assertContains(bare, '<meta name="description"')
            self.assertContains(bare, "og:title")
            self.assertNotContains(bare, "og:image")
            with override_settings(SITE=SITE), mock.patch("voting.views.public._kept", {}):
                full = self.client.get(english(name, poll))
            picture = f"https://vote.example{english('share', poll)}"
            self.assertContains(full, f'<meta property="og:image" content="{picture}">', html=True)
            self.assertContains(full, f'rel="canonical" href="https://vote.example{english(name, poll)}"')


@temporary_keys
@override_settings(SITE=SITE)
class FooterTest(TestCase):
    def test_it_names_who_answers_and_links_the_registers(self):
        shortlist = make_list()
        shortlist.organiser = "The office"
        shortlist.save()
        page = self.client.get(english("list", make_open_poll(shortlist=shortlist)))
        self.assertContains(page, "The office")
        self.assertContains(page, '<a href="tel:03511234567">0351-123 4567</a>', html=True)
        self.assertContains(page, "post@vote.example")
        self.assertContains(
            page, '<a href="https://beian.miit.gov.cn/" rel="noreferrer">ICP-1</a>', html=True
        )
        self.assertContains(page, "https://beian.mps.gov.cn/#/query/webSearch?code=14010002000001")

    def test_each_page_of_a_vote_leads_to_its_privacy_text(self):
        poll = make_open_poll()
        for name in ("list", "ballot", "find", "result", "poster"):
            self.assertContains(self.client.get(english(name, poll)), english("privacy", poll))
