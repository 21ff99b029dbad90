from collections.abc import Callable
from typing import NamedTuple, Protocol

from django.http import HttpRequest, HttpResponse

from ..manifest import Plan


class Admission(NamedTuple):
    """A credential, and how the answer to review is to remember it on the voter's side."""

    credential: bytes
    remember: Callable[[HttpResponse], None]


class Kind(Protocol):
    """What every kind of eligibility offers.

    A credential is whatever bytes stand for the right to cast. It is never stored: only its digest
    under the poll's credential key is.
    """

    def ballots(self, plan: Plan) -> int:
        """Return how many ballots one caller may cast one after the other; 1 for most kinds."""

    def credentials(self, request: HttpRequest, plan: Plan) -> list[bytes]:
        """Return the credential of each turn of the caller, at most `ballots`. Never makes one."""

    def credential(self, request: HttpRequest, plan: Plan) -> bytes | None:
        """Return the credential of the present turn, None without one. Never makes one."""

    def admit(self, request: HttpRequest, plan: Plan) -> Admission:
        """Return the credential to vote with, making one where the kind allows. Review alone asks."""

    def take_turn(self, response: HttpResponse, plan: Plan, turn: int) -> None:
        """Let the caller be at this turn from the next request on."""
