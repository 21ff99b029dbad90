"""Forms for those who edit a list: a candidate's text, and the files beside it."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from .evidence_forms import places_of
from .models import Attachment, Candidate, Quote
from .reasons import ReasonForm
from .uploads import examine_file


def moved_offset(quote, old: str, new: str) -> int | None:
    """Return where a quote of the `old` text stands in the `new` one; None if that is not certain.

    What lies before or behind the changed words stays with its neighbours; what lies in them is
    looked for, and must be found exactly once.
    """
    before = 0
    while before < min(len(old), len(new)) and old[before] == new[before]:
        before += 1
    behind = 0
    while behind < min(len(old), len(new)) - before and old[-1 - behind] == new[-1 - behind]:
        behind += 1
    if quote.end <= before:
        return quote.offset
    if quote.offset >= len(old) - behind:
        return quote.offset + len(new) - len(old)
    found = places_of(quote.text, new)
    return found[0] if len(found) == 1 else None


class CandidateForm(ReasonForm):
    """A candidate's text. Quotes move with it; where one would lose its words, the change is refused."""

    title = forms.CharField(
        label=_("title"), max_length=200, strip=False, widget=forms.TextInput(attrs={"size": 80})
    )
    body = forms.CharField(
        label=_("text"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 14, "cols": 80})
    )

    class Meta:
        model = Candidate
        fields = ["category", "code", "title", "body", "order"]
        help_texts = {"code": _("Three digits; the first is the digit of the category.")}

    moved_quotes = ()

    def clean_body(self):
        # Browsers send each line end as CR LF, which would shift the places of all quotes behind it.
        return self.cleaned_data["body"].replace("\r\n", "\n")

    def clean(self):
        cleaned = super().clean()
        category, code = cleaned.get("category"), cleaned.get("code")
        if category and code and code[0] != category.code:
            self.add_error(
                "code",
                ValidationError(
                    _("The code must begin with %(digit)s, the digit of “%(category)s”."),
                    code="wrong_digit",
                    params={"digit": category.code, "category": category.name},
                ),
            )
        if self.instance.pk and "title" in cleaned and "body" in cleaned:
            self._move_quotes(
                self.initial["title"] + self.initial["body"], cleaned["title"] + cleaned["body"]
            )
        return cleaned

    def _move_quotes(self, old, new):
        if old == new:
            return
        self.moved_quotes = []
        for quote in Quote.objects.filter(evidence__candidate=self.instance).select_related("evidence"):
            offset = moved_offset(quote, old, new)
            if offset is None:
                self.add_error(
                    None,
                    ValidationError(
                        _(
                            "The evidence “%(evidence)s” quotes “%(quote)s”, which would no longer stand "
                            "in the text. Change or delete that evidence first."
                        ),
                        code="quote_lost",
                        params={"evidence": quote.evidence.label, "quote": quote.text},
                    ),
                )
            elif offset != quote.offset:
                quote.offset = offset
                self.moved_quotes.append(quote)


class AttachmentForm(forms.ModelForm):
    class Meta:
        model = Attachment
        fields = ["title", "alt", "file", "source"]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            facts = examine_file(file)
            file.name = facts.name
            self.instance.media_type = facts.media_type
            self.instance.size = facts.size
            self.instance.sha256 = facts.sha256
        return file


class AttachmentFormSet(BaseInlineFormSet):
    """The files of one candidate, each of them once."""

    def clean(self):
        super().clean()
        seen = set()
        for form in self.forms:
            if form in self.deleted_forms or form.errors or not form.instance.sha256:
                continue
            if form.instance.sha256 in seen:
                form.add_error("file", ValidationError(_("This file stands here already."), code="twice"))
            seen.add(form.instance.sha256)
