"""What uses a list. Programs above this one say so; the list itself knows none of them."""

from collections.abc import Callable
from typing import NamedTuple


class Use(NamedTuple):
    """One use of a list, such as a poll on it.

    `public`: citizens can read the list there, so that each change needs a reason. `live`: the page there
    still shows the tables as they are, which a poll's does until it is opened. `desk` and `page` are
    addresses at the desk and of the page itself; `candidate` makes that of one candidate by its code.
    """

    name: str
    public: bool
    live: bool
    desk: str
    page: str
    candidate: Callable[[str], str]


# Functions that take a list and return its uses; an app adds its own when it is ready.
READERS: list[Callable[..., list[Use]]] = []


def uses_of(shortlist) -> list[Use]:
    """Return every use of a list."""
    return [use for reader in READERS for use in reader(shortlist)] if shortlist.pk else []


def is_public(shortlist) -> bool:
    """Say whether citizens can read this list somewhere."""
    return any(use.public for use in uses_of(shortlist))
