"""What is wrong with a list in a spreadsheet: where, why, and the cure."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Place:
    """A place in a file, as far as it is known. A CSV file has no sheet."""

    sheet: str = ""
    row: int | None = None
    column: str = ""
    heading: str = ""


# Whether sheet, row and column are known decides the sentence, since languages order these differently.
SENTENCES = {
    (True, True, True): gettext_lazy(
        "Sheet “%(sheet)s”, row %(row)s, column %(column)s “%(heading)s”: %(fault)s"
    ),
    (True, True, False): gettext_lazy("Sheet “%(sheet)s”, row %(row)s: %(fault)s"),
    (True, False, False): gettext_lazy("Sheet “%(sheet)s”: %(fault)s"),
    (False, True, True): gettext_lazy("Row %(row)s, column %(column)s “%(heading)s”: %(fault)s"),
    (False, True, False): gettext_lazy("Row %(row)s: %(fault)s"),
    (False, False, False): gettext_lazy("File: %(fault)s"),
}


@dataclass(frozen=True)
class Fault:
    """One finding. `code` names its kind for programs, message and cure are whole sentences for people."""

    place: Place
    code: str
    message: str
    cure: str

    def __str__(self):
        place = self.place
        known = (bool(place.sheet), place.row is not None, bool(place.column))
        return str(SENTENCES[known]) % {
            "sheet": place.sheet,
            "row": place.row,
            "column": place.column,
            "heading": place.heading,
            "fault": sentences(self.message, self.cure),
        }


def sentences(first, second):
    """Return two sentences as one text, with a space between them in the languages that have one."""
    return _("%(first)s %(second)s") % {"first": first, "second": second}


class CellFault(Exception):
    """Say why one cell cannot be used; the caller knows the place."""

    def __init__(self, code, message, cure):
        super().__init__(message)
        self.code, self.message, self.cure = code, message, cure


class Unreadable(Exception):
    """Say that reading has to stop; the report holds the reason."""


@dataclass
class Report:
    """All that was found in one file. Faults stop the loading, warnings do not."""

    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def fault(self, place, code, message, cure):
        self.faults.append(Fault(place, code, str(message), str(cure)))

    def warn(self, place, code, message, cure):
        self.warnings.append(Fault(place, code, str(message), str(cure)))

    def stop(self, code, message, cure, place=None):
        """Report a fault that makes the whole file unreadable; raise Unreadable."""
        self.fault(place or Place(), code, message, cure)
        raise Unreadable(code)


def shown(value):
    """Return a value as a message shows it: one line of at most 30 characters."""
    text = " ".join(str(value).split())
    return text if len(text) <= 30 else text[:29] + "…"
