"""The entrance of polls by roll: what the roll knows, then the password that was sent.

Between the two steps what was typed rides in a sealed field of the voter's own page, so that a password
can be asked for again without typing; the server keeps nothing of it.
"""

import json
import time

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from ..brakes import TEN_MINUTES, count_try, over_tries
from ..keyring import keys_of
from ..models import RollEntry
from ..rolls import digests
from ..rolls.delivery import check_delivery, deliver
from ..rolls.passwords import DIGITS, NotSent, make_password, use_password
from ..senders import Message
from .entrance import admitted, draw_step, entrance_address

GOOD_FOR = 3600  # seconds: how long the second step can ask for another password without typing again


class PersonForm(forms.Form):
    """What the roll knows of a person: an identity as the poll asks for it, and where a password goes."""

    person = forms.CharField(
        max_length=digests.LONGEST,
        help_text=gettext_lazy("Blanks and small letters do no harm."),
        error_messages={"required": gettext_lazy("Type this as it stands on the roll.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    contact = forms.CharField(
        label=gettext_lazy("Mobile number or e-mail address"),
        max_length=digests.LONGEST,
        help_text=gettext_lazy("As you gave it to the organiser. A password of six digits is sent there."),
        error_messages={"required": gettext_lazy("Type the mobile number or the e-mail address.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    codes = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, plan, action, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].label = plan.rules["roll_question"]
        self.action = action

    @property
    def helper(self):
        return _helper(self.action, Submit("", _("Send me a password")), "person", "contact", "codes")

    def clean_person(self):
        if not digests.normalised(self.cleaned_data["person"]):
            raise ValidationError(_("Type this as it stands on the roll."), code="required")
        return self.cleaned_data["person"]

    def clean_contact(self):
        try:
            return digests.parse_contact(self.cleaned_data["contact"])
        except ValueError:
            raise ValidationError(
                _("This is neither a mobile number nor an e-mail address. Please compare it."), code="contact"
            ) from None


class PasswordForm(forms.Form):
    """The password that came, and who asked for it, sealed."""

    password = forms.CharField(
        label=gettext_lazy("Password of six digits"),
        max_length=40,
        help_text=gettext_lazy("Good for ten minutes."),
        error_messages={"required": gettext_lazy("Type the six digits that were sent to you.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code"}
        ),
    )
    asked = forms.CharField(widget=forms.HiddenInput)
    codes = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, action, **kwargs):
        super().__init__(*args, **kwargs)
        self.action = action

    @property
    def helper(self):
        return _helper(self.action, Submit("", _("Check whether I can vote")), "password", "asked", "codes")

    def clean_password(self):
        digits = digests.normalised(self.cleaned_data["password"])
        if not (len(digits) == DIGITS and digits.isascii() and digits.isdigit()):
            raise ValidationError(_("The password has six digits. Please compare it."), code="digits")
        return digits


def draw_roll_form(request, poll, plan, codes, *, sentence="", status=200, form=None):
    """Draw the first step: what the data are for, then the two fields."""
    form = form or PersonForm(
        initial={"codes": " ".join(codes)}, plan=plan, action=entrance_address(poll, plan)
    )
    return draw_step(
        request, poll, plan, "voting/enter_roll.html", codes, {"form": form}, sentence=sentence, status=status
    )


def take_person(request, poll, plan, codes, at):
    """Let a password be sent if this person is on the roll; the answer is the same if not."""
    form = PersonForm(request.POST, plan=plan, action=entrance_address(poll, plan))
    if not form.is_valid():
        return draw_roll_form(request, poll, plan, codes, status=422, form=form)
    person, contact = form.cleaned_data["person"], form.cleaned_data["contact"]
    try:
        ask_for_password(poll, plan, person, contact, at)
    except NotSent as refusal:
        if refusal.code in ("down", "too_often"):
            status = 503 if refusal.code == "down" else 429
            return draw_roll_form(request, poll, plan, codes, sentence=str(refusal), status=status, form=form)
        return draw_password_form(request, poll, plan, codes, person, contact, sentence=str(refusal))
    return draw_password_form(request, poll, plan, codes, person, contact)


def ask_for_password(poll, plan, person, contact, at):
    """Make a password for whoever says this, and have it sent where the roll says the same; or NotSent."""
    check_delivery()
    digest = digests.roll_digest(keys_of(poll, plan))
    who = digests.person_digest(digest, person)
    where = digests.contact_digest(digest, contact)
    password = make_password(poll=poll, digest=digest, pair=digests.pair_digest(digest, who, where), at=at)
    text = _(
        "%(password)s is your password for voting in “%(title)s”. It is good for 10 minutes. "
        "Give it to nobody."
    ) % {"password": password, "title": plan.title}
    deliver(poll, who, where, Message(contact, password, text))


def draw_password_form(request, poll, plan, codes, person, contact, *, sentence="", status=200, form=None):
    """Draw the second step around what was typed in the first."""
    asked = _seal(plan, person, contact)
    form = form or PasswordForm(
        initial={"codes": " ".join(codes), "asked": asked}, action=entrance_address(poll, plan)
    )
    context = {"form": form, "asked": asked}
    return draw_step(
        request,
        poll,
        plan,
        "voting/enter_password.html",
        codes,
        context,
        sentence=sentence,
        status=status,
    )


def take_password(request, poll, plan, codes, at):
    """Let whoever has the right password go on; or send another, or begin anew, as was pressed."""
    try:
        person, contact = _open(plan, request.POST["asked"])
    except ValueError:
        sentence = _("This page was out of date. Please fill it in once more.")
        return draw_roll_form(request, poll, plan, codes, sentence=sentence, status=409)
    if "other" in request.POST:
        values = {"person": person, "contact": contact, "codes": " ".join(codes)}
        form = PersonForm(initial=values, plan=plan, action=entrance_address(poll, plan))
        return draw_roll_form(request, poll, plan, codes, form=form)
    if "again" in request.POST:
        sentence = _("Another password was asked for. Only the newest one works.")
        try:
            ask_for_password(poll, plan, person, contact, at)
        except NotSent as refusal:
            sentence = str(refusal)
        return draw_password_form(request, poll, plan, codes, person, contact, sentence=sentence)
    form = PasswordForm(request.POST, action=entrance_address(poll, plan))
    if form.is_valid() and over_tries(request, poll, "password", at):
        response = draw_password_form(
            request, poll, plan, codes, person, contact, sentence=too_many(), status=429, form=form
        )
        response["Retry-After"] = str(TEN_MINUTES)
        return response
    if form.is_valid():
        known = prove(poll, plan, person, contact, form.cleaned_data["password"], at)
        count_try(request, poll, "good password" if known else "password", at)
        if known:
            return admitted(request, poll, plan, codes, known)
        form.add_error("password", ValidationError(no_good_password(), code="no_good"))
    return draw_password_form(request, poll, plan, codes, person, contact, status=422, form=form)


def prove(poll, plan, person, contact, password, at) -> bytes | None:
    """Return the credential of whoever has the password that was sent there, None for anybody else."""
    digest = digests.roll_digest(keys_of(poll, plan))
    who = digests.person_digest(digest, person)
    where = digests.contact_digest(digest, contact)
    pair = digests.pair_digest(digest, who, where)
    if not use_password(poll=poll, digest=digest, pair=pair, password=password, at=at):
        return None
    # A password that was guessed for somebody who is not on the roll opens nothing.
    on_roll = RollEntry.objects.filter(poll=poll, person=who, contact=where).exists()
    return digests.voter_of(digest, who) if on_roll else None


def too_many():
    """Return what a voter reads from whose network too many wrong passwords were typed."""
    return _(
        "Many wrong passwords were typed from your network, so none is checked for some minutes. "
        "Please try again in ten minutes; your choices are kept."
    )


def no_good_password():
    """Return the one sentence for wrong, used, old and never sent passwords."""
    return _(
        "This password is not valid: it may be mistyped, older than ten minutes, or tried too often. "
        "Please compare it, or ask for another one."
    )


def _helper(action, button, *fields):
    helper = FormHelper()
    helper.form_id = "enter"
    helper.form_action = action
    helper.add_input(button)
    helper.layout = Layout(*fields)
    return helper


def _seal(plan, person, contact):
    content = json.dumps([plan.uid, person, contact, int(time.time())])
    return signing.b64_encode(_box().encrypt(content.encode())).decode()


def _open(plan, text):
    """Return person and contact as they were typed; ValueError where they are old or not ours."""
    try:
        uid, person, contact, since = json.loads(_box().decrypt(signing.b64_decode(text.encode())))
    except CryptoError:
        raise ValueError from None
    if uid != plan.uid or not 0 <= time.time() - since < GOOD_FOR:
        raise ValueError
    return person, contact


def _box():
    return SecretBox(salted_hmac("voting.views.rolls", "asked", algorithm="sha256").digest())
