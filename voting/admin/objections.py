"""Objections at the desk: written down as they come, answered, and published as the organiser decides.

None is ever removed; every change stands in the audit trail.
"""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ..models import Objection
from ..objections import write_objection


class ObjectionForm(forms.ModelForm):
    """An objection, its answer, and whether everyone may read both."""

    class Meta:
        model = Objection
        fields = ["received_on", "way", "about", "answer", "answered_on", "published"]
        widgets = {
            "received_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "answered_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "about": forms.Textarea(attrs={"rows": 5, "class": "vLargeTextField"}),
            "answer": forms.Textarea(attrs={"rows": 5, "class": "vLargeTextField"}),
        }
        help_texts = {
            "way": gettext_lazy("Such as by telephone, letter or at the counter; no name and no number."),
            "about": gettext_lazy("Without names: this text can be published."),
            "answered_on": gettext_lazy("Required with an answer."),
            "published": gettext_lazy("On: everyone reads objection and answer on the page of objections."),
        }

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_received_on(self):
        day = self.cleaned_data["received_on"]
        if day > self.today:
            raise ValidationError(
                _("This day is yet to come. Write the day on which it came."), code="future"
            )
        return day

    def clean(self):
        cleaned = super().clean()
        received, answered = cleaned.get("received_on"), cleaned.get("answered_on")
        if cleaned.get("answer") and not answered and "answered_on" not in self.errors:
            self.add_error("answered_on", ValidationError(_("Say when it was answered."), code="no_day"))
        if answered and not cleaned.get("answer"):
            self.add_error(
                "answer", ValidationError(_("Write the answer, or empty its day."), code="no_answer")
            )
        if answered and received and answered < received:
            sentence = _("It cannot be answered before it was received.")
            self.add_error("answered_on", ValidationError(sentence, code="too_early"))
        elif answered and answered > self.today:
            sentence = _("This day is yet to come. Write the day on which it was answered.")
            self.add_error("answered_on", ValidationError(sentence, code="future"))
        return cleaned


def links(poll):
    """Return the way from a poll's page to here, once there is a result to object to."""
    return [(_("Objections"), "voting_poll_objections")] if poll.frozen else []


@require_http_methods(["GET", "HEAD", "POST"])
def page(request, desk, pk):
    """List a poll's objections; a post writes a new one down."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    return _page(request, desk, poll, Objection(poll=poll))


@require_http_methods(["GET", "HEAD", "POST"])
def change_page(request, desk, pk, number):
    """Show one objection with its form; a post answers it, publishes it or takes it off the page."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    return _page(request, desk, poll, get_object_or_404(Objection, poll=poll, pk=number))


def _page(request, desk, poll, objection):
    at = timezone.now()
    today = timezone.localdate(at)
    form = ObjectionForm(
        request.POST if request.method == "POST" else None,
        instance=objection,
        today=today,
        initial={} if objection.pk else {"received_on": today},
    )
    if form.is_valid():
        write_objection(objection=form.save(commit=False), person=request.user, at=at)
        messages.success(request, _("The objection was kept."))
        return redirect("admin:voting_poll_objections", poll.pk)
    context = {
        **desk.admin_site.each_context(request),
        "title": _("Objections"),
        "subtitle": None,
        "opts": desk.opts,
        "poll": poll,
        "form": form,
        "objection": objection,
        "objections": Objection.objects.filter(poll=poll) if not objection.pk else [],
        "until": poll.result.objections_until if hasattr(poll, "result") else None,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/voting/poll/objections.html", context, status=status)


URLS = [
    ("<int:pk>/objections/", page, "voting_poll_objections", "voting.answer_objections"),
    (
        "<int:pk>/objections/<int:number>/",
        change_page,
        "voting_poll_objection",
        "voting.answer_objections",
    ),
]
