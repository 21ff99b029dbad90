"""The outcome in rows and sentences, for papers and pages alike: all of it, or what the rules publish."""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shortlist.wording import separated

from ..exports.table import channel_label, not_counted_label
from ..holds.groups import REVIEWED
from ..holds.words import reason_label, rule_label
from ..models import HoldGroup, Poll
from ..sheets import code_in_groups
from ..turnout import slips_of
from .facts import written_day

LIST_ORDER = Poll.Publish.CHOSEN_IN_LIST_ORDER


class Group(NamedTuple):
    """A group of ballots that a rule set aside, and what became of it."""

    number: int
    rule: str
    ballots: int
    decided: bool
    decision: str
    reason: str
    by: str


def shows_votes(table) -> bool:
    """Say whether a table's votes may stand on the paper."""
    return table.publish != LIST_ORDER or any(row.votes is not None for row in _rows(table))


def turnout_rows(facts, table) -> list[tuple[str, str]]:
    """Return ballots entered, counted and not counted, and the channels they came by."""
    not_counted = sum(table.not_counted.values())
    rows = [
        (_("Ballots entered"), f"{table.ballots + not_counted}"),
        (_("Ballots counted"), f"{table.ballots}"),
        (_("Ballots not counted"), f"{not_counted}"),
    ]
    rows += [
        (_("Counted, from the channel: %(channel)s") % {"channel": channel_label(name)}, f"{count}")
        for name, count in table.channels.items()
        if len(table.channels) > 1
    ]
    for slips in slips_of(facts.poll):
        words = _("received %(received)d = valid %(valid)d + invalid %(invalid)d") % slips._asdict()
        rows.append((_("Slips of the channel: %(channel)s") % {"channel": slips.channel}, words))
    return rows


def not_counted_rows(table) -> list[tuple[str, int]]:
    """Return why ballots were not counted, and how many."""
    return [(not_counted_label(fault), count) for fault, count in table.not_counted.items()]


def hold_groups(poll) -> list[Group]:
    """Return the groups that were held for a decision, with what was decided, and by whom.

    Those that the review released by rule are no more than entries of the ledger.
    """
    groups = HoldGroup.objects.filter(poll=poll).exclude(reason=REVIEWED).order_by("number")
    groups = groups.select_related("proposal").prefetch_related("proposal__approvals")
    return [
        Group(
            number=group.number,
            rule=rule_label(group.rule),
            ballots=group.facts.get("ballots", 0),
            decided=bool(group.decision),
            decision=str(group.get_decision_display()),
            reason=reason_label(group.reason),
            by=separated(each.name for each in group.proposal.approvals.all()) if group.proposal else "",
        )
        for group in groups
    ]


def excluded_sentences(table) -> list[str]:
    """Return for each category whether its list would be another one with the excluded ballots."""
    return [
        (
            _("%(category)s: with the excluded ballots the list would be another one.")
            if changes
            else _("%(category)s: with the excluded ballots the list would be the same.")
        )
        % {"category": section.name}
        for section, changes, _pairs in table.excluded_effect
    ]


def tie_sentences(facts, section, *, public) -> list[str]:
    """Return how a tie at a category's cut was settled, in sentences; [] where there was none.

    Where only the chosen are published, those of the tied who were not chosen stay unnamed.
    """
    tie = next(
        (part["tie"] for part in (facts.outcome or {}).get("categories", []) if part["code"] == section.code),
        None,
    )
    if tie is None:
        return _open_tie(section)
    names = {row.code: f"{row.code} {row.title}" for row in section.rows}
    everything = not public or facts.plan.rules["publish"] == Poll.Publish.ALL
    words = [
        ngettext(
            "%(count)d candidate was tied at the cut, for %(places)d of the places.",
            "%(count)d candidates were tied at the cut, for %(places)d of the places.",
            len(tie["codes"]),
        )
        % {"count": len(tie["codes"]), "places": tie["places"]}
    ]
    if everything:
        words.append(_("Tied: %(names)s.") % {"names": _named(tie["codes"], names)})
    words.append(_("By the rule fixed before opening: %(rule)s.") % {"rule": Poll.TieRule(tie["rule"]).label})
    chosen = _named(tie["chosen"], names)
    words.append(
        _("Chosen of them: %(names)s.") % {"names": chosen} if chosen else _("Chosen of them: none.")
    )
    if tie.get("reason"):
        words.append(_("Reason on record: %(reason)s") % {"reason": tie["reason"]})
    if tie.get("draw") and facts.outcome.get("lot"):
        words += _lot_sentences(facts.outcome["lot"], tie["draw"] if everything else [])
    return words


def withdrawn_sentence(facts) -> str:
    """Return which candidates were withdrawn after the opening, '' where none was."""
    codes = (facts.outcome or {}).get("withdrawn", [])
    if not codes:
        return ""
    names = {each.code: f"{each.code} {each.headline}" for each in facts.plan.candidates}
    return _("Withdrawn after the opening and not ranked: %(names)s.") % {"names": _named(codes, names)}


def objection_rows(facts) -> list[tuple[str, str]]:
    """Return the last day for objections and how many came, were answered and published."""
    objections = list(facts.poll.objections.values_list("answered_on", "published"))
    return [
        (_("Last day for objections"), written_day(facts.poll.result.objections_until)),
        (_("Objections received"), str(len(objections))),
        (_("Answered"), str(sum(answered is not None for answered, _published in objections))),
        (_("Published with their answers"), str(sum(published for _answered, published in objections))),
    ]


def _open_tie(section):
    if not section.tied:
        return []
    return [
        ngettext(
            "%(count)d candidate is tied at the cut: %(outcome)s.",
            "%(count)d candidates are tied at the cut: %(outcome)s.",
            len(section.tied),
        )
        % {"count": len(section.tied), "outcome": section.tied_outcome}
    ]


def _lot_sentences(lot, draw):
    words = [
        _("The lot: SHA-256 over the ledger's root and the public number %(number)s (%(source)s).")
        % {"number": lot["number"], "source": lot["source"]},
        _("Root after the tally: %(root)s. Seed: %(seed)s.") % {"root": lot["root"], "seed": lot["seed"]},
    ]
    if draw:
        drawn = "; ".join(f"{each['code']} {each['sha256'][:16]}…" for each in draw)
        words.append(_("In the order drawn, with the beginning of each hash: %(draw)s.") % {"draw": drawn})
    return words


def _named(codes, names):
    return separated(names[code] for code in codes if code in names)


def _rows(table):
    return (row for section in table.sections for row in section.rows)


def notice_parts(facts) -> dict:
    """Return what the announcement of the result says, for the page to print and its PDF.

    Only for a certified result that may be seen: what the rules publish, and no more.
    """
    table = facts.public
    return {
        "table": table,
        "shows_votes": shows_votes(table),
        "parts": [(section, tie_sentences(facts, section, public=True)) for section in table.sections],
        "withdrawn": withdrawn_sentence(facts),
        "turnout": turnout_rows(facts, table),
        "reasons": not_counted_rows(table),
        "groups": hold_groups(facts.poll),
        "excluded": excluded_sentences(table),
        "objections": objection_rows(facts),
        "by": separated(facts.outcome["by"]),
        "result": facts.poll.result,
        "codes": [
            (_("Manifest code"), code_in_groups(facts.plan.sha256)),
            (_("Tally code"), code_in_groups(table.tally)),
            (_("Result code"), code_in_groups(facts.poll.result.sha256)),
        ],
        "address": facts.address("result"),
        "ledger": facts.address("ledger"),
    }
