"""The roll at the desk: how many stand on it, and a file of people to be checked and imported."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from ..keyring import KeyringError
from ..manifest import ManifestError
from ..models import Poll, RollEntry
from ..refusals import ActRefused
from ..rolls.digests import LONGEST
from ..rolls.importing import check_roll, has_person_voted, import_roll
from ..rolls.reading import MAX_FILE

MOST_SHOWN = 100


class RollForm(forms.Form):
    """A file of people, and what is to be done with it."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV or XLSX with one row a person and two columns: what voters state, and mobile number or "
            "e-mail address (手机号). Other columns are not read. The file itself is not kept."
        ),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "Why people are added after the opening. Everyone can read it in the public ledger: "
            "name no person."
        ),
    )
    replace = forms.BooleanField(label=gettext_lazy("In place of the present roll"), required=False)

    def __init__(self, *args, poll, **kwargs):
        super().__init__(*args, **kwargs)
        if poll.frozen:
            del self.fields["replace"]
        else:
            del self.fields["reason"]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE:
            raise ValidationError(
                _("The file is larger than %(size)d MB.") % {"size": MAX_FILE // 1024**2}, code="too_large"
            )
        return file


class LookForm(forms.Form):
    """Whom to look for, as voters state it."""

    person = forms.CharField(max_length=LONGEST)

    def __init__(self, *args, poll, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].label = poll.roll_question


def links(poll):
    """Return the ways from a poll's page to here."""
    return [(_("Roll"), "voting_poll_roll")] if poll.eligibility == Poll.Eligibility.ROLL else []


@require_http_methods(["GET", "HEAD", "POST"])
def page(request, desk, pk):
    """Show how many stand on the roll; check a file, or import it."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    posted = request.method == "POST" and "look" not in request.POST
    form = RollForm(
        request.POST if posted else None, request.FILES if posted else None, poll=poll, label_suffix=""
    )
    look = LookForm(request.POST if "look" in request.POST else None, poll=poll, label_suffix="")
    draft, found = None, _look(request, poll, look) if look.is_valid() else ""
    if posted and form.is_valid():
        try:
            draft, count = _take(request, poll, form.cleaned_data)
        except (ActRefused, KeyringError, ManifestError) as refusal:
            form.add_error(None, str(refusal))
        else:
            if count:
                message = ngettext(
                    "%(count)d person was put on the roll.", "%(count)d people were put on the roll.", count
                )
                messages.success(request, message % {"count": count})
                return redirect("admin:voting_poll_roll", poll.pk)
    context = {
        **desk.admin_site.each_context(request),
        "title": _("Roll"),
        "subtitle": None,
        "opts": desk.opts,
        "poll": poll,
        "form": form,
        "look": look,
        "found": found,
        "on_roll": RollEntry.objects.filter(poll=poll).count(),
        "draft": draft,
        "faults": draft.report.faults[:MOST_SHOWN] if draft else [],
        "more": max(0, len(draft.report.faults) - MOST_SHOWN) if draft else 0,
    }
    wrong = posted and (form.errors or draft and draft.report.faults) or look.errors
    status = 422 if wrong else 200
    response = TemplateResponse(request, "admin/voting/poll/roll.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _look(request, poll, form):
    """Return whether somebody on the roll has voted, in a sentence; it repeats nobody's identity."""
    try:
        voted = has_person_voted(
            poll=poll, identity=form.cleaned_data["person"], who=request.user.get_username()
        )
    except (KeyringError, ManifestError) as refusal:
        form.add_error(None, str(refusal))
        return ""
    if voted is None:
        return _("Nobody like this stands on the roll.")
    return _("On the roll: a ballot was cast.") if voted else _("On the roll: no ballot was cast yet.")


def _take(request, poll, asked):
    """Return what a file would add, and how many were added: none where it was only to be checked."""
    file, replace = asked["file"], asked.get("replace", False)
    data = file.read()
    draft = check_roll(poll=poll, data=data, name=file.name, replace=replace)
    if draft.report.faults or "import" not in request.POST:
        return draft, 0
    count = import_roll(
        poll=poll,
        data=data,
        name=file.name,
        who=request.user.get_username(),
        reason=asked.get("reason", ""),
        replace=replace,
    )
    return draft, count


URLS = [("<int:pk>/roll/", page, "voting_poll_roll", "voting.import_roll")]
