"""The grammar of a ledger: which entries may stand where, and what their numbers must add up to."""

import re
from datetime import datetime

from ..canonical import parse_canonical
from ..note import decode_base64
from .holds import Groups
from .report import Fault

BALLOT = re.compile(rb'\{"category":"([1-9])","commitment":"([A-Za-z0-9+/]{43}=)","type":"ballot"\}')
COUNT, TEXT, TIME, HASH, FILES, NAMES = "count", "text", "time", "hash", "files", "names"
# What an entry says of a file.
DOCUMENT = {"name": TEXT, "length": COUNT, "sha256": HASH}
# The members of each entry besides its type, and what they hold. `by` are the people who approved.
FORMS = {
    "manifest": {**DOCUMENT, "by": NAMES},
    "open": {"at": TIME, "manifest": HASH, "ballots": COUNT},
    "pause": {"at": TIME, "reason": TEXT, "by": NAMES},
    "resume": {"at": TIME, "by": NAMES},
    "extend": {"at": TIME, "closes_at": TIME, "reason": TEXT, "by": NAMES},
    "correction": {"at": TIME, "reason": TEXT, "by": NAMES, "withdrawn": NAMES, "documents": FILES},
    "close": {"at": TIME, "ballots": COUNT, "participations": COUNT, "reason": TEXT, "by": NAMES},
    "channel": {
        "channel": TEXT,
        "name": TEXT,
        "length": COUNT,
        "sha256": HASH,
        "received": COUNT,
        "valid": COUNT,
        "invalid": COUNT,
    },
    "credentials": {"at": TIME, "issued": COUNT, "void": COUNT, "reason": TEXT},
    "hold": {"at": TIME, "rule": TEXT, "documents": FILES},
    "release": {"at": TIME, "hold": COUNT, "reason": TEXT, "by": NAMES},
    "exclude": {"at": TIME, "hold": COUNT, "reason": TEXT, "by": NAMES, "documents": FILES},
    "reveals": {"to": TEXT, "documents": FILES},
    "tally": {"documents": FILES},
    "result": {"at": TIME, "by": NAMES, "documents": FILES},
}
AUDITS = {
    "secrets_destroyed": {"act": TEXT, "at": TIME, "keys": NAMES},
    "trail": {"act": TEXT, "at": TIME, "events": COUNT, "sha256": HASH},
    "annulled": {"act": TEXT, "at": TIME, "reason": TEXT, "by": NAMES},
    "recovered": {
        "act": TEXT,
        "at": TIME,
        "first": COUNT,
        "entries": COUNT,
        "found": COUNT,
        "lost": COUNT,
    },
}


