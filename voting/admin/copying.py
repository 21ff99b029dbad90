"""A new draft made from a poll: the page that asks what is its own."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from shortlist.history import change_by, name_of

from ..copying import copy_poll, free_slug
from ..models import Poll

WEEK = timedelta(weeks=1)
WRITTEN = "%Y-%m-%dT%H:%M"


class CopyForm(forms.ModelForm):
    """What no two polls share: title, address and times; and whether the new one is a rehearsal."""

    class Meta:
        model = Poll
        fields = ["title", "slug", "opens_at", "closes_at", "rehearsal"]
        widgets = {
            name: forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WRITTEN)
            for name in ("opens_at", "closes_at")
        }
        help_texts = {
            "slug": gettext_lazy("The last part of the web address; no other poll may have it."),
            "opens_at": gettext_lazy("Beijing time, as in 2026-12-01 09:00."),
            "closes_at": gettext_lazy("Beijing time; the first moment at which it is too late."),
            "rehearsal": gettext_lazy("On: a trial run. Its ballots are test ballots and never a result."),
        }


def moved_times(poll, at):
    """Return when a copy may open and close: by whole weeks later, at the same hour, a day ahead at least."""
    late = at + timedelta(days=1) - poll.opens_at
    weeks = max(1, -(-late // WEEK))
    return poll.opens_at + weeks * WEEK, poll.closes_at + weeks * WEEK


@require_http_methods(["GET", "HEAD", "POST"])
def page(request, desk, pk):
    """Ask for title, address and times of the new draft, and make it."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    opens_at, closes_at = moved_times(poll, timezone.now())
    proposed = {
        "title": poll.title,
        "slug": free_slug(poll.slug),
        "opens_at": opens_at,
        "closes_at": closes_at,
        "rehearsal": poll.rehearsal,
    }
    form = CopyForm(request.POST or None, initial=proposed, label_suffix="")
    if request.method == "POST" and form.is_valid():
        with change_by(name_of(request.user), _("Copied from “%(poll)s”") % {"poll": poll.title[:150]}):
            draft = copy_poll(poll=poll, who=request.user.get_username(), **form.cleaned_data)
        messages.success(
            request, _("The new draft has the rules and the list of “%(poll)s”.") % {"poll": poll.title}
        )
        return redirect("admin:voting_poll_change", draft.pk)
    context = {
        **desk.admin_site.each_context(request),
        "title": _("Copy this poll"),
        "subtitle": None,
        "opts": desk.opts,
        "poll": poll,
        "form": form,
    }
    return TemplateResponse(request, "admin/voting/poll/copy.html", context)


URLS = [("<int:pk>/copy/", page, "voting_poll_copy", "voting.copy_poll")]


def links(poll):
    """Return the buttons of the poll's page that lead here."""
    return [(_("Copy this poll"), "voting_poll_copy")]
