"""Save a checked list, all of it or nothing."""

from django.contrib.admin.utils import NestedObjects
from django.core.validators import slug_re
from django.db import transaction
from django.utils.translation import gettext as _

from shortlist.history import create_all
from shortlist.models import Attachment, Candidate, Category, Evidence, Point, Quote, Shortlist, Source

from .checking import check_list
from .faults import Place, Report, Unreadable, sentences
from .reading import read_tables


def read_list_file(data, name, *, slug=None, title=None, encoding=None, replace=False):
    """Return the draft in the bytes of a file (None when unreadable) and the report. Changes nothing."""
    report = Report()
    try:
        tables = read_tables(data, name, report, encoding)
    except Unreadable:
        return None, report
    draft = check_list(tables, report, slug=slug, title=title)
    check_slug_is_free(draft.shortlist, report, replace)
    return draft, report


def save_list(draft, *, replace=False):
    """Save a draft whose report has no faults, in one transaction; replace a list of the same slug."""
    with transaction.atomic():
        if replace:
            Shortlist.objects.filter(slug=draft.shortlist.slug).delete()
        draft.shortlist.save()
        for model, rows in (
            (Category, draft.categories),
            (Source, draft.sources),
            (Candidate, draft.candidates),
            (Evidence, draft.evidence),
            (Point, draft.points),
            (Quote, draft.quotes),
        ):
            create_all(model, rows)
    return draft.shortlist


def check_slug_is_free(shortlist, report, replace):
    """Report a list of the same slug, unless it may be replaced and nothing else depends on it."""
    valid = slug_re.match(shortlist.slug)  # Else it has a fault of its own, and may not even be text for SQL.
    old = Shortlist.objects.filter(slug=shortlist.slug).first() if valid else None
    if old is None:
        return
    message = _("There is a list with the address “%(slug)s” already: %(title)s.")
    message %= {"slug": old.slug, "title": old.title}
    if not replace:
        cure = _("Choose another address, or replace the list with --replace.")
        report.fault(Place(), "slug_taken", message, cure)
    elif users := others_using(old):
        report.fault(
            Place(),
            "list_in_use",
            sentences(message, _("It is used by: %(users)s.") % {"users": users}),
            _("Choose another address with --slug."),
        )
    elif Attachment.objects.filter(candidate__category__shortlist=old).exists():
        report.fault(
            Place(),
            "attachments",
            sentences(message, _("It has attachments, which would be lost.")),
            _("Choose another address with --slug, or delete the attachments first."),
        )


def others_using(shortlist):
    """Return the names of what outside the list would be deleted with it or forbids that, or ""."""
    collector = NestedObjects(using=shortlist._state.db, origin=shortlist)
    collector.collect([shortlist])
    ours = Shortlist._meta.app_label
    found = set(collector.protected) | {
        item for items in collector.model_objs.values() for item in items if item._meta.app_label != ours
    }
    return "、".join(sorted(str(item) for item in found))
