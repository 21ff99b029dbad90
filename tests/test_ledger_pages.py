"""The public ledger's pages for people: its acts, its heads for paper, one entry; the desk's alarm."""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from unittest import mock

from django.conf import settings
from django.test import Client, TestCase, override_settings
from django.utils import timezone

from tests.desk import StaffCase, page
from tests.factories import cast, make_open_poll, make_poll, temporary_keys
from tests.pages import address, english
from tests.tallies import count, settle
from voting.heads import latest_head
from voting.keeper import keep_poll
from voting.ledger.headline import parse_headline
from voting.ledger.note import parse_vkey
from voting.lifecycle import announce_poll, pause_poll, resume_poll
from voting.manifest import plan_of
from voting.models import Checkpoint, Entry, Poll
from voting.views.public import _kept

ALARM = "A head of 9 entries was signed, but the database holds 3."


class PagesCase(TestCase):
    def setUp(self):
        _kept.clear()
        self.poll = make_open_poll()

    def keep(self, at=None):
        keep_poll(self.poll, at or timezone.now(), {})
        self.poll.refresh_from_db()

    def show(self, name="ledger", **query):
        return self.client.get(english(name, self.poll), query)


@temporary_keys
class LedgerPageTest(PagesCase):
    def test_it_names_the_latest_head_in_a_line_that_can_be_typed(self):
        cast(self.poll)
        self.keep()
        shown = self.show()
        line = re.search(r'class="head-line"[^>]*><code>([^<]+)</code>', shown.content.decode())[1]
        head, typed = latest_head(self.poll), parse_headline(line)
        self.assertEqual((typed.size, typed.root), (head.size, bytes(head.root)))
        self.assertEqual(typed.origin, plan_of(self.poll).origin)
        self.assertContains(shown, f"<dd>{head.size}</dd>")

    def test_it_gives_the_key_under_which_other_programs_read_it(self):
        self.keep()
        key = re.search(r"<code>([^<]+\+[0-9a-f]{8}\+[^<]+)</code>", self.show().content.decode())[1]
        name, public, _kind = parse_vkey(key)
        plan = plan_of(self.poll)
        self.assertEqual((name, public.hex()), (plan.origin, plan.keys["ledger"]))

    def test_its_address_is_the_same_in_every_language_and_mode(self):
        self.keep()
        for start in ("", "/en", "/elder", "/elder/en"):
            shown = self.client.get(f"{start}/p/{self.poll.slug}/ledger/")
            self.assertContains(shown, f"<dd><code>/ledger/{self.poll.slug}/</code></dd>")
        site = {**settings.SITE, "url": "https://vote.example"}
        _kept.clear()
        with override_settings(SITE=site):
            self.assertContains(self.show(), f"<code>https://vote.example/ledger/{self.poll.slug}/</code>")

    def test_every_act_is_told_in_words_and_ballots_by_their_number(self):
        for _ballot in range(3):
            cast(self.poll)
        self.keep()
        pause_poll(by=["Clerk"], poll=self.poll, reason="Water in the machine room")
        self.poll.refresh_from_db()
        resume_poll(by=["Clerk"], poll=self.poll)
        self.keep()
        shown = self.show()
        for words in ("Voting plan, final", "Voting began", "Voting paused", "Water in the machine room"):
            self.assertContains(shown, words)
        self.assertContains(shown, "Voting went on")
        self.assertContains(shown, '<td class="amount">3</td>', count=2)
        self.assertNotContains(shown, "Ballot, sealed")

    def test_numbers_are_those_that_receipts_name(self):
        cast(self.poll)
        self.keep()
        pause_poll(by=["Clerk"], poll=self.poll, reason="x")
        self.keep()
        number = Entry.objects.get(poll=self.poll, type="pause").index + 1
        self.assertContains(
            self.show(), f'<span class="number">{number}</span> <strong>Voting paused</strong>', html=False
        )

    def test_documents_are_linked_for_whom_the_rules_say(self):
        cast(self.poll)
        self.poll = settle(self.poll)
        count(self.poll)
        self.keep()
        shown = self.show()
        for name in ("marks-1.txt", "tally.json"):
            self.assertContains(shown, f'href="/ledger/{self.poll.slug}/documents/{name}"')
        self.assertContains(shown, "reveals-1.jsonl (not public)")
        self.assertNotContains(shown, "documents/reveals-1.jsonl")

    def test_an_alarm_is_told_plainly_and_its_end_too(self):
        self.keep()
        words = "Ballots already cast are kept."
        self.assertNotContains(self.show(), words)
        Poll.objects.update(ledger_alarm=ALARM)
        self.assertContains(self.show(), words)
        self.assertNotContains(self.show(), ALARM)
        Poll.objects.update(ledger_alarm="")
        self.assertNotContains(self.show(), words)

    def test_it_follows_each_new_head(self):
        self.keep()
        before = self.show()
        self.assertEqual(before["Cache-Control"], "public, max-age=60, stale-while-revalidate=30")
        cast(self.poll)
        self.keep()
        self.assertNotEqual(self.show().content, before.content)

    def test_before_the_opening_and_before_the_first_head_it_says_so(self):
        self.assertContains(self.show(), "No head is signed yet")
        self.poll = announce_poll(poll=make_poll())
        self.assertContains(self.show(), "The ledger begins when list and rules are made final.")
        for name in ("head", "check"):
            self.assertEqual(self.show(name).status_code, 404)
        self.poll = make_poll()
        for name in ("ledger", "head", "entry", "check"):
            self.assertEqual(self.show(name).status_code, 404)

    def test_more_ballots_and_acts_cost_no_more_queries(self):
        def cost():
            self.show()  # The process remembers what the opening froze.
            _kept.clear()
            with self.assertNumQueries(COST):
                self.show()

        cast(self.poll)
        self.keep()
        cost()
        for _ballot in range(5):
            cast(self.poll)
        pause_poll(by=["Clerk"], poll=self.poll, reason="x")
        self.poll.refresh_from_db()
        resume_poll(by=["Clerk"], poll=self.poll)
        self.keep()
        cost()
        with self.assertNumQueries(2):
            self.show()

    def test_another_method_is_refused(self):
        for name in ("ledger", "head", "entry"):
            self.assertEqual(self.client.post(english(name, self.poll)).status_code, 405)


