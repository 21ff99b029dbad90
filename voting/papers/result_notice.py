"""The announcement of the result (结果公告)."""

from django.utils.translation import gettext as _

from shortlist.wording import separated

from ..exports.table import TallyError
from . import layout
from .facts import date_blank
from .outcome import objection_rows, turnout_rows
from .sections import add_check, add_not_counted, add_outcome


def hindrance(facts) -> str:
    """Return why there is no result to be announced yet."""
    try:
        if facts.public is None:
            return _("There is no count to be seen yet.")
    except TallyError as error:
        return str(error)
    return "" if facts.outcome else _("The result is not certified yet.")


def write(facts):
    """Return the announcement, with what the rules publish and no more."""
    poll, table = facts.poll, facts.public
    title = _("Announcement of the result of “%(poll)s”") % {"poll": facts.plan.title}
    paper = layout.new_paper(title, mark=facts.mark, author=facts.plan.shortlist.organiser)
    layout.add_subtitle(paper, _("No. ______ (year) ____"))
    layout.add_title(paper, title)
    layout.add_text(
        paper,
        _(
            "Voting took place from %(start)s to %(end)s. The result was certified on %(day)s by %(by)s "
            "and is announced as follows:"
        )
        % {
            "start": facts.time(poll.opens_at),
            "end": facts.time(poll.closed_at),
            "day": facts.time(poll.result.certified_at),
            "by": separated(facts.outcome["by"]),
        },
    )
    layout.add_heading(paper, 1, _("Ballots"))
    layout.add_facts(paper, turnout_rows(facts, table))
    layout.add_heading(paper, 2, _("The result"))
    add_outcome(paper, facts, table, public=True)
    layout.add_heading(paper, 3, _("Not counted, and why"))
    add_not_counted(paper, facts, table)
    layout.add_heading(paper, 4, _("Objections"))
    layout.add_facts(paper, objection_rows(facts))
    layout.add_heading(paper, 5, _("How everybody can check"))
    add_check(paper, facts)
    layout.add_closing(paper, facts.organiser, date_blank(), _("(seal)"))
    layout.add_code(paper, facts.address("result"), _("The result, with all numbers and files"))
    return paper
