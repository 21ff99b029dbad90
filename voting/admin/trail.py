"""The audit trail at the desk: every line to be read, none to be written."""

import functools
import json

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ..models import Event, Poll
from ..templatetags.voting_pages import exact
from ..trail import check
from .acts import ACTS

# What stands in the trail besides the acts of a poll's page, as voting.trail.record is called with it.
OTHERS = {
    "exclude": gettext_lazy("Exclude held ballots"),
    "hold": gettext_lazy("Ballots set aside"),
    "release": gettext_lazy("Held ballots released"),
    "papers made": gettext_lazy("Papers made"),
    "copied": gettext_lazy("Copied from another poll"),
    "import roll": gettext_lazy("Roll imported"),
    "issue codes": gettext_lazy("Codes issued"),
    "look up code": gettext_lazy("Code looked up"),
    "look up roll": gettext_lazy("Roll looked up"),
    "void code": gettext_lazy("Code voided"),
    "void batch": gettext_lazy("Batch of codes voided"),
    "objection received": gettext_lazy("Objection written down"),
    "objection changed": gettext_lazy("Objection changed"),
    "forget": gettext_lazy("Data deleted as planned"),
}
# The steps of an act that needs approvals stand before its name.
STEPS = {
    "propose": gettext_lazy("proposed: %s"),
    "approve": gettext_lazy("approved: %s"),
    "withdraw": gettext_lazy("proposal withdrawn: %s"),
}


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    """Lines of all polls. Triggers refuse changes too, whoever asks for them."""

    actions = None
    list_display = ["number", "poll", "time", "who", "what", "in_short"]
    list_display_links = ["number", "what"]
    list_filter = ["poll", "who"]
    list_select_related = ["poll"]
    search_fields = ["who", "act"]
    ordering = ["-at", "-number"]
    fields = readonly_fields = ["poll", "number", "time", "who", "what", "whole", "sha256"]

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("voting.see_trail")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("time"), ordering="at")
    def time(self, event):
        return exact(event.at, event.poll)

    @admin.display(description=gettext_lazy("what was done"), ordering="act")
    def what(self, event):
        return words_of(event.act)

    @admin.display(description=gettext_lazy("detail"))
    def in_short(self, event):
        text = json.dumps(event.detail, ensure_ascii=False) if event.detail else ""
        return text if len(text) <= 80 else f"{text[:79]}…"

    @admin.display(description=gettext_lazy("detail"))
    def whole(self, event):
        return format_html("<pre>{}</pre>", json.dumps(event.detail, ensure_ascii=False, indent=2))

    def get_urls(self):
        page = functools.partial(check_page, desk=self)
        return [
            path("check/", self.admin_site.admin_view(page), name="voting_event_check"),
            *super().get_urls(),
        ]


def words_of(act) -> str:
    """Say in words what a line's act is; one that has no words here is shown as it stands."""
    step, _blank, rest = act.partition(" ")
    if step in STEPS and rest:
        return STEPS[step] % words_of(rest)
    return str(ACTS[act].label if act in ACTS else OTHERS.get(act, act))


@require_safe
def check_page(request, desk):
    """Work out every poll's chain anew and say whether it is whole."""
    if not desk.has_view_permission(request):
        raise PermissionDenied
    polls = Poll.objects.annotate(lines=Count("events")).filter(lines__gt=0).order_by("-pk")
    context = {
        **desk.admin_site.each_context(request),
        "title": _("Check the audit trail"),
        "subtitle": None,
        "opts": desk.opts,
        "chains": [(poll, *check(poll)) for poll in polls],
    }
    return TemplateResponse(request, "admin/voting/event/check.html", context)
