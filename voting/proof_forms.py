"""What people send who look into the public ledger."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .proofs import PledgeRefused, read_pledge

MOST_PLEDGE_BYTES = 20_000


class EntryForm(forms.Form):
    """The number of one entry, from 1, as receipts name it."""

    number = forms.IntegerField(
        label=gettext_lazy("Number of the entry"),
        min_value=1,
        max_value=2**31,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 10}),
        error_messages={
            "required": gettext_lazy("Type the number of an entry, such as 1204."),
            "invalid": gettext_lazy("The number of an entry has digits only, such as 1204."),
            "min_value": gettext_lazy("Entries are numbered from 1."),
            "max_value": gettext_lazy("There is no entry with so high a number."),
        },
    )

    def __init__(self, poll, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.poll = poll

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_method = "get"
        helper.form_action = reverse("voting:entry", args=[self.poll.slug])
        helper.form_class = "search"
        helper.add_input(Submit("", _("Show the entry")))
        helper.layout = Layout("number")
        return helper


class DayForm(forms.Form):
    """A day whose last head is asked for; none for the latest."""

    date = forms.DateField(required=False, input_formats=["%Y-%m-%d"])


class PledgeForm(forms.Form):
    """A saved confirmation, as a file or copied into the field."""

    file = forms.FileField(
        label=gettext_lazy("The file pledge.txt"), required=False, allow_empty_file=True, max_length=255
    )
    text = forms.CharField(
        label=gettext_lazy("Or its text"),
        required=False,
        max_length=MOST_PLEDGE_BYTES,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"max_length": gettext_lazy("This is too long for a signed confirmation.")},
    )

    def __init__(self, plan, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.plan = plan

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_id = "check"
        helper.attrs = {"enctype": "multipart/form-data", "novalidate": True}
        helper.add_input(Submit("", _("Check the confirmation")))
        helper.layout = Layout("file", "text")
        return helper

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and file.size > MOST_PLEDGE_BYTES:
            raise ValidationError(_("This is too long for a signed confirmation."), code="max_length")
        return file

    def clean(self):
        if self.errors:
            return
        file = self.cleaned_data.get("file")
        text = file.read().decode("utf-8", "replace") if file else self.cleaned_data.get("text", "")
        if not text.strip():
            raise ValidationError(_("Choose the file or copy its text into the field."), code="required")
        try:
            self.pledge = read_pledge(self.plan, text)
        except PledgeRefused as refused:
            raise ValidationError(str(refused), code=refused.code) from None
