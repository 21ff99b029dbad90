"""What a careful editor would ask about a list before anybody votes on it. Nothing here forbids anything."""

from collections import Counter
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from .evidence import check_evidence

PLACES_WORDS = ("名额", "入选", "选出", "places")


class ListWarning(NamedTuple):
    """One thing to look at.

    `code` names its kind, `subject` the category, candidate or evidence it is about (by code; "" for the
    list), `message` says it to people, `address` is the page of the desk where it is put right.
    """

    code: str
    subject: str
    message: str
    address: str

    @property
    def key(self) -> str:
        """Return what names this warning among the others of its list, in forms and in the audit trail."""
        return f"{self.code} {self.subject}".strip()


def warnings_of(shortlist) -> list[ListWarning]:
    """Return what is missing or looks wrong in a list, in its order; seven queries whatever its length."""
    categories = list(
        shortlist.categories.prefetch_related(
            "candidates__evidence__points", "candidates__evidence__quotes", "candidates__attachments"
        )
    )
    found = [*_of_list(shortlist), *_of_codes(categories)]
    texts = " ".join([shortlist.introduction, shortlist.remarks])
    for category in categories:
        found += _of_category(category, texts)
        for candidate in category.candidates.all():
            found += _of_candidate(category, candidate)
    return found


def _page(item):
    return reverse(f"admin:shortlist_{item._meta.model_name}_change", args=[item.pk])


def _of_list(shortlist):
    page, sources = _page(shortlist), list(shortlist.sources.all())
    if not sources:
        yield ListWarning("no_source", "", _("The list names no source: say where its text is from."), page)
    if not shortlist.organiser:
        yield ListWarning("no_organiser", "", _("The list does not say who publishes it."), page)
    for source in sources:
        if not (source.publisher or source.published_on or source.url):
            yield ListWarning(
                "bare_source",
                source.title,
                _("The source “%(source)s” names no publisher, date or web address.")
                % {"source": source.title},
                page,
            )


def _of_codes(categories):
    """Look at codes and titles over all categories."""
    candidates = [candidate for category in categories for candidate in category.candidates.all()]
    codes = Counter(candidate.code for candidate in candidates)
    first_with = {}
    for candidate in candidates:
        if codes[candidate.code] > 1:
            yield ListWarning(
                "double_code",
                candidate.code,
                _("The code %(code)s stands twice. Give each candidate its own.") % {"code": candidate.code},
                _page(candidate),
            )
            codes[candidate.code] = 0
        other = first_with.setdefault(candidate.headline.strip(), candidate)
        if other is not candidate:
            yield ListWarning(
                "double_title",
                candidate.code,
                _("%(code)s has the title of %(other)s: “%(title)s”.")
                % {"code": candidate.code, "other": other.code, "title": candidate.headline},
                _page(candidate),
            )


def _of_category(category, texts):
    page, entered = _page(category.shortlist), len(category.candidates.all())
    values = {
        "category": category.name,
        "entered": entered,
        "declared": category.declared_count,
        "places": category.places,
        "most": category.max_choices,
    }

    def warn(code, message):
        return ListWarning(code, category.code, message % values, page)

    if not category.on_ballot:
        if entered:
            yield warn(
                "not_on_ballot",
                _("“%(category)s” is not on the ballot, though it has %(entered)d candidates."),
            )
        return
    if not entered:
        yield warn(
            "no_candidates", _("“%(category)s” has no candidates. Add some or take it off the ballot.")
        )
    elif category.declared_count and category.declared_count != entered:
        yield warn(
            "fewer_than_declared" if entered < category.declared_count else "more_than_declared",
            _("“%(category)s”: the source declares %(declared)d, but %(entered)d are entered."),
        )
    if entered and category.places >= entered:
        yield warn(
            "places_for_all",
            _("“%(category)s” has %(places)d places for %(entered)d candidates: all would be chosen."),
        )
    if entered and category.max_choices > entered:
        yield warn(
            "choices_over_candidates",
            _("“%(category)s” allows %(most)d choices, but has %(entered)d candidates."),
        )
    if not any(word in category.inference + texts for word in PLACES_WORDS):
        yield warn(
            "places_unexplained",
            _(
                "“%(category)s” has %(places)d places, and no remark says where this number comes from. "
                "Write it into “what is inferred” or into the introduction."
            ),
        )


def _of_candidate(category, candidate):
    page = _page(candidate)
    evidence = list(candidate.evidence.all())
    values = {"candidate": str(candidate), "code": candidate.code, "digit": category.code}

    def warn(code, message, **more):
        return ListWarning(code, candidate.code, message % (values | more), page)

    if candidate.code[0] != category.code:
        yield warn("wrong_digit", _("The code %(code)s does not begin with its category's digit %(digit)s."))
    if not candidate.body.strip():
        yield warn("no_text", _("%(candidate)s has a title, but no text."))
    if not evidence:
        yield warn("no_evidence", _("%(candidate)s has no evidence."))
    with_figures = [item for item in evidence if item.points.all()]
    if len(with_figures) > 1 and not any(item.headline for item in with_figures):
        yield warn(
            "no_headline", _("%(candidate)s: no evidence is marked as saying most; the first is shown.")
        )
    for item in evidence:
        yield from _of_evidence(candidate, item)
    for attachment in candidate.attachments.all():
        if not attachment.alt.strip():
            message = _("%(candidate)s: the file “%(file)s” has no description.")
            yield warn("no_description", message, file=attachment.title)


def _of_evidence(candidate, evidence):
    """Repeat the rules that a form holds evidence to: fixtures and SQL pass by the form."""
    for fault in check_evidence(
        candidate.text, evidence, list(evidence.points.all()), list(evidence.quotes.all())
    ):
        yield ListWarning(
            "evidence_wrong",
            f"{candidate.code} {evidence.label}",
            _("%(code)s “%(evidence)s”: %(fault)s")
            % {"code": candidate.code, "evidence": evidence.label, "fault": fault},
            _page(evidence),
        )
