"""Name what a figure measures, in words of the text around it."""

import re

LONGEST = 60
SCOPE = re.compile(r"(?:全[省市县区国州旗]|我[省市县区州]|沿[^，。；、\s]{1,4}地区|[^，。；、\s的]{2,6}地区)")
LEADING = re.compile(r"^(?:的|共计|共有|共|有(?=[0-9０-９]|$)|其中|同时|并|累计|目前|已|[、和及与，,\s])+")
# Possessive (++): one reading of such words is enough, and many would take too long to try.
TRAILING = re.compile(
    r"(?:[由从]|的每[人户套亩年月]{1,3}|(?:分别)?(?:达到了?|达|为|是|有|到|至|约|近|超过|超|逾|突破|不足|不少于|不低于"
    r"|保持在|控制在|稳定在|提高到|提高至|增长到|增长为|增长至|增加到|增加至|上升到|上升至|提升到|提升至|下降到|下降至"
    r"|减少到|减少至|降低到|降至|降到|压缩至|压缩到|缩短至|扩大到)|的|了|[、和及与，,\s：:])++$"
)
# Such words begin a clause that says more of the subject of the clause before it.
GOES_ON = re.compile(
    r"\s*(?:同比|环比|增长|下降|提高|增幅|降幅|增速|占|比(?!例)|较|高出|高于|低于|居|列|年均|总面积|发放|建成|分别|净增|新增)"
)
AFTER = re.compile(r"[^、，。；！？\n（(]{0,40}")
# 普及, 以及, 和谐 hold no “and”.
SPLIT = re.compile(r"、|以及|(?<![共饱温缓总])和(?![谐平睦解])|与|(?<![普涉以危波])及(?![时其格])")
PREDICATE = re.compile(
    r"(?:同比|环比|年均|均)?(?:进一步|累计|连续)?(?:增长|下降|提高|减少|上升|降低|增加|超过|达到|达|为|由|从|增至|改善)"
)


def subject_before(text, start, figure_start) -> tuple[int, str]:
    """Return where the words before a figure begin and what they name, without verbs of measuring."""
    words = text[start:figure_start]
    lead = LEADING.match(words)
    if lead:
        start += lead.end()
        words = words[lead.end() :]
    turned = re.search(r"[由从](?=[^由从]*的[^由从]*$)", words)
    if turned and turned.start() > 1:
        words = words[: turned.start()]
    return start, TRAILING.sub("", words)


def scope_in(text, start, end) -> tuple[str, int]:
    """Return the scope that text[start:end] begins with and its length, or nothing."""
    match = SCOPE.match(text, start, end)
    return (match[0], match.end()) if match else ("", start)


def label_of(before: str, after: str, kept: str = "") -> str:
    """Return a label of what stands before a figure, behind it, and of a subject kept from before."""
    label = TRAILING.sub("", kept + before + LEADING.sub("", after))
    return label.strip(" 、，,：:")[:LONGEST]


def parallel_subjects(words: str, count: int) -> list[tuple[str, str]] | None:
    """Return name and predicate of each of `count` parallel subjects of A、B和C增长, or None."""
    tail = PREDICATE.search(words)
    predicate = words[tail.start() :] if tail and tail.start() else ""
    names = [name.strip() for name in SPLIT.split(words[: len(words) - len(predicate)])]
    if count < 2 or len(names) != count or not all(len(name) > 1 for name in names):
        return None
    return [(name, TRAILING.sub("", predicate)) for name in names]
