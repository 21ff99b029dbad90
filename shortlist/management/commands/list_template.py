"""Write the spreadsheet from which load_list loads a candidate list."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from shortlist.models import Attachment, Shortlist
from shortlist.spreadsheet.example import EXAMPLE
from shortlist.spreadsheet.writing import rows_of, write_workbook


class Command(BaseCommand):
    @property
    def help(self):
        return _("Write a template for a candidate list as .xlsx, or a list that exists.")

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", help=_("the file; else list-template.xlsx or SLUG.xlsx"))
        parser.add_argument("--from", dest="slug", help=_("write the list with this address"))
        parser.add_argument("--force", action="store_true", help=_("write over a file that exists"))

    def handle(self, *, file, slug, force, **options):
        path = Path(file or f"{slug or 'list-template'}.xlsx")
        if path.suffix.lower() != ".xlsx":
            raise CommandError(_("“%(file)s” has to end in .xlsx.") % {"file": path})
        if path.exists() and not force:
            raise CommandError(
                _("“%(file)s” exists. Name another file, or write over it with --force.") % {"file": path}
            )
        rows = self.existing_rows(slug) if slug else EXAMPLE
        try:
            write_workbook(path, rows)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CommandError(
                _("“%(file)s” cannot be written: %(reason)s") % {"file": path, "reason": reason}
            ) from None
        self.stdout.write(_("Written: %(file)s") % {"file": path})

    def existing_rows(self, slug):
        """Return the rows of a list; say what a spreadsheet does not carry."""
        shortlist = Shortlist.objects.filter(slug=slug).first()
        if shortlist is None:
            known = "、".join(Shortlist.objects.values_list("slug", flat=True)) or "–"
            raise CommandError(
                _("There is no list with the address “%(slug)s”. There are: %(known)s.")
                % {"slug": slug, "known": known}
            )
        if Attachment.objects.filter(candidate__category__shortlist=shortlist).exists():
            self.stderr.write(self.style.WARNING(_("Warning: attachments are left out.")))
        return rows_of(shortlist)
