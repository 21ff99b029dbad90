"""Parts that several papers share: the outcome's tables, what did not count, how to check, how to object."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ..sheets import code_in_groups
from .facts import joined, places_of, written_day
from .layout import NAME, TABLE_SIZE, _line, add_facts, add_table, add_text
from .outcome import (
    excluded_sentences,
    hold_groups,
    not_counted_rows,
    shows_votes,
    tie_sentences,
    withdrawn_sentence,
)

SMALL = 12


def add_outcome(paper, facts, table, *, public):
    """Add a table for each category, with ties and how they were settled."""
    votes = shows_votes(table)
    names = {category.code: category.name for category in facts.plan.sections}
    for section in table.sections:
        words = [places_of(section), ngettext("%(chosen)s chosen", "%(chosen)s chosen", len(section.chosen))]
        words[1] %= {"chosen": len(section.chosen)}
        if section.blank is not None:
            blank = ngettext(
                "%(blank)s ballot chose nobody here", "%(blank)s ballots chose nobody here", section.blank
            )
            words.append(blank % {"blank": section.blank})
        add_category(paper, names[section.code], pgettext("between rules", "; ").join(words))
        if votes:
            head = [_("Rank"), _("Code"), _("Candidate"), _("Votes"), _("Share"), _("Outcome")]
            rows = [
                [row.place, row.code, row.title, row.votes, row.percent or "–", row.outcome]
                for row in section.rows
            ]
            add_table(paper, head, rows, [26, 12, 63, 16, 19, 20], numbers=(3, 4))
        else:
            rows = [[row.code, row.title, row.outcome] for row in section.rows]
            add_table(paper, [_("Code"), _("Candidate"), _("Outcome")], rows, [16, 112, 28])
        tie = tie_sentences(facts, section, public=public)
        if tie:
            add_text(paper, joined(tie), size=SMALL, after=6)
    withdrawn = withdrawn_sentence(facts)
    if withdrawn:
        add_text(paper, withdrawn, size=SMALL, after=6)
    note = (
        _("Share = votes ÷ ballots counted; a ballot may choose several, so shares overlap.")
        if votes
        else _("Shown in the order of the list; the order is no ranking.")
    )
    add_text(paper, note, size=SMALL, after=6)


def add_category(paper, name, words):
    """Add a category's heading with its numbers; it stays with what follows."""
    line = _line(paper, name, NAME, 16, indent=2)
    line.paragraph_format.keep_with_next = True
    add_text(paper, words, size=SMALL, keep=True, after=2)


def add_not_counted(paper, facts, table):
    """Add what did not count: ballots by reason, and groups that were held, with their decisions."""
    rows = not_counted_rows(table)
    if rows:
        head = [_("Reason"), _("Ballots")]
        total = [_("Together"), sum(count for _reason, count in rows)]
        add_table(paper, head, [*rows, total], [126, 30], numbers=(1,), bold_rows=(len(rows),))
    else:
        add_text(paper, _("Every ballot in the public ledger was counted."))
    groups = hold_groups(facts.poll)
    if groups:
        head = [_("Group"), _("Rule"), _("Ballots"), _("Decision"), _("Reason and approval")]
        lines = [
            [
                each.number,
                each.rule,
                each.ballots,
                each.decision,
                f"{each.reason}\n{each.by}" if each.by else each.reason,
            ]
            for each in groups
        ]
        add_table(paper, head, lines, [14, 32, 18, 24, 68], numbers=(2,), size=TABLE_SIZE)
        add_text(paper, _("A held ballot that nobody decided in time counts."), size=SMALL, after=6)
    effect = excluded_sentences(table)
    if effect:
        add_text(paper, joined(effect), size=SMALL, after=6)
    for _section, _changes, pairs in table.excluded_effect:
        if pairs:
            head = [_("Code"), _("Candidate"), _("Votes"), _("With the excluded")]
            lines = [[row.code, row.title, row.votes, votes] for row, votes in pairs]
            add_table(paper, head, lines, [16, 88, 22, 30], numbers=(2, 3))


def check_rows(facts, *, result=True) -> list[tuple[str, str]]:
    """Return the codes by which everybody finds plan, count and result in the public ledger."""
    rows = [(_("Manifest code"), facts.code)]
    if facts.whole:
        rows.append((_("Tally code"), " ".join(code_in_groups(facts.whole.tally))))
    if result and facts.outcome:
        rows.append((_("Result code"), " ".join(code_in_groups(facts.poll.result.sha256))))
    return [*rows, (_("Public ledger"), facts.address("ledger"))]


def add_check(paper, facts):
    """Add how everybody can check, with the codes."""
    if facts.plan.rules["publish"] == "all":
        words = _(
            "What was marked on the counted ballots is published without a link to ballots or voters; "
            "anybody can count again. Each voter finds by the receipt code whether the ballot was counted."
        )
    else:
        words = _(
            "What was marked on the ballots is not published in this poll: the auditors can recount. "
            "Each voter finds by the receipt code whether the ballot was counted."
        )
    add_text(paper, words)
    add_facts(paper, check_rows(facts))


def contact_rows() -> list[tuple[str, str]]:
    """Return where objections and questions go; empty places where the site does not say."""
    return [
        (_("Telephone"), settings.SITE["telephone"]),
        (_("Address"), ""),
        (_("Complaints"), settings.SITE["complaints"]),
    ]


def objection_sentences(facts) -> list[str]:
    """Return until when and how one objects to a certified result."""
    until = written_day(facts.poll.result.objections_until)
    return [
        _("Whoever objects to the result may do so until %(day)s, that day included.") % {"day": until},
        _(
            "Say what the objection is about and why. A receipt code helps where a single ballot is meant; "
            "nobody has to say what they chose."
        ),
        _("Objections are answered. The organiser decides whether both are published, always without names."),
    ]
