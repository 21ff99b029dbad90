"""The result as one table: what admin pages, the command and every export show."""

import hashlib
import zoneinfo
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from ..eligibility import kind_of
from ..ledger.canonical import parse_canonical
from ..manifest import plan_of
from ..models import Poll, Result, Tally
from ..tally.rules import IN, OUT, TIED, WITHDRAWN

BEIJING = "Asia/Shanghai"


class TallyError(Exception):
    """The stored tally is not what its hash says, or belongs to another manifest."""


@dataclass(frozen=True)
class Row:
    """One candidate. Votes, share and rank are None where the rules publish none.

    `share` is in hundredths of a percent, rounded half up; None where no ballot was counted.
    `standing` is `in`, `out` or `tied` before the tie rule, or `withdrawn`; `chosen` is what the tie rule
    makes of it, None while a decision or a lot is awaited.
    """

    code: str
    title: str
    votes: int | None
    share: int | None
    rank: int | None
    shared: bool
    standing: str
    chosen: bool | None
    outcome: str

    @property
    def percent(self) -> str:
        """Return the share as text with two decimals, '' where there is none."""
        return "" if self.share is None else f"{self.share // 100}.{self.share % 100:02}%"

    @property
    def place(self) -> str:
        """Return the rank in words: 第3位, 并列第3位."""
        if not self.rank:
            return ""
        words = _("tied %(rank)d") if self.shared else _("no. %(rank)d")
        return words % {"rank": self.rank}


@dataclass(frozen=True)
class Section:
    """One category: its places, the ballots counted, those without a pick in it, its candidates."""

    code: str
    name: str
    places: int
    ballots: int
    blank: int | None
    rows: tuple[Row, ...]
    # How a tie at the cut was settled, as the certified result has it; None before, and without a tie.
    tie: dict | None = None

    @property
    def tied(self) -> tuple[Row, ...]:
        """Return the candidates that share the votes at the cut, where not all find a place."""
        return tuple(row for row in self.rows if row.standing == TIED)

    @property
    def tied_outcome(self) -> str:
        """Return what becomes of the tied: one outcome of all, or that a decision or lot has parted them."""
        outcomes = {row.outcome for row in self.tied}
        return outcomes.pop() if len(outcomes) == 1 else _("settled by decision or lot")

    @property
    def chosen(self) -> tuple[Row, ...]:
        """Return the candidates that are chosen by votes and tie rule."""
        return tuple(row for row in self.rows if row.chosen)

    @property
    def open_places(self) -> int:
        """Return how many places nobody took, ties that wait for a decision aside."""
        return max(0, self.places - sum(row.chosen is not False for row in self.rows))

    @property
    def cut(self) -> Row | None:
        """Return the last candidate at or above the cut, None where nobody is below it."""
        ranked = [row for row in self.rows if row.standing != WITHDRAWN]
        upper = [row for row in ranked if row.standing != OUT]
        return upper[-1] if len(upper) < len(ranked) and upper else None


@dataclass(frozen=True)
class ResultTable:
    """A poll's outcome, ready to be drawn or written."""

    slug: str
    title: str
    list_title: str
    demo: bool
    rehearsal: bool
    manifest: str
    tally: str
    counted_at: datetime
    zone: str
    publish: str
    tie_rule: str
    limited: str
    ballots: int
    not_counted: dict[str, int]
    channels: dict[str, int]
    sections: tuple[Section, ...]
    # Whether the list would differ with the excluded ballots, by category; () without any.
    with_excluded: tuple = ()
    # The certified result's hash and time, '' and None before.
    result: str = ""
    certified_at: datetime | None = None
    lot: dict | None = None

    @property
    def mark(self) -> str:
        """Return what must stand on everything that is no formal vote, else ''."""
        if self.demo:
            return _("Demonstration, not a formal vote")
        return _("Rehearsal: these are test ballots and no result") if self.rehearsal else ""

    @property
    def excluded_effect(self) -> list[tuple]:
        """Return each category with whether the list would differ with the excluded ballots, and their votes.

        The votes are pairs of a candidate's row and what it would have; none where too few were excluded.
        """
        found = []
        for section, part in zip(self.sections, self.with_excluded, strict=False):
            votes = {row["code"]: row["votes"] for row in part["rows"]}
            pairs = [(row, votes[row.code]) for row in section.rows if row.votes is not None and votes]
            found.append((section, part["changes_list"], pairs))
        return found

    @property
    def counted_at_text(self) -> str:
        """Return the time of counting in the poll's zone, with the zone's name."""
        return local_time(self.counted_at, self.zone, "%Y-%m-%d %H:%M:%S")

    @property
    def tie_rule_label(self) -> str:
        return str(Poll.TieRule(self.tie_rule).label)


def local_time(moment, zone, form="%Y-%m-%d %H:%M") -> str:
    """Write a moment in a poll's zone and name the zone: 2019-10-20 09:00（北京时间）."""
    name = _("Beijing time") if zone == BEIJING else zone
    time = moment.astimezone(zoneinfo.ZoneInfo(zone)).strftime(form)
    return _("%(time)s (%(zone)s)") % {"time": time, "zone": name}


def share_of(votes: int, ballots: int) -> int | None:
    """Return votes ÷ ballots in hundredths of a percent, rounded half up, by whole numbers only."""
    return (20_000 * votes + ballots) // (2 * ballots) if ballots else None


