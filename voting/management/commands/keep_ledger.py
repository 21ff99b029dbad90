import logging
import os
import signal
import threading
import time

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from voting.brakes import forget_old
from voting.bundle import publish_bundle
from voting.destruction import destroy_secrets, finish_destruction
from voting.forget import forget_due
from voting.heads import SignerLost, SignerProcess, polls_to_keep
from voting.holds.groups import keep_holds
from voting.keeper import keep_poll
from voting.keyring import KeyringError
from voting.manifest import ManifestError, plan_of
from voting.models import Poll
from voting.refusals import LedgerStopped
from voting.rolls.passwords import forget_old as forget_old_passwords

logger = logging.getLogger(__name__)
FORGET_EVERY = 3600  # seconds
# Where processors are short, voters come first: what is cast is safe at once and may be entered later.
NICER = 5
PUBLISH_EVERY = 60  # seconds between two looks at the public bundles and at counters that are over


class Command(BaseCommand):
    help = "Enter acknowledged ballots into the ledger, and openings and closings when their time comes."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="Do what is due now, then stop.")
        parser.add_argument("--interval", type=float, default=1.0, help="Seconds between two rounds.")

    def handle(self, *, once, interval, **options):
        stop = threading.Event()
        if not once:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
            os.nice(NICER)
        finish_destruction()
        self.check(databases=["default"])
        closings, signer, published, forgot = {}, SignerProcess(), float("-inf"), float("-inf")
        try:
            while True:
                keep_all(closings, signer)
                if time.monotonic() - published >= PUBLISH_EVERY:
                    publish_all()
                    sweep()
                    published = time.monotonic()
                if time.monotonic() - forgot >= FORGET_EVERY:
                    forget_all()
                    forgot = time.monotonic()
                if once or stop.wait(interval):
                    return
                close_old_connections()
        finally:
            signer.stop()


def publish_all():
    """Write the public bundles of counted polls anew where their ledgers have grown."""
    for poll in Poll.objects.filter(state__in=[Poll.State.COUNTED, Poll.State.CERTIFIED]):
        try:
            if publish_bundle(poll, plan_of(poll)):
                logger.info("The public bundle of poll %s was written", poll.uid)
        except (OSError, OperationalError, ManifestError):
            logger.exception("The public bundle of poll %s could not be written", poll.uid)


def sweep():
    """Remove the counters and spent challenges of device polls whose time is over (voting/brakes.py)."""
    try:
        forget_old(timezone.now())
    except OperationalError:
        logger.exception("Counters that are over could not be removed")


def forget_all():
    """Carry out the polls' plans of deletion (voting/forget.py), and remove old one-time passwords."""
    forget_old_passwords(timezone.now())
    for poll in Poll.objects.exclude(closed_at=None):
        try:
            forget_due(poll, plan_of(poll), timezone.now(), who="keep_ledger")
        except (OSError, OperationalError, KeyringError, ManifestError):
            logger.exception("The plan of deletion of poll %s could not be carried out", poll.uid)


def keep_all(closings, signer=None):
    """Do one round over all polls; what goes wrong with one does not stop the others."""
    try:
        for poll in polls_to_keep():
            try:
                keep_poll(poll, timezone.now(), closings, signer)
                keep_holds(poll, timezone.now())
            except LedgerStopped:
                continue  # The alarm is raised and logged; ballots that are cast meanwhile wait.
            except SignerLost:
                logger.error("The signer ended while poll %s was kept; another is started", poll.uid)
            except (KeyringError, ManifestError) as error:
                logger.error("Poll %s is not kept: %s", poll.uid, error)
        for poll in Poll.objects.with_doomed_secrets():
            destroy_secrets(poll=poll, at=timezone.now())
    except OperationalError:
        # The database is away or busy; nothing was written, and the next round tries again.
        logger.exception("The ledger's round was broken off")
