from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from django.http import HttpRequest, HttpResponse

from ..manifest import Plan
from ..models import Poll


class Admission(NamedTuple):
    """A credential, and how the answer to review is to remember it on the voter's side."""

    credential: bytes
    remember: Callable[[HttpResponse], None]


class NotAdmitted(Exception):
    """The caller has not shown yet that they may vote, or what they showed holds no more.

    The message is a sentence for the voter, '' where there is nothing to be said but what the entrance
    asks for.
    """


class Kind(Protocol):
    """What every kind of eligibility offers.

    A credential is whatever bytes stand for the right to cast. It is never stored: only its digest
    under the poll's credential key is.
    """

    ENTRANCE: bool
    """Whether voters show at the entrance (`views/entrance.py`) that they may vote. Where it is False
    the last two functions are never called and may be missing."""

    def ballots(self, plan: Plan) -> int:
        """Return how many ballots one caller may cast one after the other; 1 for most kinds."""

    def credentials(self, request: HttpRequest, plan: Plan) -> list[bytes]:
        """Return the credential of each turn of the caller, at most `ballots`. Never makes one."""

    def credential(self, request: HttpRequest, plan: Plan) -> bytes | None:
        """Return the credential of the present turn, None without one. Never makes one."""

    def admit(self, request: HttpRequest, plan: Plan) -> Admission:
        """Return the credential to vote with, making one where the kind allows. Review alone asks.

        Raises NotAdmitted, whereupon review draws the entrance with the picks kept.
        """

    def take_turn(self, response: HttpResponse, plan: Plan, turn: int) -> None:
        """Let the caller be at this turn from the next request on; 0 means the next voter begins."""

    def how_limited(self, plan: Plan) -> str:
        """Return the label that stands on every page: what limits the ballots (每台设备限投)."""

    def draw_entrance(
        self, request: HttpRequest, poll: Poll, plan: Plan, codes: list[str], *, sentence: str, status: int
    ) -> HttpResponse:
        """Draw the first page of the entrance, empty, with the picks in a hidden field `codes`."""

    def enter(
        self, request: HttpRequest, poll: Poll, plan: Plan, codes: list[str], at: datetime
    ) -> HttpResponse:
        """Answer what was posted to the entrance: the next step, the same page again, or `admitted`."""

    def picks_waiting(self, request: HttpRequest, plan: Plan) -> list[str]:
        """Return the picks that wait for a voter who comes back from elsewhere; most kinds lack this."""

    def opening_faults(self, poll: Poll) -> list[str]:
        """Return what stands against opening a poll of this kind, in sentences; may be missing."""
