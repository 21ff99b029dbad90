"""Brakes on signing in at the desk: by name and address together, forgotten once they no longer count.

django-axes counts wrong passwords in rows of its own. A whole office behind one address is not locked
out for one colleague's mistakes, nor a colleague for a stranger's from elsewhere. Only the desk's sign-in
goes through it: nothing of a citizen is ever counted or kept here.
"""

import math

from axes.conf import settings
from axes.helpers import get_client_parameters, get_cool_off
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.shortcuts import render
from django.urls import translate_url
from django.utils import timezone
from django.utils.translation import get_language

from ..client import client_address


def address_of(request) -> str:
    """Return what stands for the caller: its IPv4 address, or the /64 of an IPv6 one, which it can vary."""
    address = client_address(request)
    if address.version == 6:
        address = type(address)(int(address) >> 64 << 64)
    return str(address)


def locked_out(request, response, credentials):
    """Draw the page that says how long to wait; `response`, what was to be said instead, is dropped."""
    minutes = minutes_left(request, credentials)
    other = "en" if get_language() == "zh-hans" else "zh-hans"
    context = {"minutes": minutes, "other_address": translate_url(request.path, other)}
    answer = render(request, "admin/locked_out.html", context, status=429)
    answer["Retry-After"] = str(minutes * 60)
    answer["Cache-Control"] = "private, no-store"
    return answer


def minutes_left(request, credentials, at=None) -> int:
    """Return after how many minutes this name may be tried from this address again; at least 1."""
    at = at or timezone.now()
    (known,) = get_client_parameters(
        credentials.get(settings.AXES_USERNAME_FORM_FIELD),
        request.axes_ip_address,
        request.axes_user_agent,
        request,
        credentials,
    )
    last = AccessAttempt.objects.filter(**known).order_by("-attempt_time").first()
    left = (last.attempt_time + get_cool_off(request) - at).total_seconds() if last else 0
    return max(1, math.ceil(left / 60))


def forget_attempts(at=None) -> int:
    """Delete wrong sign-ins that lock nobody out any more, and ended sessions; return how many attempts.

    Every sign-in does the former too.
    """
    at = at or timezone.now()
    Session.objects.filter(expire_date__lt=at).delete()
    return AccessAttempt.objects.filter(attempt_time__lte=at - get_cool_off()).delete()[0]
