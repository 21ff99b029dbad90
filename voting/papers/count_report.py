"""The report of the count (计票报告单) with the reconciliation sheet (平账表), for tellers to sign."""

from django.utils.translation import gettext as _

from ..exports.table import TallyError
from ..sheets import reconcile_at_once
from . import layout
from .facts import date_blank
from .outcome import turnout_rows
from .sections import add_not_counted, add_outcome, check_rows


def hindrance(facts) -> str:
    """Return why there is no report yet: nobody sees a count before the rules say so."""
    try:
        if facts.whole is None:
            return _("There is no count to be seen yet.")
    except TallyError as error:
        return str(error)
    return ""


def write(facts):
    """Return the whole count, whatever of it is published; the paper says that it is for the desk alone."""
    table, poll = facts.whole, facts.poll
    paper = layout.new_paper(_("Report of the count"), mark=facts.mark, author=facts.plan.shortlist.organiser)
    layout.add_title(paper, _("Report of the count"))
    layout.add_subtitle(paper, facts.plan.title)
    if table.publish != "all":
        layout.add_text(
            paper,
            _("For tellers and notary alone: it holds counts that the rules of this poll do not publish."),
            bold=True,
        )
    layout.add_heading(paper, 1, _("The vote"))
    times = [
        (_("Voting begins"), facts.time(poll.opens_at)),
        (_("Voting ends"), facts.time(poll.closed_at)),
        (_("Counted at"), facts.time(table.counted_at)),
        *turnout_rows(facts, table),
    ]
    layout.add_facts(paper, times)
    layout.add_heading(paper, 2, _("The count"))
    add_outcome(paper, facts, table, public=False)
    layout.add_heading(paper, 3, _("Not counted, and why"))
    add_not_counted(paper, facts, table)
    layout.add_heading(paper, 4, _("Reconciliation sheet"))
    _add_reconciliation(paper, poll, facts.plan)
    layout.add_heading(paper, 5, _("Check codes"))
    layout.add_facts(paper, check_rows(facts))
    layout.add_heading(paper, 6, _("Signatures"))
    roles = [_("Teller"), _("Teller"), _("Scrutineer"), _("Scrutineer"), _("Notary")]
    layout.add_signatures(paper, roles)
    layout.add_text(paper, _("(seal)") + date_blank(), alignment=layout.RIGHT)
    return paper


def _add_reconciliation(paper, poll, plan):
    lines = reconcile_at_once(poll, plan)
    rows, whole, last = [], [], []
    for line in lines:
        whole.append(len(rows))
        rows.append([line.label, line.whole, ""])
        rows += [[f"　{name}", count, ""] for name, count in line.parts]
        rows[-1][2] = line.difference
        last.append(len(rows) - 1)
    # An equation stands on one page.
    together = set(range(len(rows))) - set(last)
    head = [_("What must be equal"), _("Number"), _("Difference")]
    layout.add_table(paper, head, rows, [104, 26, 26], numbers=(1, 2), bold_rows=whole, together=together)
    unequal = sum(1 for line in lines if line.difference)
    words = (
        _("%(count)s equations do not close. Do not sign; find out why.") % {"count": unequal}
        if unequal
        else _("All equations close to zero.")
    )
    layout.add_text(paper, words, bold=bool(unequal))