COST = 6


@temporary_keys
class HeadSheetTest(PagesCase):
    def heads_of_three_days(self):
        """Have a head signed on each of three days; 16:30 in UTC is the next day in Beijing."""
        self.keep()
        head = latest_head(self.poll)
        Checkpoint.objects.all()._raw_delete("default")
        start = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
        for at, (size, moment) in enumerate(
            [(2, start), (3, start + timedelta(hours=1, minutes=30)), (9, start + timedelta(days=1))]
        ):
            root = hashlib.sha256(bytes([at])).digest()
            Checkpoint.objects.create(poll=self.poll, size=size, root=root, note=head.note, signed_at=moment)

    def line(self, **query):
        shown = self.show("head", **query).content.decode()
        return parse_headline(re.search(r"<p[^>]*head-line.*?<code>([^<]+)", shown)[1])

    def test_days_are_those_of_the_polls_zone_and_each_has_its_last_head(self):
        self.heads_of_three_days()
        self.assertEqual(self.line().size, 9)
        self.assertEqual(self.line(date="2026-11-20").size, 2)
        self.assertEqual(self.line(date="2026-11-21").size, 9)
        shown = self.show()
        self.assertContains(shown, "?date=2026-11-20")
        self.assertContains(shown, "?date=2026-11-21")
        self.assertEqual(shown.content.count(b"?date="), 2)

    def test_a_day_without_a_head_is_not_found(self):
        self.heads_of_three_days()
        for day in ("2026-11-19", "2026-11-22", "tomorrow", "9999-12-31", "0001-01-01", "2026-02-30"):
            self.assertEqual(self.show("head", date=day).status_code, 404, day)

    def test_its_qr_code_carries_the_line(self):
        self.keep()
        with mock.patch("voting.views.ledger.qr_drawing", return_value="") as drawn:
            self.show("head")
        typed = parse_headline(drawn.call_args.args[0])
        self.assertEqual(typed.size, latest_head(self.poll).size)

    def test_the_check_characters_stand_apart(self):
        self.keep()
        shown = self.show("head")
        last = re.search(r'<code class="check">(\w{4})</code>', shown.content.decode())[1]
        self.assertContains(shown, f"-{last}</code></p>")

    def test_a_demo_is_marked_in_both_languages(self):
        self.poll = make_open_poll(demo=True)
        self.keep()
        self.assertContains(self.client.get(address("head", self.poll)), "演示")
        self.assertContains(self.show("head"), "Demo, not a formal vote")


@temporary_keys
class EntryPageTest(PagesCase):
    def test_it_shows_the_leaf_its_hash_and_its_first_head(self):
        cast(self.poll)
        self.keep()
        cast(self.poll)
        self.keep()
        entry = Entry.objects.get(poll=self.poll, index=2)
        shown = self.show("entry", number=3)
        self.assertContains(shown, "Entry no. 3")
        self.assertContains(shown, hashlib.sha256(b"\0" + bytes(entry.leaf)).hexdigest())
        self.assertContains(shown, json.loads(bytes(entry.leaf))["commitment"])
        self.assertEqual(Checkpoint.objects.order_by("size").values_list("size", flat=True)[1], 4)
        self.assertContains(shown, "4 entries, signed at")

    def test_numbers_that_are_none_get_a_sentence(self):
        self.keep()
        self.assertContains(self.show("entry", number=3), "entries from 1 to 2", status_code=404)
        for odd, words in (
            ("0", "numbered from 1"),
            ("-1", "numbered from 1"),
            ("x", "digits only"),
            ("", "Type the number"),
            ("9" * 30, "so high a number"),
        ):
            self.assertContains(self.show("entry", number=odd), words, status_code=422)
        self.assertEqual(self.show("entry").status_code, 200)

    def test_what_is_not_under_a_signed_head_is_not_shown(self):
        self.keep()
        pause_poll(by=["Clerk"], poll=self.poll, reason="secret so far")
        shown = self.show("entry", number=3)
        self.assertNotContains(shown, "secret so far", status_code=404)
        self.assertNotContains(self.show(), "secret so far")
        self.poll.refresh_from_db()
        self.keep()
        self.assertContains(self.show("entry", number=3), "secret so far")


@temporary_keys
class StrangersTest(PagesCase):
    def test_they_set_no_cookie(self):
        self.keep()
        for name in ("ledger", "head", "entry"):
            answer = Client().get(address(name, self.poll))
            self.assertFalse(answer.cookies, name)


@temporary_keys
class DeskTest(StaffCase):
    def test_an_alarm_stands_on_top_of_the_polls_page_with_what_to_do(self):
        poll = make_open_poll()
        keep_poll(poll, timezone.now(), {})
        words = "Tell the operator at once"
        shown = self.client.get(page(poll))
        self.assertNotContains(shown, words)
        self.assertContains(shown, "2 entries, signed at")
        Poll.objects.update(ledger_alarm=ALARM)
        shown = self.client.get(page(poll))
        self.assertContains(shown, words)
        self.assertContains(shown, ALARM)
        self.assertLess(shown.content.index(words.encode()), shown.content.index(b'id="desk-standing"'))
