import csv
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from voting.channels import check_channel, import_channel_file, read_rows
from voting.keyring import KeyringError
from voting.manifest import plan_of
from voting.models import Poll
from voting.refusals import ActRefused

SHOWN = 20


class Command(BaseCommand):
    help = "Enter ballots of another channel: newspaper slips, a paper box, test ballots of a rehearsal."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="CSV or JSON Lines, see docs/channels.md.")
        parser.add_argument("--poll", required=True, metavar="SLUG")
        parser.add_argument("--channel", required=True, help="Its name, for example paper-box.")
        parser.add_argument("--dry-run", action="store_true", help="Check every row and enter none.")
        parser.add_argument("--report", type=Path, help="Write the refused rows to this CSV file.")

    def handle(self, *, file, poll, channel, dry_run, report, **options):
        try:
            poll = Poll.objects.get(slug=poll)
            size = file.stat().st_size
        except Poll.DoesNotExist:
            raise CommandError(_("There is no poll with the address “%(slug)s”.") % {"slug": poll}) from None
        except OSError as error:
            raise CommandError(
                _("%(file)s cannot be read: %(error)s.") % {"file": file, "error": error}
            ) from None
        try:
            refused, rows = (self.try_file if dry_run else self.enter)(poll, file, channel, size, report)
        except (ActRefused, KeyringError) as error:
            raise CommandError(str(error)) from None
        values = {"rows": rows, "valid": rows - refused, "refused": refused}
        self.stdout.write(_("Received %(rows)d = valid %(valid)d + refused %(refused)d.") % values)
        if dry_run:
            self.stdout.write(_("This was a check: nothing was entered."))

    def try_file(self, poll, file, channel, size, report):
        """Read the file to its end without entering anything."""
        check_channel(poll, channel)
        plan = plan_of(poll)
        rows = refused = 0
        with Reporter(self, report) as reporter, file.open("rb") as binary, self.bar(size) as bar:
            for row in read_rows(binary, plan):
                rows += 1
                if row.fault:
                    refused += 1
                    reporter.add(row)
                if rows % 500 == 0:
                    bar.update(binary.tell() - bar.n)
            bar.update(size - bar.n)
        return refused, rows

    def enter(self, poll, file, channel, size, report):
        """Enter the file's ballots, 500 a transaction."""
        with Reporter(self, report) as reporter, self.bar(size) as bar:
            for progress in import_channel_file(poll=poll, path=file, channel=channel):
                for row in progress.refused:
                    reporter.add(row)
                bar.update(progress.position - bar.n)
        return progress.record.refused, progress.record.rows_read

    def bar(self, size):
        """Show progress in bytes, on a terminal only."""
        return tqdm(total=size, unit="B", unit_scale=True, disable=None, file=self.stderr)


class Reporter:
    """Names the first refused rows on screen and all of them in the report file."""

    def __init__(self, command, path):
        self.command, self.path, self.count = command, path, 0

    def __enter__(self):
        self.file = self.path.open("w", encoding="utf-8-sig", newline="") if self.path else None
        self.writer = csv.writer(self.file) if self.file else None
        if self.writer:
            self.writer.writerow([_("row"), _("codes"), _("why it was refused")])
        return self

    def add(self, row):
        """Report one refused row."""
        self.count += 1
        if self.writer:
            # A code comes from outside: a leading apostrophe keeps a spreadsheet from computing it.
            self.writer.writerow([row.number, "'" + " ".join(row.codes), row.fault])
        if self.count <= SHOWN:
            text = _("Row %(number)d was refused: %(fault)s") % {"number": row.number, "fault": row.fault}
            self.command.stderr.write(text)
        elif self.count == SHOWN + 1:
            self.command.stderr.write(_("More refused rows follow; --report FILE names them all."))

    def __exit__(self, *error):
        if self.file:
            self.file.close()
