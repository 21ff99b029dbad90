"""The same attacks on polls of other kinds: whose code has voted can be seen, what it chose cannot."""

from . import attacker, test_secrecy
from .search import find_any
from .test_secrecy import traces_in


class ByCodeBeforeTheClose(test_secrecy.BeforeTheClose):
    poll = "by_code"


class ByCodeAfterTheMarksArePublic(test_secrecy.AfterTheMarksArePublic):
    poll = "by_code"

    def test_that_a_code_has_voted_can_be_seen_and_the_cards_add_an_order(self):
        self.assertEqual(set(self.play.cards), set(self.play.voters))
        names = [name for name, _linked, _sizes in attacker.link_by_orders(self.loot)]
        self.assertTrue(any(name.startswith("number of the card") for name in names))

    def test_no_code_can_be_read_anywhere(self):
        codes = {text.encode() for text in self.play.typed}
        self.assertEqual(find_any(self.loot.disk, codes), set())
        # The control: the digests that stand in for the codes are found.
        self.assertEqual(find_any(self.loot.disk, set(self.play.cards)), set(self.play.cards))


class ByCodeTheLogs(test_secrecy.SceneTest):
    poll = "by_code"

    def test_they_tell_of_no_voter_and_no_code(self):
        text = "\n".join(self.scene.logs.values())
        self.assertEqual(traces_in(text, self.play), set())
        self.assertEqual({code for code in self.play.typed if code in text}, set())
