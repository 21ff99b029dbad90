"""What citizens send. A form says “well formed”; whether it is allowed now is said elsewhere."""

import re
from typing import NamedTuple

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Field, Layout, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shortlist.wording import separated

from .ledger.code import MistypedCode, parse_code
from .marks import find_faults, find_withdrawn

NONE = "none"
HEX_NONCE = r"^[0-9a-f]{64}$"
NONCE = re.compile("[0-9a-f]{64}")
# What a ballot carries beside the picks: it is read by `brakes.BrakesForm`.
BRAKES = HTML('{% include "voting/_brakes.html" %}')


class PicksField(forms.MultipleChoiceField):
    """The picks of one category; `none` says expressly that there shall be none."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, category):
        self.category = category
        self.may_be_none = category.min_choices == 0
        choices = [(candidate.code, candidate.headline) for candidate in category.candidates]
        if self.may_be_none:
            choices.append((NONE, _("None in this category")))
        super().__init__(choices=choices, required=False, label=str(category))

    def validate(self, value):
        unknown = [code for code in value if not self.valid_value(code)]
        if unknown:
            message = _("There is no candidate %(codes)s on this ballot. Please choose again.")
            codes = separated(code[:20] for code in unknown[:5])
            raise ValidationError(message % {"codes": codes}, code="unknown")
        if NONE in value and len(set(value)) > 1:
            message = _(
                "In “%(category)s” you chose “None in this category” and candidates as well. "
                "Your choices are kept: take one or the other back."
            )
            raise ValidationError(message % {"category": self.category.name}, code="contradiction")


class BallotForm(forms.Form):
    """One ballot: a field of checkboxes for each category, `picks-<digit>`."""

    def __init__(self, poll, plan, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.poll = poll
        self.plan = plan
        self.use_required_attribute = False
        for category in plan.shown:
            self.fields[f"picks-{category.code}"] = PicksField(category)

    @property
    def codes(self):
        """Return the picked codes once the form is valid."""
        return [code for picks in self.cleaned_data.values() for code in picks if code != NONE]

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_action = reverse("voting:review", args=[self.poll.slug]) + self.plan.order_query
        helper.form_id = "ballot"
        helper.disable_csrf = True  # The page is the same for everyone, see views.ballots.review.
        helper.attrs = {
            "novalidate": True,
            "data-draft": f"ballot:{self.plan.uid}:{self.plan.sha256}",
            "data-redrawn": "yes" if self.is_bound else "",
        }
        helper.layout = Layout(*(Field(name, template="ballot/picks.html") for name in self.fields), BRAKES)
        helper.add_input(Submit("", _("Next: check the ballot")))
        return helper

    def clean(self):
        sound = [code for picks in self.cleaned_data.values() for code in picks if code != NONE]
        for fault in [*find_faults(self.plan, sound), *find_withdrawn(self.plan, sound)]:
            name = f"picks-{fault.category}" if fault.category else None
            if name not in self.errors:
                self.add_error(name, ValidationError(fault.message, code=fault.code))


def ballot_of(poll, plan, codes, faults=()):
    """Return the ballot form filled with these picks, with the faults found in them."""
    picks = {f"picks-{category.code}": [] for category in plan.sections}
    for code in codes:
        if code in plan.section_of:
            picks[f"picks-{plan.section_of[code].code}"].append(code)
    form = BallotForm(poll, plan, picks)
    form.full_clean()
    for fault in faults:
        if fault.code == "unknown":
            form.add_error(None, ValidationError(fault.message, code=fault.code))
    return form


class CastForm(forms.Form):
    """What the page to confirm posts: picks in one field, the ticket, a nonce a category."""

    codes = forms.CharField(required=False, strip=True, widget=forms.HiddenInput)
    ticket = forms.CharField(max_length=1000, widget=forms.HiddenInput)
    nonces_by = forms.ChoiceField(
        choices=[("server", "server"), ("device", "device")], widget=forms.HiddenInput
    )

    def __init__(self, poll, plan, *args, again=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.poll = poll
        self.plan = plan
        self.again = again
        for category in plan.sections:
            self.fields[f"nonce-{category.code}"] = forms.RegexField(HEX_NONCE, widget=forms.HiddenInput)

    def clean_codes(self):
        return self.cleaned_data["codes"].split()

    @property
    def nonces(self):
        """Return 32 bytes for each category, once the form is valid."""
        return {
            category.code: bytes.fromhex(self.cleaned_data[f"nonce-{category.code}"])
            for category in self.plan.sections
        }

    @property
    def own_nonces(self):
        """Say whether the voter's device made the nonces, once the form is valid."""
        return self.cleaned_data["nonces_by"] == "device"

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_action = reverse("voting:cast", args=[self.poll.slug]) + self.plan.order_query
        helper.form_id = "cast"
        helper.template = "ballot/cast.html"
        # A ballot that is sent again must be the same ballot, so its nonces stay as they are.
        helper.attrs = {"data-nonces": "keep" if self.again else "make"}
        helper.edit_action = reverse("voting:review", args=[self.poll.slug]) + self.plan.order_query
        helper.layout = Layout(*self.fields)
        return helper


