"""Public changes after the opening (更正): text, evidence and files of a candidate, and withdrawals.

Staff edit the list's tables as before the opening; nothing of that is public. `changes_of` shows what
differs from what citizens read; approved, it becomes a document of its own in the ledger. What never
changes are codes, categories, limits and the number of places.
"""

import hashlib
from datetime import UTC

from django.utils.translation import gettext as _

from shortlist.document import read_list, to_json
from shortlist.wording import separated

from .keeper import append_act, enter_opening, has_entry
from .ledger.canonical import canonical
from .lifecycle import need_approvals
from .manifest import plan_of
from .models import Correction, Poll
from .publication import write_document
from .refusals import ActRefused

FORMAT = "shortlist/correction/v1"


def changes_of(poll, plan) -> list[dict]:
    """Return how the list's tables differ from what citizens read, as a proposal holds it.

    `plan` is the corrected one. Raises ActRefused where codes or categories differ: they never change.
    """
    public = {candidate.code: candidate for candidate in plan.candidates}
    edited = {
        candidate.code: candidate
        for category in read_list(poll.shortlist).categories
        if category.on_ballot
        for candidate in category.candidates
    }
    strange = sorted(public.keys() ^ edited.keys())
    if strange:
        raise ActRefused(
            _(
                "Codes and categories never change after the opening. Put these candidates back as they "
                "were: %(codes)s. To take one out, withdraw it."
            )
            % {"codes": separated(strange)}
        )
    return [
        {"candidate": code, "old": to_json(public[code]), "new": to_json(edited[code])}
        for code in public
        if to_json(public[code]) != to_json(edited[code])
    ]


def perform_correct(poll, content, by, at):
    """Publish an approved correction (`approval.PERFORM`): `changes` as `changes_of`, `withdrawn` codes."""
    need_approvals(poll, by)
    plan = plan_of(poll)
    if poll.state not in (Poll.State.OPEN, Poll.State.PAUSED, Poll.State.CLOSED) or has_entry(poll, "tally"):
        raise ActRefused(_("A correction is possible from the opening until the count."))
    public = {candidate.code: to_json(candidate) for candidate in plan.candidates}
    changes, withdrawn = content["changes"], sorted(content["withdrawn"])
    if not changes and not withdrawn:
        raise ActRefused(_("There is nothing to correct: the list reads as the public does."))
    if any(public.get(change["candidate"]) != change["old"] for change in changes):
        raise ActRefused(_("Another correction came first. Withdraw this proposal and make it anew."))
    _check_withdrawal(plan, withdrawn)
    number = Correction.objects.filter(poll=poll).count() + 1
    moment = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    said = {"at": moment, "reason": content["reason"], "by": list(by), "withdrawn": withdrawn}
    data = canonical(
        {
            "format": FORMAT,
            "poll": plan.uid,
            "manifest": plan.sha256,
            "number": number,
            "changes": changes,
            **said,
        }
    )
    digest = hashlib.sha256(data).hexdigest()
    Correction.objects.create(poll=poll, number=number, data=data, sha256=digest, at=at)
    document = write_document(poll, f"correction-{number}.json", [data])
    if poll.phase(at) != "waiting":
        enter_opening(poll)
    append_act(poll, "correction", **said, documents=[document._asdict()])
    poll.public_acts += 1
    poll.corrected = digest
    poll.save(update_fields=["public_acts", "corrected"])


def _check_withdrawal(plan, codes):
    for code in codes:
        if code not in plan.index or code in plan.withdrawn:
            raise ActRefused(_("%(code)s cannot be withdrawn.") % {"code": code})
    gone = plan.withdrawn | set(codes)
    for category in plan.sections:
        left = sum(candidate.code not in gone for candidate in category.candidates)
        if left < max(1, category.min_choices):
            raise ActRefused(
                _("“%(category)s” would have too few candidates left for a ballot. Annul the poll instead.")
                % {"category": category.name}
            )
