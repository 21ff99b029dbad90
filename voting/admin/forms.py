"""The forms behind a poll's pages: its rules, and what each act asks for."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from shortlist.reasons import ReasonForm

from ..forget import retention_faults
from ..limits import check_limits
from ..manifest import draft_sha256, plan_of
from ..models import Poll
from .warnings import WarningsForm


class PollForm(ReasonForm):
    """A poll's rules, with what each of them means for citizens and staff."""

    class Meta:
        model = Poll
        fields = [
            "title",
            "slug",
            "shortlist",
            "opens_at",
            "closes_at",
            "zone",
            "eligibility",
            "daily",
            "ballots_per_device",
            "order_rule",
            "order_variants",
            "sealed",
            "holders",
            "publish",
            "reveals",
            "results_from",
            "tie_rule",
            "lot_source",
            "objection_days",
            "approvals",
            "holds_decided_by",
            "roll_question",
            "purpose",
            "brakes",
            "retention",
            "batch_minimum",
            "merge_delay",
            "rehearsal",
        ]
        help_texts = {
            "title": _("Stands on every page, receipt and file of this poll."),
            "slug": _(
                "The last part of the web address: small letters, digits and hyphens, as in shanxi-2019."
            ),
            "shortlist": _("Its text, categories, places and limits are frozen with the rules at opening."),
            "opens_at": _(
                "Beijing time. Voting begins by itself at this time, if the poll was opened before."
            ),
            "closes_at": _(
                "Beijing time. Voting ends by itself; this is the first moment at which it is too late."
            ),
            "zone": _("All times of this poll are shown in it. Asia/Shanghai is shown as Beijing time."),
            "eligibility": _("A device poll limits ballots per device; it is not one person, one vote."),
            "daily": _("On: one ballot each day. Off: one ballot in the whole poll."),
            "ballots_per_device": _(
                "So many people of one household may vote on one phone, one after the other: 1 to 5."
            ),
            "order_rule": _(
                "Rotated: voters see the same list from different starting points, so that no place on the "
                "page is an advantage. The effect is published in aggregate."
            ),
            "order_variants": _("With rotated order: from how many starting points, 2 to 16. Otherwise 1."),
            "sealed": _(
                "On: only the key holders open the ballots. Off: the server can count while the vote "
                "goes on, and voters are told so. Fixed once the key is made."
            ),
            "holders": _(
                "One: a single file opens the ballots, and its loss loses them. Two of three: any two of "
                "three people, so that one may be absent and none can do it alone."
            ),
            "publish": _(
                "What citizens see of the result. Staff see all of it. With the chosen alone the public "
                "cannot recount; only the auditors can."
            ),
            "results_from": _("Nobody sees any count before, staff neither."),
            "tie_rule": _("What happens when candidates with equal votes share the last place."),
            "approvals": _(
                "Opening, correcting, pausing, extending, closing early, excluding and certifying need so "
                "many different people. One is for trying the software out."
            ),
            "batch_minimum": _(
                "So many ballots are entered into the public ledger at once. The more, the less anybody "
                "can tell who voted when."
            ),
            "merge_delay": _("In seconds: a ballot waits at most so long until it is entered."),
            "rehearsal": _("On: a trial run. Its ballots are test ballots and never a result."),
        }

    @staticmethod
    def is_public(item) -> bool:
        """Say whether citizens can read of this poll, so that a change of its rules needs a reason."""
        return item.state != Poll.State.DRAFT

    def clean_brakes(self):
        brakes = self.cleaned_data["brakes"] or {}
        if not isinstance(brakes, dict):
            raise ValidationError(
                _("Write pairs of names and numbers, or {} for the defaults."), code="pairs"
            )
        check_limits(brakes)
        return brakes

    def clean_retention(self):
        retention = self.cleaned_data["retention"] or {}
        if not isinstance(retention, dict):
            raise ValidationError(
                _("Write pairs of names and numbers, or {} for the defaults."), code="pairs"
            )
        faults = retention_faults(Poll(retention=retention))
        if faults:
            raise ValidationError(faults, code="retention")
        return retention

    def clean(self):
        cleaned = super().clean()
        rotated = cleaned.get("order_rule") == Poll.Order.ROTATED
        if "order_variants" in cleaned and rotated != (cleaned["order_variants"] > 1):
            self.add_error(
                "order_variants",
                ValidationError(
                    _("A rotated order has 2 to 16 starting points, every other order exactly 1."),
                    code="variants",
                ),
            )
        if cleaned.get("tie_rule") == Poll.TieRule.LOT and not cleaned.get("lot_source"):
            self.add_error(
                "lot_source",
                ValidationError(
                    _("Name the public number that is drawn after the close, so that nobody can choose it."),
                    code="no_source",
                ),
            )
        if cleaned.get("approvals", 3) < settings.LEAST_APPROVALS:
            self.add_error(
                "approvals",
                ValidationError(
                    _("This site asks for at least %(count)d people."),
                    code="too_few",
                    params={"count": settings.LEAST_APPROVALS},
                ),
            )
        everyone = cleaned.get("reveals") == Poll.Reveals.EVERYONE
        if everyone and cleaned.get("publish", Poll.Publish.ALL) != Poll.Publish.ALL:
            self.add_error(
                "reveals",
                ValidationError(
                    _("Where not all votes are published, the reveals can only go to the auditors."),
                    code="more_than_published",
                ),
            )
        return cleaned


class ActForm(forms.Form):
    """The form of an act; most ask for nothing but the confirmation."""

    required_css_class = "required"

    def __init__(self, *args, poll, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.poll = poll


class OpenForm(WarningsForm, ActForm):
    """What the clerk saw is what is opened; a short list and each warning need an express yes."""

    seen = forms.CharField(widget=forms.HiddenInput)
    accept_short_list = forms.BooleanField(
        label=_("Open the poll with a list shorter than declared"),
        help_text=_("Everyone will see that the list was opened like this."),
        error_messages={
            "required": _(
                "The list is shorter than its source declares: tick this box, or add what is missing."
            )
        },
    )

    def __init__(self, *args, poll, **kwargs):
        super().__init__(*args, poll=poll, **kwargs)
        self.initial["seen"] = draft_sha256(poll)
        if not plan_of(poll).short_sections:
            del self.fields["accept_short_list"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("seen") != self.initial["seen"]:
            # The page is drawn again with what holds now; the tick is asked for again too.
            self.data = {"seen": self.initial["seen"]}
            raise ValidationError(
                _("List or rules changed while you were reading. Check once more what will be frozen."),
                code="changed",
            )
        return cleaned
