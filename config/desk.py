import functools
import time

from django.conf import settings
from django.contrib import admin
from django.shortcuts import redirect
from django.urls import path, reverse, translate_url
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

# A session in use is written this seldom, in seconds; it ends that much earlier at worst.
WRITTEN_EVERY = 300


class Desk(admin.AdminSite):
    """The staff's admin site."""

    site_header = _("Candidate list desk")
    site_title = _("Candidate list desk")
    index_title = _("Work")
    index_template = "admin/home.html"
    login_template = "admin/sign_in.html"

    @property
    def login_form(self):
        from voting.staff.forms import SignInForm

        return SignInForm

    def has_permission(self, request):
        """Let in who has signed in with all that is asked; a password alone may not be enough."""
        from voting.staff.second_factor import owed

        return super().has_permission(request) and not owed(request)

    def login(self, request, extra_context=None):
        """Ask for name and password, then lead to what is still owed: a code, or setting codes up."""
        user = request.user
        if request.method == "GET" and user.is_active and user.is_staff and not self.has_permission(request):
            query = urlencode({"next": request.GET["next"]}) if "next" in request.GET else ""
            return redirect(f"{reverse('admin:code')}?{query}".rstrip("?"))
        return super().login(request, {**(extra_context or {}), "title": _("Sign in to the desk")})

    def admin_view(self, view, cacheable=False):
        """Keep alive the session of whoever uses the desk.

        Not by SESSION_SAVE_EVERY_REQUEST, which would write for each public page that staff look at, and
        for each made-up cookie.
        """
        if view == self.logout:
            return view  # Open to whoever gave a password and no code; it protects itself.
        inner = super().admin_view(view, cacheable)

        @functools.wraps(inner)
        def kept(request, *args, **kwargs):
            if self.has_permission(request):
                now = int(time.time())
                if now - request.session.get("used", 0) >= WRITTEN_EVERY:
                    request.session["used"] = now
            return inner(request, *args, **kwargs)

        return kept

    def each_context(self, request):
        """Say on every page whether this is the demo, and where the other language is."""
        return {**super().each_context(request), "demo": settings.DEMO, **other_language(request)}

    def index(self, request, extra_context=None):
        """Show where each poll stands, and what waits for this person."""
        from voting.overview import overview

        return super().index(request, {"overview": overview(request.user), **(extra_context or {})})

    def get_urls(self):
        from voting.staff import pages

        own = [path(route, functools.partial(page, site=self), name=name) for route, page, name in pages.URLS]
        return [*own, *super().get_urls()]


def other_language(request):
    """Return the address of the same page in the other language."""
    other = "en" if get_language() == "zh-hans" else "zh-hans"
    return {"other_address": translate_url(request.get_full_path(), other)}
