"""The entrance of polls by code: one field for either form of a code."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..brakes import TEN_MINUTES, count_try, over_tries
from ..eligibility import code_text
from ..eligibility.code import find_right
from ..keyring import keys_of
from .entrance import admitted, draw_step, entrance_address


class CodeForm(forms.Form):
    """A voting code as a person types it, or as a card's QR code hands it over; and the picks made so far."""

    code = forms.CharField(
        label=gettext_lazy("Voting code"),
        max_length=80,
        help_text=gettext_lazy(
            "20 characters as they stand on your card; blanks, dashes and small letters do no harm. "
            "There is no letter O, I or L and no digit 0 or 1."
        ),
        error_messages={
            "required": gettext_lazy("Type the code that stands on your card."),
            "max_length": gettext_lazy("A voting code has 20 characters; this is longer."),
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
    codes = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, action, **kwargs):
        super().__init__(*args, **kwargs)
        self.action = action

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_id = "enter"
        helper.form_action = self.action
        helper.add_input(Submit("", _("Check whether I can vote")))
        helper.layout = Layout("code", "codes")
        return helper

    def clean_code(self):
        try:
            return code_text.parse(self.cleaned_data["code"])
        except code_text.MistypedCode:
            raise ValidationError(
                _(
                    "This is not a voting code: a character is missing, added or mistyped, or two are "
                    "swapped. Compare it with your card, group by group."
                ),
                code="mistyped",
            ) from None


def draw_code_form(request, poll, plan, codes, *, sentence="", status=200, form=None):
    """Draw the page that asks for a code; what was typed stays, the picks too."""
    initial = {"codes": " ".join(codes)}
    form = form or CodeForm(initial=initial, action=entrance_address(poll, plan))
    return draw_step(
        request, poll, plan, "voting/enter_code.html", codes, {"form": form}, sentence=sentence, status=status
    )


def take_code(request, poll, plan, codes, at):
    """Let whoever has a good code go on; everybody else reads the same sentence.

    That sentence's page is drawn in either case, and a try counted, so that the time of the answer says
    nothing either. Typed codes are no longer judged for a network from which many wrong ones came, as each
    costs a slow hash; the link codes of pictures always are, so that nobody is shut out.
    """
    form = CodeForm(request.POST, action=entrance_address(poll, plan))
    if not form.is_valid():
        return draw_code_form(request, poll, plan, codes, status=422, form=form)
    typed = len(form.cleaned_data["code"]) == code_text.TYPED
    if typed and over_tries(request, poll, "code", at):
        response = draw_code_form(request, poll, plan, codes, sentence=too_many(), status=429, form=form)
        response["Retry-After"] = str(TEN_MINUTES)
        return response
    credential = find_right(poll, keys_of(poll, plan), form.cleaned_data["code"], at)
    if typed:
        count_try(request, poll, "good code" if credential else "code", at)
    form.add_error("code", ValidationError(no_good_code(), code="no_good"))
    page = draw_code_form(request, poll, plan, codes, status=422, form=form)
    return admitted(request, poll, plan, codes, credential) if credential else page


def too_many():
    """Return what a voter reads from whose network too many wrong codes were typed."""
    return _(
        "Many wrong voting codes were typed from your network, so typed codes are not checked for some "
        "minutes. Scan the picture on your card instead, or try again in ten minutes."
    )


def no_good_code():
    """Return the one sentence for unknown, void and used codes."""
    telephone = settings.SITE["telephone"]
    if telephone:
        return _(
            "This voting code is not valid: it may be mistyped, or used already. "
            "Please compare it or call %(telephone)s."
        ) % {"telephone": telephone}
    return _(
        "This voting code is not valid: it may be mistyped, or used already. "
        "Please compare it or ask whoever gave it to you."
    )
