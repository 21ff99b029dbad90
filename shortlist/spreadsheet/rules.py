"""What the checks of all sheets share: the model's own rules, and values that may be there once."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .faults import shown


def check_model(row, instance, report, names=None):
    """Report what the model's own rules find; `names` maps a field to the column that fills it."""
    foreign = [field.name for field in instance._meta.fields if field.is_relation]
    try:
        instance.clean_fields(exclude=foreign)
    except ValidationError as error:
        for name, errors in error.error_dict.items():
            column = (names or {}).get(name, name)
            if column not in row.bad:
                row.bad.add(column)
                for one in errors:
                    report.fault(
                        row.place(column),
                        one.code or "invalid",
                        " ".join(one.messages),
                        cure_of(one, row, column),
                    )


def cure_of(error, row, column):
    """Return what to do about an error of a model field."""
    help = row.table.sheet.column(column).help
    return {
        "max_length": _("Shorten it; what is needed beside it can stand in the text or the remarks."),
        "blank": _("Fill in the cell."),
        "null": _("Fill in the cell."),
    }.get(error.code, _("What belongs here: %(help)s") % {"help": help})


def filled(row, *names):
    """Return the values that are not blank of the named columns (default: all), as arguments of a model."""
    names = names or [column.name for column in row.table.sheet.columns]
    return {name: row[name] for name in names if row[name] not in (None, "")}


def complete(table, *names):
    """Say whether these columns could be read in every row, so that what is not there is truly missing."""
    return table is not None and not any(row.bad & set(names) for row in table.rows)


def occurrences(words, text):
    """Return the offsets at which words that are not empty stand in a text, overlapping ones too."""
    starts, at = [], text.find(words)
    while at >= 0:
        starts.append(at)
        at = text.find(words, at + 1)
    return starts


def report_double(row, name, first, report):
    report.fault(
        row.place(name),
        "duplicate",
        _("“%(value)s” stands in row %(row)d already.") % {"value": shown(row[name]), "row": first},
        _("Each may be there once: correct it, or delete one of the rows."),
    )
