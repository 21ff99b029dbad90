"""Propose evidence: figures of a candidate's text with what they measure, and the words they stand on."""

import hashlib
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from shortlist.evidence import check_evidence
from shortlist.models import Evidence, Point, Quote

from .labels import AFTER, GOES_ON, label_of, parallel_subjects, scope_in, subject_before
from .points import make_point
from .sentences import changes_to, groups_of, read_sentences
from .words import KINDS, SHARES

LONGEST_QUOTE = 400
MOST_CLAIMS = 200  # of one candidate
NAMES = re.compile(r"“[^“”]*”|《[^《》]*》")


@dataclass
class Claim:
    """A proposal, not stored: one evidence, its figures and quotes. `key` names it over readings."""

    evidence: Evidence
    points: list[Point]
    quotes: list[Quote]
    key: str


def propose(title: str, body: str) -> list[Claim]:
    """Return the evidence that rules find in a candidate's text, in its order, about MOST_CLAIMS at most.

    Each would pass the checks of a saved one (`check_evidence` and the models' own); what would not is
    left out. Nothing is computed or looked up: whoever edits the list decides what of it is true.
    """
    text = title + body
    claims = []
    for sentence in read_sentences(text, len(title)):
        claims += [claim for claim in ClauseReader(sentence).claims() if would_pass(text, claim)]
        if len(claims) >= MOST_CLAIMS:
            break
    for at, claim in enumerate(claims, 1):
        claim.evidence.order = at
    if claims and claims[0].quotes[0].offset < len(title):
        claims[0].evidence.headline = True
    return claims


def would_pass(text, claim) -> bool:
    """Tell whether nothing of a claim would be refused on saving."""
    try:
        claim.evidence.clean_fields(exclude=["candidate"])
        for row in (*claim.points, *claim.quotes):
            row.clean_fields(exclude=["evidence"])
    except ValidationError:
        return False
    return not check_evidence(text, claim.evidence, claim.points, claim.quotes)


@dataclass
class Subject:
    """What the last claim of a sentence was about, for clauses that go on about it."""

    names: list[str]
    start: int
    kind: str


class ClauseReader:
    """Reads the groups of figures of one sentence, one after the other, into claims."""

    def __init__(self, sentence):
        self.sentence, self.text = sentence, sentence.text
        self.subject = None

    def claims(self):
        groups = groups_of(self.sentence)
        claims = []
        while groups:
            group = groups.pop(0)
            later = groups.pop(0) if groups and changes_to(self.sentence, group, groups[0]) else []
            claims += self.read(group, later)
        return claims

    def read(self, group, later):
        """Return the claims of one group of figures, and of the group that it changes to."""
        sentence, first, rows = self.sentence, group[0], self.rows_of(group, later)
        clause = sentence.clause_of(first.start)
        clause_start = sentence.clauses[clause][0]
        start = self.behind_period(sentence.words_before(first), first)
        start, _words = subject_before(self.text, start, first.start)
        scope, start = scope_in(self.text, start, first.start)
        words = subject_before(self.text, start, first.start)[1]
        names = parallel_subjects(words, len(rows)) if len(rows) == len(group) else None
        last = self.subject
        goes_on = bool(last and clause and GOES_ON.match(self.text, clause_start))
        quote_start = last.start if goes_on else clause_start
        quote_end = sentence.clauses[sentence.clause_of((later or group)[-1].start)][1]
        kind = self.kind_of(sentence.words_before(first), quote_end, rows[-1][-1])
        claims = []
        for at, figures in enumerate(rows):
            if names:
                label = "".join(names[at])
            else:
                label = label_of(
                    words, self.words_after(figures[-1], quote_end), self.kept(goes_on, words, at)
                )
            evidence = Evidence(label=label or figures[0].raw, kind=kind, scope=scope)
            claims.append(self.claim(evidence, figures, group, words, quote_start, quote_end))
        if not goes_on:
            labels = [name for name, _predicate in names] if names else [claims[0].evidence.label]
            self.subject = Subject(labels, quote_start, kind)
        return claims

    def kept(self, goes_on, words, at):
        """Return what a label takes over from the claim before it: its subject, where it has no own."""
        last = self.subject
        if not last or (len(last.names) > 1 and at >= len(last.names)):
            return ""
        if goes_on:
            return last.names[at % len(last.names)]
        return f"{last.names[0]}、" if len(words) == 2 and self.is_verb_alone(words) else ""

    def is_verb_alone(self, words):
        """Tell whether two characters before a figure follow another figure: 授信170亿元、发放116亿元."""
        return any(self.text.startswith(f"、{words}", figure.after) for figure in self.sentence.figures)

    def rows_of(self, group, later):
        """Return the figures of each claim: a figure and what it changes to, or what is printed as one."""
        if later:
            return list(zip(group, later, strict=True))
        rows = []
        for figure in group:
            if rows and rows[-1][-1].after == figure.start:
                rows[-1].append(figure)
            else:
                rows.append([figure])
        return rows

    def behind_period(self, start, figure):
        """Return where the words behind a period that opens a clause begin."""
        for period in self.sentence.periods:
            opens = start <= period.start and not self.text[start : period.start].strip(" 、，,")
            if opens and period.end < figure.start:
                return period.end
        return start

    def words_after(self, figure, end):
        """Return the words behind a figure that say what was counted; none behind a share."""
        if figure.noun:
            return figure.noun
        if figure.unit in SHARES or figure.unit == "个工作日":
            return ""
        following = [other.start for other in self.sentence.figures if other.start >= figure.after]
        return AFTER.match(self.text, figure.after, max(figure.after, min([end, *following])))[0]

    def kind_of(self, start, end, last):
        """Return the kind that the words around a figure tell; a target goes on in its sentence."""
        words = self.text[start : last.after] + AFTER.match(self.text, last.after, max(end, last.after))[0]
        words = NAMES.sub("", words)
        found = next((kind for kind, pattern in KINDS if pattern.search(words)), None)
        carried = self.subject.kind if self.subject and self.subject.kind == "target" else "result"
        return found or carried

    def claim(self, evidence, rows, group, about, start, end):
        """Return a claim with its points and quotes; a period outside the words is quoted by itself."""
        points, periods = [], []
        for at, figure in enumerate(rows):
            point, period = make_point(self.sentence, figure, group, about, end, at, points)
            point.order = at + 1
            points.append(point)
            periods += [period] if period else []
        for period in periods:
            between = self.text[period.end : start]
            if period.start < start and not between.strip(" ，,"):
                start = period.start
        quotes = [self.quote(start, end, rows)]
        for period in dict.fromkeys(periods):
            if not quotes[0].offset <= period.start < quotes[0].end:
                quotes.append(Quote(offset=period.start, text=period.text, role=Quote.Role.PERIOD))
        key = hashlib.sha256(f"{self.text}|{rows[0].start}|{rows[0].raw}".encode()).hexdigest()[:12]
        return Claim(evidence, points, quotes, key)

    def quote(self, start, end, rows):
        """Return the quote text[start:end] without spaces at its ends, shortened where it is too long."""
        if end - start > LONGEST_QUOTE:
            start = max(start, rows[0].start - LONGEST_QUOTE // 2)
            end = min(end, max(rows[-1].end, start + LONGEST_QUOTE))
        words = self.text[start:end]
        start += len(words) - len(words.lstrip())
        return Quote(offset=start, text=words.strip(), role=Quote.Role.VALUE)
