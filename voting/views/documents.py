"""The published files: what was marked, and the reveals, for whom and when the manifest says so."""

from django.http import FileResponse, Http404
from django.views.decorators.http import require_safe

from ..models import HoldGroup
from ..order import variants_of
from ..publication import ORDER, document_path, exclusion_name, hold_name, marks_name, reveals_name
from .public import logger, of_poll


def document_names(poll, plan, audience) -> dict[str, list[str]]:
    """Return the names of the files that the audience may have now: `marks`, `reveals`, `order`, `holds`."""
    names = {"marks": marks_name, "reveals": reveals_name}
    found = {
        what: [name(category) for category in plan.sections]
        for what, name in names.items()
        if poll.may_see_results(what, audience)
    }
    # The effect of the order tells less than the marks do, from which anybody can count.
    if "marks" in found and variants_of(plan.rules):
        found["order"] = [ORDER]
    if poll.may_see_results():
        found["holds"] = [
            name
            for group in HoldGroup.objects.filter(poll=poll)
            for name in (hold_name(group.number), exclusion_name(group.number))
            if name.startswith("hold-") or group.decision == HoldGroup.Decision.EXCLUDED
        ]
    return found


def send_document(poll, plan, name, audience) -> FileResponse:
    """Send a published file in pieces; not found where the audience may not have it."""
    if not any(name in names for names in document_names(poll, plan, audience).values()):
        raise Http404
    return FileResponse(
        open_document(poll, name),
        as_attachment=True,
        filename=f"{poll.slug}-{name}",
        content_type="text/plain; charset=utf-8",
    )


def open_document(poll, name):
    """Open a published file for reading bytes; not found, and an error in the log, where it is missing."""
    try:
        return document_path(poll, name).open("rb")
    except FileNotFoundError:
        logger.error("The published file %s of poll %s is missing", name, poll.uid)
        raise Http404 from None


@require_safe
@of_poll
def show_document(request, poll, plan, name):
    """Hand out a published file to everyone, where the rules give it to everyone."""
    response = send_document(poll, plan, name, "public")
    response["Cache-Control"] = "public, max-age=60"
    return response
