"""What staff type to sign in: name and password, and the code of the second factor."""

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SignInForm(AdminAuthenticationForm):
    """Asks for name and password; one sentence for every fault, so that nobody learns who works here."""

    error_messages = {
        "invalid_login": _("User name or password is not right. After five tries one has to wait 15 minutes.")
    }


class CodeForm(forms.Form):
    """Asks for one code; whether it is right is decided under a lock (second_factor.py)."""

    code = forms.CharField(
        label=pgettext_lazy("second factor", "Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}
        ),
    )


class PhoneCodeForm(CodeForm):
    """Asks for a code of the phone, so that phones offer digits."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"
