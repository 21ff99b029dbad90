"""What follows a count: corrections as they were entered, and the certified result by the manifest's rule."""

import hashlib

from ..canonical import canonical, parse_canonical
from .ballots import IN, TIED
from .report import Fault

CORRECTION, RESULT = "shortlist/correction/v1", "shortlist/result/v1"


def check_corrections(documents, plan, history) -> int:
    """Return how many corrections there are; Fault where a file does not say what its entry says."""
    entries = [leaf for _index, leaf in history.acts if leaf["type"] == "correction"]
    for number, entry in enumerate(entries, 1):
        name = f"correction-{number}.json"
        if name not in documents.names:
            raise Fault(f"{name} is not in these files.", f"文件中没有 {name}。")
        try:
            found = parse_canonical(documents.read(name))
            same = {member: found[member] for member in ("at", "reason", "by", "withdrawn")}
            expected = {member: entry[member] for member in same}
            head = {"format": CORRECTION, "poll": plan.uid, "manifest": plan.sha256, "number": number}
            if same != expected or found != {**head, **same, "changes": found["changes"]}:
                raise ValueError("it does not say what its entry says")
            for change in found["changes"]:
                if (
                    change.keys() != {"candidate", "old", "new"}
                    or change["old"]["code"] != change["candidate"]
                ):
                    raise ValueError("a change that is none")
                if change["new"]["code"] != change["candidate"]:
                    raise ValueError("a code changed")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Fault(f"{name} is wrong: {error!r}.", f"{name} 有误。") from None
    return len(entries)


def check_result(data: bytes, plan, history, tally: dict, tally_sha256: str) -> dict:
    """Return the result if the manifest's tie rule makes it of the tally; Fault otherwise.

    A decision is taken as it stands on record; that it chooses among the tied, and as many as there are
    places, is checked. A lot is drawn again.
    """
    (entry,) = [leaf for _index, leaf in history.acts if leaf["type"] == "result"]
    try:
        result = parse_canonical(data)
        lot, ties = result["lot"], [part["tie"] for part in result["categories"]]
        until = result["objections_until"]
        drawn = plan.tie_rule == "lot" and any(ties)
        if drawn and lot != _lot(plan, history, lot["number"]):
            raise ValueError("the lot is not seeded as the manifest says")
        if not drawn and lot is not None:
            raise ValueError("a lot where none is due")
        expected = {
            "format": RESULT,
            "poll": plan.uid,
            "manifest": plan.sha256,
            "tally": tally_sha256,
            "certified_at": entry["at"],
            "by": entry["by"],
            "objections_until": until,
            "withdrawn": sorted(history.withdrawn),
            "lot": lot,
            "categories": [
                _category(plan, part, tie, lot) for part, tie in zip(tally["categories"], ties, strict=True)
            ],
        }
        if type(until) is not str or canonical(result) != canonical(expected):
            raise ValueError("it is not what tally and rule make of it")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Fault(f"result.json is wrong: {error}.", "result.json 与计票或并列规则不符。") from None
    return result


def _lot(plan, history, number):
    return {
        "source": plan.lot_source,
        "number": number,
        "root": history.tally_root.hex(),
        "seed": hashlib.sha256(history.tally_root + number.encode()).hexdigest(),
    }


def _category(plan, part, said, lot):
    """Return what a result must say of one category."""
    tied = [row["code"] for row in part["rows"] if row["standing"] == TIED]
    above = [row["code"] for row in part["rows"] if row["standing"] == IN]
    tie = _tie(plan, part, tied, part["places"] - len(above), said, lot) if tied else None
    winners = {*above, *(tie["chosen"] if tie else ())}
    chosen = [row["code"] for row in part["rows"] if row["code"] in winners]
    return {"code": part["code"], "places": part["places"], "chosen": chosen, "tie": tie}


def _tie(plan, part, tied, places, said, lot):
    tie = {"codes": tied, "places": places, "rule": plan.tie_rule, "chosen": [], "reason": "", "draw": []}
    if plan.tie_rule == "all_in":
        tie["chosen"] = tied
    elif plan.tie_rule == "decision":
        chosen = [code for code in tied if code in said["chosen"]]
        if len(chosen) != places or len(said["chosen"]) != places or not said["reason"]:
            raise ValueError("the decision does not choose as many of the tied as there are places")
        tie |= {"chosen": chosen, "reason": said["reason"]}
    elif plan.tie_rule == "lot":
        seed = bytes.fromhex(lot["seed"])
        digests = [
            {"code": code, "sha256": hashlib.sha256(seed + (part["code"] + code).encode()).hexdigest()}
            for code in tied
        ]
        tie["draw"] = sorted(digests, key=lambda each: each["sha256"])
        tie["chosen"] = [each["code"] for each in tie["draw"][:places]]
    return tie
