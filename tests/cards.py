"""Polls by code, with their cards."""

from unittest import mock

from django.utils import translation

from voting.codes import issue_codes
from voting.eligibility import code

from .factories import cast, make_open_poll


class CheapCodes:
    """A mixin for tests that are not about the slow hash: it is quick."""

    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(mock.patch.dict(code.COST, n=2))
        cls.enterClassContext(translation.override("en"))
        super().setUpClass()


def make_code_poll(*, count=1, **fields):
    """Make an open poll by code; return it with the codes issued."""
    poll = make_open_poll(eligibility="code", **fields)
    return poll, issue_codes(poll=poll, label="", count=count, who="clerk")


def cast_with(poll, card, **fields):
    """Cast a ballot with a card's code."""
    return cast(poll, credential=card.link.encode(), **fields)
