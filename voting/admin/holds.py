"""Held ballots at the desk: groups as pictures and numbers, and what is decided of them.

No address, no voter and no candidate's votes stand here: only how many, when, and how alike.
"""

from typing import NamedTuple

from django import forms
from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ..approval import name_of, propose
from ..holds.decisions import ACT, group_to_decide, group_to_exclude, release_group
from ..holds.groups import decided_by, undecided
from ..holds.words import evidence_label, reason_label, rule_label
from ..manifest import plan_of
from ..models import HoldGroup, Poll, Proposal
from ..refusals import ActRefused

HEIGHT = 40


class DecideForm(forms.Form):
    """What is to become of a group, and why; everyone can read the reason."""

    RELEASE, EXCLUDE = "release", "exclude"
    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            (RELEASE, gettext_lazy("Release: these ballots count")),
            (EXCLUDE, gettext_lazy("Propose exclusion: another person must approve")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=gettext_lazy("It stands in the public ledger, and voters of these ballots read it."),
    )


class Bar(NamedTuple):
    """A stretch of time in a picture: its place, and the heights of all ballots and of the group's.

    `top` and `own_top` are where the columns begin, counted from the picture's upper edge.
    """

    x: int
    all: str
    own: str
    top: str
    own_top: str


def links(poll):
    """Return the way from a poll's page to here, once there is something to see."""
    return [(_("Held ballots"), "voting_poll_holds")] if poll.hold_groups.exists() else []


@require_safe
def page(request, desk, pk):
    """List the groups of held ballots of a poll, with what became of each."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    groups = [drawn(group) for group in poll.hold_groups.all()]
    context = {
        **_context(desk, request, poll, _("Held ballots")),
        "groups": groups,
        "waiting": undecided(poll).count(),
        "limits": sorted(plan_of(poll).document.get("holds", {}).items()) if poll.frozen else [],
        "proposals": _proposals(poll),
    }
    return TemplateResponse(request, "admin/voting/poll/holds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def group_page(request, desk, pk, number):
    """Show one group; a post releases it or proposes its exclusion."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    group = get_object_or_404(HoldGroup, poll=poll, number=number)
    form = DecideForm(request.POST if request.method == "POST" else None)
    fault = _fault(poll, group)
    if form.is_valid():
        try:
            return _decide(request, desk, poll, group, **form.cleaned_data)
        except ActRefused as refused:
            form.add_error(None, str(refused))
    context = {
        **_context(desk, request, poll, _("Group %(number)d of held ballots") % {"number": group.number}),
        "group": drawn(group),
        "form": None if fault else form,
        "fault": fault,
        "proposals": [each for each in _proposals(poll) if each.content.get("group") == number],
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/voting/poll/hold.html", context, status=status)


def drawn(group) -> dict:
    """Return a group as its page draws it."""
    facts = group.facts
    times = facts.get("times", [])
    most = max((sum(pair) for pair in times), default=0) or 1
    largest = facts.get("largest", [])
    return {
        "row": group,
        "rule": rule_label(group.rule),
        "reason": reason_label(group.reason),
        "decision": group.get_decision_display(),
        "ballots": facts["ballots"],
        "facts": _lines(facts),
        "why": [(evidence_label(name), points) for name, points in sorted(facts.get("why", {}).items())],
        "bars": [_bar(at, sum(pair), pair[0], most) for at, pair in enumerate(times)],
        "width": max(1, len(times)),
        "height": HEIGHT,
        "minutes": facts.get("minutes"),
        "place": facts.get("place"),
        "most": most,
        "alike": [(count, round(100 * count / facts["ballots"], 1)) for count in largest],
    }


def _bar(at, all_ballots, own, most):
    heights = [count * HEIGHT / most for count in (all_ballots, own)]
    return Bar(
        at, *(f"{height:.2f}" for height in heights), *(f"{HEIGHT - height:.2f}" for height in heights)
    )


def _lines(facts):
    """Return the numbers of a group with their names."""
    names = [
        ("address", _("addresses")),
        ("network", _("networks")),
        ("client", _("kinds of browser")),
        ("signals", _("ballots whose sending was unusual")),
        ("same", _("ballots with the very same marks as another")),
        ("different", _("different ballots")),
    ]
    return [(label, facts[name]) for name, label in names if name in facts]


def _fault(poll, group):
    """Return why a group cannot be decided now, '' where it can."""
    try:
        group_to_decide(poll, group.number)
    except ActRefused as refused:
        return str(refused)
    return ""


def _decide(request, desk, poll, group, *, decision, reason):
    number, at = group.number, timezone.now()
    with transaction.atomic():
        if decision == DecideForm.RELEASE:
            release_group(
                poll=poll,
                number=number,
                reason=reason,
                person=request.user,
                name=name_of(request.user),
                at=at,
            )
            said = _("Group %(number)d was released: its ballots count.") % {"number": number}
        else:
            group_to_exclude(poll, number)
            if any(each.content.get("group") == number for each in _proposals(poll)):
                raise ActRefused(_("Its exclusion is proposed already and waits for approval."))
            proposal = propose(
                poll=poll, act=ACT, content={"group": number}, reason=reason, person=request.user, at=at
            )
            said = (
                _("Group %(number)d was excluded: its ballots do not count.")
                if proposal.state == Proposal.State.DONE
                else _("The exclusion of group %(number)d is proposed. Another person must approve it.")
            ) % {"number": number}
        desk.log_change(request, poll, said)
    messages.success(request, said)
    return redirect("admin:voting_poll_holds", poll.pk)


def _proposals(poll):
    return list(Proposal.objects.filter(poll=poll, act=ACT, state=Proposal.State.WAITING))


def _context(desk, request, poll, title):
    return {
        **desk.admin_site.each_context(request),
        "title": title,
        "subtitle": None,
        "opts": desk.opts,
        "poll": poll,
        "until": decided_by(poll) if poll.state == Poll.State.CLOSED else None,
    }


URLS = [
    ("<int:pk>/holds/", page, "voting_poll_holds", "voting.see_holds"),
    ("<int:pk>/holds/<int:number>/", group_page, "voting_poll_hold", "voting.decide_holds"),
]
