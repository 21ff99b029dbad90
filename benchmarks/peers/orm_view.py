"""The same act as the product's cast, as one would write it first: a form of all candidates and the ORM.

Ticket, limits, commitments, both seals, guard, envelope and pledge are all there, in one transaction; only
the shortest way through the machine is not looked for.
"""

from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from voting.casting import WEB
from voting.eligibility import kind_of
from voting.envelope import Envelope, seal_envelope, seal_inner
from voting.holds.tags import NO_TAGS
from voting.keyring import keys_of
from voting.ledger.commitment import commitment
from voting.ledger.pledge import Pledge, sign_pledge
from voting.manifest import plan_of
from voting.marks import by_section, find_faults, marks_from_codes
from voting.models import Participation, PendingEnvelope, Poll
from voting.receipt import Receipt, remember_receipt
from voting.ticket import read_ticket


class BallotForm(forms.Form):
    """One field of choices a category, a ticket, and a nonce a category."""

    ticket = forms.CharField(widget=forms.HiddenInput)
    codes = forms.CharField(required=False)

    def __init__(self, plan, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for category in plan.sections:
            choices = [(candidate.code, candidate.title) for candidate in category.candidates]
            self.fields[f"picks-{category.code}"] = forms.MultipleChoiceField(choices=choices, required=False)
            self.fields[f"nonce-{category.code}"] = forms.RegexField("^[0-9a-f]{64}$")


@require_POST
def cast(request, slug):
    """Cast a ballot."""
    at = timezone.now()
    poll = get_object_or_404(Poll.objects.select_related("shortlist"), slug=slug)
    plan, data = plan_of(poll), request.POST.copy()
    for code in data.get("codes", "").split():
        data.appendlist(f"picks-{code[0]}", code)
    form = BallotForm(plan, data)
    if not form.is_valid() or not poll.may_vote(at):
        return HttpResponse(str(form.errors), status=422)
    keys = keys_of(poll, plan)
    codes = [code for category in plan.sections for code in form.cleaned_data[f"picks-{category.code}"]]
    ticket, credential = (
        read_ticket(poll, form.cleaned_data["ticket"]),
        kind_of(plan).credential(request, plan),
    )
    if find_faults(plan, codes) or ticket.credential != keys.digest("credential", credential):
        return HttpResponse("no", status=409)
    picks = by_section(plan, codes)
    nonces = {code: bytes.fromhex(form.cleaned_data[f"nonce-{code}"]) for code in picks}
    commitments = {code: commitment(poll.uid, code, chosen, nonces[code]) for code, chosen in picks.items()}
    inner = seal_inner(keys, marks_from_codes(plan, codes), list(nonces.values()), ticket.variant)
    sealed = seal_envelope(keys, Envelope(list(commitments.values()), WEB, inner, NO_TAGS))
    tag = keys.digest("retry", ticket.credential, *commitments.values())
    try:
        with transaction.atomic():
            if Participation.objects.filter(poll_id=poll.pk, credential=ticket.credential).exists():
                return HttpResponse("again", status=409)
            Participation.objects.create(
                poll=poll, credential=ticket.credential, period=ticket.period, retry_tag=tag
            )
            PendingEnvelope.objects.create(poll=poll, sealed=sealed)
    except IntegrityError:
        return HttpResponse("again", status=409)
    pledge = sign_pledge(Pledge(poll.uid, plan.sha256, ticket.due, commitments), keys.pledge)
    response = redirect(f"/p/{slug}/receipt/")
    remember_receipt(response, poll, Receipt(pledge, at, True))
    return response
