"""The zero sheet (零票单): that there was no ballot when voting began."""

from django.utils.translation import gettext as _

from ..sheets import opening_entry, zero_counts
from . import layout
from .facts import date_blank


def hindrance(facts) -> str:
    """Return why the zero sheet cannot be made yet."""
    if not facts.poll.frozen:
        return _("The poll was not opened yet.")
    if opening_entry(facts.poll) is None:
        return _("The entry of the opening is written when voting begins.")
    return ""


def write(facts):
    """Return the zero sheet with blanks for the signatures."""
    poll, entry = facts.poll, opening_entry(facts.poll)
    counts = zero_counts(poll, entry)
    paper = layout.new_paper(_("Zero sheet"), mark=facts.mark, author=facts.plan.shortlist.organiser)
    layout.add_title(paper, _("Zero sheet"))
    layout.add_subtitle(paper, facts.plan.title)
    if counts[0].at_opening:
        layout.add_text(
            paper, _("This poll did not begin with an empty ledger. Do not sign; find out why."), bold=True
        )
    else:
        layout.add_text(
            paper,
            _(
                "There were 0 ballots in the ledger when voting began; "
                "entry %(number)s of the public ledger says so."
            )
            % {"number": entry.index + 1},
        )
    head = ["", _("At the opening"), _("When this sheet was drawn up")]
    rows = [[line.label, "–" if line.at_opening is None else line.at_opening, line.now] for line in counts]
    layout.add_table(paper, head, rows, [76, 36, 44], numbers=(1, 2), size=12)
    layout.add_facts(
        paper,
        [
            (_("List and rules frozen at"), facts.time(poll.opened_at)),
            (_("Voting begins"), facts.time(poll.opens_at)),
            (_("Voting ends"), facts.time(poll.closed_at or poll.closes_at)),
            (_("Manifest code"), facts.code),
            (_("Drawn up at"), facts.time(facts.at)),
        ],
    )
    layout.add_text(
        paper,
        _("Compare the manifest code with the one on the public page of the poll before you sign."),
        size=12,
    )
    layout.add_signatures(paper, [_("Officer"), _("Scrutineer"), _("Scrutineer"), _("Notary")])
    layout.add_text(paper, _("(seal)") + date_blank(), alignment=layout.RIGHT)
    return paper
