"""What `manage.py demo` sets up: the real list, a poll that is open, and a member of staff."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone, translation

from shortlist.models import Shortlist

from .holders import make_part, open_test_envelope
from .keyfile import keep_on_this_machine, part_file
from .keyring import write_private
from .lifecycle import open_poll
from .models import Poll

LIST = "shanxi"
STAFF = "staff"
HOLDER = "演示 Demo"
DAYS = 10


@dataclass(frozen=True)
class Demo:
    """Where one votes, and who may sign in at the desk."""

    address_path: str
    staff_name: str
    staff_password: str


def prepare_demo() -> Demo:
    """Set up what is missing and leave alone what is there, so that a second start keeps the data."""
    if not Shortlist.objects.filter(slug=LIST).exists():
        call_command("loaddata", settings.BASE_DIR / "fixtures" / "shanxi.json", verbosity=0)
    poll = Poll.objects.filter(slug=LIST).first() or _open_demo_poll()
    with translation.override(settings.LANGUAGE_CODE):
        return Demo(poll.get_absolute_url(), STAFF, _staff_password())


def _open_demo_poll():
    shortlist = Shortlist.objects.get(slug=LIST)
    now = timezone.now()
    poll = Poll.objects.create(
        slug=LIST,
        title=shortlist.title,
        shortlist=shortlist,
        opens_at=now,
        closes_at=now + timedelta(days=DAYS),
        batch_minimum=1,
        merge_delay=5,
        approvals=1,
        demo=True,
    )
    part = make_part(poll=poll, name=HOLDER)
    keep_on_this_machine(poll, 1, part_file(poll, HOLDER, part))
    open_test_envelope(poll=poll, parts=[part])
    return open_poll(poll=poll, accept_short_list=True, by=[HOLDER])


def _staff_password():
    """Return the password of the demo's staff, made on the first start and kept for the next."""
    path = settings.VAR_DIR / "staff-password"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(12))
    password = path.read_text().strip()
    users = get_user_model().objects
    if not users.filter(username=STAFF).exists():
        users.create_superuser(STAFF, password=password)
    return password
