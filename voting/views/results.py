"""The result page: only what the poll's rules let out, only when they let it out."""

from django.urls import reverse
from django.views.decorators.http import require_safe

from ..bundle import has_bundle
from ..exports.table import TallyError, channel_label, not_counted_label, result_table
from ..publication import order_effect
from ..tally.analysis import breakdowns, margins_of
from ..tally.effect import thirds_of
from ..turnout import ballots_by_day, slips_of
from .documents import document_names
from .public import draw, draw_for_all, logger, of_poll

FORMATS = ("csv", "xlsx", "json")


@require_safe
@of_poll
def show_result(request, poll, plan):
    """Show the outcome per category, or say when it will be shown."""
    try:
        table = result_table(poll, public=True)
    except TallyError as error:
        logger.error("The result of poll %s cannot be shown: %s", poll.uid, error)
        return draw(request, "voting/unavailable.html", status=503)
    if table is None:
        return draw_for_all(request, poll, plan, "voting/no_result.html", dict)

    def context():
        return {
            "table": table,
            "not_counted": sum(table.not_counted.values()),
            "reasons": [(not_counted_label(fault), count) for fault, count in table.not_counted.items()],
            "channels": [(channel_label(name), count) for name, count in table.channels.items()],
            "slips": [(channel_label(each.channel), each) for each in slips_of(poll)],
            "days": drawn_days(ballots_by_day(poll, plan)),
            "parts": [
                (part, drawn_rows(part), margin)
                for part, margin in zip(table.sections, margins_of(poll), strict=True)
            ],
            "breakdowns": breakdowns(poll, plan) if poll.may_see_results("marks") else [],
            "shows_votes": table.publish != "chosen_in_list_order",
            "exports": [
                (kind.upper(), reverse("voting:result_export", args=[poll.slug, kind])) for kind in FORMATS
            ],
            "documents": document_names(poll, plan, "public"),
            "commands": how_to_check(plan),
            "bundle": has_bundle(poll),
            "order_effect": drawn_effect(poll, plan),
        }

    mark = (table.tally, table.result, has_bundle(poll))
    return draw_for_all(request, poll, plan, "voting/result.html", context, mark=mark)


def drawn_effect(poll, plan):
    """Return what the order on the page did, for whoever may have the marks; None for other polls."""
    effect = order_effect(poll, plan) if poll.may_see_results("marks") else None
    return effect and {**effect, "parts": thirds_of(effect, plan)}


def drawn_rows(part):
    """Return the rows of a category, each with the length of its bar and whether the cut runs above it.

    Bars are in per cent of the longest, so that they start at zero and the longest is full.
    """
    most = max((row.votes or 0 for row in part.rows), default=0) or 1
    drawn, above = [], None
    for row in part.rows:
        cut = above is not None and above.chosen is not False and row.chosen is False
        drawn.append({"row": row, "bar": f"{(row.votes or 0) * 100 / most:.2f}", "below_cut": cut})
        above = row
    return drawn


def drawn_days(days):
    """Return the days with the height of their columns in per cent of the highest; [] for fewer than two."""
    if len(days) < 2:
        return []
    most = max(each.ballots for each in days) or 1
    width = 100 / len(days)
    return [
        {
            "days": each,
            "x": f"{at * width + width * 0.1:.2f}",
            "width": f"{width * 0.8:.2f}",
            "height": f"{each.ballots * 40 / most:.2f}",
            "y": f"{40 - each.ballots * 40 / most:.2f}",
        }
        for at, each in enumerate(days)
    ]


def how_to_check(plan):
    """Return the commands of “check it yourself”: a hash, the votes of a category, the whole bundle."""
    first = plan.sections[0].code
    return {
        "hash": "sha256sum manifest.json",
        "votes": f"tr ' ' '\\n' < marks-{first}.txt | sort | uniq -c | sort -rn",
        "ballots": f"wc -l < marks-{first}.txt",
        "bundle": f"python3 -m voting.ledger verify bundle.zip --manifest {plan.sha256}",
    }
