"""The grammar of a ledger: which entries may stand where, and what their numbers must add up to."""

import re
from datetime import datetime

from ..canonical import parse_canonical
from ..note import decode_base64
from .report import Fault

BALLOT = re.compile(rb'\{"category":"([1-9])","commitment":"([A-Za-z0-9+/]{43}=)","type":"ballot"\}')
COUNT, TEXT, TIME, HASH, FILES = "count", "text", "time", "hash", "files"
# The members of each entry besides its type, and what they hold.
FORMS = {
    "manifest": {"name": TEXT, "length": COUNT, "sha256": HASH},
    "open": {"at": TIME, "manifest": HASH, "ballots": COUNT},
    "pause": {"at": TIME, "reason": TEXT},
    "resume": {"at": TIME},
    "close": {"at": TIME, "ballots": COUNT, "participations": COUNT},
    "channel": {
        "channel": TEXT,
        "name": TEXT,
        "length": COUNT,
        "sha256": HASH,
        "received": COUNT,
        "valid": COUNT,
        "invalid": COUNT,
    },
    "credentials": {"issued": COUNT, "void": COUNT},
    "reveals": {"to": TEXT, "documents": FILES},
    "tally": {"documents": FILES},
}
AUDITS = {
    "secrets_destroyed": {"act": TEXT, "at": TIME, "keys": "keys"},
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
        self.paused = False

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
        if "credentials" in self.seen and "close" in self.seen:
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
        self.paused = True

    def _take_resume(self, leaf):
        self._need(self.paused, "resume", "the poll was not paused", "当时并未暂停")
        self.paused = False

    def _take_close(self, leaf):
        self._need(
            "open" in self.seen and "close" not in self.seen, "close", "nothing was open", "当时并未开放"
        )
        self._need(
            leaf["at"] <= self.plan.closes_at, "close", "it is later than the manifest says", "晚于定本时间"
        )
        self._need(leaf["ballots"] == self.total, "close", "its number of ballots is wrong", "所写选票数不对")
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
        self.issued += leaf["issued"] - leaf["void"]

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
        self._name(leaf["documents"])

    def _take_audit(self, leaf):
        if leaf["act"] == "recovered":
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
        form = FORMS["manifest"]
        return isinstance(value, list) and all(
            isinstance(item, dict)
            and item.keys() == form.keys()
            and all(_holds(item[name], part) for name, part in form.items())
            for item in value
        )
    if what == "keys":
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
