from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from voting.holders import HolderError, recover_secret
from voting.keyfile import known_secret, read_part_file
from voting.keyring import KeyringError
from voting.lifecycle import check_countable
from voting.manifest import plan_of
from voting.models import Ballot, Poll
from voting.parts import PartError
from voting.refusals import ActRefused
from voting.unsealing import unseal


def add_part_option(parser):
    """Let the command take key holders' files."""
    parser.add_argument("--part", type=Path, action="append", default=[], metavar="FILE", help="A key file.")


def unseal_with(command, poll, files):
    """Open a closed poll's ballots and write its reveals, with a progress bar; CommandError otherwise."""
    try:
        check_countable(poll)
        secret = (
            recover_secret(poll, [read_part_file(path) for path in files]) if files else known_secret(poll)
        )
        if secret is None:
            count = Ballot.objects.filter(poll=poll).unopened().count()
            raise CommandError(
                _("%(count)d ballots are under seal. Name the key holders' files: --part FILE")
                % {"count": count}
            )
        with tqdm(desc=_("Opening ballots"), unit="", disable=None, file=command.stderr, leave=False) as bar:
            for step in unseal(poll, plan_of(poll), secret):
                bar.total = step.total
                bar.update(step.done - bar.n)
    except (ActRefused, HolderError, KeyringError, PartError) as refusal:
        raise CommandError(str(refusal)) from None


class Command(BaseCommand):
    help = "Open the ballots of a closed poll with the key holders' parts. A run that broke off goes on."

    def add_arguments(self, parser):
        parser.add_argument("--poll", required=True, metavar="SLUG")
        add_part_option(parser)

    def handle(self, *, poll, part, **options):
        found = Poll.objects.filter(slug=poll).first()
        if found is None:
            raise CommandError(_("There is no poll with the address “%(slug)s”.") % {"slug": poll})
        unseal_with(self, found, part)
        opened = Ballot.objects.filter(poll=found)
        self.stdout.write(
            _("Opened: %(counted)d ballots that count, %(faulty)d that do not.")
            % {"counted": opened.counted().count(), "faulty": opened.exclude(fault="").count()}
        )
