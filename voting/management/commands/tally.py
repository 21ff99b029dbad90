"""The command that opens the ballots, counts them and prints what the admin page shows."""

import hashlib
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from voting.exports.formats import FORMATS, file_name
from voting.exports.lines import table_lines
from voting.exports.table import TallyError, result_table
from voting.keeper import has_entry
from voting.keyring import KeyringError
from voting.ledger.canonical import canonical
from voting.lifecycle import check_countable, count_poll
from voting.manifest import plan_of
from voting.models import Poll, Tally
from voting.refusals import ActRefused
from voting.tally.count import tally_document

from .open_ballots import add_part_option, unseal_with

COUNTED = (Poll.State.COUNTED, Poll.State.CERTIFIED)


class Command(BaseCommand):
    help = "Open the ballots of a closed poll, count them, print the tally; print it again if it is there."

    def add_arguments(self, parser):
        parser.add_argument("--poll", required=True, metavar="SLUG")
        add_part_option(parser)
        parser.add_argument("--export", type=Path, metavar="DIR", help="Write CSV, XLSX and JSON there.")
        parser.add_argument(
            "--recount", action="store_true", help="Count again and compare with the stored tally."
        )

    def handle(self, *, poll, part, export, recount, **options):
        try:
            poll = Poll.objects.get(slug=poll)
        except Poll.DoesNotExist:
            raise CommandError(_("There is no poll “%(slug)s”.") % {"slug": poll}) from None
        try:
            if recount:
                self.recount(poll)
                return
            if poll.state not in COUNTED:
                self.open_and_count(poll, part)
                poll.refresh_from_db()
            self.show(poll, export)
        except (ActRefused, KeyringError, TallyError) as refusal:
            raise CommandError(str(refusal)) from None

    def open_and_count(self, poll, files):
        """Open what is under seal, with a progress bar, then count."""
        check_countable(poll)
        if not has_entry(poll, "reveals"):
            unseal_with(self, poll, files)
        count_poll(poll=poll)

    def recount(self, poll):
        """Count once more and say whether the outcome is the stored one."""
        stored = Tally.objects.filter(poll=poll).first() if poll.state in COUNTED else None
        if stored is None:
            raise CommandError(_("This poll has not been counted yet, so there is nothing to compare."))
        data = canonical(tally_document(poll, plan_of(poll)))
        codes = {"stored": stored.sha256, "found": hashlib.sha256(data).hexdigest()}
        if data != bytes(stored.data) or codes["found"] != stored.sha256:
            raise CommandError(
                _("The recount DIFFERS from the stored tally: %(found)s, stored %(stored)s.") % codes
            )
        self.stdout.write(_("The recount equals the stored tally: %(stored)s") % codes)

    def show(self, poll, export):
        """Print the tally, and write it to files where a folder is named."""
        table = result_table(poll, public=False)
        if table is None:
            raise CommandError(
                _("The ballots are counted. The counts are shown when the result is certified.")
            )
        for line in table_lines(table):
            self.stdout.write(line)
        if not export:
            return
        try:
            export.mkdir(parents=True, exist_ok=True)
            for suffix, module in FORMATS.items():
                path = export / file_name(table, suffix)
                with path.open("wb") as file:
                    file.writelines(module.write(table))
                self.stdout.write(str(path))
        except OSError as error:
            raise CommandError(
                _("The files cannot be written to %(folder)s: %(why)s.")
                % {"folder": export, "why": error.strerror}
            ) from None
