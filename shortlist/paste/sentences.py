"""Cut a text into sentences and clauses, and its figures into groups that belong together."""

import re
from dataclasses import dataclass

from .found import AND, Found, find_figures
from .periods import Period, find_periods, period_before

LONGEST_SENTENCE = 2000  # characters
MOST_FIGURES = 60
SENTENCE_END = re.compile(r"[。！？!?\n]+")
CLAUSE_END = re.compile(r"[，；;：]|(?<![0-9])[,:]|[,:](?![0-9])")
CHANGE = re.compile(
    r"\s*[，,]?\s*(?:逐年|逐步|大幅|稳步)?(?:增长|减少|下降|提高|增加|上升|提升|扩大|降低|压缩|缩短|降|增|升)?(?:到|至|为)\s*"
    r"(?:[^，。；、\s]{2,16}的)?\s*(?:每[人户套亩年月]){0,2}\s*(?:近|约|超过|超|逾)?\s*"
)


@dataclass
class Sentence:
    """One sentence, text[start:end], with all that is known of its figures."""

    text: str
    start: int
    end: int
    clauses: list[tuple[int, int]]
    figures: list[Found]
    periods: list[Period]

    def clause_of(self, place) -> int:
        """Return the number of the clause that a place of the text lies in."""
        return max(at for at, (start, _end) in enumerate(self.clauses) if start <= place)

    def words_before(self, figure) -> int:
        """Return where a figure's own words begin: with its clause, or behind the figure before it."""
        start = self.clauses[self.clause_of(figure.start)][0]
        return max([start, *(other.after for other in self.figures if other.end <= figure.start)])

    def own_period(self, figure) -> Period | None:
        return period_before(self.text, self.clauses[self.clause_of(figure.start)][0], figure.start)

    def period_of(self, figure) -> tuple[Period | None, bool]:
        """Return the period of a figure, and whether it was carried over from a clause that it only opens.

        It is the one right before the figure, the last one in its clause, or one that governs the
        sentence: a topic before a comma, or the period of an earlier figure.
        """
        if own := self.own_period(figure):
            return own, False
        if figure.unit == "年":
            return None, False  # 连续6年: years without a first one.
        clause = self.clause_of(figure.start)
        for at in range(clause, -1, -1):
            start, end = self.clauses[at]
            here = [period for period in self.periods if start <= period.start < min(end, figure.start)]
            if not here:
                continue
            last = here[-1]
            if at == clause or last.end == end:
                return last, False
            measured = any(last.end <= other.start < end for other in self.figures)
            return (last, True) if measured or last.text.startswith("截") else (None, False)
        return None, False


def read_sentences(text: str, boundary: int):
    """Yield the sentences of a text that hold figures; one ends at `boundary`, where the title does.

    What is far too long or too full of figures for a sentence is looked past: it would take too long.
    """
    ends = sorted({match.end() for match in SENTENCE_END.finditer(text)} | {boundary, len(text)})
    for start, end in zip([0, *ends], ends, strict=False):
        figures = find_figures(text, start, end) if end - start <= LONGEST_SENTENCE else []
        if 0 < len(figures) <= MOST_FIGURES:
            yield read_sentence(text, start, end, figures)


def read_sentence(text, start, end, figures) -> Sentence:
    stop = end - (len(text[start:end]) - len(text[start:end].rstrip("。！？!?\n")))
    cuts = [match.span() for match in CLAUSE_END.finditer(text, start, stop)]
    starts = [start, *(after for _at, after in cuts)]
    clauses = list(zip(starts, [*(at for at, _after in cuts), stop], strict=True))
    sentence = Sentence(text, start, stop, clauses, figures, [])
    own = [period for figure in figures if (period := sentence.own_period(figure))]
    sentence.periods = [
        period
        for period in find_periods(text, start, stop, clauses)
        if not any(other.start <= period.start < other.end for other in own)
    ]
    return sentence


def groups_of(sentence) -> list[list[Found]]:
    """Return the figures in groups: those that only 、 or 和 stands between, or nothing at all."""
    groups = []
    for figure in sentence.figures:
        last = groups[-1][-1] if groups else None
        if last and (last.after == figure.start or AND.fullmatch(sentence.text, last.after, figure.start)):
            groups[-1].append(figure)
        else:
            groups.append([figure])
    return groups


def changes_to(sentence, one, other) -> bool:
    """Tell whether one group of figures becomes the other, as in 由13.6%下降到1.1%."""
    if len(one) != len(other) or not CHANGE.fullmatch(sentence.text, one[-1].after, other[0].start):
        return False
    start = sentence.clauses[sentence.clause_of(one[0].start)][0]
    return bool(re.search(r"[由从]", sentence.text[start : one[0].start]))
