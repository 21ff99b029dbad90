"""What voters bring: pledges and proof files."""

import base64
from collections import Counter
from datetime import UTC

from ..canonical import canonical
from ..head import open_head
from ..note import parse_note
from ..pledge import parse_pledge, verify_pledge
from ..proof import parse_proof
from ..tree import leaf_hash, verify_inclusion
from .heads import Mark
from .report import Fault, Unsure
from .tree import read_leaf


def ballot_leaf(category: str, value: bytes) -> bytes:
    """Return the leaf of a ballot in one category."""
    return canonical({"type": "ballot", "category": category, "commitment": base64.b64encode(value).decode()})


def read_pledge(text: str, plan):
    """Return a pledge that this poll's key has signed and nothing else; Fault otherwise."""
    try:
        pledge = verify_pledge(text, plan.uid, plan.pledge_key)
        if len(parse_note(text)[1]) != 1 or pledge != parse_pledge(parse_note(text)[0]):
            raise ValueError("lines that do not belong there")
    except ValueError as error:
        raise Fault(f"The pledge is not signed as it should be: {error}", "收票确认的签名不对。") from None
    if pledge.manifest != plan.sha256:
        raise Fault("The pledge was given under another manifest.", "收票确认所依据的是另一份投票方案。")
    if list(pledge.commitments) != [section.code for section in plan.sections]:
        raise Fault("The pledge does not cover every category.", "收票确认没有覆盖全部类别。")
    return pledge


def check_pledge(pledge, places, heads) -> tuple[str, str]:
    """Return in words that a pledge was kept in time; Fault where it was broken, Unsure where it may be kept.

    `places` gives the indexes at which each commitment stands, by (category, commitment).
    """
    due = f"{pledge.due.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    last = -1
    for item in pledge.commitments.items():
        if not places.get(item):
            if heads[-1].at > pledge.due:
                raise Fault(
                    f"The ballot of the pledge due at {due} is not in the ledger: the promise was broken.",
                    f"收票确认承诺于 {due} 前登记，但登记簿中没有这张选票：承诺未兑现。",
                )
            raise Unsure(
                f"The ballot of the pledge due at {due} is not in these files, which end before that time.",
                f"收票确认承诺于 {due} 前登记，这些文件早于该时间，尚不能判断。",
            )
        last = max(last, places[item][0])
    head = next(head for head in heads if head.checkpoint.size > last)
    if head.at > pledge.due:
        raise Fault(
            f"The ballot was entered only under the head of {head.at:%Y-%m-%d %H:%M:%S} UTC, after {due}.",
            f"这张选票直到 {head.at:%Y-%m-%d %H:%M:%S} UTC 的存证摘要才登记，晚于承诺的 {due}。",
        )
    numbers = ", ".join(str(places[item][0] + 1) for item in pledge.commitments.items())
    return (
        f"A pledge was kept: entries {numbers}, in time ({due}).",
        f"收票确认已兑现：第 {numbers} 号，按时登记（{due}）。",
    )


def check_shared(pledges, places) -> tuple[str, str]:
    """Return in words that different pledges stand for different ballots; Unsure where some share one.

    A server that makes the nonces could promise the same entry to two voters who picked the same.
    """
    promised = Counter(item for pledge in pledges for item in pledge.commitments.items())
    shared = sum(count > len(places[item]) > 0 for item, count in promised.items())
    if shared:
        raise Unsure(
            f"Different pledges name the same entry ({shared}): if they are of different voters, a ballot is "
            "missing.",
            f"有不同的收票确认指向同一条目（{shared} 处）：如属不同投票人，则缺少选票。",
        )
    return (
        f"The {len(pledges)} pledges stand for ballots of their own.",
        f"{len(pledges)} 份收票确认各有自己的选票。",
    )


def read_proof(text: str, plan):
    """Return a proof file and its head, which this ledger's key has signed; Fault otherwise."""
    try:
        proof = parse_proof(text)
        head = open_head(proof.note, plan.origin, plan.ledger_key)
        if proof.note.count("\n— ") != 2 or head.checkpoint.extensions or proof.extra:
            raise ValueError("lines that do not belong there")
    except ValueError as error:
        raise Fault(f"The proof file cannot be used: {error}", "证明文件有误。") from None
    return proof, head


def mark_of(head, last) -> Mark:
    """Return the mark of a proof file's head; Fault where the bundle's last head is older."""
    checkpoint = head.checkpoint
    if checkpoint.size > last.checkpoint.size:
        raise Fault(
            "A proof file's head is newer than these files: take newer ones.",
            "证明文件的存证摘要比这些文件更新，请用更新的文件。",
        )
    return Mark(checkpoint.size, checkpoint.root, "the head of a proof file", "证明文件中的存证摘要")


def check_proof(bundle, proof, head, size) -> tuple[str, str]:
    """Return in words which entry a proof file shows; Fault where its hashes do not lead to its head."""
    checkpoint = head.checkpoint
    try:
        leaf = read_leaf(bundle, size, proof.index) if proof.index < size else b""
        verify_inclusion(leaf_hash(leaf), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    except ValueError as error:
        raise Fault(f"A proof file does not hold: {error}", "证明文件不成立。") from None
    number = proof.index + 1
    return f"A proof file shows entry {number}.", f"证明文件证明了第 {number} 号条目。"
