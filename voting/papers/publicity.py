"""The public notice before the result is final (公示): the result, and how and until when to object."""

import zoneinfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import layout, result_notice
from .facts import date_blank, joined, written_day
from .outcome import turnout_rows
from .sections import add_check, add_not_counted, add_outcome, contact_rows, objection_sentences

hindrance = result_notice.hindrance


def write(facts):
    """Return the public notice, with what the rules publish and no more."""
    poll, table = facts.poll, facts.public
    title = _("Public notice of the result of “%(poll)s”") % {"poll": facts.plan.title}
    paper = layout.new_paper(title, mark=facts.mark, author=facts.plan.shortlist.organiser)
    layout.add_subtitle(paper, _("No. ______ (year) ____"))
    layout.add_title(paper, title)
    layout.add_text(
        paper,
        _(
            "Voting ended on %(end)s. The ballots were opened and counted, and the result was certified on "
            "%(day)s. It is herewith laid open to the public."
        )
        % {"end": facts.time(poll.closed_at), "day": facts.time(poll.result.certified_at)},
    )
    layout.add_heading(paper, 1, _("How long it is laid open"))
    layout.add_text(paper, _period(facts))
    layout.add_heading(paper, 2, _("The result"))
    layout.add_facts(paper, turnout_rows(facts, table))
    add_outcome(paper, facts, table, public=True)
    layout.add_heading(paper, 3, _("Not counted, and why"))
    add_not_counted(paper, facts, table)
    layout.add_heading(paper, 4, _("How to object"))
    layout.add_text(paper, joined(objection_sentences(facts)))
    layout.add_facts(paper, contact_rows())
    layout.add_heading(paper, 5, _("How everybody can check"))
    add_check(paper, facts)
    layout.add_closing(paper, facts.organiser, date_blank(), _("(seal)"))
    layout.add_code(paper, facts.address("objections"), _("Objections and answers"))
    return paper


def _period(facts):
    days = facts.plan.rules["objection_days"]
    first = facts.poll.result.certified_at.astimezone(zoneinfo.ZoneInfo(facts.poll.zone)).date()
    return ngettext(
        "From the day after %(first)s for %(days)d working day, until %(last)s, that day included.",
        "From the day after %(first)s for %(days)d working days, until %(last)s, that day included.",
        days,
    ) % {"first": written_day(first), "days": days, "last": written_day(facts.poll.result.objections_until)}
