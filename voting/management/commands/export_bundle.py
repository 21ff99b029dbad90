import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from voting.bundle import new_sink, write_bundle
from voting.heads import latest_head
from voting.manifest import ManifestError, plan_of
from voting.models import Poll
from voting.refusals import ActRefused


class Command(BaseCommand):
    help = "Write the public bundle of a poll, which anyone checks by: python -m voting.ledger verify FILE"

    def add_arguments(self, parser):
        parser.add_argument("poll", help="The poll's address (slug).")
        parser.add_argument("file", type=Path, help="The file to write, such as bundle.zip, a new one.")
        parser.add_argument("--auditor", action="store_true", help="With what auditors alone may have.")
        parser.add_argument("--folder", action="store_true", help="Write a folder instead of a ZIP file.")

    def handle(self, *, poll, file, auditor, folder, **options):
        try:
            poll = Poll.objects.exclude(manifest_sha256="").get(slug=poll)
            plan = plan_of(poll)
        except Poll.DoesNotExist:
            sentence = _("There is no opened poll with the address %(slug)s.")
            raise CommandError(sentence % {"slug": poll}) from None
        except ManifestError as error:
            raise CommandError(str(error)) from None
        try:
            with new_sink(file, folder=folder) as sink:
                head = latest_head(poll)
                steps = write_bundle(poll, plan, sink, "auditor" if auditor else "public")
                total = head.size if head else 0
                with tqdm(total=total, unit=" entries", file=sys.stderr, disable=None) as bar:
                    for count in steps:
                        bar.update(count)
        except FileExistsError:
            raise CommandError(_("%(path)s exists already. Name a new file.") % {"path": file}) from None
        except (ActRefused, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            _("Written: %(path)s. Check it with: python -m voting.ledger verify %(path)s") % {"path": file}
        )
