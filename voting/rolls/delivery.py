"""Hand passwords to the sender behind the voter's back, so that the answer's time tells nothing.

Whether somebody stands on the roll is looked up here, not in the request: a gateway needs a second, and
whoever is not on the roll must not be answered a second sooner. So a failure cannot be told to the one
whom it hit; once three in a row have failed, everybody is told, on the roll or not.
"""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection
from django.utils.translation import gettext as _

from ..models import RollEntry
from ..senders import SendFailed, sender
from .passwords import NotSent

AT_ONCE = 8
MOST_WAITING = 400
FAILURES = 3
REST = 60  # seconds
logger = logging.getLogger(__name__)
_room = threading.BoundedSemaphore(MOST_WAITING)
_pool = None
_failed, _failed_at = 0, 0.0


def check_delivery():
    """Raise NotSent where passwords cannot be sent at present, whoever asks."""
    if _failed >= FAILURES and time.monotonic() - _failed_at < REST:
        raise _down()


def deliver(poll, person, contact, message):
    """Have the message sent if these two digests stand on the poll's roll; return at once.

    Raises NotSent where too many wait already.
    """
    global _pool
    if not _room.acquire(blocking=False):
        raise _down()
    if _pool is None:  # Not at import: threads do not survive gunicorn's fork.
        _pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
    _pool.submit(_in_thread, poll.pk, person, contact, message)


def send_if_on_roll(poll_id, person, contact, message):
    """Send the message if the two digests stand together on the roll; the log tells of failures, no more."""
    global _failed, _failed_at
    if not RollEntry.objects.filter(poll_id=poll_id, person=person, contact=contact).exists():
        return
    try:
        sender().send(message)
    except SendFailed as error:
        _failed, _failed_at = _failed + 1, time.monotonic()
        logger.error("A one-time password could not be sent: %s", error)
    except Exception as error:  # noqa: BLE001  (a sender of one's own may raise anything; its text may quote)
        _failed, _failed_at = _failed + 1, time.monotonic()
        logger.error("A one-time password could not be sent: %s", type(error).__name__)
    else:
        _failed = 0


def forget_failures():
    """Begin anew, as after a restart."""
    global _failed
    _failed = 0


def _in_thread(*arguments):
    try:
        send_if_on_roll(*arguments)
    except Exception as error:  # noqa: BLE001  (nobody looks at what a thread raises)
        logger.error("The roll could not be looked up for a one-time password: %s", type(error).__name__)
    finally:
        connection.close()
        _room.release()


def _down():
    return NotSent(
        "down", _("Passwords cannot be sent at present. Please try again in a few minutes; nothing is lost.")
    )
