"""What tests of the staff share: people in roles, the code of a phone, a sign-in step by step."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import translation
from django_otp.oath import TOTP

PASSWORD = "a long password"


def make_person(username, *roles, **fields):
    """Make a member of the staff in some roles."""
    values = {"first_name": username.capitalize(), "is_staff": True, **fields}
    person = get_user_model().objects.create_user(username, password=PASSWORD, **values)
    # A test that empties all tables takes the groups with it.
    person.groups.set(Group.objects.get_or_create(name=role)[0] for role in roles)
    return person


def desk(name, *arguments):
    """Return the address of a page of the desk, in English."""
    with translation.override("en"):
        return reverse(f"admin:{name}", args=arguments)


def code_of(device, at):
    """Return what a phone shows at a moment (seconds since 1970)."""
    totp = TOTP(device.bin_key)
    totp.time = at
    return f"{totp.token():06}"
