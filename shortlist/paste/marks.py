"""Read the number or mark at the beginning of a line: 一、 （一） 1. (1) ① • 【…】 （16项）."""

import re
from dataclasses import dataclass

HAN = "〇一二三四五六七八九十"
DIGIT = "0-9０-９"
# From the whole to its parts. A heading without a number is “named”.
LEVELS = ("named", "chinese", "bracketed", "digit", "inner", "bullet")
LONGEST_HEADING = 40

MARKS = {
    "chinese": re.compile(
        rf"第\s*([{HAN}]{{1,3}})\s*(?:大?类|部分|板块|篇|章)\s*[：:、.．]?\s*(?![的是])"
        rf"|([{HAN}]{{1,3}})\s*[、.．,，]\s*(?![{HAN}]{{1,3}}[、，])"
    ),
    "bracketed": re.compile(rf"[（(]\s*([{HAN}]{{1,3}})\s*[）)]\s*[、.．]?\s*|([㈠-㈩])\s*"),
    "digit": re.compile(
        rf"([{DIGIT}]{{1,3}})\s*(?:、|[.．](?![{DIGIT}])|[.．](?=(?:19|20)[{DIGIT}]{{2}}\s*年)|$)\s*"
        rf"|([⒈-⒛])\s*|([{DIGIT}]{{1,3}})(?:\t[\t ]*|　+|  +)(?=[^\s{DIGIT}])"
    ),
    "inner": re.compile(rf"[（(]\s*([{DIGIT}]{{1,3}})\s*[）)]\s*|([①-⑳⑴-⒇])\s*|([{DIGIT}]{{1,3}})[）)]\s*"),
    "bullet": re.compile(r"[•·●■◆▪◦○★☆►➢√]\s*(?=\S)()|[-–—]\s+()"),
}
COUNT = re.compile(rf"[（(]\s*(?:共|计)?\s*([{DIGIT}]{{1,3}}|[{HAN}]{{1,3}})\s*[项个条件]\s*[）)]\s*[：:]?$")
FRAMED = re.compile(r"【\s*([^【】]{1,40})\s*】[：:]?$")
ENCLOSED = {
    chr(ord(first) + at): at + 1
    for first, count in (("①", 20), ("⑴", 20), ("⒈", 20), ("㈠", 10))
    for at in range(count)
}
SENTENCE = re.compile(r"[。！？；]")


@dataclass(frozen=True)
class Mark:
    """What stands before the words of a line. `value` is None where it counts nothing."""

    level: str
    value: int | None
    ordinal: str
    rest: str
    declared: int | None = None

    @property
    def is_heading(self) -> bool:
        """Tell whether the line can be the heading of a category: short, and no sentence."""
        return (
            self.level in ("named", "chinese", "bracketed")
            and 0 < len(self.rest) <= LONGEST_HEADING
            and not SENTENCE.search(self.rest)
            and "\t" not in self.rest
        )

    @property
    def name(self) -> str:
        """The words of a heading, without a declared count and a colon."""
        return COUNT.sub("", self.rest).strip().rstrip("：:").strip()


def number_of(printed: str) -> int | None:
    """Return what a printed number up to 999 says: 12, １２, 十二, ⑫, ㈡."""
    if printed in ENCLOSED:
        return ENCLOSED[printed]
    if printed.isdecimal():
        return int(printed)
    tens, ten, ones = printed.rpartition("十")
    if not printed or len(tens) > 1 or len(ones) > 1 or any(char not in HAN for char in printed):
        return None
    if not ten:
        return HAN.index(printed)
    return (HAN.index(tens) if tens else 1) * 10 + (HAN.index(ones) if ones else 0)


def read_mark(line: str) -> Mark | None:
    """Return the mark of a stripped line, or None for a plain one."""
    if framed := FRAMED.fullmatch(line):
        return Mark("named", None, "", framed[1], declared_in(framed[1]))
    for level, pattern in MARKS.items():
        match = pattern.match(line)
        if match:
            printed = next((group for group in match.groups() if group), "")
            rest = line[match.end() :]
            ordinal = printed if level in ("chinese", "bracketed") else ""
            return Mark(level, number_of(printed), ordinal, rest, declared_in(rest))
    if COUNT.search(line) and len(line) <= LONGEST_HEADING and not SENTENCE.search(line):
        return Mark("named", None, "", line, declared_in(line))
    return None


def declared_in(words: str) -> int | None:
    """Return how many candidates a heading says that there are."""
    match = COUNT.search(words)
    return number_of(match[1]) if match else None
