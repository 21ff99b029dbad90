"""Make an unsaved list of the rows of a file, and name everything that is wrong with them."""

import unicodedata
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from shortlist.models import Candidate, Category, Shortlist, Source

from .cells import clean_cell, folded, text_cell
from .evidence import add_evidence
from .faults import CellFault, Place, shown
from .rules import check_model, complete, filled, report_double
from .sheets import EXAMPLE_MARKS, LIST, SOURCES


@dataclass
class Draft:
    """A list that is not saved yet, its rows already tied to each other."""

    shortlist: Shortlist
    categories: list = field(default_factory=list)
    candidates: list = field(default_factory=list)
    sources: list = field(default_factory=list)
    evidence: list = field(default_factory=list)
    points: list = field(default_factory=list)
    quotes: list = field(default_factory=list)


def check_list(tables, report, *, slug=None, title=None):
    """Return the draft that the tables describe; it may only be saved if the report has no faults."""
    draft = Draft(check_shortlist(tables.get("list"), report, slug, title))
    sources = check_sources(tables.get("sources"), draft, report)
    categories = check_categories(tables.get("categories"), draft, report)
    all_names_known = complete(tables.get("categories"), "code", "name")
    candidates = check_candidates(tables.get("candidates"), categories, draft, report, all_names_known)
    all_codes_known = complete(tables.get("candidates"), "code")
    add_evidence(tables.get("evidence"), candidates, sources, draft, report, all_codes_known)
    return draft


def check_shortlist(table, report, slug, title):
    """Return the list itself; slug and title of the command line go before those of the file."""
    row = table.rows[0] if table and table.rows else None
    values = filled(row) if row else {}
    if table and not row:
        report.fault(
            Place(table.title), "empty_sheet", _("The sheet has no row."), _("Fill in one row for the list.")
        )
    for extra in table.rows[1:] if table else []:
        report.fault(extra.place(), "second_list", _("A file holds one list only."), _("Delete this row."))
    given = {"slug": slug, "title": title}
    values |= {name: value for name, value in given.items() if value}
    shortlist = Shortlist(**values)
    if row:
        row.bad |= {name for name, value in given.items() if value}
        check_model(row, shortlist, report)
    check_options(shortlist, given, row, report)
    return shortlist


def check_options(shortlist, given, row, report):
    """Check slug and title of the command line, which a CSV file needs."""
    for name, value in given.items():
        option = "--" + name
        if value:
            try:
                clean_cell(text_cell(value), LIST.column(name))
                Shortlist._meta.get_field(name).clean(value, shortlist)
            except (CellFault, ValidationError) as error:
                reason = error.message if isinstance(error, CellFault) else " ".join(error.messages)
                cure = _("Give another %(option)s.") % {"option": option}
                report.fault(Place(), "bad_option", f"{option}: {reason}", cure)
        elif not row:
            report.fault(
                Place(),
                "missing_option",
                _("Nothing says what the list is called: %(option)s is missing.") % {"option": option},
                _("For a CSV file give --slug shanxi-2019 --title “…”; an .xlsx file has the sheet 名单."),
            )


def check_sources(table, draft, report):
    """Return the sources by number and by title. A title that is there twice leads to None."""
    known, numbers = {}, {}
    for row in table.rows if table else []:
        source = Source(shortlist=draft.shortlist, **filled(row, *SOURCE_FIELDS))
        check_model(row, source, report)
        draft.sources.append(source)
        number = folded(row["number"] or "")
        if number and number in numbers:
            report_double(row, "number", numbers[number], report)
        numbers.setdefault(number, row.number)
        title = folded(source.title)
        known[title] = source if title not in known else None
        if number:
            known[number] = source
    return known


SOURCE_FIELDS = [column.name for column in SOURCES.columns if column.name != "number"]


def check_categories(table, draft, report):
    """Return the categories by digit, name, ordinal and both as one."""
    known, rows = {}, {}
    for row in table.rows if table else []:
        category = Category(shortlist=draft.shortlist, **filled(row))
        check_model(row, category, report)
        draft.categories.append(category)
        if category.min_choices > category.max_choices and not row.bad & {"min_choices", "max_choices"}:
            report.fault(
                row.place("min_choices"),
                "fewest_over_most",
                _("The fewest choices (%(fewest)d) are more than the most (%(most)d).")
                % {"fewest": category.min_choices, "most": category.max_choices},
                _("Make the fewest smaller or the most larger."),
            )
        if row["code"] in rows:
            report_double(row, "code", rows[row["code"]].number, report)
        elif row["code"]:
            rows[row["code"]] = row
        for name in (category.code, category.name, category.ordinal, f"{category.ordinal}、{category.name}"):
            known.setdefault(folded(name), (category, row))
    if table and not table.rows and table.title:
        report.fault(
            Place(table.title),
            "empty_sheet",
            _("The sheet has no row."),
            _("Fill in one row for each category."),
        )
    known.pop("", None)
    return known


