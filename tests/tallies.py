"""From an open poll to a counted one, for tests of the result."""

from django.utils import timezone

from voting.keeper import keep_poll
from voting.lifecycle import close_poll, count_poll
from voting.manifest import plan_of
from voting.unsealing import unseal

from .factories import PEOPLE, secret_of


def settle(poll):
    """Close a poll and let the keeper enter what waits and the closing."""
    parts = poll.parts
    poll = close_poll(poll=poll, by=PEOPLE[: poll.approvals])
    keep_poll(poll, timezone.now(), {})
    poll.refresh_from_db()
    poll.parts = parts
    return poll


def count(poll):
    """Open the ballots of a settled poll with its holder's part and count them."""
    for _step in unseal(poll, plan_of(poll), secret_of(poll)):
        pass
    return count_poll(poll=poll)
