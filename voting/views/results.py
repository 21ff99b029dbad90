"""The result page: only what the poll's rules let out, only when they let it out."""

from django.urls import reverse
from django.views.decorators.http import require_safe

from ..exports.table import TallyError, result_table
from .documents import document_names
from .public import draw, logger, of_poll

FORMATS = ("csv", "xlsx", "json")


@require_safe
@of_poll
def show_result(request, poll, plan):
    """Show the outcome per category, or say when it will be shown."""
    context = {"poll": poll, "plan": plan, "phase": poll.phase()}
    try:
        table = result_table(poll, public=True)
    except TallyError as error:
        logger.error("The result of poll %s cannot be shown: %s", poll.uid, error)
        return draw(request, "voting/unavailable.html", status=503)
    if table is None:
        return draw(request, "voting/no_result.html", context)
    context |= {
        "table": table,
        "not_counted": sum(table.not_counted.values()),
        "parts": [(part, drawn_rows(part)) for part in table.sections],
        "shows_votes": table.publish != "chosen_in_list_order",
        "exports": [
            (kind.upper(), reverse("voting:result_export", args=[poll.slug, kind])) for kind in FORMATS
        ],
        "documents": document_names(poll, plan, "public"),
    }
    return draw(request, "voting/result.html", context)


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
