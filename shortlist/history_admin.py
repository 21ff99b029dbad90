"""What pages of the desk do for the history: name person and reason of each change, and show the changes."""

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from .changes import acts_of
from .history import change_by, name_of
from .reasons import ReasonForm, WhyForm


class HistoryAdmin:
    """Mixin of a ModelAdmin whose form is a `ReasonForm`: records who and why, and shows the history."""

    form = ReasonForm
    # Deleting many at once would ask for no reason.
    actions = None
    delete_confirmation_template = "admin/delete_with_reason.html"

    def get_fieldsets(self, request, obj=None):
        """Ask for the reason last, where anything can be changed at all."""
        fieldsets = super().get_fieldsets(request, obj)
        if not self.asks_why(request, obj):
            return fieldsets
        return [*fieldsets, (_("Why"), {"fields": ["change_reason"]})]

    def get_fields(self, request, obj=None):
        """Leave the reason to its own fieldset, where Django lists all fields of the form."""
        return [name for name in super().get_fields(request, obj) if name != "change_reason"]

    def asks_why(self, request, obj) -> bool:
        """Say whether this person can change this row."""
        return self.has_change_permission(request, obj) if obj else self.has_add_permission(request)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        with change_by(name_of(request.user)) as request.change:
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_form(self, request, form, change):
        request.change.reason = form.cleaned_data.get("change_reason", "")
        return super().save_form(request, form, change)

    def delete_view(self, request, object_id, extra_context=None):
        row = super().get_object(request, unquote(object_id))
        public = row is not None and self.form.is_public(row)
        form = WhyForm(request.POST or None, public=public)
        if request.method == "POST" and not form.is_valid():
            # Without posted fields Django asks for confirmation once more, here with what is missing.
            request.POST = QueryDict()
        reason = form.cleaned_data["change_reason"] if form.is_bound and form.is_valid() else ""
        context = {"reason_form": form, **(extra_context or {})}
        with change_by(name_of(request.user), reason):
            return super().delete_view(request, object_id, context)

    def history_view(self, request, object_id, extra_context=None):
        """Show who changed what and why, latest first, in place of Django's own log."""
        row = super().get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of changes"),
            "subtitle": None,
            "opts": self.opts,
            "object": row,
            "page": acts_of(row, request.GET.get("page", "1")),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/history_of_changes.html", context)
