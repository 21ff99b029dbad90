"""Store a pasted list, all of it or nothing."""

import hashlib

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from shortlist.history import change_by, create_all
from shortlist.models import Candidate, Category, Evidence, Point, Quote, Shortlist

MOST_PLACES = 10


class PasteRefused(Exception):
    """Says in a sentence for the clerk why nothing was stored."""


def save_pasted(*, reading, keep, by, shortlist=None, title="", slug="") -> Shortlist:
    """Store the categories and candidates of a reading, and of its proposals those whose keys are in `keep`.

    They become a new list, or fill a `shortlist` that has no category yet. `by` is who does it, for the
    history. Raises PasteRefused; then nothing is stored.
    """
    if reading.outline.question and not reading.outline.question.is_answered:
        raise PasteRefused(_("Say first with which candidate each heading at the end begins."))
    if not reading.outline.items:
        raise PasteRefused(_("No candidate was understood, so there is nothing to store."))
    try:
        with transaction.atomic(), change_by(by, _("Pasted from a text")):
            shortlist = (
                locked_and_empty(shortlist.pk) if shortlist else make_list(title, slug or address_of(reading))
            )
            store(shortlist, reading, set(keep))
            return shortlist
    except (IntegrityError, ValidationError) as error:
        reason = " ".join(error.messages) if isinstance(error, ValidationError) else ""
        raise PasteRefused(
            _("The list could not be stored. %(reason)s Nothing was changed.") % {"reason": reason}
        ) from error


def address_of(reading) -> str:
    """Return the address of a new list; the same text gets the same: pressing twice makes one list."""
    return f"list-{hashlib.sha256(reading.text.encode()).hexdigest()[:8]}"


def make_list(title, slug) -> Shortlist:
    if Shortlist.objects.filter(slug=slug).exists():
        raise PasteRefused(
            _("There is a list with the address “%(slug)s” already. Choose another address.") % {"slug": slug}
        )
    shortlist = Shortlist(title=title, slug=slug)
    shortlist.full_clean()
    with translation.override("zh-hans"):  # Shown to readers in the language of the list.
        shortlist.remarks = _(
            "The three-digit codes of the candidates were given here and do not stand in the source.\n"
            "Places and limits of choices are settings of this site, not words of the source."
        )
    shortlist.save()
    return shortlist


def locked_and_empty(pk) -> Shortlist:
    """Return a list, locked, that has no category; a second paste into it waits here and is refused."""
    shortlist = Shortlist.objects.select_for_update().filter(pk=pk).first()
    if shortlist is None or shortlist.categories.exists():
        raise PasteRefused(
            _("This list has categories by now, or is gone. Choose another one, or a new one.")
        )
    return shortlist


def store(shortlist, reading, keep):
    """Insert all rows of a reading, in the order in which they depend on each other."""
    categories, candidates = {}, {}
    for section in reading.outline.sections:
        count = min(MOST_PLACES, len(section.items))
        categories[section.code] = checked(
            Category(
                shortlist=shortlist,
                code=section.code,
                ordinal=section.ordinal,
                name=section.name,
                declared_count=section.declared,
                places=count,
                max_choices=count,
                inference=section.inference,
            ),
            "shortlist",
        )
    create_all(Category, list(categories.values()))
    for section in reading.outline.sections:
        for order, item in enumerate(section.items, 1):
            candidates[item.code] = checked(
                Candidate(
                    category=categories[section.code],
                    code=item.code,
                    title=item.title,
                    body=item.body,
                    order=order,
                ),
                "category",
            )
    create_all(Candidate, list(candidates.values()))
    store_claims(candidates, reading, keep)


def store_claims(candidates, reading, keep):
    """Insert the proposals that were confirmed; where the one that says most was not, none does."""
    evidence, points, quotes = [], [], []
    for code, claims in reading.claims.items():
        for claim in claims:
            if claim.key in keep:
                claim.evidence.candidate = candidates[code]
                evidence.append(claim.evidence)
                points += claim.points
                quotes += claim.quotes
                for row in (*claim.points, *claim.quotes):
                    row.evidence = claim.evidence
    create_all(Evidence, evidence)
    create_all(Point, points)
    create_all(Quote, quotes)


def checked(row, *exclude):
    """Return a row whose fields are allowed; ValidationError otherwise."""
    row.clean_fields(exclude=exclude)
    return row
