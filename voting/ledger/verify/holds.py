"""Held ballots: who was held, released and excluded, and that the excluded ones alone are left out.

The lists are read before the walk through the entries, so that it can say which of them are ballots; whether
they are the lists that were entered is seen afterwards.
"""

from collections import Counter
from datetime import datetime, timedelta

from ..canonical import canonical, parse_canonical
from .report import Fault
from .selections import Selections

HOLD, EXCLUSION = "shortlist/hold/v1", "shortlist/exclusion/v1"
RULES = ("burst", "address", "network", "alike", "program")
REVIEWED, UNDECIDED = "review rule: as varied as other ballots", "undecided"
TIME = "%Y-%m-%dT%H:%M:%SZ"
DAYS = 3
LEAST_EXCLUDED = 20


class Groups:
    """The groups of held ballots as the entries tell of them: for each its rule, and what became of it."""

    def __init__(self, plan):
        self.plan = plan
        self.rules, self.decided, self.sizes = [], {}, []

    def fault(self, leaf, size, seen, approved) -> tuple[str, str] | None:
        """Take an entry; return what is wrong with it in two languages, None where it may stand.

        `size` is how many entries stand before it, `seen` holds the first entry of each type, `approved`
        says whether enough people stand for it.
        """
        if "close" not in seen or "tally" in seen:
            return "held ballots are decided between close and tally", "待核查选票应在截止后、计票前处理"
        return getattr(self, f"_{leaf['type']}")(leaf, size, seen, approved)

    @property
    def undecided(self) -> list[int]:
        """Return the numbers of groups that nothing was decided of."""
        return [number for number in range(1, len(self.rules) + 1) if number not in self.decided]

    @property
    def excluded(self) -> list[int]:
        """Return the numbers of excluded groups."""
        return [number for number, kind in self.decided.items() if kind == "exclude"]

    def _hold(self, leaf, size, seen, approved):
        if leaf["rule"] not in RULES:
            return "its rule is not on the list of rules", "其规则不在规则之列"
        if [item["name"] for item in leaf["documents"]] != [f"hold-{len(self.rules) + 1}.json"]:
            return "it names another file", "所附文件名不对"
        self.rules.append(leaf["rule"])
        self.sizes.append(size)
        return None

    def _release(self, leaf, size, seen, approved):
        if leaf["hold"] not in self.undecided:
            return "no such group waits for a decision", "没有这一待处理的分组"
        if leaf["by"] and not leaf["reason"]:
            return "it gives no reason", "未写原因"
        if not leaf["by"] and leaf["reason"] not in (REVIEWED, UNDECIDED):
            return "nobody stands for it, and no rule does", "既无人负责，也不合规则"
        if leaf["reason"] == UNDECIDED and leaf["at"] < self._decided_by(seen):
            return "the date for decisions was not past", "尚未到核查期限"
        self.decided[leaf["hold"]] = "release"
        return None

    def _exclude(self, leaf, size, seen, approved):
        if leaf["hold"] not in self.undecided:
            return "no such group waits for a decision", "没有这一待处理的分组"
        if "reveals" not in seen:
            return "the ballots were not opened yet", "当时尚未开封"
        if not leaf["reason"] or not approved:
            return "it needs a reason and approvals", "缺少原因或核准人数不足"
        if [item["name"] for item in leaf["documents"]] != [f"exclusion-{leaf['hold']}.json"]:
            return "it names another file", "所附文件名不对"
        self.decided[leaf["hold"]] = "exclude"
        return None

    def _decided_by(self, seen):
        if self.plan.holds_decided_by:
            return self.plan.holds_decided_by
        return (datetime.strptime(seen["close"]["at"], TIME) + timedelta(days=DAYS)).strftime(TIME)


