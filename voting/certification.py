"""From the count to the certified result (结果（已核定）), ties settled by the manifest's rule."""

import hashlib
import zoneinfo
from datetime import UTC

from django.utils.translation import gettext as _

from .heads import node_of
from .keeper import append_act
from .ledger.canonical import canonical, parse_canonical
from .ledger.tree import root_at
from .lifecycle import need_approvals
from .manifest import plan_of
from .models import Entry, Poll, Result, Tally
from .publication import write_document
from .refusals import ActRefused
from .tally.rules import IN
from .tally.ties import DECISION, LOT, lot_seed, settle, ties_of
from .workdays import add_working_days

FORMAT = "shortlist/result/v1"


def certified_outcome(poll) -> dict | None:
    """Return a poll's certified result, None before it is certified."""
    row = Result.objects.filter(poll=poll).first()
    return parse_canonical(row.data) if row else None


def counted_tally(poll) -> dict:
    """Return the tally's document of a counted poll."""
    return parse_canonical(Tally.objects.get(poll=poll).data)


def lot_root(poll) -> bytes:
    """Return the ledger's root over all entries up to the tally's, from which a lot is seeded."""
    entry = Entry.objects.filter(poll=poll, type="tally").exclude(type="ballot").get()
    return root_at(entry.index + 1, node_of(poll, entry.index))


def perform_certify(poll, content, by, at):
    """Certify the count as it was approved (`approval.PERFORM`).

    `content` has `decisions` ({category: {"chosen", "reason"}}) and `lot_number`, each only where the
    poll's tie rule asks for it. The result is a row that never changes, a document and an entry.
    """
    if poll.state != Poll.State.COUNTED:
        raise ActRefused(_("A result is certified after the count."))
    need_approvals(poll, by)
    plan, row = plan_of(poll), Tally.objects.get(poll=poll)
    tally = counted_tally(poll)
    ties = {tie.category: tie for tie in ties_of(tally)}
    rule = plan.rules["tie_rule"]
    lot = _lot(poll, plan, content.get("lot_number", "")) if ties and rule == LOT else None
    categories = []
    for part in tally["categories"]:
        tie = ties.get(part["code"])
        settled = tie and _settled(tie, rule, lot, content.get("decisions", {}).get(part["code"]))
        winners = {each["code"] for each in part["rows"] if each["standing"] == IN} | set(
            settled["chosen"] if settled else []
        )
        chosen = [each["code"] for each in part["rows"] if each["code"] in winners]
        categories.append({"code": part["code"], "places": part["places"], "chosen": chosen, "tie": settled})
    day = at.astimezone(zoneinfo.ZoneInfo(poll.zone)).date()
    until = add_working_days(day, poll.objection_days)
    moment = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    data = canonical(
        {
            "format": FORMAT,
            "poll": plan.uid,
            "manifest": plan.sha256,
            "tally": row.sha256,
            "certified_at": moment,
            "by": list(by),
            "objections_until": until.isoformat(),
            "withdrawn": sorted(plan.withdrawn),
            "lot": lot,
            "categories": categories,
        }
    )
    digest = hashlib.sha256(data).hexdigest()
    Result.objects.create(poll=poll, data=data, sha256=digest, certified_at=at, objections_until=until)
    document = write_document(poll, "result.json", [data])
    append_act(poll, "result", at=moment, by=list(by), documents=[document._asdict()])
    poll.state = Poll.State.CERTIFIED
    poll.save(update_fields=["state"])


def _lot(poll, plan, number):
    if not number.strip():
        raise ActRefused(_("Type the public number that was drawn: %s.") % plan.rules["lot_source"])
    root = lot_root(poll)
    return {
        "source": plan.rules["lot_source"],
        "number": number.strip(),
        "root": root.hex(),
        "seed": lot_seed(root, number.strip()).hex(),
    }


def _settled(tie, rule, lot, decision):
    try:
        return settle(tie, rule, seed=bytes.fromhex(lot["seed"]) if lot else None, decision=decision)
    except ValueError:
        if rule != DECISION:
            raise
        raise ActRefused(
            _("Choose exactly %(count)d of the tied in category %(category)s, and say why.")
            % {"count": tie.places, "category": tie.category}
        ) from None
