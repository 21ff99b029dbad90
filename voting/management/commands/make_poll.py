from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from shortlist.models import Shortlist
from voting.holders import HolderError, lend_to_server, make_part, open_test_envelope
from voting.keyfile import part_file
from voting.keyring import KeyringError, write_private
from voting.lifecycle import open_poll
from voting.models import Poll
from voting.refusals import ActRefused


def moment(text):
    """Read a local date and time."""
    value = parse_datetime(text)
    if value is None:
        raise ValueError
    return timezone.make_aware(value) if timezone.is_naive(value) else value


class Command(BaseCommand):
    help = "Make a poll on a candidate list, and open it if wished."

    def add_arguments(self, parser):
        parser.add_argument("list", metavar="LIST", help="The list's address.")
        parser.add_argument("--slug", required=True, help="The poll's address.")
        parser.add_argument("--title", help="Default: the list's title.")
        parser.add_argument("--opens", type=moment, help="2026-12-01T09:00, default now.")
        parser.add_argument("--closes", type=moment, help="Default: ten days after the opening.")
        parser.add_argument("--rehearsal", action="store_true", help="A poll for test ballots.")
        parser.add_argument("--unsealed", action="store_true", help="The server may count as it goes.")
        parser.add_argument("--daily", action="store_true", help="One ballot a day.")
        parser.add_argument("--open", action="store_true", help="Freeze the manifest and open the poll.")
        parser.add_argument(
            "--approved-by",
            action="append",
            default=[],
            metavar="NAME",
            help="Who approves the opening; once for each person. Later grave acts need as many.",
        )
        parser.add_argument(
            "--holder-file", type=Path, help="Where to write the key holder's file (sealed polls)."
        )
        parser.add_argument(
            "--accept-short-list", action="store_true", help="Open with fewer candidates than declared."
        )

    def handle(self, *, list, slug, title, opens, closes, **options):
        shortlist = Shortlist.objects.filter(slug=list).first()
        if shortlist is None:
            raise CommandError(_("There is no list with the address “%(slug)s”.") % {"slug": list})
        if options["open"] and not options["unsealed"] and options["holder_file"] is None:
            raise CommandError(
                _("A sealed poll needs --holder-file FILE: without it nobody could open the ballots.")
            )
        approved_by = options["approved_by"]
        if options["open"] and not approved_by:
            raise CommandError(_("Say who approves the opening: --approved-by NAME, once for each person."))
        opens = opens or timezone.now()
        poll = Poll(
            slug=slug,
            title=title or shortlist.title,
            shortlist=shortlist,
            opens_at=opens,
            closes_at=closes or opens + timedelta(days=10),
            daily=options["daily"],
            sealed=not options["unsealed"],
            rehearsal=options["rehearsal"],
            **({"approvals": len(set(approved_by))} if approved_by else {}),
        )
        try:
            poll.full_clean()
            poll.save()
            if options["open"]:
                if poll.sealed:
                    name = options["holder_file"].stem
                    part = make_part(poll=poll, name=name)
                    write_private(options["holder_file"], part_file(poll, name, part).decode())
                    open_test_envelope(poll=poll, parts=[part])
                else:
                    lend_to_server(poll=poll)
                poll = open_poll(poll=poll, accept_short_list=options["accept_short_list"], by=approved_by)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except (ActRefused, HolderError, KeyringError) as error:
            raise CommandError(f"{_('The poll was made but not opened.')} {error}") from None
        self.stdout.write(f"{poll.get_absolute_url()} {poll.get_state_display()} {poll.manifest_sha256}")
