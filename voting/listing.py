"""Tell the list's desk which polls use a list, for it knows nothing of voting."""

import functools

from django.urls import reverse

from shortlist.uses import Use

from .models import Poll


def polls_using(shortlist) -> list[Use]:
    """Return the polls on a list, as its uses."""
    return [
        Use(
            name=poll.title,
            public=poll.state != Poll.State.DRAFT,
            live=not poll.frozen,
            desk=reverse("admin:voting_poll_change", args=[poll.pk]),
            page=poll.get_absolute_url(),
            candidate=functools.partial(_candidate_page, poll.slug),
        )
        for poll in Poll.objects.filter(shortlist=shortlist)
    ]


def _candidate_page(slug, code):
    return reverse("voting:candidate", args=[slug, code])
