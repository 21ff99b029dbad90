"""From the ledger's commitments to the count: reveals, published marks, tally."""

import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from ..canonical import parse_canonical
from ..commitment import COMMITMENT_BYTES, commitment
from ..note import decode_base64
from .report import Fault

BUCKETS = 64
BLANK = "-"
IN, TIED, OUT = "in", "tied", "out"


class Commitments:
    """The ledger's commitments, kept on disk by category and first bits, so that memory holds a part."""

    def __init__(self, stack: ExitStack, sections):
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="verify-")))
        self.files = {
            (section.code, bucket): stack.enter_context(_scratch(self.folder, section.code, bucket))
            for section in sections
            for bucket in range(BUCKETS)
        }

    def add(self, category: str, value: bytes):
        """Keep one commitment."""
        self.files[category, value[0] * BUCKETS // 256].write(value)

    def of(self, category: str):
        """Yield a category's commitments in ascending order, equal ones as often as they stand there."""
        for bucket in range(BUCKETS):
            file = self.files[category, bucket]
            file.seek(0)
            data = file.read()
            yield from sorted(
                data[at : at + COMMITMENT_BYTES] for at in range(0, len(data), COMMITMENT_BYTES)
            )


def _scratch(folder, category, bucket):
    return open(folder / f"{category}-{bucket}", "w+b")  # noqa: SIM115 - the stack closes it


def check_reveals(bundle, plan, section, commitments, progress) -> Counter:
    """Return how often each selection was made in a category, proved by its reveals.

    Every line opens its commitment, keeps the limits and stands for a ballot of the ledger of its own.
    """
    name = f"reveals-{section.code}.jsonl"
    ledger, found, last = commitments.of(section.code), Counter(), b""
    for number, line in enumerate(bundle.lines(name), 1):
        value, codes, nonce = _read_reveal(line, name, number)
        wrong = section.fault(codes)
        if wrong:
            raise Fault(
                f"Line {number} of {name} breaks the rules: {wrong}.", f"{name} 第 {number} 行违反规则。"
            )
        if commitment(plan.uid, section.code, codes, nonce) != value:
            raise Fault(
                f"Line {number} of {name} does not open its commitment.",
                f"{name} 第 {number} 行与密封码不符。",
            )
        if value < last:
            raise Fault(f"Line {number} of {name} is out of order.", f"{name} 第 {number} 行次序不对。")
        last = value
        if not _advance(ledger, value):
            raise Fault(
                f"Line {number} of {name} stands for no ballot of the ledger, or for one twice.",
                f"{name} 第 {number} 行在登记簿中没有对应的选票，或重复计算。",
            )
        found[" ".join(codes) or BLANK] += 1
        if not number & 0xFFF:
            progress(number, 0)
    return found


def check_marks(bundle, section) -> Counter:
    """Return how often each selection stands in a category's published marks; its lines are sorted."""
    name, found, last = f"marks-{section.code}.txt", Counter(), ""
    for number, raw in enumerate(bundle.lines(name), 1):
        try:
            line = raw.decode("ascii")
        except UnicodeDecodeError:
            raise Fault(
                f"Line {number} of {name} is no line of codes.", f"{name} 第 {number} 行有误。"
            ) from None
        wrong = section.fault([] if line == BLANK else line.split(" "))
        if wrong:
            raise Fault(
                f"Line {number} of {name} breaks the rules: {wrong}.", f"{name} 第 {number} 行违反规则。"
            )
        if line < last:
            raise Fault(f"Line {number} of {name} is out of order.", f"{name} 第 {number} 行次序不对。")
        found[line] += 1
        last = line
    return found


def check_tally(data: bytes, plan, history, selections: dict[str, Counter]) -> dict:
    """Return the tally's document if it says what the selections add up to; Fault otherwise."""
    try:
        tally = parse_canonical(data)
        counted, not_counted = tally["ballots"], sum(tally["not_counted"].values())
        channels = sum(tally["channels"].values())
        categories = tally["categories"]
        known = {"format", "poll", "manifest", "ballots", "not_counted", "channels", "categories"}
        if tally.keys() != known or tally["format"] != "shortlist/tally/v1":
            raise ValueError("unknown members")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Fault(f"tally.json cannot be read: {error!r}.", "tally.json 无法读取。") from None
    if (tally["poll"], tally["manifest"]) != (plan.uid, plan.sha256):
        raise Fault("tally.json belongs to another poll.", "tally.json 属于另一次投票。")
    if counted + not_counted != history.total or channels != counted:
        raise Fault(
            f"tally.json has {counted} ballots counted and {not_counted} not, the ledger {history.total}.",
            f"tally.json 计入 {counted} 张、未计入 {not_counted} 张，而登记簿中有 {history.total} 张。",
        )
    for section, found in zip(plan.sections, categories, strict=False):
        if section.code in selections and found != counted_section(plan, section, selections[section.code]):
            raise Fault(
                f"The count of category {section.code} is not what the marks add up to.",
                f"类别 {section.code} 的计票与所选不符。",
            )
    if [item["code"] for item in categories] != [section.code for section in plan.sections]:
        raise Fault("tally.json has other categories.", "tally.json 的类别不对。")
    for section in plan.sections:
        number = selections[section.code].total() if section.code in selections else counted
        if number != counted:
            raise Fault(
                f"Category {section.code} has {number} published ballots, the tally {counted}.",
                f"类别 {section.code} 公布了 {number} 张选票的所选，而计票为 {counted} 张。",
            )
    return tally


def counted_section(plan, section, selections: Counter) -> dict:
    """Count one category anew: votes, blanks, ranks (1, 2, 2, 4) and where the cut falls."""
    votes = dict.fromkeys(section.codes, 0)
    for line, count in selections.items():
        for code in line.split(" ") if line != BLANK else ():
            votes[code] += count
    rows = [{"code": code, "votes": votes[code]} for code in sorted(votes, key=lambda code: -votes[code])]
    # Above the cut stands who has fewer than `places` others with at least as many votes; who has fewer
    # with strictly more shares the last place with others.
    for row in rows:
        more = sum(other > row["votes"] for other in votes.values())
        as_many = sum(other >= row["votes"] for other in votes.values())
        row["rank"] = more + 1
        if row["votes"] < plan.least_votes or more >= section.places:
            row["standing"] = OUT
        else:
            row["standing"] = IN if as_many <= section.places else TIED
    return {"code": section.code, "places": section.places, "blank": selections[BLANK], "rows": rows}


def _read_reveal(line, name, number):
    try:
        content = parse_canonical(line)
        if content.keys() != {"commitment", "codes", "nonce"}:
            raise ValueError("unknown members")
        nonce = bytes.fromhex(content["nonce"])
        if nonce.hex() != content["nonce"] or len(nonce) != 32:
            raise ValueError("a nonce of another form")
        return decode_base64(content["commitment"]), content["codes"], nonce
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Fault(f"Line {number} of {name} cannot be read.", f"{name} 第 {number} 行无法读取。") from None


def _advance(ledger, value) -> bool:
    """Go on in the ledger's commitments until this one; say whether it is there."""
    return any(found == value for found in _until(ledger, value))


def _until(ledger, value):
    for found in ledger:
        yield found
        if found >= value:
            return
