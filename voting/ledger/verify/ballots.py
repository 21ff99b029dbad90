"""From the ledger's commitments to the count: reveals, published marks, tally."""

import re
import tempfile
from contextlib import ExitStack

from ..canonical import canonical, parse_canonical
from ..commitment import COMMITMENT_BYTES, commitment
from ..note import decode_base64
from .report import Fault
from .selections import BLANK, Selections

BUCKETS = 64
# How many bytes of a bucket wait in memory before they go to the disk: whole commitments.
PIECE = 512 * COMMITMENT_BYTES
# The only canonical form of a line of reveals; reading it so takes a third of the time of a JSON parser.
REVEAL = re.compile(
    rb'\{"codes":\[((?:"[0-9]{3}"(?:,"[0-9]{3}")*)?)\],"commitment":"([A-Za-z0-9+/]{43}=)",'
    rb'"nonce":"([0-9a-f]{64})"\}'
)
IN, TIED, OUT, WITHDRAWN = "in", "tied", "out", "withdrawn"


class Commitments:
    """The ledger's commitments by category and first bits, in one nameless file: memory holds a part."""

    def __init__(self, stack: ExitStack, sections):
        self.file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        self.waiting = {section.code: [bytearray() for _ in range(BUCKETS)] for section in sections}
        self.places = {section.code: [[] for _ in range(BUCKETS)] for section in sections}

    def add(self, category: str, value: bytes):
        """Keep one commitment."""
        bucket = value[0] * BUCKETS // 256
        waiting = self.waiting[category][bucket]
        waiting += value
        if len(waiting) == PIECE:
            self.places[category][bucket].append(self.file.tell())
            self.file.write(waiting)
            waiting.clear()

    def of(self, category: str):
        """Yield a category's commitments in ascending order, equal ones as often as they stand there.

        Nothing may be added any more.
        """
        for places, waiting in zip(self.places[category], self.waiting[category], strict=True):
            data = b"".join([*map(self._piece, places), waiting])
            yield from sorted(
                data[at : at + COMMITMENT_BYTES] for at in range(0, len(data), COMMITMENT_BYTES)
            )

    def _piece(self, place):
        self.file.seek(place)
        return self.file.read(PIECE)


def check_reveals(bundle, plan, section, commitments, progress, apart=None) -> Selections:
    """Return the selections of a category, proved by its reveals; those of excluded ballots go to `apart`.

    Every line opens its commitment, keeps the limits and stands for a ballot of the ledger of its own.
    """
    name = f"reveals-{section.code}.jsonl"
    ledger, found, last = commitments.of(section.code), Selections(), b""
    for number, line in enumerate(bundle.lines(name), 1):
        value, codes, nonce = _read_reveal(line, name, number)
        picks = " ".join(codes) or BLANK
        if picks not in found:
            _check_rules(section, codes, name, number)
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
        (apart.selections if apart and value in apart.commitments else found).add(picks)
        if not number & 0xFFF:
            progress(number, 0)
    if apart and apart.selections.total != len(apart.commitments):
        raise Fault(f"{name} does not open every excluded ballot.", f"{name} 缺少不予计入的选票。")
    return found


def check_marks(bundle, section) -> Selections:
    """Return the selections in a category's published marks, whose lines are sorted."""
    name, found, last = f"marks-{section.code}.txt", Selections(), ""
    for number, raw in enumerate(bundle.lines(name), 1):
        try:
            line = raw.decode("ascii")
        except UnicodeDecodeError:
            raise Fault(
                f"Line {number} of {name} is no line of codes.", f"{name} 第 {number} 行有误。"
            ) from None
        if line not in found:
            _check_rules(section, [] if line == BLANK else line.split(" "), name, number)
        if line < last:
            raise Fault(f"Line {number} of {name} is out of order.", f"{name} 第 {number} 行次序不对。")
        found.add(line)
        last = line
    return found


