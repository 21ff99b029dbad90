"""The pages of a poll beyond its form: confirming an act, the tally, and its files."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ..approval import propose
from ..exports.formats import FORMATS, file_response
from ..exports.table import TallyError, channel_label, not_counted_label, result_table
from ..holders import HolderError
from ..keyring import KeyringError
from ..manifest import plan_of
from ..models import Proposal
from ..refusals import ActRefused
from ..sheets import PaperPart
from ..tally.analysis import breakdowns, margins_of
from ..trail import record
from ..views.documents import document_names, send_document
from .acts import ACTS
from .printed import part_page
from .proposals import drawn_changes


@require_http_methods(["GET", "HEAD", "POST"])
def act_page(request, desk, pk, name):
    """Ask for confirmation, and do the act when it is posted."""
    poll, act = get_object_or_404(desk.get_queryset(request), pk=pk), ACTS.get(name)
    if act is None:
        raise Http404
    if not request.user.has_perm(f"voting.act_{act.name}"):
        raise PermissionDenied
    objections = act.objections(poll)
    form = None
    if not objections:
        posted = [request.POST, request.FILES] if request.method == "POST" else []
        form = act.form(*posted, poll=poll)
        if form.is_valid():
            try:
                return _do(desk, request, poll, act, form)
            except (ActRefused, HolderError, KeyringError) as refusal:
                form.add_error(None, str(refusal))
    context = {
        **desk.admin_site.each_context(request),
        "title": act.label,
        "subtitle": None,
        "opts": desk.opts,
        "poll": poll,
        "act": act,
        "form": form,
        "objections": objections,
        "sentences": act.explain(poll, form) if form else [],
        "plan": plan_of(poll) if act.name == "open" else None,
        "changes": drawn_changes(getattr(form, "changes", [])),
    }
    return TemplateResponse(request, "admin/voting/poll/act.html", context)


def _do(desk, request, poll, act, form):
    """Do the act and note it in the history; return the way back, or the file to hand over."""
    if act.content:
        return _propose(desk, request, poll, act, form)
    if act.prepare:
        act.prepare(poll, form)
    with transaction.atomic():
        desk.log_change(request, poll, str(act.done))
        made = act.perform(poll, form)
        record(poll, request.user.get_username(), act.name)
        if isinstance(made, PaperPart):
            # Drawn inside the transaction: a holder whose sheet nobody saw must not be recorded.
            return part_page(request, desk, poll, made)
    messages.success(request, act.done)
    if not isinstance(made, bytes):
        return redirect("admin:voting_poll_change", poll.pk)
    response = HttpResponse(made, content_type="text/plain; charset=utf-8")
    name = f"key-{poll.slug}-{poll.key_holders.count()}.txt"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _propose(desk, request, poll, act, form):
    """Propose the act, which is done at once where one person is enough; return the way on."""
    with transaction.atomic():
        proposal = propose(
            poll=poll,
            act=act.name,
            content=act.content(poll, form),
            reason=form.cleaned_data.get("reason", ""),
            person=request.user,
        )
        done = proposal.state == Proposal.State.DONE
        desk.log_change(request, poll, str(act.done) if done else _("Proposed: %s") % act.label)
    if done:
        messages.success(request, act.done)
        return redirect("admin:voting_poll_change", poll.pk)
    messages.success(request, _("Proposed. Nothing is done yet: another person must approve it."))
    return redirect("admin:voting_poll_proposal", poll.pk, proposal.pk)


@require_safe
def tally_page(request, desk, pk):
    """Show the whole count, or a sentence before it may be seen."""
    poll, table, fault = _outcome(request, desk, pk)
    context = {
        **desk.admin_site.each_context(request),
        "title": _("Tally"),
        "subtitle": None,
        "opts": desk.opts,
        "poll": poll,
        "table": table,
        "fault": fault,
        "suffixes": list(FORMATS),
    }
    if table:
        context["parts"] = list(zip(table.sections, margins_of(poll), strict=True))
        context["breakdowns"] = breakdowns(poll, plan_of(poll))
        context["documents"] = document_names(poll, plan_of(poll), "auditor")
        context["channels"] = [(channel_label(name), count) for name, count in table.channels.items()]
        context["not_counted"] = [(not_counted_label(why), count) for why, count in table.not_counted.items()]
    return TemplateResponse(request, "admin/voting/poll/tally.html", context, status=200 if table else 404)


@require_safe
def export_page(request, desk, pk, suffix):
    """Send the whole count as a file; not found before it may be seen."""
    _poll, table, fault = _outcome(request, desk, pk)
    if table is None or suffix not in FORMATS:
        raise Http404(fault)
    return file_response(table, suffix)


@require_safe
def document_page(request, desk, pk, name):
    """Send a file of marks or reveals to staff; not found before it may be seen."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    if not request.user.has_perm("voting.see_documents"):
        raise PermissionDenied
    return send_document(poll, plan_of(poll), name, "auditor")


def _outcome(request, desk, pk):
    """Return the poll, its table or None, and why there is none."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    if not request.user.has_perm("voting.see_tally"):
        raise PermissionDenied
    try:
        table = result_table(poll, public=False)
    except TallyError as error:
        return poll, None, str(error)
    return poll, table, "" if table else _("There is no count to be seen yet.")
