"""Forms for the evidence of a candidate: quotes, figures, and how the two hang together."""

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .evidence import check_evidence
from .figures import parse_figure
from .models import Evidence, Point, Quote
from .reasons import ReasonForm
from .wording import separated


def places_of(words: str, text: str) -> list[int]:
    """Return every offset at which `words` stand in `text`."""
    return [at for at in range(len(text)) if words and text.startswith(words, at)]


class EvidenceForm(ReasonForm):
    class Meta:
        model = Evidence
        fields = ["candidate", "order", "label", "kind", "scope", "headline", "remarks", "source"]
        help_texts = {
            "kind": _("A target, a plan, a contract or an approval is never shown as a result."),
            "headline": _("On: this evidence stands for the candidate in the list. One for each candidate."),
        }

    def clean(self):
        cleaned = super().clean()
        candidate = cleaned.get("candidate")
        if candidate and cleaned.get("headline"):
            other = candidate.evidence.filter(headline=True).exclude(pk=self.instance.pk).first()
            if other:
                self.add_error(
                    "headline",
                    ValidationError(
                        _("“%(evidence)s” says most already. Take the mark away there first."),
                        code="second_headline",
                        params={"evidence": other.label},
                    ),
                )
        return cleaned


class QuoteForm(forms.ModelForm):
    """Words of the text. Their place may be left empty where they stand in it only once."""

    offset = forms.IntegerField(
        label=_("offset"),
        required=False,
        min_value=0,
        help_text=_("Leave empty: it is found, unless the words stand more than once."),
    )
    text = forms.CharField(
        label=_("exact text"), max_length=400, strip=False, widget=forms.TextInput(attrs={"size": 60})
    )

    class Meta:
        model = Quote
        fields = ["text", "role", "offset"]

    def __init__(self, *args, evidence, **kwargs):
        super().__init__(*args, **kwargs)
        self.evidence = evidence

    def clean(self):
        cleaned = super().clean()
        words = cleaned.get("text")
        if not words or "offset" not in cleaned or self.evidence.candidate_id is None:
            return cleaned
        found = places_of(words, self.evidence.candidate.text)
        offset = cleaned["offset"]
        places = {"places": separated(str(at) for at in found)}
        if not found:
            self.add_error(
                "text",
                ValidationError(
                    _("These words do not stand in the text. Copy them from it exactly."), code="not_in_text"
                ),
            )
        elif offset is None and len(found) > 1:
            self.add_error(
                "offset",
                ValidationError(
                    _(
                        "These words stand in the text at %(places)s. Write the one you mean, "
                        "or quote more words."
                    ),
                    code="ambiguous",
                    params=places,
                ),
            )
        elif offset is None:
            cleaned["offset"] = found[0]
        elif offset not in found:
            self.add_error(
                "offset",
                ValidationError(
                    _("The words do not stand at this place but at %(places)s."),
                    code="not_there",
                    params=places,
                ),
            )
        return cleaned


class QuoteFormSet(BaseInlineFormSet):
    """The quotes of one evidence; `draft` hands them on to the points."""

    def __init__(self, *args, draft=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.draft = draft

    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "evidence": self.instance}

    def clean(self):
        super().clean()
        if self.draft is not None and not any(self.errors):
            self.draft["quotes"] = _kept(self)


class PointForm(forms.ModelForm):
    """A figure as printed; what it means may be left empty and is then read from it."""

    value = forms.DecimalField(
        label=_("value"),
        max_digits=24,
        decimal_places=6,
        required=False,
        help_text=_("Leave empty: it is read from the figure."),
    )

    class Meta:
        model = Point
        fields = [
            "order",
            "raw",
            "value",
            "bound",
            "unit",
            "per",
            "period",
            "start",
            "end",
            "inferred",
            "scale",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.initial.get("value") is not None:
            # 13.6, not 13.600000; and 120000000, not 1.2E+8.
            value = self.initial["value"].normalize()
            self.initial["value"] = value if value.as_tuple().exponent <= 0 else value.quantize(1)

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("raw") or "value" not in cleaned:
            return cleaned
        try:
            figure = parse_figure(cleaned["raw"])
        except ValueError as error:
            self.add_error("raw", ValidationError(gettext(str(error)), code="unreadable"))
            return cleaned
        if cleaned["value"] is None:
            cleaned["value"], cleaned["scale"] = figure.value, figure.scale
        elif cleaned["value"] != figure.value:
            self.add_error(
                "value",
                ValidationError(
                    _("“%(raw)s” written out is %(value)s. Leave the value empty to have it filled in."),
                    code="not_the_figure",
                    params={"raw": cleaned["raw"], "value": f"{figure.value.normalize():f}"},
                ),
            )
        if not cleaned.get("unit"):
            cleaned["unit"] = figure.unit
        return cleaned


class PointFormSet(BaseInlineFormSet):
    """The figures of one evidence, checked against its quotes."""

    def __init__(self, *args, draft=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.draft = draft

    def clean(self):
        super().clean()
        evidence = self.instance
        if any(self.errors) or evidence.candidate_id is None or "quotes" not in (self.draft or {}):
            return
        quotes = self.draft["quotes"]
        text = evidence.candidate.text
        of_all = [str(fault) for fault in check_evidence(text, evidence, [], quotes)]
        for form in self.forms:
            if form in self.deleted_forms or not form.cleaned_data:
                continue
            for fault in check_evidence(text, evidence, [form.instance], quotes):
                if str(fault) not in of_all:
                    form.add_error("raw", ValidationError(str(fault), code="evidence"))
        if of_all:
            raise ValidationError([ValidationError(fault, code="evidence") for fault in of_all])


def _kept(formset):
    """Return the rows that a valid formset would leave behind."""
    return [
        form.instance
        for form in formset.forms
        if form not in formset.deleted_forms and (form.instance.pk or form.has_changed())
    ]
