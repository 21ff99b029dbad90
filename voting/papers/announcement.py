"""The announcement (公告) of a vote, with a specimen of the ballot (选票样张)."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import layout
from .facts import (
    date_blank,
    joined,
    limits_of,
    places_of,
    publish_sentence,
    seal_sentence,
    tie_rule_sentence,
    who_votes,
)
from .sections import add_category, contact_rows


def hindrance(facts) -> str:
    """Return why the announcement cannot be made yet."""
    if not facts.plan.sections or not all(category.candidates for category in facts.plan.sections):
        return _("The list has no candidates yet.")
    return ""


def write(facts):
    """Return the announcement; until the opening it is a specimen, as list and rules can still change."""
    plan, poll = facts.plan, facts.poll
    title = _("Announcement of the vote “%(poll)s”") % {"poll": plan.title}
    paper = layout.new_paper(title, mark=facts.mark, author=plan.shortlist.organiser)
    if not plan.sha256:
        layout.add_subtitle(paper, _("Specimen: list and rules are not final yet"))
    layout.add_subtitle(paper, _("No. ______ (year) ____"))
    layout.add_title(paper, title)
    layout.add_text(
        paper,
        _("Citizens are called to vote on “%(list)s”. The following is announced:")
        % {"list": plan.shortlist.title},
    )
    for number, (heading, paragraphs) in enumerate(_parts(facts), 1):
        layout.add_heading(paper, number, heading)
        for words in paragraphs:
            layout.add_text(paper, words)
    layout.add_facts(paper, contact_rows())
    layout.add_text(paper, _("Enclosed: specimen of the ballot"))
    layout.add_closing(paper, facts.organiser, date_blank(), _("(seal)"))
    layout.add_code(paper, facts.address("list"), _("Scan to read the list and vote"))
    _add_specimen(paper, facts, poll)
    return paper


def _parts(facts):
    plan, poll, rules = facts.plan, facts.poll, facts.plan.rules
    times = {"start": facts.time(poll.opens_at), "end": facts.time(poll.closes_at)}
    return [
        (
            _("Time"),
            [_("Voting begins on %(start)s and ends on %(end)s. It begins and ends by itself.") % times],
        ),
        (_("Candidates"), [_category_sentence(category) for category in plan.sections]),
        (
            _("Who votes, and how"),
            [
                joined(
                    [
                        *who_votes(plan),
                        _("Scan the code at the end of this announcement or open %(address)s.")
                        % {"address": facts.address("list")},
                        _("Voting is free."),
                    ]
                ),
                _(
                    "Check the ballot and confirm it once; a ballot that was cast cannot be changed. The "
                    "receipt proves that it was taken. A ballot with too many or too few choices is not "
                    "taken, and the page says what to change."
                ),
            ],
        ),
        (
            _("Count and publication"),
            [
                _(
                    "In each category a ballot gives one vote to each candidate that it chose. Most votes "
                    "come first; as many are chosen as there are places, none without a vote."
                ),
                joined([tie_rule_sentence(plan), seal_sentence(plan), publish_sentence(plan)]),
                _("Ballots that do not count are published in numbers, with the reasons."),
            ],
        ),
        (
            _("Objections"),
            [
                ngettext(
                    "After the result is certified, objections are received for %(days)d working day.",
                    "After the result is certified, objections are received for %(days)d working days.",
                    rules["objection_days"],
                )
                % {"days": rules["objection_days"]},
            ],
        ),
        (_("How everybody can check"), _check(facts)),
        (_("Questions"), [_("Questions are answered at the following places.")]),
    ]


def _category_sentence(category):
    words = _("%(category)s: %(count)d candidates, %(places)s; %(limits)s.") % {
        "category": category.name,
        "count": len(category.candidates),
        "places": places_of(category),
        "limits": limits_of(category),
    }
    if category.missing_count:
        declared = _("The source declares %(declared)d; the list has what its text has.")
        words = joined([words, declared % {"declared": category.declared_count}])
    return words


def _check(facts):
    words = [
        _(
            "List and rules are made final at the opening and cannot be changed by anybody unnoticed. Every "
            "ballot is entered as a sealed code in the public ledger: %(address)s."
        )
        % {"address": facts.address("ledger")}
    ]
    if facts.plan.sha256:
        words.append(_("Check code of the voting plan: %(code)s.") % {"code": facts.code})
    return words


def _add_specimen(paper, facts, poll):
    layout.add_page_break(paper)
    layout.add_text(paper, _("Enclosure"), indent=0)
    layout.add_title(paper, _("Specimen of the ballot"))
    layout.add_subtitle(paper, facts.plan.title)
    layout.add_text(
        paper, _("This is a specimen; it cannot be handed in."), size=12, indent=0, alignment=layout.CENTRE
    )
    for category in facts.plan.sections:
        add_category(paper, category.name, limits_of(category))
        rows = [["□", each.code, each.headline] for each in category.candidates]
        layout.add_table(paper, [_("Choice"), _("Code"), _("Candidate")], rows, [16, 18, 122], size=11)
