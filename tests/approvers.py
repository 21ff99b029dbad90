"""People who approve what a test does to a poll."""

from django.contrib.auth import get_user_model

from voting.approval import approve, propose
from voting.models import Poll, Proposal


def do(poll, act, content=None, reason="Because"):
    """Propose an act and let as many people approve as it needs; return the poll as it is then."""
    users = get_user_model().objects
    people = [
        users.get_or_create(username=name, defaults={"is_staff": True})[0] for name in ("ana", "bo", "chen")
    ]
    proposal = propose(poll=poll, act=act, content=content, reason=reason, person=people[0])
    for person in people[1:]:
        if proposal.state == Proposal.State.WAITING:
            proposal = approve(proposal=proposal, person=person)
    parts, poll = getattr(poll, "parts", []), Poll.objects.get(pk=poll.pk)
    poll.parts = parts
    return poll
