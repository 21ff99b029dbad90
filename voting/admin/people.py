"""The staff's accounts at the desk: who works here, in which roles, and how a colleague gets in again.

Nobody is deleted, since approvals and histories name them: an account is switched off. Nobody types a
password for somebody else: a link lets the person choose one. Who may change whom: voting/staff/people.py.
"""

import functools

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from shortlist.wording import separated

from ..roles import DUTIES, LABELS, PERMISSIONS
from ..staff.people import may_change, may_reset, new_link, roles_to_give
from ..staff.second_factor import phone_of, reset

User = get_user_model()
# What Django and django-otp offer shows secrets, sets passwords and writes permissions past the table.
for model in (User, Group, TOTPDevice, StaticDevice):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class RolesField(forms.ModelMultipleChoiceField):
    """Offers roles by their names and duties."""

    def label_from_instance(self, group):
        return _("%(role)s: %(duty)s") % {"role": LABELS[group.name], "duty": DUTIES[group.name]}


class PersonForm(forms.ModelForm):
    """A colleague's account. The name is how the public ledger names who approved; no two share one."""

    class Meta:
        model = User
        fields = ["username", "first_name", "groups", "is_active", "is_superuser"]
        labels = {"username": gettext_lazy("User name"), "first_name": gettext_lazy("Name")}
        help_texts = {
            "username": gettext_lazy("To sign in with, such as zhangwei. Letters, digits and @.+-_"),
            "first_name": gettext_lazy("Full name. The public ledger names people so where they approved."),
            "is_active": gettext_lazy("Switch off instead of deleting: approvals keep naming the person."),
            "is_superuser": gettext_lazy("May do everything, also make officers. Not for daily work."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "first_name" in self.fields:
            self.fields["first_name"].required = True

    def clean_first_name(self):
        name = self.cleaned_data["first_name"].strip()
        if User.objects.filter(first_name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                _("Somebody has this name already. Add what tells them apart, such as the department."),
                code="unique",
            )
        return name


class RoleFilter(admin.SimpleListFilter):
    """Offers the roles by their names."""

    title = gettext_lazy("Roles")
    parameter_name = "role"

    def lookups(self, request, model_admin):
        return list(LABELS.items())

    def queryset(self, request, queryset):
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(User)
class PersonAdmin(admin.ModelAdmin):
    form = PersonForm
    actions = None
    list_display = ["username", "first_name", "roles", "second_factor", "is_active", "last_login"]
    list_filter = [RoleFilter, "is_active"]
    search_fields = ["username", "first_name"]
    ordering = ["username"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups", "totpdevice_set")

    @admin.display(description=gettext_lazy("Roles"))
    def roles(self, person):
        names = [str(LABELS[group.name]) for group in person.groups.all() if group.name in LABELS]
        names = [_("Superuser")] * person.is_superuser + names
        return separated(names) or "–"

    @admin.display(description=gettext_lazy("Second factor"), boolean=True)
    def second_factor(self, person):
        return any(device.confirmed for device in person.totpdevice_set.all())

    def get_fields(self, request, obj=None):
        if obj and not self.has_change_permission(request, obj):
            return ["username", "first_name", "roles", "second_factor", "is_active"]
        fields = ["username", "first_name", "groups"]
        fields += ["is_active"] if obj else []
        return [*fields, "is_superuser"] if request.user.is_superuser else fields

    def get_readonly_fields(self, request, obj=None):
        """Nobody shuts themselves out."""
        return ["is_active", "is_superuser"] if obj == request.user else []

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """Offer the roles that this member of the staff may give."""
        roles = Group.objects.filter(name__in=PERMISSIONS).order_by("pk")
        return RolesField(
            roles_to_give(request.user, roles),
            label=_("Roles"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )

    def has_change_permission(self, request, obj=None):
        """Nobody raises themselves; officers and superusers are changed by superusers alone."""
        return super().has_change_permission(request, obj) and (obj is None or may_change(request.user, obj))

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        """Save an account of the desk; a new one has no password until its link is used."""
        if not change:
            obj.is_staff = True
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        """Lead to the link that a new colleague needs."""
        return redirect("admin:auth_user_link", obj.pk)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context["may_link"] = self.may_link(request, obj)
            context["may_reset"] = self.may_reset(request, obj) and phone_of(obj) is not None
        return super().render_change_form(request, context, add, change, form_url, obj)

    def may_link(self, request, person):
        """Say whether a link may be made for somebody; the own password is changed elsewhere."""
        return self.has_change_permission(request, person) and person != request.user

    def may_reset(self, request, person):
        """Say whether somebody's second factor may be reset."""
        return self.has_change_permission(request) and may_reset(request.user, person)

    def get_urls(self):
        def view(page):
            return self.admin_site.admin_view(functools.partial(page, desk=self))

        return [
            path("<int:pk>/link/", view(link_page), name="auth_user_link"),
            path("<int:pk>/second-factor/", view(reset_page), name="auth_user_second_factor"),
            *super().get_urls(),
        ]


@require_http_methods(["GET", "HEAD", "POST"])
def link_page(request, desk, pk):
    """Make a link with which a colleague chooses a password, and show it this once."""
    person = get_object_or_404(desk.get_queryset(request), pk=pk)
    if not desk.may_link(request, person):
        raise PermissionDenied
    link = None
    if request.method == "POST":
        with transaction.atomic():
            desk.log_change(request, person, _("Made a link to choose a password."))
            link = request.build_absolute_uri(new_link(person=person))
    return _draw(request, desk, "link.html", _("Link to choose a password"), person, link=link)


@require_http_methods(["GET", "HEAD", "POST"])
def reset_page(request, desk, pk):
    """Delete a colleague's authenticator and recovery codes, so that new ones can be set up."""
    person = get_object_or_404(desk.get_queryset(request), pk=pk)
    if not desk.may_reset(request, person):
        raise PermissionDenied
    if request.method == "POST":
        with transaction.atomic():
            reset(user=person)
            desk.log_change(request, person, _("Reset the second factor."))
        messages.success(request, _("The second factor was reset. It is set up anew at the next sign-in."))
        return redirect("admin:auth_user_change", person.pk)
    return _draw(request, desk, "reset.html", _("Reset the second factor"), person)


def _draw(request, desk, template, title, person, **context):
    context = {
        **desk.admin_site.each_context(request),
        "title": title,
        "subtitle": None,
        "opts": desk.opts,
        "person": person,
        **context,
    }
    response = TemplateResponse(request, f"admin/auth/user/{template}", context)
    response["Cache-Control"] = "private, no-store"
    return response
