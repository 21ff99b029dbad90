"""What papers, notice and answers say of a poll before any count: who, when, where, by which rules."""

import functools
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ..certification import certified_outcome
from ..eligibility import kind_of
from ..exports.table import ResultTable, result_table
from ..manifest import Plan, plan_of
from ..models import Poll
from ..sheets import code_in_groups
from ..templatetags.voting_pages import moment


@dataclass(frozen=True)
class Facts:
    """A poll with its plan at one moment; `base` is the site's address without a slash at its end.

    The tables are None before the embargo ends: `public` holds what the rules publish, `whole` all of it.
    """

    poll: Poll
    plan: Plan
    at: datetime
    base: str

    @functools.cached_property
    def public(self) -> ResultTable | None:
        return result_table(self.poll, public=True)

    @functools.cached_property
    def whole(self) -> ResultTable | None:
        return result_table(self.poll, public=False)

    @functools.cached_property
    def outcome(self) -> dict | None:
        """Return the certified result; None before it is certified."""
        return certified_outcome(self.poll)

    @property
    def mark(self) -> str:
        """Return what must stand on every page of what is no formal vote, else ''."""
        marks = [_("Demonstration, not a formal vote")] if self.plan.demo else []
        if self.plan.rehearsal:
            marks.append(_("Rehearsal: these are test ballots and no result"))
        return " ".join(marks)

    @property
    def organiser(self) -> str:
        """Return who signs, or the place where that is written in."""
        return self.plan.shortlist.organiser or _("(organiser)")

    @property
    def code(self) -> str:
        """Return the manifest's code in groups of four, '' while it can still change."""
        return " ".join(code_in_groups(self.plan.sha256))

    def address(self, name, *arguments) -> str:
        """Return the absolute address of one of the poll's public pages, in the papers' language."""
        with translation.override(settings.LANGUAGE_CODE):
            return self.base + reverse(f"voting:{name}", args=[self.poll.slug, *arguments])

    def time(self, at) -> str:
        """Write a time in the poll's zone, which is named."""
        return moment(at, self.poll)


def facts_of(poll, at, base) -> Facts:
    """Return the facts of a poll as they stand."""
    return Facts(poll, plan_of(poll), at, base.rstrip("/"))


def site_base(request) -> str:
    """Return the site's address: `SITE_URL`, else the host that was asked."""
    return settings.SITE["url"] or request.build_absolute_uri("/").rstrip("/")


def written_day(day: date) -> str:
    """Write a day with its year: 2026年12月1日."""
    return formats.date_format(day, pgettext("date format", "j F Y"))


def date_blank() -> str:
    """Return the place where a date is written by hand."""
    return _("      (year)   (month)   (day)")


def who_votes(plan) -> list[str]:
    """Return who may vote and how often, in sentences; nothing said of a device is said of a person."""
    words = [kind_of(plan).how_limited(plan) + pgettext("after rules", ".")]
    if plan.rules["eligibility"] == "device":
        words.append(_("This limits devices, not persons."))
    return words


def limits_of(category) -> str:
    """Return how many a ballot may choose in a category."""
    if category.min_choices == category.max_choices:
        return _("choose exactly %(count)d") % {"count": category.max_choices}
    words = _("choose up to %(most)s") % {"most": category.max_choices}
    if category.min_choices:
        words += pgettext("between rules", ", ") + _("at least %(least)s") % {"least": category.min_choices}
    return words


def places_of(category) -> str:
    """Return the number of places in words."""
    words = ngettext("%(places)s place", "%(places)s places", category.places)
    return words % {"places": category.places}


def seal_sentence(plan) -> str:
    """Return who can open the ballots."""
    if not plan.rules["sealed"]:
        return _("Ballots are not sealed: the server can count while the vote goes on.")
    if plan.rules.get("holders") == Poll.Holders.TWO_OF_THREE:
        return _(
            "Ballots are kept sealed. Two of the three key holders together open them after the close; "
            "the server alone cannot."
        )
    return _("Ballots are kept sealed. The key holder opens them after the close; the server alone cannot.")


def tie_rule_sentence(plan) -> str:
    """Return what the rules say of a tie at the cut."""
    rule = plan.rules["tie_rule"]
    words = {
        "all_in": _("Candidates that are tied at the cut are all chosen."),
        "all_out": _("Of candidates that are tied at the cut none is chosen."),
        "decision": _("The organiser decides on record which of the candidates tied at the cut are chosen."),
        "lot": _("A lot that everybody can work out again decides among the candidates tied at the cut."),
    }[rule]
    source = plan.rules.get("lot_source", "")
    if rule == "lot" and source:
        words = joined([words, _("The number for it: %(source)s") % {"source": source}])
    return words


def publish_sentence(plan) -> str:
    """Return what of the result is published, and when."""
    what = {
        "all": _("All candidates are published with their votes."),
        "chosen": _("The chosen are published with their votes."),
        "chosen_in_list_order": _(
            "The chosen are published in the order of the list, without votes; the order is no ranking."
        ),
    }[plan.rules["publish"]]
    when = (
        _("The result is published once it is certified.")
        if plan.rules["results_from"] == "certified"
        else _("The result is published once the count is done.")
    )
    return joined([what, when])


def joined(sentences) -> str:
    """Write sentences one behind the other; Chinese ones without a blank between."""
    return ("" if translation.get_language() == "zh-hans" else " ").join(sentences)
