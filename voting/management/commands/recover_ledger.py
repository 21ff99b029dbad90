from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from voting.heads import check_memory, latest_head, sign_entries, size_of
from voting.keyring import KeyringError
from voting.manifest import ManifestError, plan_of
from voting.models import Poll
from voting.recovery import head_of_copy, open_copy, remembered, repair_ledger
from voting.refusals import ActRefused, LedgerStopped
from voting.signer import Refused, Signer, alone, restore_memory


class Command(BaseCommand):
    help = "Say why a poll's ledger is stopped, and make it whole again from a public copy of it."

    def add_arguments(self, parser):
        parser.add_argument("poll", help="The poll's address (slug).")
        parser.add_argument(
            "--from",
            dest="copy",
            type=Path,
            help="A public copy: a bundle or a mirror of the ledger's addresses, as a folder or a ZIP file.",
        )
        parser.add_argument(
            "--restore-memory",
            action="store_true",
            help="The signer's memory is lost: let the copy's head take its place. "
            "Be sure that no newer head was ever published.",
        )

    def handle(self, *, poll, copy, restore_memory, **options):
        try:
            poll = Poll.objects.exclude(manifest_sha256="").get(slug=poll)
        except Poll.DoesNotExist:
            raise CommandError(
                _("There is no opened poll with the address %(slug)s.") % {"slug": poll}
            ) from None
        try:
            with alone(settings.SIGNER_DIR):
                self.recover(poll, plan_of(poll), copy, restore_memory)
        except Refused as refused:
            raise CommandError(
                _("%(reason)s Stop the keeper (keep_ledger) first.") % {"reason": refused}
            ) from None
        except (ActRefused, KeyringError, ManifestError) as error:
            raise CommandError(str(error)) from None

    def recover(self, poll, plan, copy, wants_memory):
        """Explain, and repair where a copy is given."""
        signer = Signer(settings.KEY_DIR, settings.SIGNER_DIR)
        try:
            check_memory(poll, plan, signer)
        except LedgerStopped as stopped:
            self.stdout.write(str(stopped))
        else:
            self.stdout.write(_("The ledger agrees with its signed heads; there is nothing to do."))
            return
        if copy is None:
            self.explain(poll)
            return
        with open_copy(copy) as read:
            if wants_memory:
                restore_memory(settings.SIGNER_DIR, poll.uid, head_of_copy(plan, read))
            repair = repair_ledger(
                poll=poll,
                plan=plan,
                head=remembered(plan, signer.last(poll.uid)),
                read=read,
                at=timezone.now(),
            )
        poll.refresh_from_db()
        check_memory(poll, plan, signer)
        sign_entries(poll, plan, signer)
        self.stdout.write(
            _(
                "%(entries)d entries were put back. %(found)d ballots were found in their envelopes; the "
                "content of %(lost)d ballots is lost, and the ledger says so. Their voters can vote again."
            )
            % repair._asdict()
        )

    def explain(self, poll):
        """Say what the database holds and what to do."""
        head = latest_head(poll)
        self.stdout.write(
            _("The database holds %(size)d entries; its last stored head covers %(head)d.")
            % {"size": size_of(poll), "head": head.size if head else 0}
        )
        self.stdout.write(
            _(
                "Ballots are kept and wait; nothing is entered. Do this: 1. Stop the keeper. 2. Restore "
                "the newest backup there is, best with the database's own log up to its last moment. 3. If "
                "the alarm stays, take a public copy of the ledger that reaches the last signed head (a "
                "mirror, a bundle, an auditor's copy) and run: manage.py recover_ledger %(slug)s --from COPY"
            )
            % {"slug": poll.slug}
        )
