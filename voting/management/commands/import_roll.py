"""Put people on a poll's roll from a file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from voting.keyring import KeyringError
from voting.models import Poll
from voting.refusals import ActRefused
from voting.rolls.importing import check_roll, import_roll
from voting.rolls.reading import MAX_FILE


class Command(BaseCommand):
    @property
    def help(self):
        return _("Put people on a poll's roll from CSV or XLSX: all of them or nobody. Keeps digests only.")

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--poll", required=True, help=_("address of the poll"))
        parser.add_argument("--dry-run", action="store_true", help=_("check the file and store nothing"))
        parser.add_argument(
            "--replace", action="store_true", help=_("in place of the present roll; before the opening")
        )
        parser.add_argument("--reason", default="", help=_("why, for additions after the opening; public"))

    def handle(self, *, file, poll, dry_run, replace, reason, **options):
        found = Poll.objects.filter(slug=poll).first()
        if found is None:
            raise CommandError(_("There is no poll “%(slug)s”.") % {"slug": poll})
        try:
            with file.open("rb") as opened:
                data = opened.read(MAX_FILE + 1)
        except OSError as error:
            raise CommandError(
                _("“%(file)s” cannot be opened: %(reason)s. Check its name and folder.")
                % {"file": file, "reason": error.strerror}
            ) from None
        try:
            draft = check_roll(poll=found, data=data, name=file.name, replace=replace)
            for fault in draft.report.faults:
                self.stderr.write(self.style.ERROR(_("Fault: %(text)s") % {"text": fault}))
            if draft.report.faults:
                raise CommandError(
                    _("The file has faults; nothing was imported. Correct them and try again.")
                )
            count = len(draft.entries)
            if not dry_run:
                count = import_roll(
                    poll=found,
                    data=data,
                    name=file.name,
                    who="manage.py import_roll",
                    reason=reason,
                    replace=replace,
                )
        except (ActRefused, KeyringError) as refusal:
            raise CommandError(str(refusal)) from None
        if dry_run:
            words = ngettext(
                "%(count)d person would be put on the roll. This was a dry run; nothing was stored.",
                "%(count)d people would be put on the roll. This was a dry run; nothing was stored.",
                count,
            )
        else:
            words = ngettext(
                "%(count)d person was put on the roll.", "%(count)d people were put on the roll.", count
            )
        self.stdout.write(words % {"count": count})
