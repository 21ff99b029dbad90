from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from voting.holders import public_half
from voting.keyfile import part_file
from voting.keyring import write_private
from voting.parts import new_part, public_lines


class Command(BaseCommand):
    help = "Make a key holder's part on the holder's own computer. Needs no poll, database or server."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--name", required=True, help="The key holder's name.")
        parser.add_argument("--out", type=Path, metavar="FILE", help="Default: key-NAME.txt here.")

    def handle(self, *, name, out, **options):
        name = name.strip()
        out = out or Path(f"key-{'-'.join(name.replace('/', ' ').split())}.txt")
        if not name:
            raise CommandError(_("Say who will keep this key."))
        if out.exists():
            raise CommandError(_("%(path)s is there already; a key is never overwritten.") % {"path": out})
        part = new_part()
        try:
            write_private(out, part_file(None, name, part).decode())
        except OSError as error:
            raise CommandError(
                _("The key file %(path)s cannot be written: %(why)s.") % {"path": out, "why": error.strerror}
            ) from None
        self.stdout.write(
            _("The key was written to %(path)s. Keep it secret; send it nowhere.") % {"path": out}
        )
        self.stdout.write(_("Give these four lines, the public half, to the staff of the poll:"))
        for line in public_lines(public_half(part)):
            self.stdout.write(line)
