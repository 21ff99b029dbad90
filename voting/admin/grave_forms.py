"""What the grave acts ask for."""

import hashlib

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..certification import counted_tally
from ..corrections import changes_of
from ..ledger.canonical import canonical
from ..manifest import plan_of
from ..models import Poll
from ..refusals import ActRefused
from ..tally.ties import ties_of
from .forms import ActForm


class ReasonForm(ActForm):
    """An act whose reason everyone reads."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text=_("Everyone will read it, and it stays in the public ledger."),
        error_messages={"required": _("Say why: citizens will read it.")},
    )


class PauseForm(ReasonForm):
    """Why voting is paused."""


class CloseForm(ReasonForm):
    """Why the poll closes before its time."""


class ExtendForm(ReasonForm):
    """Until when, and why."""

    field_order = ["closes_at", "reason"]
    closes_at = forms.DateTimeField(
        label=_("New closing time"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=_("Beijing time, later than the present one: 2026-12-01 17:00."),
        error_messages={
            "required": _("Say until when."),
            "invalid": _("Write the time like this: 2026-12-01 17:00."),
        },
    )

    def clean_closes_at(self):
        closes_at = self.cleaned_data["closes_at"]
        if closes_at <= max(self.poll.closes_at, timezone.now()):
            raise ValidationError(
                _("The new closing time must be later than the present one."), code="earlier"
            )
        return closes_at


class AnnulForm(ReasonForm):
    """Why, and the poll's address typed once more, since nothing brings an annulled poll back."""

    address = forms.CharField(
        label=_("Address of the poll"),
        max_length=60,
        help_text=_("Type the last part of its web address to confirm."),
    )

    def clean_address(self):
        if self.cleaned_data["address"].strip() != self.poll.slug:
            raise ValidationError(
                _("This is not the address of this poll: %(slug)s."), params={"slug": self.poll.slug}
            )
        return self.cleaned_data["address"]


class CorrectForm(ReasonForm):
    """The difference between the list's tables and what citizens read, and who is withdrawn."""

    field_order = ["withdrawn", "reason"]
    seen = forms.CharField(widget=forms.HiddenInput)
    withdrawn = forms.MultipleChoiceField(
        label=_("Withdraw"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Ballots already cast stand; the candidate is not ranked, and nobody can pick it any more."
        ),
    )

    def __init__(self, *args, poll, **kwargs):
        super().__init__(*args, poll=poll, **kwargs)
        self.plan = plan_of(poll)
        try:
            self.changes = changes_of(poll, self.plan)
        except ActRefused:
            self.changes = []
        self.fields["withdrawn"].choices = [
            (candidate.code, f"{candidate.code} {candidate.headline}")
            for candidate in self.plan.candidates
            if candidate.code not in self.plan.withdrawn
        ]
        self.initial["seen"] = hashlib.sha256(canonical(self.changes)).hexdigest()

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("seen") != self.initial["seen"]:
            self.data = {**self.data.dict(), "seen": self.initial["seen"]}
            raise ValidationError(
                _("The list changed while you were reading. Check once more what will be corrected."),
                code="changed",
            )
        if not self.changes and not cleaned.get("withdrawn"):
            raise ValidationError(
                _("There is nothing to correct: edit the list first, or withdraw a candidate."),
                code="nothing",
            )
        return cleaned

    @property
    def content(self):
        """Return the proposal's content once the form is valid."""
        return {"changes": self.changes, "withdrawn": sorted(self.cleaned_data["withdrawn"])}


class CertifyForm(ActForm):
    """What the tie rule asks for: a decision for each tie, or the number that was drawn."""

    def __init__(self, *args, poll, **kwargs):
        super().__init__(*args, poll=poll, **kwargs)
        plan = plan_of(poll)
        self.ties = ties_of(counted_tally(poll)) if poll.state == Poll.State.COUNTED else []
        rule, names = plan.rules["tie_rule"], {part.code: str(part) for part in plan.sections}
        titles = {candidate.code: candidate.headline for candidate in plan.candidates}
        if self.ties and rule == Poll.TieRule.LOT:
            self.fields["lot_number"] = forms.CharField(
                label=_("Number that was drawn"),
                max_length=100,
                help_text=plan.rules["lot_source"],
                error_messages={"required": _("Type the public number that was drawn.")},
            )
        for tie in self.ties if rule == Poll.TieRule.DECISION else []:
            self.fields[f"chosen-{tie.category}"] = forms.MultipleChoiceField(
                label=_("%(category)s: choose %(count)d of the tied")
                % {"category": names[tie.category], "count": tie.places},
                choices=[(code, f"{code} {titles[code]}") for code in tie.codes],
                widget=forms.CheckboxSelectMultiple,
                error_messages={"required": _("Say who is chosen.")},
            )
            self.fields[f"reason-{tie.category}"] = forms.CharField(
                label=_("Reason"),
                max_length=200,
                help_text=_("Who decided, when, and why; it becomes part of the result."),
                error_messages={"required": _("Say who decided, and why.")},
            )

    def clean(self):
        cleaned = super().clean()
        for tie in self.ties:
            chosen = cleaned.get(f"chosen-{tie.category}")
            if chosen is not None and len(chosen) != tie.places:
                self.add_error(
                    f"chosen-{tie.category}",
                    ValidationError(
                        _("Choose exactly %(count)d."), code="number", params={"count": tie.places}
                    ),
                )
        return cleaned

    @property
    def content(self):
        """Return the proposal's content once the form is valid."""
        given = self.cleaned_data
        return {
            "lot_number": given.get("lot_number", ""),
            "decisions": {
                tie.category: {
                    "chosen": given[f"chosen-{tie.category}"],
                    "reason": given[f"reason-{tie.category}"],
                }
                for tie in self.ties
                if f"chosen-{tie.category}" in given
            },
        }
