"""Carry out the plan of deletion."""

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from voting.exports.table import local_time
from voting.forget import forget_due, plan_of_deletion, retention_faults
from voting.keeper import locked_poll
from voting.keyring import KeyringError
from voting.manifest import ManifestError, plan_of
from voting.models import Poll
from voting.staff.sign_in import forget_attempts


class Command(BaseCommand):
    @property
    def help(self):
        return _("Delete what the polls' plans say is due: digests of persons, codes, networks, and keys.")

    def add_arguments(self, parser):
        parser.add_argument("--poll", help=_("address of one poll; all without it"))
        parser.add_argument(
            "--days",
            action="append",
            default=[],
            metavar="NAME=DAYS",
            help=_("set the days of one poll before its opening, such as roll=60, and delete nothing"),
        )
        parser.add_argument("--dry-run", action="store_true", help=_("say what is due and delete nothing"))

    def handle(self, *, poll, days, dry_run, **options):
        polls = Poll.objects.order_by("pk")
        if poll:
            polls = polls.filter(slug=poll)
            if not polls:
                raise CommandError(_("There is no poll “%(slug)s”.") % {"slug": poll})
        if days:
            if not poll:
                raise CommandError(_("--days needs --poll."))
            self.set_days(polls.get(), days)
            return
        at = timezone.now()
        if not (poll or dry_run):
            forget_attempts(at)
        for found in polls:
            try:
                self.carry_out(found, at, dry_run)
            except (KeyringError, ManifestError) as error:
                self.stderr.write(self.style.ERROR(f"{found.slug}: {error}"))

    def set_days(self, poll, days):
        """Write days into the plan of one poll whose rules are not frozen yet."""
        with transaction.atomic():
            poll = locked_poll(poll)
            if poll.frozen:
                raise CommandError(_("The poll was opened; its plan of deletion is frozen with its rules."))
            for pair in days:
                name, _sign, number = pair.partition("=")
                poll.retention[name] = int(number) if number.isdecimal() else number
            if faults := retention_faults(poll):
                raise CommandError(" ".join(faults))
            poll.save(update_fields=["retention"])
        self.stdout.write(f"{poll.slug}: {poll.retention}")

    def carry_out(self, poll, at, dry_run):
        """Delete what is due of one poll, and write its plan."""
        plan = plan_of(poll)
        gone = {item.what for item in forget_due(poll, plan, at, who="manage.py forget", dry_run=dry_run)}
        self.stdout.write(f"{poll.slug}")
        for item in plan_of_deletion(poll, plan):
            if item.what in gone:
                state = _("is due and would be deleted") if dry_run else _("deleted now")
            elif item.done:
                state = _("deleted on %(time)s") % {"time": local_time(item.done, poll.zone)}
            elif item.due <= at:
                state = _("nothing there, or waits for the last entries")
            elif item.latest:
                state = _("at the latest on %(time)s") % {"time": local_time(item.due, poll.zone)}
            else:
                state = _("on %(time)s") % {"time": local_time(item.due, poll.zone)}
            self.stdout.write(f"  {item.what}: {state}")
