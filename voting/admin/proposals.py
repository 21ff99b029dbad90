"""A proposal's page: what is to be done, who has approved, and the buttons to approve or to withdraw."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from shortlist.checks import warnings_of
from shortlist.document import Candidate, from_json
from shortlist.wording import separated

from ..approval import approve, withdraw
from ..holders import HolderError
from ..keyring import KeyringError
from ..manifest import plan_of
from ..models import Proposal
from ..refusals import ActRefused
from .acts import ACTS

# What names an act that has no form of its own on the poll's page.
OTHERS = {"exclude": gettext_lazy("Exclude held ballots")}


@require_http_methods(["GET", "HEAD", "POST"])
def proposal_page(request, desk, pk, number):
    """Show a proposal; a post approves or withdraws it."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    proposal = get_object_or_404(Proposal, poll=poll, pk=number)
    if not desk.has_view_permission(request, poll):
        raise PermissionDenied
    fault = ""
    if request.method == "POST":
        try:
            return _settle(request, desk, poll, proposal)
        except (ActRefused, HolderError, KeyringError) as refused:
            fault = str(refused)
            proposal.refresh_from_db()
    plan = plan_of(poll)
    approvals = list(proposal.approvals.all())
    context = {
        **desk.admin_site.each_context(request),
        "title": label_of(proposal),
        "subtitle": None,
        "opts": desk.opts,
        "poll": poll,
        "plan": plan if proposal.act == "open" else None,
        "proposal": proposal,
        "approvals": approvals,
        "missing": max(0, proposal.needed - len(approvals)),
        "mine": any(each.person_id == request.user.pk for each in approvals),
        "may_approve": request.user.has_perm("voting.approve"),
        "lines": _lines(proposal, plan),
        "changes": drawn_changes(proposal.content.get("changes", [])),
        "fault": fault,
    }
    status = 409 if fault else 200
    return TemplateResponse(request, "admin/voting/poll/proposal.html", context, status=status)


def label_of(proposal) -> str:
    """Name what is proposed."""
    act = ACTS.get(proposal.act)
    return str(act.label if act else OTHERS.get(proposal.act, proposal.act))


def _settle(request, desk, poll, proposal):
    """Approve or withdraw, note it in the history, and lead back."""
    if not request.user.has_perm("voting.approve"):
        raise PermissionDenied
    with transaction.atomic():
        if "withdraw" in request.POST:
            withdraw(proposal=proposal, person=request.user)
            said = _("The proposal was withdrawn.")
        else:
            proposal = approve(proposal=proposal, person=request.user)
            act = ACTS.get(proposal.act)
            said = act.done if act and proposal.state == Proposal.State.DONE else _("You have approved it.")
        desk.log_change(request, poll, f"{label_of(proposal)}: {said}")
    messages.success(request, said)
    return redirect("admin:voting_poll_change", poll.pk)


def _lines(proposal, plan):
    """Return what is proposed, as pairs of a name and words."""
    content = proposal.content
    titles = {candidate.code: candidate.headline for candidate in plan.candidates}
    lines = [(_("Reason"), proposal.reason)] if proposal.reason else []
    if "closes_at" in content:
        lines.append((_("New closing time"), content["closes_at"]))
    for code in content.get("withdrawn", []):
        lines.append((_("Withdraw"), f"{code} {titles.get(code, '')}"))
    if content.get("lot_number"):
        lines.append((_("Number that was drawn"), content["lot_number"]))
    for code, decision in sorted(content.get("decisions", {}).items()):
        chosen = [f"{each} {titles.get(each, '')}" for each in decision["chosen"]]
        lines.append((_("Decision in category %s") % code, separated(chosen)))
        lines.append((_("Reason"), decision["reason"]))
    if "group" in content:
        lines.append((_("Group of held ballots"), str(content["group"])))
    if keys := content.get("acknowledged"):
        lines += [(_("Warning acknowledged"), words) for words in _said(keys, proposal.poll.shortlist)]
    return lines


def _said(keys, shortlist):
    """Return the sentences of warnings; the key of one that the list as it is now no longer gives."""
    messages = {}
    for warning in warnings_of(shortlist):
        messages.setdefault(warning.key, []).append(warning.message)
    return [" ".join(messages.get(key, [key])) for key in keys]


def drawn_changes(changes):
    """Return the candidates that a correction changes, old and new, for a page."""
    return [(from_json(change["old"], Candidate), from_json(change["new"], Candidate)) for change in changes]
