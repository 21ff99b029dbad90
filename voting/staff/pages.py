"""Pages on the way to the desk: the code, setting codes up, the first password.

Whoever stands here has given a password at most: each page decides for itself who may see it.
"""

import functools

import segno
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlsafe_base64_decode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .forms import CodeForm, PhoneCodeForm
from .second_factor import (
    CodeRefused,
    begin,
    check_code,
    codes_left,
    confirm,
    new_recovery_codes,
    phone_of,
    secret_in_groups,
)


def for_staff(view):
    """Decorator: let in staff who have given their password; others are led to the sign-in."""

    @functools.wraps(view)
    @never_cache
    def checked(request, site, **rest):
        if not (request.user.is_active and request.user.is_staff):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return view(request, site, **rest)

    return checked


def proven(view):
    """Decorator: ask for the present code first, where there is one: a password alone must change none."""

    @functools.wraps(view)
    def checked(request, site, **rest):
        if phone_of(request.user) and not request.user.is_verified():
            return redirect("admin:code")
        return view(request, site, **rest)

    return checked


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def code_page(request, site):
    """Ask for the code that completes the sign-in."""
    if request.user.is_verified():
        return redirect(_next(request))
    if not phone_of(request.user):
        return redirect("admin:second_factor")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            check_code(request=request, code=form.cleaned_data["code"])
            return redirect(_next(request))
        except CodeRefused as refusal:
            form.add_error("code", str(refusal))
    context = {"form": form, "next": _next(request)}
    return _draw(request, site, "admin/code.html", _("Second step: the code"), context)


@for_staff
@proven
@require_safe
def second_factor_page(request, site):
    """Show what the second factor is and where it stands, or the secret that is being set up."""
    return _draw_second_factor(request, site, PhoneCodeForm())


@for_staff
@proven
@require_POST
def begin_page(request, site):
    """Make a new secret and show it."""
    begin(user=request.user)
    return redirect("admin:second_factor")


@for_staff
@proven
@require_POST
@sensitive_post_parameters()
def confirm_page(request, site):
    """Take the new secret into use once a code shows that the phone has it; show the recovery codes."""
    form = PhoneCodeForm(request.POST)
    if form.is_valid():
        try:
            codes = confirm(request=request, code=form.cleaned_data["code"])
            _note(request, site, _("Set up the second factor."))
            return _draw_codes(request, site, codes)
        except CodeRefused as refusal:
            form.add_error("code", str(refusal))
    return _draw_second_factor(request, site, form)


@for_staff
@proven
@require_POST
def recovery_codes_page(request, site):
    """Make ten new recovery codes and show them this once."""
    if not phone_of(request.user):
        return redirect("admin:second_factor")
    codes = new_recovery_codes(user=request.user)
    _note(request, site, _("Made new recovery codes."))
    return _draw_codes(request, site, codes)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def welcome_page(request, site, who, token):
    """Let whoever holds a link from the office choose a password, once."""
    user = _invited(who, token)
    if user is None:
        title = _("This link no longer works")
        return _draw(request, site, "admin/welcome.html", title, {"form": None}, status=410)
    form = SetPasswordForm(user, request.POST or None)
    if form.is_valid():
        form.save()
        messages.success(request, _("The password is set. Sign in with it now."))
        return redirect("admin:login")
    context = {"form": form, "person": user}
    return _draw(request, site, "admin/welcome.html", _("Choose your password"), context)


URLS = [
    ("code/", code_page, "code"),
    ("second-factor/", second_factor_page, "second_factor"),
    ("second-factor/begin/", begin_page, "second_factor_begin"),
    ("second-factor/confirm/", confirm_page, "second_factor_confirm"),
    ("second-factor/recovery-codes/", recovery_codes_page, "recovery_codes"),
    ("welcome/<str:who>/<str:token>/", welcome_page, "welcome"),
]


def _draw_second_factor(request, site, form):
    user, device = request.user, phone_of(request.user, confirmed=False)
    context = {"form": form, "phone": phone_of(user), "codes_left": codes_left(user), "device": device}
    if device:
        context |= {"secret": secret_in_groups(device), "picture": _picture(device.config_url)}
    return _draw(request, site, "admin/second_factor.html", _("Second factor"), context)


def _draw_codes(request, site, codes):
    return _draw(request, site, "admin/recovery_codes.html", _("Recovery codes"), {"codes": codes})


def _draw(request, site, template, title, context, status=200):
    context = {**site.each_context(request), "title": title, "subtitle": None, **context}
    return TemplateResponse(request, template, context, status=status)


def _picture(address):
    """Return the QR code of a secret as SVG to stand in the page; it is no file of its own."""
    drawing = segno.make(address, error="m", micro=False)
    svg = drawing.svg_inline(border=4, light="#fff", omitsize=True, svgclass="desk-qr", lineclass=None)
    return mark_safe(svg)  # noqa: S308 - segno draws it; the name in it is encoded in black and white.


def _next(request):
    """Return where somebody wanted to go within this site, else the desk's home."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    inside = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if inside else reverse("admin:index")


def _note(request, site, message):
    """Write into the history of a person's account what the person did to it."""
    people = site.get_model_admin(get_user_model())
    people.log_change(request, get_user_model().objects.get(pk=request.user.pk), message)


def _invited(who, token):
    """Return whom a link is for, None where it is used, expired or made up."""
    try:
        pk = int(urlsafe_base64_decode(who))
    except ValueError:
        return None
    user = get_user_model().objects.filter(pk=pk, is_active=True, is_staff=True).first()
    return user if user and default_token_generator.check_token(user, token) else None
