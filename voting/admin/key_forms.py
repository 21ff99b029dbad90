"""What making a key, opening the test envelope and opening the ballots ask for: the key holders' parts."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..holders import HolderError, recover_secret
from ..keyfile import known_secret, parts_on_this_machine
from ..keyring import KeyringError
from ..models import Ballot
from ..parts import LARGEST, PartError, parse_part, parse_public, read_part
from .forms import ActForm


class HolderForm(ActForm):
    """Whose part is made now; an unsealed poll has no holders and asks for nothing."""

    name = forms.CharField(
        label=_("Name of the key holder"),
        max_length=80,
        error_messages={"required": _("Say who will keep this key.")},
    )
    public = forms.CharField(
        label=_("Public half made elsewhere"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 30, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "Only for a key that the holder made on a computer of their own (manage.py make_part): the "
            "four lines P1: to P4: that it printed. Nothing is downloaded then. Otherwise leave it empty."
        ),
    )
    form = forms.ChoiceField(choices=[("file", ""), ("paper", "")], required=False, widget=forms.HiddenInput)

    def __init__(self, *args, poll, **kwargs):
        super().__init__(*args, poll=poll, **kwargs)
        if not poll.sealed:
            self.fields.clear()

    def clean_name(self):
        name = self.cleaned_data["name"]
        # A page that is reloaded posts again; it must not make a second part for the same person.
        if self.poll.key_holders.filter(name=name).exists():
            raise ValidationError(
                _("%(name)s is a key holder of this poll already."), code="known", params={"name": name}
            )
        return name

    def clean_public(self):
        text = self.cleaned_data["public"]
        try:
            return parse_public(text) if text else ""
        except PartError as error:
            raise ValidationError(str(error), code="no_public_half") from None


class PartsForm(ActForm):
    """The key holders' parts, as files or typed from paper, unless this machine has them.

    `secret` is the election secret that they open, None without sealed ballots to open.
    """

    def __init__(self, *args, poll, **kwargs):
        super().__init__(*args, poll=poll, **kwargs)
        self.unopened = Ballot.objects.filter(poll=poll).unopened().count()
        self.parts = []
        self.secret = self.secret_without_asking()
        for number in range(1, 1 + self.parts_needed()):
            self.fields[f"file_{number}"] = forms.FileField(
                label=_("Key file %(number)d") % {"number": number}, required=False
            )
            self.fields[f"text_{number}"] = forms.CharField(
                label=_("or typed from paper"),
                required=False,
                widget=forms.Textarea(
                    attrs={"rows": 4, "cols": 30, "autocomplete": "off", "spellcheck": "false"}
                ),
                help_text=_("The four lines that begin with 1: to 4:. They are used now and not kept."),
            )

    def secret_without_asking(self):
        """Return the secret where nobody need bring a part."""
        try:
            return known_secret(self.poll)
        except KeyringError:
            return None

    def parts_needed(self):
        """Return how many parts are asked for."""
        return 0 if self.secret else min(self.poll.holders, 2)

    def clean(self):
        cleaned = super().clean()
        numbers = range(1, 1 + self.parts_needed())
        for number in numbers:
            file, text = cleaned.get(f"file_{number}"), cleaned.get(f"text_{number}")
            try:
                if file:
                    self.parts.append(read_part(file.read(LARGEST)))
                elif text:
                    self.parts.append(parse_part(text))
            except PartError as error:
                self.add_error(f"file_{number}" if file else f"text_{number}", str(error))
        if numbers and not self.errors:
            try:
                self.secret = recover_secret(self.poll, self.parts)
            except HolderError as error:
                raise ValidationError(str(error), code="wrong_part") from None
        return cleaned


class TestForm(PartsForm):
    """The parts that open the test envelope; the demo finds them on its own machine."""

    def secret_without_asking(self):
        self.parts = parts_on_this_machine(self.poll)
        try:
            return recover_secret(self.poll, self.parts)
        except HolderError:
            self.parts = []
            return None
