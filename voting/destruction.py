"""The end of the secrets that could join a voter to a ballot.

The keeper key opens what write-ahead log and backups still hold of pending envelopes; the retry
key and its tags tell which commitments a credential cast. Once the last ballot is entered and no
ticket can be posted again, nothing needs them any more.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from .heads import stopped_sentence
from .keeper import append_act, has_entry, locked_poll
from .keyring import MORTAL, destroy_keys
from .models import Participation, PendingEnvelope, Poll

logger = logging.getLogger(__name__)


def destruction_hindrance(poll, at) -> str:
    """Return why the secrets of a poll cannot be destroyed yet, '' when they can, in a sentence for staff."""
    if poll.secrets_destroyed_at:
        return _("They are destroyed already.")
    if not has_entry(poll, "close"):
        return _("The last ballots have not been entered yet.")
    if at < poll.closed_at + timedelta(seconds=settings.TICKET_SECONDS):
        return _("A ballot cast before the close may still be posted again.")
    if poll.ledger_alarm:
        return stopped_sentence()
    if PendingEnvelope.objects.filter(poll_id=poll.pk).exists():
        return _("An acknowledged ballot could not be opened. The keeper key is kept until that is settled.")
    return ""


def destroy_secrets(*, poll, at) -> bool:
    """Destroy keeper key, retry key and retry tags when they are due; return whether it was done.

    The tags go first, in one transaction with the time; `finish_destruction` removes the files of a
    run that was broken off between the two.
    """
    if destruction_hindrance(poll, at):
        return False
    with transaction.atomic():
        poll = locked_poll(poll)
        Participation.objects.filter(poll_id=poll.pk).update(retry_tag=None)
        Poll.objects.filter(pk=poll.pk).update(secrets_destroyed_at=at)
        append_act(poll, "audit", act="secrets_destroyed", at=f"{at:%Y-%m-%dT%H:%M:%SZ}", keys=list(MORTAL))
    destroy_keys(poll.uid, MORTAL)
    logger.info("Keeper key, retry key and retry tags of poll %s were destroyed", poll.uid)
    return True


def finish_destruction():
    """Remove the key files that a broken run has left, of every poll whose secrets are to be gone."""
    for poll in Poll.objects.exclude(secrets_destroyed_at=None):
        destroy_keys(poll.uid, MORTAL)
