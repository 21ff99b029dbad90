"""Why a list is changed: asked for on every form of the desk, required once citizens can read the list."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .changes import PARENTS, list_of
from .history import LONGEST_REASON
from .uses import is_public

WHY = _("Citizens can read this list already: say why it is changed.")


def list_is_public(item) -> bool:
    """Say whether citizens can read the list that a row belongs to."""
    return is_public(list_of(item))


class ReasonField(forms.CharField):
    """Asks why something is changed; `help_text` and `required` follow from whether it is public."""

    def __init__(self, *, public=False):
        super().__init__(
            label=_("Reason for the change"),
            max_length=LONGEST_REASON,
            required=public,
            widget=forms.TextInput(attrs={"size": 60}),
            help_text=_("Required, for citizens can read this already. It stays in the history.")
            if public
            else _("It stays in the history; empty where there is nothing to say."),
            error_messages={"required": WHY},
        )


class ReasonForm(forms.ModelForm):
    """A form of the desk that asks why. A subclass may say otherwise when the answer is required."""

    change_reason = ReasonField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "change_reason" in self.fields and self.instance.pk and self.is_public(self.instance):
            self.fields["change_reason"] = ReasonField(public=True)

    @staticmethod
    def is_public(item) -> bool:
        return list_is_public(item)

    def clean(self):
        cleaned = super().clean()
        parent = cleaned.get(PARENTS.get(self._meta.model))
        # Only now is it known to which list a new row belongs.
        if not self.instance.pk and parent and cleaned.get("change_reason") == "" and self.is_public(parent):
            self.add_error("change_reason", ValidationError(WHY, code="required"))
        return cleaned


class WhyForm(forms.Form):
    """Asks for nothing but the reason: to delete something, to apply a file."""

    def __init__(self, *args, public, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["change_reason"] = ReasonField(public=public)