def check_tally(data: bytes, plan, history, selections: dict[str, Selections]) -> dict:
    """Return the tally's document if it says what the selections add up to; Fault otherwise."""
    tally = _read_tally(data, plan)
    counted, not_counted = tally["ballots"], sum(tally["not_counted"].values())
    channels = sum(tally["channels"].values())
    if (tally["poll"], tally["manifest"]) != (plan.uid, plan.sha256):
        raise Fault("tally.json belongs to another poll.", "tally.json 属于另一次投票。")
    if counted + not_counted != history.total or channels != counted:
        raise Fault(
            f"tally.json has {counted} ballots counted and {not_counted} not, the ledger {history.total}.",
            f"tally.json 计入 {counted} 张、未计入 {not_counted} 张，而登记簿中有 {history.total} 张。",
        )
    if not_counted < history.lost:
        raise Fault(
            f"The ledger calls {history.lost} ballots lost, but tally.json leaves out only {not_counted}.",
            f"登记簿记载 {history.lost} 张选票丢失，而 tally.json 只有 {not_counted} 张未计入。",
        )
    for section, found in zip(plan.sections, tally["categories"], strict=True):
        if section.code not in selections:
            continue
        # As bytes, since Python takes true for 1.
        if canonical(found) != canonical(
            counted_section(plan, section, selections[section.code], history.withdrawn)
        ):
            raise Fault(
                f"The count of category {section.code} is not what the marks add up to.",
                f"类别 {section.code} 的计票与所选不符。",
            )
        number = selections[section.code].total
        if number != counted:
            raise Fault(
                f"Category {section.code} has {number} published ballots, the tally {counted}.",
                f"类别 {section.code} 公布了 {number} 张选票的所选，而计票为 {counted} 张。",
            )
    return tally


def _read_tally(data, plan):
    """Return a tally's document of the right form; Fault otherwise."""
    try:
        tally = parse_canonical(data)
        known = {"format", "poll", "manifest", "ballots", "not_counted", "channels", "categories"}
        known |= tally.keys() & {"with_excluded"}
        parts = [*tally["not_counted"].values(), *tally["channels"].values()]
        if tally.keys() != known or tally["format"] != "shortlist/tally/v1":
            raise ValueError("unknown members")
        if type(tally["ballots"]) is not int or any(type(part) is not int or part < 1 for part in parts):
            raise ValueError("numbers of ballots that are none")
        if [item["code"] for item in tally["categories"]] != [section.code for section in plan.sections]:
            raise ValueError("other categories than the manifest's")
        if [item["code"] for item in tally.get("with_excluded", tally["categories"])] != [
            section.code for section in plan.sections
        ]:
            raise ValueError("other categories than the manifest's")
        return tally
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Fault(f"tally.json cannot be read: {error!r}.", "tally.json 无法读取。") from None


def counted_section(plan, section, selections: Selections, withdrawn=frozenset()) -> dict:
    """Count one category anew: votes, blanks, ranks (1, 2, 2, 4) and where the cut falls.

    Whoever was withdrawn stands last, with rank 0, in the manifest's order.
    """
    votes = {code: selections.votes[code] for code in section.codes if code not in withdrawn}
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
    rows += [
        {"code": code, "votes": selections.votes[code], "rank": 0, "standing": WITHDRAWN}
        for code in section.codes
        if code in withdrawn
    ]
    return {"code": section.code, "places": section.places, "blank": selections.blank, "rows": rows}


def _check_rules(section, codes, name, number):
    wrong = section.fault(codes)
    if wrong:
        raise Fault(f"Line {number} of {name} breaks the rules: {wrong}.", f"{name} 第 {number} 行违反规则。")


def _read_reveal(line, name, number):
    """Return commitment, codes and nonce of a line of reveals; Fault where it is none."""
    found = REVEAL.fullmatch(line)
    try:
        value = decode_base64(found[2].decode())
    except (ValueError, TypeError):
        raise Fault(f"Line {number} of {name} cannot be read.", f"{name} 第 {number} 行无法读取。") from None
    codes = found[1].decode().replace('"', "")
    return value, codes.split(",") if codes else [], bytes.fromhex(found[3].decode())


def _advance(ledger, value) -> bool:
    """Go on in the ledger's commitments until this one; say whether it is there."""
    for found in ledger:
        if found >= value:
            return found == value
    return False
