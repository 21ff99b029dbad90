"""Forms of the two steps: a text to be read, and what of its reading shall be stored."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from shortlist.models import Shortlist
from shortlist.uses import is_public

from .text import MAX_CHARACTERS
from .word import text_of


class TextForm(forms.Form):
    """A text, and the list that it shall become. No `maxlength`: browsers would cut a paste silently."""

    title = forms.CharField(
        label=_("title"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"size": 80}),
        help_text=_("Of a new list. Leave empty if it stands in the text as a line that ends in 名单."),
    )
    slug = forms.SlugField(
        label=_("address"),
        required=False,
        max_length=60,
        help_text=_("Of a new list: Latin letters, digits and hyphens. Leave empty to have one made."),
    )
    shortlist = forms.ModelChoiceField(
        label=_("list to fill"),
        queryset=Shortlist.objects.none(),
        required=False,
        empty_label=_("a new list"),
        help_text=_("Lists that have no category yet are offered."),
    )
    text = forms.CharField(
        label=_("text of the list"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "cols": 100, "lang": "zh-Hans"}),
    )

    field_order = ["text", "file", "title", "slug", "shortlist"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["shortlist"].queryset = Shortlist.objects.filter(categories__isnull=True)

    def clean_text(self):
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        if len(text) > MAX_CHARACTERS:
            raise ValidationError(
                _("The text has %(count)d characters; at most %(most)d are read at once. Paste it in parts."),
                code="too_long",
                params={"count": len(text), "most": MAX_CHARACTERS},
            )
        return text

    def clean_shortlist(self):
        shortlist = self.cleaned_data["shortlist"]
        if shortlist and is_public(shortlist):
            raise ValidationError(
                _("Citizens can read this list already. Choose another one, or make a new one."),
                code="public",
            )
        return shortlist


class PasteForm(TextForm):
    """The first step: a text, pasted or in a Word document; `cleaned_data["text"]` is it in either case."""

    file = forms.FileField(
        label=_("Word document (.docx)"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".docx"}),
        help_text=_("In place of a pasted text. Numbers that Word makes itself and tables are read too."),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if not file:
            return None
        text = text_of(file)
        if len(text) > MAX_CHARACTERS:
            raise ValidationError(
                _("The text has %(count)d characters; at most %(most)d are read at once. Paste it in parts."),
                code="too_long",
                params={"count": len(text), "most": MAX_CHARACTERS},
            )
        return text

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        pasted, read = cleaned["text"], cleaned["file"]
        if pasted.strip() and read:
            self.add_error(
                "file",
                ValidationError(
                    _("There is a pasted text as well. Empty it, or read it without a file."), code="both"
                ),
            )
        elif not pasted.strip() and not read:
            self.add_error("text", ValidationError(_("Paste a text, or choose a file."), code="nothing"))
        cleaned["text"] = read or pasted
        return cleaned


class Keys(forms.Field):
    """Any number of values of one name; unknown ones are looked past, for the text may have changed."""

    widget = forms.SelectMultiple

    def clean(self, value):
        return set(value or [])


class ConfirmForm(TextForm):
    """The second step: what was ticked, where headings at the end begin, what is left out knowingly."""

    keep = Keys(required=False)
    shown = forms.CharField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    aware = forms.BooleanField(
        label=_("The lines that could not be placed are not stored. I have read them."), required=False
    )

    field_order = None

    def starts(self) -> list[int | None]:
        """Return the answers to the question of headings at the end, in the order of the headings."""
        answers = []
        while f"start-{len(answers)}" in self.data:
            answer = self.data[f"start-{len(answers)}"]
            answers.append(int(answer) if answer.isdecimal() and len(answer) < 5 else None)
        return answers

    def check(self, reading):
        """Add what stands against storing a reading as it was shown; return whether nothing does."""
        if self.cleaned_data.get("seen") != reading.digest:
            self.refuse(
                None,
                "changed",
                _("The text or an answer was changed and was read again. Look at it once more, then store."),
            )
            return False
        if reading.outline.left_out and not self.cleaned_data.get("aware"):
            self.refuse(
                "aware", "unaware", _("Some lines could not be placed. Read them, then tick this box.")
            )
        if not self.cleaned_data.get("shortlist") and not self.cleaned_data.get("title"):
            self.refuse("title", "no_title", _("Write the title of the new list."))
        return self.is_valid()

    def refuse(self, field, code, sentence):
        self.add_error(field, ValidationError(sentence, code=code))
