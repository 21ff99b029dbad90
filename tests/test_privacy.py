"""The privacy text says what the poll's own rules make true, and nothing else."""

from django.test import TestCase, override_settings
from django.utils import timezone
from django.utils.translation import override

from voting.manifest import plan_of
from voting.models import Poll
from voting.privacy import privacy_in_short, privacy_parts

from .factories import make_open_poll, make_poll, temporary_keys
from .pages import english, vote

# What each rule changes: fields of the poll, a sentence that is there with them and not without.
RULES = [
    ({"daily": True}, "the day of taking part is stored"),
    ({"ballots_per_device": 3}, "up to 3 people may vote on one device"),
    ({"sealed": False}, "the server can open it while the vote goes on"),
    ({"reveals": "everyone"}, "whoever holds your receipt can then find"),
    ({"batch_minimum": 1}, "entered one by one"),
    ({"order_rule": "rotated", "order_variants": 4}, "number of the order in which you see the list"),
    ({"eligibility": "roll"}, "two keyed digests: of what identifies"),
    ({"eligibility": "roll"}, "whoever asks for a one-time password, on the roll or not"),
    ({"eligibility": "roll", "purpose": "To let each member vote."}, "To let each member vote."),
    ({"eligibility": "sign_in"}, "Of your account at the sign-in service only the digest"),
    ({"eligibility": "sign_in"}, "While you are at the sign-in service"),
]


@temporary_keys
class PrivacyTest(TestCase):
    def page(self, poll):
        return self.client.get(english("privacy", poll))

    def test_each_rule_brings_its_sentence_and_only_that_rule_does(self):
        plain = make_poll(batch_minimum=20)
        for fields, sentence in RULES:
            with self.subTest(sentence):
                self.assertIn(sentence, self.text(make_poll(**{"batch_minimum": 20, **fields})))
                self.assertNotIn(sentence, self.text(plain))

    def test_only_sealed_polls_of_devices_say_that_ballots_carry_tags(self):
        sentence = "keyed digests of the network address, the kind of browser and the ten minutes"
        self.assertIn(sentence, self.text(make_poll()))
        for fields in ({"sealed": False}, {"eligibility": "code"}):
            self.assertNotIn(sentence, self.text(make_poll(**fields)))

    def test_where_only_the_chosen_are_published_no_choices_are_said_to_be(self):
        sentence = "the choices of all counted ballots are published"
        self.assertIn(sentence, self.text(make_poll()))
        self.assertNotIn(sentence, self.text(make_poll(publish="chosen")))

    @override_settings(TICKET_SECONDS=1200, RECEIPT_SECONDS=600)
    def test_times_are_those_of_the_settings(self):
        words = self.text(make_poll())
        self.assertIn("not before 20 minutes after the close", words)
        self.assertIn("in a cookie for 10 minutes", words)

    def test_once_the_keys_are_destroyed_it_says_when(self):
        poll = make_open_poll()
        self.assertContains(self.page(poll), "are destroyed by themselves")
        Poll.objects.filter(pk=poll.pk).update(secrets_destroyed_at=timezone.now())
        self.assertContains(self.page(poll), "were destroyed on")
        self.assertNotContains(self.page(poll), "are destroyed by themselves")

    def test_it_names_every_cookie_that_a_voter_gets(self):
        poll = make_open_poll(ballots_per_device=2, order_rule="rotated", order_variants=4)
        self.client.get(english("list", poll))
        vote(self.client, poll, "101")
        known = ("device", "turn-", "receipt-", "csrftoken", "order-")
        self.assertGreaterEqual(len(self.client.cookies), 4)
        named = (
            "random number",
            "number of the present voter",
            "The receipt, encrypted",
            "forged requests",
            "number of the order",
        )
        for cookie in self.client.cookies:
            self.assertTrue(cookie.startswith(known), f"{cookie} stands in no sentence")
        words = self.text(poll)
        for sentence in named:
            self.assertIn(sentence, words)

    def test_the_footer_says_what_is_asked_for(self):
        for fields, words, other in (
            ({}, "asks for no name, telephone number", "sign in"),
            ({"eligibility": "roll", "roll_question": "Staff number"}, "“Staff number”", "no name"),
            ({"eligibility": "sign_in"}, "asks you to sign in", "no name, telephone number"),
        ):
            with override("en"):
                line = privacy_in_short(plan_of(make_poll(**fields)))
            self.assertIn(words, line)
            self.assertNotIn(other, line)

    def test_only_the_proxy_logs_addresses_and_it_says_so(self):
        self.assertIn("logged by the proxy in front of this site alone", self.text(make_poll()))

    def text(self, poll):
        """Return every sentence in English, one behind the other."""
        with override("en"):
            return " ".join(line for part in privacy_parts(poll, plan_of(poll)) for line in part.sentences)
