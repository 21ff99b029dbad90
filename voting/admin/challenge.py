"""For the head of the office: one page for the phone, and the sheet that answers ten likely questions."""

from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ..destruction import destruction_hindrance
from ..heads import latest_head
from ..papers import challenge
from ..papers.answers import answers_of, numbers_of
from ..papers.facts import facts_of, site_base
from ..papers.outcome import hold_groups
from ..refusals import ActRefused
from ..sheets import reconcile_at_once
from .papers import paper_answer
from .steps import step_of


def links(poll):
    """Return the way from a poll's page to here."""
    return [(_("At a glance"), "voting_poll_challenge")]


@require_safe
def page(request, desk, pk):
    """Show where a poll stands and what may be said of it now; never a count."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    at = timezone.now()
    facts = facts_of(poll, at, site_base(request))
    context = _context(request, desk, poll, _("At a glance"), at) | {
        "step": step_of(poll, at),
        "plan": facts.plan,
        "results": poll.may_see_results(),
    }
    if poll.frozen:
        lines = reconcile_at_once(poll, facts.plan)
        groups = hold_groups(poll)
        context |= {
            "numbers": numbers_of(poll),
            "equations": len(lines),
            "unequal": sum(1 for line in lines if line.difference),
            "head": latest_head(poll),
            "groups": groups,
            "undecided": [group for group in groups if not group.decided],
            "secrets": destruction_hindrance(poll, at) if poll.closed_at else "",
            "certified": poll.result if facts.outcome else None,
        }
    return _answer(request, "admin/voting/poll/challenge.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request, desk, pk):
    """Show the answers to print; a post makes the same as a Word file."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    at = timezone.now()
    facts = facts_of(poll, at, site_base(request))
    hindrance = challenge.hindrance(facts)
    if request.method == "POST" and not hindrance:
        try:
            return paper_answer(request, poll, "answers", at)
        except ActRefused as refused:
            hindrance = str(refused)
    context = _context(request, desk, poll, _("Answers to likely questions"), at) | {
        "hindrance": hindrance,
        "answers": [] if hindrance else answers_of(facts),
    }
    return _answer(request, "admin/voting/poll/challenge_sheet.html", context)


def _context(request, desk, poll, title, at):
    return {
        **desk.admin_site.each_context(request),
        "title": title,
        "subtitle": None,
        "opts": desk.opts,
        "poll": poll,
        "at": at,
    }


def _answer(request, template, context):
    response = TemplateResponse(request, template, context)
    response["Cache-Control"] = "private, no-store"
    return response


URLS = [
    ("<int:pk>/challenge/", page, "voting_poll_challenge", "voting.see_challenge"),
    ("<int:pk>/challenge/sheet/", sheet, "voting_poll_challenge_sheet", "voting.see_challenge"),
]