def check_candidates(table, categories, draft, report, all_names_known):
    """Return candidates by code, None in place of one whose text is faulty.

    Where not all categories could be read, an unknown one is not reported: it would be no news.
    """
    known, rows, counts = {}, {}, {}
    for row in table.rows if table else []:
        category = find_category(row, categories, all_names_known, report)
        code = row["code"]
        if code in rows:
            report_double(row, "code", rows[code].number, report)
        elif code:
            rows[code] = row
        if category and code and category.code and category.code != code[0]:
            report.fault(
                row.place("code"),
                "other_category",
                _("“%(code)s” does not begin with %(digit)s, the digit of “%(category)s”.")
                % {"code": code, "digit": category.code, "category": category.name},
                _("Change the code, such as %(example)s01, or the category.") % {"example": category.code},
            )
        counts[id(category)] = place = counts.get(id(category), 0) + 1
        candidate = make_candidate(row, category, place)
        check_model(row, candidate, report)
        warn_of_example(row, draft, report)
        draft.candidates.append(candidate)
        if code:
            known.setdefault(code, None if row.bad & {"title", "body"} else candidate)
    if table and not table.rows:
        report.fault(
            Place(table.title),
            "empty_sheet",
            _("There is no candidate."),
            _("Fill in one row for each candidate."),
        )
    if table and table.rows and complete(table, "category"):
        check_counts(categories, counts, report)
    return known


def make_candidate(row, category, place):
    title, body = row["title"] or "", row["body"] or ""
    if not title or not title[-1].isascii():
        body = body.lstrip()  # Only a text with spaces between its sentences keeps one here.
    order = place if row["order"] is None else row["order"]
    return Candidate(category=category, code=row["code"] or "", title=title, body=body, order=order)


def find_category(row, categories, all_names_known, report):
    """Return the category that a row names, or None, reported."""
    if not row["category"]:
        return None
    named = unicodedata.normalize("NFKC", row["category"])
    if folded(named) in categories:
        return categories[folded(named)][0]
    row.bad.add("category")
    if not all_names_known:
        return None
    names = {category.code: f"{category.code} {category.name}" for category, _row in categories.values()}
    report.fault(
        row.place("category"),
        "unknown_category",
        _("There is no category “%(name)s”.") % {"name": shown(row["category"])},
        _("Write digit or name of one of these: %(names)s.") % {"names": "、".join(names.values()) or "–"},
    )
    return None


def warn_of_example(row, draft, report):
    """Notice rows of the template's example that were left among real ones."""
    if (row["title"] or "").startswith(EXAMPLE_MARKS) and not draft.shortlist.title.startswith(EXAMPLE_MARKS):
        report.warn(
            row.place("title"),
            "example",
            _("This looks like a row of the template's example."),
            _("Delete it if it does not belong to your list."),
        )


def check_counts(categories, counts, report):
    """Compare the number of candidates of each category with what is declared and what may be picked."""
    for category, row in {id(category): (category, row) for category, row in categories.values()}.values():
        number = counts.get(id(category), 0)
        found = {"count": number}
        if category.declared_count is not None and category.declared_count != number:
            report.warn(
                row.place("declared_count"),
                "other_count",
                _("%(declared)d candidates are declared; the file has %(count)d.")
                % {"declared": category.declared_count, **found},
                _("Add what is missing, or leave it if the source gives no more."),
            )
        if not category.on_ballot:
            continue
        if category.min_choices > number and "min_choices" not in row.bad:
            report.fault(
                row.place("min_choices"),
                "fewest_over_candidates",
                _("The fewest choices (%(fewest)d) are more than the candidates of the category (%(count)d).")
                % {"fewest": category.min_choices, **found},
                _("Make the fewest choices smaller, or add candidates."),
            )
        for name, value, message in (
            (
                "max_choices",
                category.max_choices,
                _("The most choices (%(value)d) are more than its candidates."),
            ),
            ("places", category.places, _("The places (%(value)d) are more than its candidates.")),
        ):
            if value > number and name not in row.bad:
                cure = _("The category has %(count)d: choose a smaller number, unless this is meant.") % found
                report.warn(row.place(name), name + "_over_candidates", message % {"value": value}, cure)
