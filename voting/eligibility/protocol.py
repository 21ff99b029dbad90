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

    def credential(self, request: HttpRequest, plan: Plan) -> bytes | None:
        """Return the credential that the request carries, None without one. Never makes one."""

    def admit(self, request: HttpRequest, plan: Plan) -> Admission:
        """Return the credential to vote with, making one where the kind allows. Review alone asks."""
