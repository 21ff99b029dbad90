"""Make evidence, points and quotes of the rows of their sheet."""

import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shortlist.evidence import check_evidence
from shortlist.figures import parse_figure
from shortlist.models import Candidate, Evidence, Point, Quote

from .cells import folded
from .faults import shown
from .rules import check_model, filled, occurrences

CLAIM = ("kind", "scope", "headline", "remarks", "source")
ABOUT_A_FIGURE = ("bound", "unit", "per", "period", "start", "end", "inferred")


@dataclass
class Claim:
    """The rows of one claim and the candidate they belong to (None where its text is faulty)."""

    candidate: Candidate | None
    rows: list


def add_evidence(table, candidates, sources, draft, report, all_codes_known):
    """Add to the draft what the sheet says; `candidates` are by code, `sources` by number and title.

    Where not all codes of candidates could be read, an unknown one is not reported: it would be no news.
    """
    places, headlines = {}, {}
    for claim in claims_of(table.rows if table else [], candidates):
        first = claim.rows[0]
        if all_codes_known and first["code"] and first["code"] not in candidates:
            report.fault(
                first.place("code"),
                "unknown_candidate",
                _("There is no candidate with the code “%(code)s”.") % {"code": first["code"]},
                _("Correct the code, or add the candidate."),
            )
        places[first["code"]] = place = places.get(first["code"], 0) + 1
        evidence = make_evidence(claim, place, sources, draft, report)
        if evidence.headline:
            check_headline(first, headlines, report)
        quotes = make_quotes(claim, evidence, report)
        draft.quotes += quotes
        points = [point for row in claim.rows if (point := make_point(row, claim, evidence, quotes, report))]
        for point_place, point in enumerate(points, start=1):
            point.order = point_place
        draft.points += points


def claims_of(rows, candidates):
    """Return the claims: rows that follow each other with one code, one label and no other order."""
    claims = []
    for row in rows:
        last = claims[-1].rows[0] if claims else None
        if last and same_claim(last, row):
            claims[-1].rows.append(row)
            continue
        claims.append(Claim(candidates.get(row["code"]), [row]))
    return claims


def same_claim(first, row):
    if first.bad & {"code", "label"} or row.bad & {"code", "label"}:
        return False
    same_name = (first["code"], first["label"]) == (row["code"], row["label"])
    return same_name and row["order"] in (None, first["order"])


def make_evidence(claim, place, sources, draft, report):
    """Return the evidence of a claim. Its first row says what it is, the others may say the same."""
    first = claim.rows[0]
    values = filled(first, *CLAIM)
    for row in claim.rows[1:]:
        for name in CLAIM:
            if row[name] not in (None, "", False, first[name]):
                report.fault(
                    row.place(name),
                    "other_claim",
                    _("This differs from row %(row)d, which belongs to the same claim.")
                    % {"row": first.number},
                    _("Write the same or nothing here, or give the claim another name or place."),
                )
    has_figure = any(row["raw"] or "raw" in row.bad for row in claim.rows)
    values.setdefault("kind", Evidence.Kind.RESULT if has_figure else Evidence.Kind.QUALITATIVE)
    if has_figure and values["kind"] == Evidence.Kind.QUALITATIVE:
        report.warn(
            first.place("kind"),
            "qualitative_figure",
            _("A claim with a figure is hardly qualitative."),
            _("Choose another kind, or leave the figure out."),
        )
    values["source"] = find_source(first, sources, report)
    evidence = Evidence(
        candidate=claim.candidate,
        order=place if first["order"] is None else first["order"],
        label=first["label"] or "",
        **values,
    )
    check_model(first, evidence, report)
    check_printed(first, "scope", claim.candidate, report)
    draft.evidence.append(evidence)
    return evidence


def check_printed(row, name, candidate, report):
    """Report a scope or period that is not in the words of the text."""
    if row[name] and candidate and row[name] not in candidate.text:
        row.bad.add(name)
        report.fault(
            row.place(name),
            "not_printed",
            _("“%(words)s” does not stand in title and text of candidate %(code)s.")
            % {"words": shown(row[name]), "code": candidate.code},
            _("Write it as printed, or leave the cell empty."),
        )


def find_source(row, sources, report):
    if not row["source"]:
        return None
    source = sources.get(folded(row["source"]))
    if source is None:
        report.fault(
            row.place("source"),
            "unknown_source",
            _("No source, or more than one, has the number or title “%(source)s”.")
            % {"source": shown(row["source"])},
            _("Number the rows of the sheet 来源 and write the number here."),
        )
    return source


def check_headline(row, headlines, report):
    """Report the second claim of a candidate that is said to say most."""
    first = headlines.setdefault(row["code"], row)
    if first is not row and row["code"]:
        report.fault(
            row.place("headline"),
            "second_headline",
            _("Row %(row)d says most of candidate %(code)s already.")
            % {"row": first.number, "code": row["code"]},
            _("Leave one of the two, and empty the other cell."),
        )


