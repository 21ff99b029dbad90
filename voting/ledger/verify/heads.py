"""Heads: their signatures, and that all of them are heads of one tree."""

from typing import NamedTuple

from ..canonical import parse_canonical
from ..head import Head, open_head
from ..headline import parse_headline
from .report import Fault


class Mark(NamedTuple):
    """A size at which the root must be this one, and where that was said."""

    size: int
    root: bytes
    en: str
    zh: str


def read_heads(bundle, plan) -> list[Head]:
    """Return all heads of a bundle in order; Fault where one is not signed or does not follow the other."""
    heads = []
    for number, line in enumerate(bundle.lines("heads.jsonl"), 1):
        try:
            content = parse_canonical(line)
            if content.keys() != {"note"}:
                raise ValueError("unknown members")
            head = open_head(content["note"], plan.origin, plan.ledger_key)
            if head.checkpoint.extensions or head.note.count("\n— ") != 2:
                raise ValueError("lines that do not belong there")
        except (ValueError, AttributeError, TypeError) as error:
            raise Fault(
                f"Head {number} is not signed as it should be: {error}", f"第 {number} 个存证摘要的签名不对。"
            ) from None
        if heads and head.checkpoint.size <= heads[-1].checkpoint.size:
            raise Fault(
                f"Head {number} is not larger than the one before.", f"第 {number} 个存证摘要不大于前一个。"
            )
        if heads and head.at < heads[-1].at:
            raise Fault(f"Head {number} is older than the one before.", f"第 {number} 个存证摘要早于前一个。")
        heads.append(head)
    if not heads or bundle.read("checkpoint") != heads[-1].note.encode():
        raise Fault(
            "The last head is not the one in `checkpoint`.", "最后一个存证摘要与 checkpoint 文件不同。"
        )
    return heads


def marks_of(heads, typed, plan) -> list[Mark]:
    """Return every size at which a root is known, in order, from signed heads and from typed lines."""
    marks = [
        Mark(
            head.checkpoint.size,
            head.checkpoint.root,
            f"the head of {head.checkpoint.size}",
            f"{head.checkpoint.size} 条的存证摘要",
        )
        for head in heads
    ]
    for line in typed:
        try:
            head = parse_headline(line)
        except ValueError as error:
            raise Fault(
                f"The head that was typed in cannot be read: {error}", "键入的存证摘要有误，请逐字核对。"
            ) from None
        if head.origin != plan.origin:
            raise Fault(
                f"The head that was typed in is of another ledger: {head.origin}.",
                f"键入的是另一登记簿的存证摘要：{head.origin}。",
            )
        last = heads[-1].checkpoint.size
        if head.size > last:
            raise Fault(
                f"The head that was typed in has {head.size} entries, these files {last}.",
                f"键入的存证摘要有 {head.size} 条，而这些文件只有 {last} 条。",
            )
        marks.append(Mark(head.size, head.root, "the head that was typed in", "键入的存证摘要"))
    return sorted(marks)
