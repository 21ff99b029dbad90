"""Load a candidate list from a spreadsheet."""

from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shortlist.spreadsheet.loading import read_list_file, save_list
from shortlist.spreadsheet.reading import MAX_FILE


class Command(BaseCommand):
    @property
    def help(self):
        return _("Load a candidate list from a spreadsheet (.xlsx or CSV), all of it or nothing.")

    def add_arguments(self, parser):
        parser.add_argument("file", help=_("the file; list_template writes an empty one"))
        parser.add_argument("--dry-run", action="store_true", help=_("check the file and load nothing"))
        parser.add_argument("--slug", help=_("address of the list; a CSV file needs it"))
        parser.add_argument("--title", help=_("title of the list; a CSV file needs it"))
        parser.add_argument("--encoding", help=_("encoding of a CSV file, where it is not found"))
        parser.add_argument(
            "--replace", action="store_true", help=_("replace a list of this address that nothing uses")
        )

    def handle(self, *, file, dry_run, slug, title, encoding, replace, **options):
        data = read_bytes(file)
        draft, report = read_list_file(
            data, Path(file).name, slug=slug, title=title, encoding=encoding, replace=replace
        )
        for warning in report.warnings:
            self.stderr.write(self.style.WARNING(_("Warning: %(text)s") % {"text": warning}))
        for fault in report.faults:
            self.stderr.write(self.style.ERROR(_("Fault: %(text)s") % {"text": fault}))
        if report.faults:
            count = len(report.faults)
            raise CommandError(
                ngettext(
                    "%(count)d fault was found. Nothing was loaded. Correct it and try again.",
                    "%(count)d faults were found. Nothing was loaded. Correct them and try again.",
                    count,
                )
                % {"count": count}
            )
        if not dry_run:
            save(draft, replace)
        for line in summary(draft, report, dry_run):
            self.stdout.write(line)


def read_bytes(file):
    """Return the bytes of a file, a few more than are allowed at most."""
    try:
        with open(file, "rb") as opened:
            return opened.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:  # ValueError: the name contains a zero.
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandError(
            _("“%(file)s” cannot be opened: %(reason)s. Check its name and folder.")
            % {"file": file, "reason": reason}
        ) from None


def save(draft, replace):
    try:
        save_list(draft, replace=replace)
    except (ProtectedError, RestrictedError):
        raise CommandError(
            _("The list “%(slug)s” came into use meanwhile and cannot be replaced. Nothing was loaded.")
            % {"slug": draft.shortlist.slug}
        ) from None


def summary(draft, report, dry_run):
    """Return the lines that say what was loaded, or would be."""
    loaded = _("Would be loaded: %(title)s (%(slug)s)") if dry_run else _("Loaded: %(title)s (%(slug)s)")
    yield loaded % {"title": draft.shortlist.title, "slug": draft.shortlist.slug}
    candidates = Counter(candidate.category.code for candidate in draft.candidates)
    evidence = Counter(item.candidate.category.code for item in draft.evidence)
    points = Counter(point.evidence.candidate.category.code for point in draft.points)
    for category in sorted(draft.categories, key=lambda category: category.code):
        code = category.code
        counts = {
            "category": category,
            "candidates": candidates[code],
            "evidence": evidence[code],
            "points": points[code],
        }
        yield (
            "  "
            + _("%(category)s: candidates %(candidates)d, evidence %(evidence)d, data points %(points)d")
            % counts
        )
    yield "  " + _("sources: %(sources)d, quotes: %(quotes)d, warnings: %(warnings)d") % {
        "sources": len(draft.sources),
        "quotes": len(draft.quotes),
        "warnings": len(report.warnings),
    }
    yield (
        _("This was a dry run. Nothing was changed.")
        if dry_run
        else _("Check the list in the administration.")
    )
