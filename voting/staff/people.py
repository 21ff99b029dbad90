"""Accounts of the staff: links to choose a password, and who may change whose account.

Superusers may change every account. Officers look after editors, auditors and key holders. An officer
changes neither an officer's nor a superuser's account nor the own one, and makes nobody an officer or
superuser: else one person could be both of the two who approve. What an officer may do for another
officer is to reset the second factor, which without that officer's password opens nothing.
"""

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils.http import urlsafe_base64_encode

from ..roles import OFFICER, roles_of


def may_change(person, other) -> bool:
    """Say whether one of the staff may change another's account, roles or password."""
    if person.is_superuser:
        return True
    return person.pk != other.pk and not other.is_superuser and OFFICER not in roles_of(other)


def may_reset(person, other) -> bool:
    """Say whether one of the staff may reset another's second factor; the own one is changed elsewhere."""
    return person.pk != other.pk and (person.is_superuser or not other.is_superuser)


def roles_to_give(person, groups):
    """Return which of the groups one of the staff may put others into."""
    return groups if person.is_superuser else groups.exclude(name=OFFICER)


def new_link(*, person) -> str:
    """End a person's password and return the path under which they choose a new one, once.

    It works for PASSWORD_RESET_TIMEOUT seconds. Sessions of the old password end with it.
    """
    with transaction.atomic():
        person.set_unusable_password()
        person.save(update_fields=["password"])
    who = urlsafe_base64_encode(str(person.pk).encode())
    return reverse("admin:welcome", args=[who, default_token_generator.make_token(person)])
