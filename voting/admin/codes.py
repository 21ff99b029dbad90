"""Voting codes at the desk: batches issued, cards to print, one code voided and issued anew."""

import csv
import io

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ..codes import issue_codes, standing_of_codes, state_of_code, void_batch, void_code
from ..eligibility.code_text import grouped
from ..forget import CODES, PARTICIPATIONS, is_forgotten
from ..keyring import KeyringError
from ..manifest import plan_of
from ..models import Code, CodeBatch, Poll
from ..refusals import ActRefused
from ..trail import record
from ..views.papers import site_address
from ..views.receipts import qr_drawing

# So many are made while one waits, some twenty seconds; `manage.py issue_codes` makes more.
MOST_HERE = 500
CARDS_A_PAGE = 10
REASON = gettext_lazy("Everyone can read it in the public ledger: name no person, and no number of a card.")
STATES = {
    "unused": gettext_lazy("Card %(number)s: not used yet."),
    "used": gettext_lazy("Card %(number)s: a ballot was cast with its code."),
    "void": gettext_lazy("Card %(number)s: its code is void."),
}


class IssueForm(forms.Form):
    """How many codes to make, and how they leave the house."""

    number = forms.IntegerField(widget=forms.HiddenInput)
    count = forms.IntegerField(
        label=gettext_lazy("How many"),
        validators=[MinValueValidator(1), MaxValueValidator(MOST_HERE)],
        help_text=gettext_lazy(
            "At most 500 at a time; this takes some twenty seconds. The operator can make more."
        ),
    )
    label = forms.CharField(
        label=gettext_lazy("Label"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("For whom they are, such as a village or a department. Only staff see it."),
    )
    form = forms.ChoiceField(
        label=gettext_lazy("As"),
        choices=[
            ("cards", gettext_lazy("cards to print")),
            ("csv", gettext_lazy("a CSV file for mail merge")),
        ],
    )


class SerialForm(forms.Form):
    """The number on a card."""

    serial = forms.IntegerField(label=gettext_lazy("Number on the card"), min_value=1)


class VoidForm(SerialForm):
    """One code to be void, and why."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, help_text=REASON)
    reissue = forms.BooleanField(label=gettext_lazy("Make a new code in its place"), required=False)


class VoidBatchForm(forms.Form):
    """All unused codes of a batch to be void, and why."""

    batch = forms.IntegerField(label=gettext_lazy("Batch"), min_value=1)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, help_text=REASON)


def links(poll):
    """Return the ways from a poll's page to here."""
    if poll.eligibility == Poll.Eligibility.CODE:
        return [(_("Voting codes"), "voting_poll_codes")]
    return []


@require_http_methods(["GET", "HEAD", "POST"])
def page(request, desk, pk):
    """Show the batches; issue one, void a code or a batch, or say whether a code has voted."""
    poll = get_object_or_404(desk.get_queryset(request), pk=pk)
    act = request.POST.get("act") if request.method == "POST" else None
    bound = {name: form(request.POST if act == name else None, prefix=name) for name, form in FORMS.items()}
    found = ""
    if act in ACTS and bound[act].is_valid():
        try:
            answer = ACTS[act](request, poll, bound[act].cleaned_data)
            if isinstance(answer, HttpResponse):
                return answer
            found = answer
        except (ActRefused, KeyringError) as refusal:
            bound[act].add_error(None, str(refusal))
    forgotten = is_forgotten(poll, CODES, PARTICIPATIONS)
    batches = [] if forgotten else list(CodeBatch.objects.filter(poll=poll, issued_at__isnull=False))
    if not bound["issue"].is_bound:
        last = CodeBatch.objects.filter(poll=poll).order_by("number").last()
        bound["issue"].initial["number"] = last.number + 1 if last else 1
    context = {
        **desk.admin_site.each_context(request),
        "title": _("Voting codes"),
        "subtitle": None,
        "opts": desk.opts,
        "poll": poll,
        "forms": bound,
        "found": found,
        "forgotten": forgotten,
        "batches": [(batch, standing_of_codes(batch.codes.all())) for batch in batches],
        "whole": standing_of_codes(Code.objects.filter(poll=poll)),
    }
    status = 422 if act and bound[act].errors else 200
    response = TemplateResponse(request, "admin/voting/poll/codes.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _issue(request, poll, asked):
    codes = issue_codes(
        poll=poll,
        label=asked["label"],
        count=asked["count"],
        number=asked["number"],
        who=request.user.get_username(),
    )
    return csv_file(request, poll, codes) if asked["form"] == "csv" else cards_page(request, poll, codes)


def _void(request, poll, asked):
    codes = void_code(poll=poll, who=request.user.get_username(), **asked)
    if codes:
        return cards_page(request, poll, codes)
    return redirect("admin:voting_poll_codes", poll.pk)


def _void_batch(request, poll, asked):
    who = request.user.get_username()
    void_batch(poll=poll, number=asked["batch"], reason=asked["reason"], who=who)
    return redirect("admin:voting_poll_codes", poll.pk)


def _look(request, poll, asked):
    """Say whether a code has voted; that somebody asked stands in the audit trail."""
    code = Code.objects.filter(poll=poll, serial=asked["serial"]).first()
    if code is None:
        raise ActRefused(_("There is no card %(number)s in this vote.") % {"number": f"{asked['serial']:06}"})
    record(poll, request.user.get_username(), "look up code", serial=code.serial)
    return STATES[state_of_code(code)] % {"number": code}


FORMS = {"issue": IssueForm, "void": VoidForm, "void_batch": VoidBatchForm, "look": SerialForm}
ACTS = {"issue": _issue, "void": _void, "void_batch": _void_batch, "look": _look}


def cards_page(request, poll, codes):
    """Draw the cards to print. The answer is shown once and stored nowhere."""
    address = enter_address(request, poll)
    cards = [
        {
            "number": f"{code.serial:06}",
            "typed": grouped(code.typed),
            "qr": qr_drawing(f"{address}#{code.link}"),
        }
        for code in codes
    ]
    context = {
        "poll": poll,
        "plan": plan_of(poll),
        "address": address.partition("://")[2],
        "pages": [cards[at : at + CARDS_A_PAGE] for at in range(0, len(cards), CARDS_A_PAGE)],
        "count": len(cards),
        "site": settings.SITE,
    }
    response = HttpResponse(render_to_string("admin/voting/poll/cards.html", context, request))
    response["Cache-Control"] = "private, no-store"
    return response


def csv_file(request, poll, codes):
    """Send the codes as a file for mail merge."""
    response = HttpResponse(
        written(enter_address(request, poll), codes), content_type="text/csv; charset=utf-8"
    )
    name = f"codes-{poll.slug}-{codes[0].serial:06}-{codes[-1].serial:06}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "private, no-store"
    return response


def written(address, codes):
    """Return codes as CSV: the number, the typed code, the link of the QR code."""
    file = io.StringIO(newline="")
    rows = csv.writer(file)
    rows.writerow([_("number"), _("voting code"), _("link")])
    rows.writerows([f"{code.serial:06}", grouped(code.typed), f"{address}#{code.link}"] for code in codes)
    # Excel takes a file for UTF-8 by its first three bytes.
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def enter_address(request, poll):
    """Return where a card leads."""
    return site_address(request, reverse("voting:enter", args=[poll.slug]))


URLS = [("<int:pk>/codes/", page, "voting_poll_codes", "voting.issue_codes")]