class History:
    """What the entries have said so far. Feed it every leaf in order with `take`."""

    def __init__(self, plan):
        self.plan = plan
        self.size = 0
        self.ballots = dict.fromkeys((section.code for section in plan.sections), 0)
        self.acts = []
        self.seen = {}
        self.channels = self.valid = self.lost = self.issued = self.before_close = 0
        self.documents = {}
        self.repaired = []
        self.paused = self.annulled = False
        self.closes_at = plan.closes_at
        self.withdrawn = set()
        self.corrections = self.events = 0
        self.groups = Groups(plan)
        # How many entries there are up to the tally, its own included: their root seeds a lot.
        self.tallied, self.tally_root = 0, b""

    def take(self, leaf: bytes) -> tuple[str, bytes] | None:
        """Take the next leaf; return a ballot's category and commitment. Fault where it may not stand."""
        found = BALLOT.fullmatch(leaf)
        if found:
            taken = self._ballot(found)
        else:
            taken = None
            self._act(leaf)
        self.size += 1
        return taken

    def finish(self):
        """Raise Fault unless the numbers of the whole add up."""
        if not self.seen:
            raise Fault("The ledger has no entry.", "公开登记簿中没有任何条目。")
        numbers = set(self.ballots.values())
        if len(numbers) > 1:
            raise Fault(
                f"The categories have different numbers of ballots: {sorted(numbers)}.",
                f"各类别的选票数不一致：{'、'.join(map(str, sorted(numbers)))}。",
            )
        if "reveals" in self.seen:
            close = self.seen["close"]
            expected = close["participations"] + self.valid + self.lost
            if self.total != expected:
                raise Fault(
                    f"The ledger holds {self.total} ballots, but participations, other channels and lost "
                    f"ballots are {expected}.",
                    f"登记簿中有 {self.total} 张选票，而参与记录、其他渠道与丢失的选票合计为 {expected} 张。",
                )
        if "credentials" in self.seen and "close" in self.seen and not self.plan.daily:
            used = self.seen["close"]["participations"]
            if used > self.issued:
                raise Fault(
                    f"{used} ballots were cast, but only {self.issued} credentials were issued.",
                    f"投出 {used} 张选票，而发放的投票资格只有 {self.issued} 份。",
                )

    @property
    def total(self):
        """How many ballots the ledger holds."""
        return min(self.ballots.values(), default=0)

    def _ballot(self, found):
        category = found[1].decode()
        if category not in self.ballots:
            raise self._misplaced("ballot", "its category is not on the ballot", "其类别不在选票上")
        if "open" not in self.seen:
            raise self._misplaced("ballot", "it stands before the opening", "它在开启之前")
        if "reveals" in self.seen or "tally" in self.seen:
            raise self._misplaced("ballot", "the ballots were opened already", "它在选票开封之后")
        try:
            value = decode_base64(found[2].decode())
        except ValueError:
            raise self._misplaced(
                "ballot", "its commitment is not written rightly", "其密封码写法不对"
            ) from None
        self.ballots[category] += 1
        return category, value

    def _act(self, raw):
        try:
            leaf = parse_canonical(raw)
            kind, act = str(leaf.get("type")), str(leaf.get("act"))
        except (ValueError, AttributeError):
            raise self._misplaced("entry", "it is not canonical JSON", "它不是规范的 JSON") from None
        form = AUDITS.get(act) if kind == "audit" else FORMS.get(kind)
        if form is None:
            raise self._misplaced("entry", "this program does not know its type", "本程序不认识其类型")
        if leaf.keys() != {"type", *form} or not all(_holds(leaf[name], what) for name, what in form.items()):
            raise self._misplaced(kind, "it does not have the right members", "其内容不全或有误")
        getattr(self, f"_take_{kind}")(leaf)
        self.acts.append((self.size, leaf))
        self.seen.setdefault(kind, leaf)

    def _need(self, holds, kind, en, zh):
        if not holds:
            raise self._misplaced(kind, en, zh)

    def _misplaced(self, kind, en, zh):
        number = self.size + 1
        return Fault(
            f"Entry {number} ({kind}) may not stand there: {en}.", f"第 {number} 号条目（{kind}）有误：{zh}。"
        )

    def _take_manifest(self, leaf):
        self._need(self.size == 0, "manifest", "it is not the first", "投票方案必须是第一条")
        self._need_approvals(leaf)
        same = (leaf["name"], leaf["length"], leaf["sha256"]) == (
            "manifest.json",
            self.plan.length,
            self.plan.sha256,
        )
        self._need(
            same, "manifest", "it is another manifest than the one given", "登记的投票方案与所附的不同"
        )

    def _take_open(self, leaf):
        self._need("manifest" in self.seen, "open", "there is no manifest before it", "其前没有投票方案")
        self._need("open" not in self.seen, "open", "the poll was open already", "已有开启条目")
        right = leaf["manifest"] == self.plan.sha256 and leaf["at"] == self.plan.opens_at
        self._need(right, "open", "it names another manifest or time", "所写方案或时间与定本不符")
        self._need(leaf["ballots"] == 0, "open", "there were ballots before the opening", "开启前已有选票")

    def _take_pause(self, leaf):
        self._need("open" in self.seen and not self.paused, "pause", "the poll was not open", "当时并未开放")
        self._need_approvals(leaf)
        self.paused = True

    def _take_resume(self, leaf):
        self._need(self.paused, "resume", "the poll was not paused", "当时并未暂停")
        self._need_approvals(leaf)
        self.paused = False

    def _take_extend(self, leaf):
        self._need("manifest" in self.seen, "extend", "there is no manifest before it", "其前没有投票方案")
        self._need("close" not in self.seen, "extend", "the poll was closed", "当时已经截止")
        later = leaf["closes_at"] > self.closes_at
        self._need(later, "extend", "it does not name a later time", "所写时间并不更晚")
        self._need_approvals(leaf)
        self.closes_at = leaf["closes_at"]

    def _take_correction(self, leaf):
        self.corrections += 1
        self._need(
            "manifest" in self.seen, "correction", "there is no manifest before it", "其前没有投票方案"
        )
        self._need("tally" not in self.seen, "correction", "the count was done", "当时已经计票")
        named = [item["name"] for item in leaf["documents"]]
        right = named == [f"correction-{self.corrections}.json"]
        self._need(right, "correction", "it names another file", "所附文件名不对")
        codes = {code for section in self.plan.sections for code in section.codes}
        known = set(leaf["withdrawn"]) <= codes - self.withdrawn
        self._need(known, "correction", "it withdraws whom it cannot", "撤回的项目有误")
        self._need_approvals(leaf)
        self.withdrawn |= set(leaf["withdrawn"])
        self._name(leaf["documents"])

    def _take_close(self, leaf):
        self._need(
            "open" in self.seen and "close" not in self.seen, "close", "nothing was open", "当时并未开放"
        )
        self._need(
            leaf["at"] <= self.closes_at, "close", "it is later than the manifest says", "晚于定本时间"
        )
        self._need(leaf["ballots"] == self.total, "close", "its number of ballots is wrong", "所写选票数不对")
        if leaf["at"] < self.closes_at and not self.annulled:
            self._need_approvals(leaf)
        self.before_close = self.total

    def _take_channel(self, leaf):
        right = "close" in self.seen or self.plan.rehearsal
        self._need(
            right and "reveals" not in self.seen, "channel", "no ballots may come in", "此时不得录入选票"
        )
        adds_up = leaf["received"] == leaf["valid"] + leaf["invalid"]
        self._need(adds_up, "channel", "received is not valid plus invalid", "收到不等于有效加无效")
        self.channels += 1
        self.valid += leaf["valid"]

    def _take_credentials(self, leaf):
        right = "manifest" in self.seen and "close" not in self.seen
        self._need(right, "credentials", "none may be issued or voided then", "此时不得发放或作废投票资格")
        said = not leaf["void"] or leaf["reason"] or "open" not in self.seen
        self._need(said, "credentials", "it voids without a reason", "作废未写原因")
        self.issued += leaf["issued"] - leaf["void"]
        self._need(self.issued >= 0, "credentials", "it voids more than were issued", "作废数多于发放数")

    def _take_held(self, leaf):
        fault = self.groups.fault(leaf, self.size, self.seen, self._is_approved(leaf))
        self._need(fault is None, leaf["type"], *(fault or ("", "")))
        self._name(leaf.get("documents", []))

    _take_hold = _take_release = _take_exclude = _take_held

    def _take_reveals(self, leaf):
        self._need(
            "close" in self.seen and "reveals" not in self.seen,
            "reveals",
            "it is too early",
            "开封过早或重复",
        )
        self._need(
            leaf["to"] == self.plan.reveals, "reveals", "others get them than the rules say", "对象与规则不符"
        )
        self._name(leaf["documents"])

    def _take_tally(self, leaf):
        self._need(
            "reveals" in self.seen and "tally" not in self.seen, "tally", "it is too early", "计票过早或重复"
        )
        self._need(not self.annulled, "tally", "the poll was annulled", "投票已宣布无效")
        waiting = self.groups.undecided
        self._need(not waiting, "tally", "held ballots are not decided", "仍有待核查的选票")
        self.tallied = self.size + 1
        self._name(leaf["documents"])

    def _take_result(self, leaf):
        self._need(
            "tally" in self.seen and "result" not in self.seen, "result", "it is too early", "核定过早或重复"
        )
        self._need(not self.annulled, "result", "the poll was annulled", "投票已宣布无效")
        named = [item["name"] for item in leaf["documents"]]
        self._need(named == ["result.json"], "result", "it names another file", "所附文件名不对")
        self._need_approvals(leaf)
        self._name(leaf["documents"])

    def _need_approvals(self, leaf):
        """Refuse an act for which fewer different people stand than the manifest asks for."""
        enough = self._is_approved(leaf)
        # The program itself pauses a poll whose ledger was stopped, right after the entry that says so.
        by_itself = leaf["type"] == "pause" and not leaf["by"] and self.repaired
        self._need(enough or by_itself, leaf["type"], "too few people approved it", "核准人数不足")

    def _is_approved(self, leaf):
        by = leaf.get("by", [])
        return len(set(by)) == len(by) >= self.plan.approvals

    def _take_audit(self, leaf):
        if leaf["act"] == "trail":
            right = "manifest" in self.seen and leaf["events"] > self.events
            self._need(right, "audit", "the trail does not grow", "留痕条数没有增加")
            self.events = leaf["events"]
        elif leaf["act"] == "annulled":
            self._need("open" in self.seen and not self.annulled, "audit", "nothing was open", "当时并未开放")
            self._need_approvals(leaf)
            self.annulled = True
        elif leaf["act"] == "recovered":
            right = leaf["first"] + leaf["entries"] <= self.size
            self._need(right, "audit", "it names entries behind it", "所指条目不在其前")
            self.repaired.append(range(leaf["first"], leaf["first"] + leaf["entries"]))
            self.lost += leaf["lost"]
        else:
            self._need("close" in self.seen, "audit", "the poll was not closed", "当时尚未截止")

    def _name(self, documents):
        for document in documents:
            self._need(document["name"] not in self.documents, "entry", "a name comes twice", "文件名重复")
            self.documents[document["name"]] = (document["length"], document["sha256"])


def _holds(value, what):
    """Say whether a member holds what its form asks for."""
    if what == COUNT:
        return type(value) is int and value >= 0
    if what == FILES:
        form = DOCUMENT
        return isinstance(value, list) and all(
            isinstance(item, dict)
            and item.keys() == form.keys()
            and all(_holds(item[name], part) for name, part in form.items())
            for item in value
        )
    if what == NAMES:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if not isinstance(value, str):
        return False
    if what == HASH:
        return bool(re.fullmatch("[0-9a-f]{64}", value))
    if what == TIME:
        try:
            return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").strftime("%Y-%m-%dT%H:%M:%SZ") == value
        except ValueError:
            return False
    return True
