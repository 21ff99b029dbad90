"""Read a spreadsheet for a list that exists, and apply it: all of it or nothing."""

from django.db import transaction
from django.utils.translation import gettext as _

from shortlist.history import change_by, create_all
from shortlist.models import Candidate, Category, Evidence, Point, Quote, Shortlist, Source

from .checking import check_list
from .comparing import compare
from .faults import Place, Report, Unreadable
from .reading import read_tables


class ListChanged(Exception):
    """The list, or what the file would do to it, is no longer what somebody was shown."""


def read_update(data, name, shortlist):
    """Return what the bytes of a file would change in a list (None with faults), and the report.

    Changes nothing: neither the database nor the object that was given.
    """
    shortlist, report = Shortlist.objects.get(pk=shortlist.pk), Report()
    try:
        tables = read_tables(data, name, report)
    except Unreadable:
        return None, report
    named = {} if "list" in tables else {"slug": shortlist.slug, "title": shortlist.title}
    draft = check_list(tables, report, **named)
    if draft.shortlist.slug != shortlist.slug and shortlist.categories.exists():
        report.fault(
            Place(),
            "other_list",
            _("This file holds the list “%(slug)s”.") % {"slug": draft.shortlist.slug},
            _("Upload it there; or, if it shall change this list, write “%(slug)s” as its address.")
            % {"slug": shortlist.slug},
        )
    if report.faults:
        return None, report
    difference = compare(shortlist, draft, tables, report)
    return (None if report.faults else difference), report


def apply_update(*, data, name, shortlist, seen, who, reason="", at=None):
    """Change a list as a spreadsheet says, in one transaction; ListChanged if that is not what was `seen`.

    `seen` is the digest of the difference that was shown. Returns the difference.
    """
    with transaction.atomic(), change_by(who, reason, at):
        Shortlist.objects.select_for_update().get(pk=shortlist.pk)
        difference, _report = read_update(data, name, shortlist)
        if difference is None or difference.digest != seen:
            raise ListChanged
        for model in (Quote, Point, Evidence, Candidate, Source, Category):
            for row in difference.removed[model]:
                row.delete()
        # A claim stops saying most before another begins to: there may be one a candidate at any time.
        for model in (Category, Source):
            create_all(model, difference.added[model])
        for row, fields in sorted(difference.changed, key=lambda pair: _headlined(*pair)):
            row.save(update_fields=fields)
        for model in (Candidate, Evidence, Point, Quote):
            create_all(model, difference.added[model])
    return difference


def _headlined(row, fields):
    return isinstance(row, Evidence) and "headline" in fields and row.headline