class Lists:
    """The lists of held and excluded ballots in a bundle, and the commitments that excluded entries hold."""

    def __init__(self, documents, plan):
        self.documents, self.plan = documents, plan
        self.found = {}
        for name in sorted(documents.names):
            if name.startswith(("hold-", "exclusion-")):
                self.found[name] = _read(documents, name)
        self.leaves = {
            name: frozenset(content["leaves"])
            for name, content in self.found.items()
            if name.startswith("exclusion-")
        }
        self.held = frozenset(leaf for content in self.found.values() for leaf in content["leaves"])
        self.out = frozenset().union(*self.leaves.values())
        self.category = {}
        self.commitments = {section.code: set() for section in plan.sections}

    def take(self, index, category, value):
        """Take a ballot's entry from the walk."""
        if index in self.held:
            self.category[index] = category
            if index in self.out:
                self.commitments[category].add(value)

    def check(self, history):
        """Raise Fault unless every list says what its entry says, of whole ballots that were held before."""
        groups = history.groups
        for number, rule in enumerate(groups.rules, 1):
            head = {"format": HOLD, "poll": self.plan.uid, "rule": rule}
            self._check(f"hold-{number}.json", head, groups.sizes[number - 1])
        for number in groups.excluded:
            name = f"exclusion-{number}.json"
            rule = groups.rules[number - 1]
            head = {"format": EXCLUSION, "poll": self.plan.uid, "hold": number, "rule": rule}
            self._check(name, head, history.size)
            held = self.found.get(f"hold-{number}.json")
            if name in self.found and held and held["leaves"] != self.found[name]["leaves"]:
                raise Fault(f"{name} excludes others than were held.", f"{name} 与待核查清单不符。")
        if sum(map(len, self.leaves.values())) != len(self.out):
            raise Fault("A ballot is excluded twice.", "有选票被重复列为不予计入。")

    def _check(self, name, head, size):
        content = self.found.get(name)
        if content is None:
            return
        if content != {**head, "leaves": content["leaves"]}:
            raise Fault(f"{name} does not say what its entry says.", f"{name} 与登记条目不符。")
        numbers = Counter(self.category.get(leaf) for leaf in content["leaves"] if leaf < size)
        whole = len(content["leaves"]) // len(self.plan.sections)
        if numbers != {section.code: whole for section in self.plan.sections}:
            raise Fault(f"{name} does not list whole ballots.", f"{name} 所列不是完整的选票。")

    def is_complete(self, groups) -> bool:
        """Say whether the lists of all excluded groups are there."""
        return all(f"exclusion-{number}.json" in self.found for number in groups.excluded)

    @property
    def excluded(self) -> int:
        """How many ballots the lists exclude."""
        return len(self.out) // len(self.plan.sections)


class Apart:
    """What one category's reveals say of its excluded ballots, beside those that count."""

    def __init__(self, commitments):
        self.commitments, self.selections = commitments, Selections()


class Sum:
    """Two selections added up, as far as a count needs it."""

    def __init__(self, one, other):
        self.votes, self.blank = one.votes + other.votes, one.blank + other.blank


def check_with_excluded(tally, plan, counted, apart, count):
    """Raise Fault unless the tally says what it would be with the excluded ballots, as far as can be seen.

    `counted` and `apart` are the selections by category, `count` counts a section anew.
    """
    excluded = tally["not_counted"].get("excluded", 0)
    told = tally.get("with_excluded")
    if bool(excluded) != (told is not None):
        raise Fault(
            "The tally does not say what the excluded ballots would change.", "计票未写明计入后名单是否改变。"
        )
    for at, section in enumerate(plan.sections if told else ()):
        part, code = told[at], section.code
        if code in counted and code in apart:
            rows = count(section, Sum(counted[code], apart[code].selections))["rows"]
            expected = rows if excluded >= LEAST_EXCLUDED else []
        elif excluded < LEAST_EXCLUDED:
            continue
        else:
            rows = expected = part["rows"]
        changes = _standings(rows) != _standings(tally["categories"][at]["rows"])
        right = {"code": code, "changes_list": changes, "rows": expected}
        if canonical(part) != canonical(right):
            raise Fault(
                f"With the excluded ballots category {code} would be another than the tally says.",
                f"类别 {code} 计入不予计入选票后的结果与所写不符。",
            )


def _standings(rows):
    return {row["code"]: row["standing"] for row in rows}


def _read(documents, name):
    """Return a list's content: its leaves are whole numbers in ascending order, each once."""
    try:
        content = parse_canonical(documents.read(name))
        leaves = content["leaves"]
        if not leaves or any(type(leaf) is not int or leaf < 0 for leaf in leaves):
            raise ValueError("leaves that are none")
        if any(one >= two for one, two in zip(leaves, leaves[1:], strict=False)):
            raise ValueError("leaves out of order")
        return content
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Fault(f"{name} cannot be read: {error!r}.", f"{name} 无法读取。") from None
