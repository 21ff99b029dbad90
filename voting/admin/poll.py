"""The poll in the admin site: its rules, and the ways to its acts, its tally and its files."""

import functools

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shortlist.checks import warnings_of
from shortlist.history_admin import HistoryAdmin

from ..forget import participations_of
from ..heads import latest_head
from ..keeper import locked_poll
from ..keyring import has_election_key
from ..models import ChannelFile, Poll, Proposal
from . import challenge, codes, copying, holds, objections, papers, rolls
from .acts import ACTS
from .forms import PollForm
from .pages import act_page, document_page, export_page, tally_page
from .printed import reconciliation_page, zero_page
from .proposals import label_of, proposal_page
from .steps import phase_label, step_of

# The desk's other areas, each with its pages (`URLS`) and the buttons to them (`links`).
PARTS = [codes, rolls, holds, papers, challenge, objections, copying]
PERMISSIONS = {
    name: permission or "voting.view_poll"
    for part in PARTS
    for _address, _page, name, permission in part.URLS
}
EDITABLE = (Poll.State.DRAFT, Poll.State.ANNOUNCED)


@admin.register(Poll)
class PollAdmin(HistoryAdmin, admin.ModelAdmin):
    form = PollForm
    view_on_site = False
    list_display = ["title", "phase", "opens_at", "closes_at", "rehearsal"]
    list_filter = ["state", "rehearsal", "shortlist"]
    search_fields = ["title", "slug"]
    list_select_related = ["shortlist"]
    fieldsets = [
        (None, {"fields": ["title", "slug", "shortlist", "rehearsal"]}),
        (_("Times"), {"fields": ["opens_at", "closes_at", "zone"]}),
        (
            _("Who votes, and how often"),
            {"fields": ["eligibility", "daily", "ballots_per_device", "roll_question", "purpose"]},
        ),
        (_("Order on the page"), {"fields": ["order_rule", "order_variants"]}),
        (
            _("Result"),
            {
                "fields": [
                    "publish",
                    "reveals",
                    "results_from",
                    "tie_rule",
                    "lot_source",
                    "objection_days",
                    "holds_decided_by",
                ]
            },
        ),
        (_("Approvals"), {"fields": ["approvals"]}),
        (_("For experts"), {"fields": ["brakes", "retention"], "classes": ["collapse"]}),
        (_("Seal and ledger"), {"fields": ["sealed", "holders", "batch_minimum", "merge_delay"]}),
    ]

    @admin.display(description=_("state"), ordering="state")
    def phase(self, poll):
        return phase_label(poll.phase())

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["title"]}

    def get_readonly_fields(self, request, obj=None):
        """Rules can be changed until the opening, the seal until the key is made."""
        if obj is None:
            return []
        if obj.state not in EDITABLE or obj.frozen:
            return self.form.Meta.fields
        keyed = has_election_key(obj.uid) or obj.key_holders.exists()
        return ["sealed", "holders"] if keyed else []

    def asks_why(self, request, obj):
        """Ask for a reason while there is anything to change."""
        changeable = obj is None or (obj.state in EDITABLE and not obj.frozen)
        return changeable and super().asks_why(request, obj)

    def has_delete_permission(self, request, obj=None):
        """Only what nobody has seen can go."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.state == Poll.State.DRAFT)

    def get_object(self, request, object_id, from_field=None):
        """Lock a poll that is being saved, so that no stale copy overwrites an opening."""
        poll = super().get_object(request, object_id, from_field)
        return locked_poll(poll) if poll and request.method == "POST" else poll

    def change_view(self, request, object_id, form_url="", extra_context=None):
        poll = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
        return super().change_view(request, object_id, form_url, self._standing(request, poll))

    def _standing(self, request, poll):
        """Return what the poll's page says of its state."""
        if poll is None:
            return {}
        at = timezone.now()
        context = {
            "step": step_of(poll, at),
            "acts": [
                act
                for act in ACTS.values()
                if act.due(poll, at) and request.user.has_perm(f"voting.act_{act.name}")
            ],
            "proposals": [
                (proposal, label_of(proposal))
                for proposal in poll.proposals.filter(state=Proposal.State.WAITING).order_by("pk")
            ],
            "more_links": [
                (label, reverse(f"admin:{name}", args=[poll.pk]))
                for part in PARTS
                for label, name in part.links(poll)
                if request.user.has_perm(PERMISSIONS[name])
            ],
            "warnings": warnings_of(poll.shortlist) if poll.state in EDITABLE and not poll.frozen else [],
            "received": participations_of(poll) if poll.frozen else None,
            "key_holders": poll.key_holders.all() if poll.sealed else [],
            "channel_files": ChannelFile.objects.filter(poll=poll).order_by("pk"),
            "results": poll.may_see_results() and request.user.has_perm("voting.see_tally"),
            "head": latest_head(poll) if poll.frozen else None,
            "poll": poll,
        }
        if poll.state not in EDITABLE or poll.frozen:
            context |= dict.fromkeys(
                ["show_save", "show_save_and_continue", "show_save_and_add_another"], False
            )
        return context

    def get_urls(self):
        def guarded(page, permission):
            @functools.wraps(page)
            def checked(request, **rest):
                if permission and not request.user.has_perm(permission):
                    raise PermissionDenied
                return page(request, **rest)

            return checked

        def view(page):
            return self.admin_site.admin_view(functools.partial(page, desk=self))

        return [
            *(
                path(address, view(guarded(page, permission)), name=name)
                for part in PARTS
                for address, page, name, permission in part.URLS
            ),
            path("<int:pk>/proposals/<int:number>/", view(proposal_page), name="voting_poll_proposal"),
            path("<int:pk>/act/<slug:name>/", view(act_page), name="voting_poll_act"),
            path("<int:pk>/tally/", view(tally_page), name="voting_poll_tally"),
            path("<int:pk>/zero-sheet/", view(zero_page), name="voting_poll_zero"),
            path("<int:pk>/reconciliation/", view(reconciliation_page), name="voting_poll_reconciliation"),
            path("<int:pk>/tally/documents/<str:name>", view(document_page), name="voting_poll_document"),
            path("<int:pk>/tally/result.<slug:suffix>", view(export_page), name="voting_poll_export"),
            *super().get_urls(),
        ]