def make_quotes(claim, evidence, report):
    """Return the quotes of a claim, each once, though every row may repeat it."""
    quotes = {}
    for row in claim.rows:
        offset = find_quote(row, claim.candidate, report) if row["quote"] and claim.candidate else None
        if offset is not None:
            role = row["role"] or Quote.Role.VALUE
            quote = Quote(evidence=evidence, offset=offset, text=row["quote"], role=role)
            check_model(row, quote, report, {"text": "quote", "offset": "quote"})
            quotes.setdefault((offset, quote.text, quote.role), quote)
    first = claim.rows[0]
    if not any(row["quote"] or "quote" in row.bad for row in claim.rows):
        report.fault(
            first.place("quote" if "quote" in first.table.columns else None),
            "no_quote",
            _("The claim has no words of the text to stand on."),
            _("Copy into “原文引句” the words of title and text that say it."),
        )
    return list(quotes.values())


def find_quote(row, candidate, report):
    """Return where in the candidate's text the quote of a row begins, or None, reported."""
    quote, wanted = row["quote"], row["occurrence"]
    starts = occurrences(quote, candidate.text)
    if not starts:
        message = _("“%(quote)s” does not stand in title and text of candidate %(code)s.")
        if packed(quote) in packed(candidate.text):
            message = _("“%(quote)s” differs from the text of candidate %(code)s in spaces or in width.")
        message %= {"quote": shown(quote), "code": candidate.code}
        cure = _("Copy the words from title or text exactly, with every mark.")
        row.bad.add("quote")
        report.fault(row.place("quote"), "quote_not_in_text", message, cure)
        return None
    if wanted is None and len(starts) == 1:
        return starts[0]
    if wanted is not None and 1 <= wanted <= len(starts):
        return starts[wanted - 1]
    if "occurrence" not in row.bad:
        row.bad.add("occurrence")
        report.fault(
            row.place("occurrence" if "occurrence" in row.table.columns else "quote"),
            "which_occurrence",
            _("Number of times that “%(quote)s” stands in title and text: %(count)d.")
            % {"quote": shown(quote), "count": len(starts)},
            _("Write into “第几处” which is meant, from 1 to %(count)d, or copy more words.")
            % {"count": len(starts)},
        )
    row.bad.add("quote")
    return None


def packed(text):
    return "".join(unicodedata.normalize("NFKC", text).split())


def make_point(row, claim, evidence, quotes, report):
    """Return the point of a row, or None where it has no figure."""
    if not row["raw"]:
        lost = [name for name in ABOUT_A_FIGURE if row[name] not in (None, "")]
        if lost and "raw" not in row.bad:
            report.fault(
                row.place(lost[0]),
                "no_figure",
                _("This is said of a figure, but the row has none."),
                _("Fill in “数值原文”, or empty this cell; a time or scope can stand as a quote."),
            )
        return None
    point = Point(evidence=evidence, raw=row["raw"], **filled(row, *ABOUT_A_FIGURE))
    read_figure(row, point, report)
    check_printed(row, "period", claim.candidate, report)
    values = [quote for quote in quotes if quote.role == Quote.Role.VALUE]
    if quotes and not row.bad & {"quote", "raw"} and not any(row["raw"] in quote.text for quote in values):
        row.bad.add("raw")
        report.fault(
            row.place("raw"),
            "raw_not_in_quote",
            _("“%(raw)s” does not stand in a quote that shows a value.") % {"raw": shown(row["raw"])},
            _("Write the figure exactly as in the quote, or copy the words that contain it."),
        )
    if claim.candidate and not any(row.bad for row in claim.rows):
        # What the checks above leave: the figure is but a piece of the one that is printed.
        for sentence in check_evidence(claim.candidate.text, evidence, [point], quotes):
            cure = _("What belongs here: %(help)s") % {"help": row.table.sheet.column("raw").help}
            report.fault(row.place("raw"), "rule_of_evidence", sentence, cure)
    if point.start and point.end and point.start > point.end:
        report.fault(
            row.place("start"),
            "starts_after_end",
            _("%(start)s lies after the last day, %(end)s.") % {"start": point.start, "end": point.end},
            _("Exchange the two dates, or correct them."),
        )
    return point


def read_figure(row, point, report):
    """Fill value, scale and, where the row gives none, the unit of a point from its figure."""
    try:
        figure = parse_figure(point.raw)
    except ValueError as error:
        message = _("The figure “%(raw)s” cannot be read.") % {"raw": shown(point.raw)}
        row.bad.add("raw")
        report.fault(row.place("raw"), "unreadable_figure", message, _(str(error)))
        return
    point.value, point.scale = figure.value, figure.scale
    if not point.unit:
        point.unit = figure.unit
    elif not point.unit.startswith(figure.unit):
        row.bad.add("unit")
        report.fault(
            row.place("unit"),
            "other_unit",
            _("The figure “%(raw)s” has another unit than “%(unit)s”.")
            % {"raw": shown(point.raw), "unit": shown(point.unit)},
            _("Write the unit that is printed, or leave the cell empty."),
        )
    check_model(row, point, report, {"value": "raw", "scale": "raw"})