def result_table(poll, *, public: bool) -> ResultTable | None:
    """Return the whole outcome, or what the rules publish of it; None before it may be seen.

    Raises TallyError where the stored count has been changed.
    """
    if not poll.may_see_results():
        return None
    plan = plan_of(poll)
    table = _whole_table(poll, plan, Tally.objects.get(poll=poll))
    return _published(table, plan) if public else table


def not_counted_label(fault: str) -> str:
    """Return in words why ballots were not counted."""
    labels = {
        "unreadable": _("cannot be opened"),
        "lost": _("content lost after a restored backup"),
        "limits": _("breaks the rules of the poll"),
        "commitment": _("does not match its sealed code"),
        "excluded": _("held and excluded by decision"),
    }
    return labels.get(fault, fault)


def channel_label(channel: str) -> str:
    """Return a channel in words."""
    return _("online") if channel == "web" else channel


def _whole_table(poll, plan, tally):
    data = bytes(tally.data)
    if hashlib.sha256(data).hexdigest() != tally.sha256:
        raise TallyError(_("The stored tally is not the one that was counted. Count again and compare."))
    found = parse_canonical(data)
    if found["manifest"] != plan.sha256:
        raise TallyError(_("The stored tally belongs to another manifest."))
    certified = Result.objects.get(poll=poll) if poll.state == Poll.State.CERTIFIED else None
    outcome = parse_canonical(certified.data) if certified else None
    settled = {part["code"]: part for part in outcome["categories"]} if outcome else {}
    titles = {candidate.code: candidate.headline for candidate in plan.candidates}
    names = {category.code: str(category) for category in plan.sections}
    return ResultTable(
        slug=poll.slug,
        title=plan.title,
        list_title=plan.shortlist.title,
        demo=plan.demo,
        rehearsal=plan.rehearsal,
        manifest=plan.sha256,
        tally=tally.sha256,
        counted_at=tally.counted_at,
        zone=plan.document["zone"],
        publish=plan.rules["publish"],
        tie_rule=plan.rules["tie_rule"],
        limited=kind_of(plan).how_limited(plan),
        ballots=found["ballots"],
        not_counted=found["not_counted"],
        channels=found["channels"],
        sections=tuple(
            Section(
                code=part["code"],
                name=names[part["code"]],
                places=part["places"],
                ballots=found["ballots"],
                blank=part["blank"],
                rows=_rows(part["rows"], titles, found["ballots"], plan, settled.get(part["code"])),
                tie=settled.get(part["code"], {}).get("tie"),
            )
            for part in found["categories"]
        ),
        with_excluded=tuple(found.get("with_excluded", ())),
        result=certified.sha256 if certified else "",
        certified_at=certified.certified_at if certified else None,
        lot=outcome["lot"] if outcome else None,
    )


def _rows(rows, titles, ballots, plan, settled):
    ranks, rule = [row["rank"] for row in rows], plan.rules["tie_rule"]
    made = []
    for row in rows:
        chosen = _chosen(row["standing"], rule)
        if settled and row["standing"] == TIED:
            chosen = row["code"] in settled["chosen"]
        made.append(
            Row(
                code=row["code"],
                title=titles[row["code"]],
                votes=row["votes"],
                share=share_of(row["votes"], ballots),
                rank=row["rank"] or None,
                shared=row["rank"] > 0 and ranks.count(row["rank"]) > 1,
                standing=row["standing"],
                chosen=chosen,
                outcome=_outcome(row["standing"], rule, chosen),
            )
        )
    return tuple(made)


def _chosen(standing, tie_rule):
    settled = {Poll.TieRule.ALL_IN.value: True, Poll.TieRule.ALL_OUT.value: False}
    return settled.get(tie_rule) if standing == TIED else standing == IN


def _outcome(standing, tie_rule, chosen):
    if standing == WITHDRAWN:
        return _("withdrawn")
    if standing != TIED:
        return _("chosen") if standing == IN else _("not chosen")
    if tie_rule in (Poll.TieRule.DECISION, Poll.TieRule.LOT) and chosen is not None:
        by_lot = tie_rule == Poll.TieRule.LOT
        if chosen:
            return _("tied at the cut, chosen by lot") if by_lot else _("tied at the cut, chosen by decision")
        return (
            _("tied at the cut, not chosen by lot")
            if by_lot
            else _("tied at the cut, not chosen by decision")
        )
    return {
        Poll.TieRule.ALL_IN.value: _("tied at the cut, all chosen"),
        Poll.TieRule.ALL_OUT.value: _("tied at the cut, none chosen"),
        Poll.TieRule.DECISION.value: _("tied at the cut, the organiser decides"),
        Poll.TieRule.LOT.value: _("tied at the cut, a lot decides"),
    }[tie_rule]


def _published(table, plan):
    """Leave out what the rules do not publish."""
    if table.publish == Poll.Publish.ALL:
        return table
    in_list_order = table.publish == Poll.Publish.CHOSEN_IN_LIST_ORDER

    def section(part):
        rows = [row for row in part.rows if row.chosen is not False]
        if not in_list_order:
            return replace(part, rows=tuple(rows))
        rows = [replace(row, votes=None, share=None, rank=None, shared=False) for row in rows]
        return replace(part, blank=None, rows=tuple(sorted(rows, key=lambda row: plan.index[row.code])))

    return replace(table, sections=tuple(section(part) for part in table.sections))
