"""Two to four candidates side by side. What they say of themselves is put in rows by kind, never joined."""

from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shortlist.models import Evidence
from shortlist.wording import separated

LEAST, MOST = 2, 4


class Row(NamedTuple):
    """One kind of evidence: each candidate with its (number on the candidate's page, evidence) of it."""

    kind: str
    label: str
    cells: list[tuple]


class CompareForm(forms.Form):
    """The codes of candidates to compare; fewer than two are no error: then the others are chosen next."""

    codes = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, plan, texts):
        """Take the address's texts: a code each, or several parted by commas, as a link carries them."""
        codes = [code.strip() for text in texts for code in text.split(",") if code.strip()]
        super().__init__({"codes": list(dict.fromkeys(codes))})
        self.plan = plan
        self.fields["codes"].choices = [(candidate.code, candidate.headline) for candidate in plan.candidates]
        self.fields["codes"].validate = self.validate_codes

    def validate_codes(self, codes):
        unknown = [code for code in codes if code not in self.plan.index]
        if unknown:
            message = _("There is no candidate %(codes)s on this list. Choose others below.")
            raise ValidationError(
                message % {"codes": separated(code[:20] for code in unknown[:5])}, code="unknown"
            )
        if len(codes) > MOST:
            over = len(codes) - MOST
            message = ngettext(
                "You chose %(count)d; at most four fit side by side. Take %(over)d back.",
                "You chose %(count)d; at most four fit side by side. Take %(over)d back.",
                over,
            )
            raise ValidationError(message % {"count": len(codes), "over": over}, code="too_many")

    @property
    def chosen(self):
        """Return the named candidates in the order of the page, whether or not the form is valid."""
        wanted = set(self.data["codes"])
        return [
            candidate
            for category in self.plan.shown
            for candidate in category.candidates
            if candidate.code in wanted
        ]

    @property
    def is_enough(self):
        """Say whether there is something to compare."""
        return self.is_valid() and len(self.chosen) >= LEAST


def rows_of(candidates) -> list[Row]:
    """Return the evidence of candidates by kind, kinds that none of them has left out."""
    rows = []
    for kind, label in Evidence.Kind.choices:
        cells = [
            (candidate, [pair for pair in enumerate(candidate.evidence, 1) if pair[1].kind == kind])
            for candidate in candidates
        ]
        if any(found for _candidate, found in cells):
            rows.append(Row(kind, label, cells))
    return rows
