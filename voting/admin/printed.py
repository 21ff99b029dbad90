"""The sheets that staff print and sign. They tell numbers of ballots, never how anybody voted."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..exports.table import local_time
from ..manifest import plan_of
from ..sheets import code_in_groups, opening_entry, reconcile_at_once, zero_counts


@require_safe
def zero_page(request, desk, pk):
    """Show the zero sheet of an opened poll."""
    poll = _frozen_poll(request, desk, pk)
    entry = opening_entry(poll)
    counts = zero_counts(poll, entry)
    context = _context(request, desk, poll, _("Zero sheet")) | {
        "entry": entry,
        "counts": counts,
        "ballots": counts[0].at_opening if entry else counts[0].now,
        "times": [
            (_("List and rules frozen at"), local_time(poll.opened_at, poll.zone)),
            (_("Voting begins"), local_time(poll.opens_at, poll.zone)),
            (_("Voting ends"), local_time(poll.closed_at or poll.closes_at, poll.zone)),
        ],
    }
    return TemplateResponse(request, "admin/voting/poll/zero.html", context)


@require_safe
def reconciliation_page(request, desk, pk):
    """Show every number of ballots held against another, with what is left over."""
    poll = _frozen_poll(request, desk, pk)
    lines = reconcile_at_once(poll, plan_of(poll))
    context = _context(request, desk, poll, _("Reconciliation sheet")) | {
        "lines": lines,
        "open_lines": sum(1 for line in lines if line.difference),
    }
    return TemplateResponse(request, "admin/voting/poll/reconciliation.html", context)


def part_page(request, desk, poll, paper):
    """Draw a key holder's part to print. The answer is shown once and stored nowhere."""
    context = _context(request, desk, poll, _("Key sheet")) | {"paper": paper}
    response = HttpResponse(render_to_string("admin/voting/poll/part.html", context, request))
    response["Cache-Control"] = "private, no-store"
    return response


def _frozen_poll(request, desk, pk):
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    if not desk.has_view_permission(request, poll):
        raise PermissionDenied
    if not poll.frozen:
        raise Http404
    return poll


def _context(request, desk, poll, title):
    return {
        **desk.admin_site.each_context(request),
        "title": title,
        "subtitle": None,
        "opts": desk.opts,
        "poll": poll,
        "groups": code_in_groups(poll.manifest_sha256),
        "printed_at": local_time(timezone.now(), poll.zone),
    }
