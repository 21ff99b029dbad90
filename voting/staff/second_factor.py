"""The second factor of the staff: a code from a phone (RFC 6238), and ten recovery codes on paper.

Devices and their throttling are django-otp's. A recovery code is kept as a keyed digest in the place of
the code itself, so that a copy of the database signs nobody in by one; it works once.
"""

import math
import re
import secrets
import unicodedata
from base64 import b32encode

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django_otp import login
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

RECOVERY_CODES = 10
# Without o, 0, i, 1 and l, which are mistaken for each other on paper; eight of them are 40 bits.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class CodeRefused(Exception):
    """A code is wrong or comes too soon; the message is fit for whoever typed it."""


def owed(request) -> bool:
    """Say whether whoever signed in by password still owes the second factor, or has to set it up."""
    user = request.user
    if getattr(user, "otp_device", None) is not None:
        return False
    if settings.STAFF_SECOND_FACTOR == "required":
        return True
    if not hasattr(user, "_owes_code"):
        user._owes_code = phone_of(user) is not None
    return user._owes_code


def fully_signed_in(request) -> bool:
    """Say whether a member of the staff has signed in with all that is asked of them."""
    user = request.user
    return user.is_active and user.is_staff and not owed(request)


def phone_of(user, confirmed=True) -> TOTPDevice | None:
    """Return the app that makes a user's codes; with `confirmed=False` the one being set up."""
    return TOTPDevice.objects.filter(user=user, confirmed=confirmed).order_by("pk").first()


def codes_left(user) -> int:
    """Return how many recovery codes a user has not used."""
    return sum(device.token_set.count() for device in StaticDevice.objects.filter(user=user))


def begin(*, user) -> TOTPDevice:
    """Make a new secret that counts for nothing until a code made with it was given."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user, confirmed=False).delete()
        return TOTPDevice.objects.create(user=user, name="app", confirmed=False)


def confirm(*, request, code) -> list[str]:
    """Take the new secret into use, end the old one, and return ten recovery codes. Raises CodeRefused."""
    user, codes = request.user, []
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
        said = _try(device, plain(code)) if device else _("Begin again: this was ended or done elsewhere.")
        if not said:
            TOTPDevice.objects.filter(user=user, confirmed=True).delete()
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            codes = new_recovery_codes(user=user)
    _sign_in(request, device, said)
    return codes


def new_recovery_codes(*, user) -> list[str]:
    """Make ten recovery codes in place of all earlier ones, and return them: they are kept nowhere."""
    codes = ["".join(secrets.choice(ALPHABET) for _n in range(8)) for _n in range(RECOVERY_CODES)]
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="paper")
        for code in codes:
            device.token_set.create(token=_digest(user, code))
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def check_code(*, request, code):
    """Complete the sign-in by a code from the phone or from paper. Raises CodeRefused."""
    user, code = request.user, plain(code)
    from_phone = re.fullmatch(r"[0-9]{6}", code)
    model = TOTPDevice if from_phone else StaticDevice
    with transaction.atomic():
        device = model.objects.select_for_update().filter(user=user, confirmed=True).first()
        said = _try(device, code if from_phone else _digest(user, code)) if device else _wrong()
    _sign_in(request, device, said)


def reset(*, user) -> bool:
    """Delete app and recovery codes of a user, who then sets up new ones; say whether there were any."""
    with transaction.atomic():
        gone = TOTPDevice.objects.filter(user=user).delete()[0]
        return bool(gone + StaticDevice.objects.filter(user=user).delete()[0])


def secret_in_groups(device) -> str:
    """Return the secret as apps take it by hand, in groups of four."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def plain(code) -> str:
    """Return a typed code without blanks and hyphens, full-width and capital letters made plain."""
    return re.sub(r"[\s‐-―-]", "", unicodedata.normalize("NFKC", code)).lower()


def _try(device, token):
    """Return why a code is refused, an empty text where it is taken; wrong ones are counted."""
    allowed, why = device.verify_is_allowed()
    if not allowed:
        left = (why["locked_until"] - timezone.now()).total_seconds()
        return _("Too many wrong codes. Wait %(seconds)d s, then type the present code.") % {
            "seconds": max(1, math.ceil(left))
        }
    return "" if device.verify_token(token) else _wrong()


def _wrong():
    return _("This code is not right. Codes of the phone change every 30 seconds; its clock must be right.")


def _sign_in(request, device, said):
    """Complete the session's sign-in, after the transaction: a refusal must leave its count behind."""
    if said:
        raise CodeRefused(said)
    login(request, device)
    request.session.cycle_key()


def _digest(user, code):
    """Return what is kept of a recovery code: as much of a keyed hash as the column holds."""
    return salted_hmac("recovery code", f"{user.pk} {code}").hexdigest()[:16]
