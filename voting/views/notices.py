"""The announcement of the result to read and print, and the objections that were published."""

import zoneinfo

from django.views.decorators.http import require_safe

from ..exports.table import TallyError
from ..objections import published_objections
from ..papers import result_notice
from ..papers.facts import facts_of, site_base
from ..papers.outcome import notice_parts
from ..papers.sections import objection_sentences
from .public import draw, draw_for_all, logger, now, of_poll
from .receipts import qr_drawing


@require_safe
@of_poll
def show_notice(request, poll, plan):
    """Show the announcement of a certified result as one page to print, or say why there is none yet."""
    facts = facts_of(poll, now(), site_base(request))
    try:
        parts = notice_parts(facts) if facts.public and facts.outcome else None
    except TallyError as error:
        logger.error("The result of poll %s cannot be announced: %s", poll.uid, error)
        return draw(request, "voting/unavailable.html", status=503)
    if parts is None:
        hindrance = result_notice.hindrance(facts)
        return draw_for_all(request, poll, plan, "voting/no_notice.html", lambda: {"hindrance": hindrance})

    def context():
        return {**parts, "qr": qr_drawing(facts.address("result"))}

    mark = (poll.result.sha256, facts.base, tuple(parts["objections"]), tuple(parts["groups"]))
    return draw_for_all(request, poll, plan, "voting/notice.html", context, mark=mark)


@require_safe
@of_poll
def show_objections(request, poll, plan):
    """Show until when and how one objects, and the objections that were published with their answers."""
    at = now()
    facts = facts_of(poll, at, site_base(request))
    certified = facts.outcome is not None
    objections = published_objections(poll)
    today = at.astimezone(zoneinfo.ZoneInfo(poll.zone)).date()
    over = certified and today > poll.result.objections_until

    def context():
        return {
            "certified": certified,
            "over": over,
            "sentences": objection_sentences(facts) if certified else [],
            "until": poll.result.objections_until if certified else None,
            "objections": objections,
        }

    mark = (certified, over, tuple(objections))
    return draw_for_all(request, poll, plan, "voting/objections.html", context, mark=mark)
