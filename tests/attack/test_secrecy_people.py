"""The same attacks where voters are known people: who has taken part can be seen, what they chose cannot."""

from unittest import SkipTest

from . import attacker, test_secrecy
from .search import find_any
from .test_secrecy import traces_in


class Known:
    """What is looked at once more where the organiser knows the people."""

    @classmethod
    def setUpClass(cls):
        try:
            super().setUpClass()
        except KeyError:
            raise SkipTest("Authlib is not installed, so nobody signs in.") from None


class ByRollBeforeTheClose(Known, test_secrecy.BeforeTheClose):
    poll = "by_roll"


class BySignInBeforeTheClose(Known, test_secrecy.BeforeTheClose):
    poll = "by_sign_in"


class ByRollAfterTheMarksArePublic(Known, test_secrecy.AfterTheMarksArePublic):
    poll = "by_roll"

    def test_the_places_on_the_roll_are_one_more_order(self):
        self.assertEqual(set(self.play.cards), set(self.play.voters))
        names = [name for name, _linked, _sizes in attacker.link_by_orders(self.loot)]
        self.assertTrue(any(name.startswith("number of the card") for name in names))

    def test_what_they_typed_can_be_read_nowhere(self):
        typed = {text.encode() for text in self.play.typed}
        self.assertEqual(find_any(self.loot.disk, typed), set())
        # The control: the digests that stand in for them are found.
        self.assertEqual(find_any(self.loot.disk, set(self.play.cards)), set(self.play.cards))


class BySignInAfterTheMarksArePublic(ByRollAfterTheMarksArePublic):
    poll = "by_sign_in"


class ByRollTheLogs(Known, test_secrecy.SceneTest):
    poll = "by_roll"

    def test_they_tell_of_no_voter_and_of_nothing_that_was_typed(self):
        text = "\n".join(self.scene.logs.values())
        self.assertEqual(traces_in(text, self.play), set())
        self.assertEqual({secret for secret in self.play.typed if secret in text}, set())


class BySignInTheLogs(ByRollTheLogs):
    poll = "by_sign_in"
