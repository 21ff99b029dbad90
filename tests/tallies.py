"""From an open poll to a counted one, for tests of the result."""

from django.utils import timezone

from voting.keeper import keep_poll
from voting.keyring import read_election_secret
from voting.lifecycle import close_poll, count_poll
from voting.manifest import plan_of
from voting.opening import open_ballots


def settle(poll):
    """Close a poll and let the keeper enter what waits and the closing."""
    secret = poll.secret
    poll = close_poll(poll=poll)
    keep_poll(poll, timezone.now(), {})
    poll.refresh_from_db()
    poll.secret = secret
    return poll


def count(poll):
    """Open the ballots of a settled poll with its holder's secret and count them."""
    for _opened in open_ballots(poll, plan_of(poll), read_election_secret(poll.uid, poll.secret)):
        pass
    return count_poll(poll=poll)
