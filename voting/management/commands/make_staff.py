"""Make a member of the staff, or let one in again."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.db import transaction

from voting.roles import PERMISSIONS
from voting.staff.people import new_link
from voting.staff.second_factor import reset


class Command(BaseCommand):
    help = "Make a member of the staff and print a link to choose a password; for a known name, a new link."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--name", help="Full name, as the public ledger names who approved.")
        parser.add_argument("--role", action="append", choices=list(PERMISSIONS), default=[])
        parser.add_argument("--superuser", action="store_true", help="May do everything, also make officers.")
        parser.add_argument(
            "--reset-second-factor", action="store_true", help="End phone and recovery codes."
        )

    def handle(self, *, username, name, role, superuser, reset_second_factor, **options):
        users = get_user_model().objects
        with transaction.atomic():
            person = users.filter(username=username).first()
            if person is None:
                if not (role or superuser):
                    raise CommandError(f"There is no {username} yet. Say which --role, or --superuser.")
                person = users.model(username=username)
            if name and users.filter(first_name__iexact=name).exclude(pk=person.pk).exists():
                raise CommandError(f"Somebody else is named {name}. Names in the public ledger must differ.")
            person.first_name = name or person.first_name
            person.is_staff, person.is_superuser = True, person.is_superuser or superuser
            person.set_unusable_password()
            try:
                person.full_clean()
            except ValidationError as error:
                raise CommandError("; ".join(error.messages)) from None
            person.save()
            person.groups.add(*(Group.objects.get_or_create(name=one)[0] for one in role))
            if reset_second_factor:
                reset(user=person)
            link = new_link(person=person)
        self.stdout.write(f"{settings.SITE_URL}{link}")
        self.stdout.write("这个链接三天内有效，只能用一次，请只交给本人。")
        self.stdout.write("The link works once, within three days. Give it to this person alone.")
