import logging
import signal
import threading

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from voting.destruction import destroy_secrets, finish_destruction
from voting.heads import SignerLost, SignerProcess, polls_to_keep
from voting.keeper import keep_poll
from voting.keyring import KeyringError
from voting.manifest import ManifestError
from voting.models import Poll
from voting.refusals import LedgerStopped

logger = logging.getLogger(__name__)


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
        finish_destruction()
        self.check(databases=["default"])
        closings, signer = {}, SignerProcess()
        try:
            while True:
                keep_all(closings, signer)
                if once or stop.wait(interval):
                    return
                close_old_connections()
        finally:
            signer.stop()


def keep_all(closings, signer=None):
    """Do one round over all polls; what goes wrong with one does not stop the others."""
    try:
        for poll in polls_to_keep():
            try:
                keep_poll(poll, timezone.now(), closings, signer)
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
