"""The set of papers at the desk: what can be made now and what not yet, in one click or one by one."""

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from ..papers import CONTENT_TYPE, PAPERS, make_paper, make_set, papers_for
from ..papers.facts import facts_of, site_base
from ..papers.pdf import has_pdf, notice_pdf
from ..refusals import ActRefused
from ..trail import record

ALL = "all"
NAMES = {paper.name: paper for paper in PAPERS}


class PaperForm(forms.Form):
    """Which paper to make, or all of them."""

    paper = forms.ChoiceField(
        label=gettext_lazy("Paper"),
        choices=[(ALL, gettext_lazy("All papers that can be made now")), *((each, each) for each in NAMES)],
    )


def links(poll):
    """Return the way from a poll's page to here."""
    return [(_("Set of papers"), "voting_poll_papers")]


@require_http_methods(["GET", "HEAD", "POST"])
def page(request, desk, pk):
    """List the papers with what stands against each; a post makes one of them, or all in one file."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    base, at = site_base(request), timezone.now()
    form = PaperForm(request.POST if request.method == "POST" else None)
    fault = ""
    if form.is_bound:
        fault = _("Choose one of the papers.")
        if form.is_valid():
            try:
                return _made(request, poll, form.cleaned_data["paper"], base, at)
            except ActRefused as refused:
                fault = str(refused)
    papers = papers_for(facts_of(poll, at, base), request.user)
    context = {
        **desk.admin_site.each_context(request),
        "title": _("Set of papers"),
        "subtitle": None,
        "opts": desk.opts,
        "poll": poll,
        "papers": papers,
        "possible": sum(1 for _paper, hindrance in papers if not hindrance),
        "pdf": has_pdf(),
        "fault": fault,
    }
    response = TemplateResponse(
        request, "admin/voting/poll/papers.html", context, status=409 if fault else 200
    )
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def pdf_page(request, desk, pk):
    """Send the announcement of the result as PDF, where WeasyPrint is installed.

    Only the desk asks for it: drawing it costs a web server seconds and 150 MB, and everyone can print the
    page itself.
    """
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    try:
        data = notice_pdf(poll, site_base(request), timezone.now())
    except ActRefused as refused:
        raise Http404(str(refused)) from None
    record(poll, request.user.get_username(), "papers made", papers=["result.pdf"])
    return file_answer(data, "application/pdf", f"{poll.slug}.pdf")


def paper_answer(request, poll, name, at):
    """Make one paper, note it in the audit trail and return it as a file. Raises ActRefused."""
    file_name, data = make_paper(NAMES[name], poll, request.user, site_base(request), at=at)
    record(poll, request.user.get_username(), "papers made", at, papers=[name])
    return file_answer(data, CONTENT_TYPE, file_name)


def file_answer(data, content_type, name):
    """Return a file to be saved, which no cache keeps."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "private, no-store"
    return response


def _made(request, poll, name, base, at):
    if name != ALL:
        return paper_answer(request, poll, name, at)
    made, data = make_set(poll, request.user, base, at=at)
    if not made:
        raise ActRefused(_("None of the papers can be made yet."))
    record(poll, request.user.get_username(), "papers made", at, papers=made)
    return file_answer(data, "application/zip", f"{poll.slug}-papers.zip")


URLS = [
    ("<int:pk>/papers/", page, "voting_poll_papers", "voting.print_papers"),
    ("<int:pk>/papers/result.pdf", pdf_page, "voting_poll_papers_pdf", "voting.print_papers"),
]
