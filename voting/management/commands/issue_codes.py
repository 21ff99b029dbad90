from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils.translation import gettext as _
from tqdm import tqdm

from voting.admin.codes import written
from voting.codes import MOST, issue_codes
from voting.keyring import KeyringError, write_private
from voting.models import Poll
from voting.refusals import ActRefused


class Command(BaseCommand):
    help = "Issue a large batch of voting codes and write them, once, to a CSV file for the print shop."

    def add_arguments(self, parser):
        parser.add_argument("poll", metavar="SLUG")
        parser.add_argument("file", type=Path, help="Where to write the codes; it must not exist yet.")
        parser.add_argument("--count", type=int, required=True, help=f"How many, at most {MOST}.")
        parser.add_argument("--label", default="", help="For whom they are; only staff see it.")
        parser.add_argument(
            "--by", required=True, metavar="NAME", help="Who issues them, for the audit trail."
        )

    def handle(self, *, poll, file, count, label, by, **options):
        poll = Poll.objects.filter(slug=poll).first()
        if poll is None:
            raise CommandError(_("There is no poll with this address."))
        if not settings.SITE["url"]:
            raise CommandError(_("Set SITE_URL first: the links on the cards need the address of this site."))
        if file.exists() or not file.parent.is_dir():
            raise CommandError(_("%(file)s exists already, or its folder does not.") % {"file": file})
        with tqdm(total=count, disable=None, file=self.stderr) as bar:
            try:
                codes = issue_codes(
                    poll=poll,
                    label=label,
                    count=count,
                    who=by,
                    progress=lambda made: bar.update(made - bar.n),
                )
            except (ActRefused, KeyringError) as error:
                raise CommandError(str(error)) from None
        address = settings.SITE["url"] + reverse("voting:enter", args=[poll.slug])
        write_private(file, written(address, codes).decode().removesuffix("\r\n"))
        self.stdout.write(
            _(
                "%(count)d codes, cards %(first)06d to %(last)06d, are in %(file)s and nowhere else. "
                "Hand the file over as you would money, then destroy it."
            )
            % {"count": count, "first": codes[0].serial, "last": codes[-1].serial, "file": file}
        )
