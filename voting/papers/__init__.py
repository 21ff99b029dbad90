"""The set of papers (全套文书): Word files in the plain layout of official documents.

Each paper says what stands against making it; none that tells a count can be made before the embargo ends.
"""

import io
import zipfile
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..refusals import ActRefused
from . import announcement, challenge, count_report, publicity, result_notice, zero
from .facts import Facts, facts_of
from .layout import written

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class Paper:
    """One paper of the set.

    `hindrance` returns in a sentence why it cannot be made now, '' when it can. `permission` is what its
    reader must have beside the right to print: some papers tell more than is published.
    """

    name: str
    label: str
    about: str
    hindrance: Callable[[Facts], str]
    write: Callable
    permission: str = ""


PAPERS = [
    Paper(
        "announcement",
        gettext_lazy("Announcement of the vote"),
        gettext_lazy("What is voted on, when and how, with a specimen of the ballot."),
        announcement.hindrance,
        announcement.write,
    ),
    Paper(
        "zero",
        gettext_lazy("Zero sheet"),
        gettext_lazy("That there was no ballot when voting began, for signatures."),
        zero.hindrance,
        zero.write,
    ),
    Paper(
        "count",
        gettext_lazy("Report of the count"),
        gettext_lazy("All counts, what did not count and the reconciliation sheet, for signatures."),
        count_report.hindrance,
        count_report.write,
        "see_tally",
    ),
    Paper(
        "publicity",
        gettext_lazy("Public notice of the result"),
        gettext_lazy("The result with the last day for objections: what the rules publish, no more."),
        publicity.hindrance,
        publicity.write,
    ),
    Paper(
        "result",
        gettext_lazy("Announcement of the result"),
        gettext_lazy("The certified result with its check codes: what the rules publish, no more."),
        result_notice.hindrance,
        result_notice.write,
    ),
    Paper(
        "answers",
        gettext_lazy("Answers to likely questions"),
        gettext_lazy("Ten questions that are often asked, answered from the data of this vote."),
        challenge.hindrance,
        challenge.write,
    ),
]


def papers_for(facts, user) -> list[tuple[Paper, str]]:
    """Return every paper with what stands against making it for this person, '' where nothing does."""
    return [(paper, _hindrance(paper, facts, user)) for paper in PAPERS]


def make_paper(paper, poll, user, base, *, at=None, language=settings.LANGUAGE_CODE) -> tuple[str, bytes]:
    """Return the name and bytes of one paper. Raises ActRefused with what stands against it."""
    with translation.override(language):
        facts = facts_of(poll, at or timezone.now(), base)
        if hindrance := _hindrance(paper, facts, user):
            raise ActRefused(hindrance)
        return _file_name(paper), written(paper.write(facts), facts.at)


def make_set(poll, user, base, *, at=None, language=settings.LANGUAGE_CODE) -> tuple[list[str], bytes]:
    """Return the names of all papers that can be made now, and a ZIP file of them with a list.

    The list says what is left out, and why.
    """
    file = io.BytesIO()
    with translation.override(language), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        facts = facts_of(poll, at or timezone.now(), base)
        made, lines = [], [facts.plan.title, *([facts.mark] if facts.mark else []), facts.time(facts.at), ""]
        for paper, hindrance in papers_for(facts, user):
            name = _file_name(paper)
            if hindrance:
                lines.append(_("%(name)s – not made: %(reason)s") % {"name": name, "reason": hindrance})
                continue
            lines.append(name)
            made.append(paper.name)
            archive.writestr(_entry(facts, name), written(paper.write(facts), facts.at))
        # Notepad reads UTF-8 where the mark at its beginning says so.
        archive.writestr(_entry(facts, _("0 List of papers.txt")), "\r\n".join(lines).encode("utf-8-sig"))
    return made, file.getvalue()


def _hindrance(paper, facts, user):
    if paper.permission and not user.has_perm(f"voting.{paper.permission}"):
        return _("Your role may not see what stands in it.")
    return paper.hindrance(facts)


def _file_name(paper):
    return f"{PAPERS.index(paper) + 1} {paper.label}.docx"


def _entry(facts, name):
    local = facts.at.astimezone(zoneinfo.ZoneInfo(facts.poll.zone))
    entry = zipfile.ZipInfo(name, local.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
