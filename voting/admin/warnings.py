"""The warnings about a poll's list, which whoever opens the poll acknowledges one by one or all at once."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from shortlist.checks import warnings_of

# `OpenForm.accept_short_list` asks for this one in words of its own, and the manifest keeps the answer.
ASKED_APART = "fewer_than_declared"


class WarningsForm(forms.Form):
    """Mixin of an act's form: asks for an acknowledgement of each warning about the list of its `poll`.

    `cleaned_data["acknowledged"]` are the keys of all of them, sorted: what the audit trail keeps.
    """

    acknowledged = forms.MultipleChoiceField(
        label=_("Warnings about the list"), required=False, widget=forms.CheckboxSelectMultiple
    )
    acknowledge_all = forms.BooleanField(
        label=_("I have read all of these warnings"),
        required=False,
        help_text=_("Instead of ticking each of them. The audit trail keeps which there were."),
    )

    def __init__(self, *args, poll, **kwargs):
        super().__init__(*args, poll=poll, **kwargs)
        messages = {}
        for warning in warnings_of(poll.shortlist):
            if warning.code != ASKED_APART:
                messages.setdefault(warning.key, []).append(warning.message)
        if messages:
            choices = [(key, " ".join(sentences)) for key, sentences in messages.items()]
            self.fields["acknowledged"].choices = choices
        else:
            del self.fields["acknowledged"], self.fields["acknowledge_all"]

    def clean(self):
        cleaned = super().clean()
        if "acknowledged" not in self.fields:
            cleaned["acknowledged"] = []
        elif "acknowledged" in cleaned:
            keys = {key for key, _message in self.fields["acknowledged"].choices}
            if not cleaned.get("acknowledge_all") and keys - set(cleaned["acknowledged"]):
                self.add_error(
                    "acknowledged",
                    ValidationError(
                        _("Tick each warning, or that you have read all of them; or put it right first."),
                        code="unacknowledged",
                    ),
                )
            else:
                cleaned["acknowledged"] = sorted(keys)
        return cleaned