class Confirmed(NamedTuple):
    """A confirmed ballot as it was posted: picked codes, the ticket, 32 bytes for each category."""

    codes: list[str]
    ticket: str
    nonces: dict[str, bytes]


def read_confirmed(plan, data) -> Confirmed | None:
    """Read what `CastForm` reads, without the form; None where it would find a fault or anything unusual."""
    ticket = data.get("ticket", "")
    nonces = {category.code: data.get(f"nonce-{category.code}", "") for category in plan.sections}
    if not 0 < len(ticket) <= 1000 or data.get("nonces_by") not in ("server", "device"):
        return None
    if not all(NONCE.fullmatch(nonce) for nonce in nonces.values()):
        return None
    read = {category: bytes.fromhex(nonce) for category, nonce in nonces.items()}
    return Confirmed(data.get("codes", "").split(), ticket, read)


class SearchForm(forms.Form):
    """Words to look for in a list, and the order in which it is shown."""

    q = forms.CharField(
        label=gettext_lazy("Search the list"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        error_messages={"max_length": gettext_lazy("Search for at most 100 characters.")},
    )

    def __init__(self, plan, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if plan.variant:
            self.fields["order"] = forms.IntegerField(
                required=False, widget=forms.HiddenInput, initial=plan.variant
            )

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_method = "get"
        helper.form_class = "search"
        helper.attrs = {"role": "search"}
        helper.add_input(Submit("", _("Search")))
        helper.layout = Layout(*self.fields)
        return helper


class FindForm(forms.Form):
    """A receipt code as a person types it."""

    code = forms.CharField(
        label=gettext_lazy("Receipt code"),
        max_length=60,
        help_text=gettext_lazy("16 characters; blanks, dashes and small letters do no harm."),
        error_messages={
            "required": gettext_lazy("Type the code that stands on your receipt."),
            "max_length": gettext_lazy("A receipt code has 16 characters; this is longer."),
        },
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "code",
            }
        ),
    )

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_id = "find"
        helper.add_input(Submit("", _("Find my ballot")))
        helper.layout = Layout("code")
        return helper

    def clean_code(self):
        try:
            return parse_code(self.cleaned_data["code"])
        except MistypedCode:
            raise ValidationError(
                _(
                    "This is not a receipt code: its characters do not fit together. One is mistyped or "
                    "two are swapped. Compare it with your receipt, group by group, the last character too."
                ),
                code="mistyped",
            ) from None
        except ValueError:
            raise ValidationError(
                _(
                    "This is not a receipt code: a character is missing, added or mistyped. "
                    "Compare it with your receipt, group by group."
                ),
                code="invalid",
            ) from None
