"""Turn one cell into a value, or say why that cannot be done and how to cure it."""

import datetime
import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.translation import gettext as _

from .columns import FLAGS
from .faults import CellFault, sentences, shown

ERRORS = {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
PLAIN_FORMATS = {"General", "@", "0"}
LARGEST_COUNT = 32767
LARGEST_PLAIN = 10**11  # From here on Excel shows a whole number as 1E+11.
MARGIN = "\u200b\u200c\u200d\u2060\ufeff"  # Invisible characters that str.strip() does not take for spaces.


@dataclass(frozen=True)
class Cell:
    """A cell as it is; `kind` is blank, text, number, flag, date, error or formula (one without value)."""

    kind: str = "blank"
    value: object = None
    number_format: str = "General"


BLANK = Cell()


def text_cell(text):
    """Return the cell of a file that holds nothing but text."""
    if not tidy(text):
        return BLANK
    return Cell("error" if text.strip() in ERRORS or set(text.strip()) == {"#"} else "text", text)


def tidy(text):
    """Trim both ends; write every line break as a line feed."""
    text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    return text.strip().strip(MARGIN).strip()


def folded(text):
    """Return a heading or a word of a choice for comparing: without width, case, spaces, stars."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().replace("*", "").replace("_", "").split())


def clean_cell(cell, column):
    """Return the value of a cell by its column's form: str, int, bool, date or None for a blank one.

    Raises CellFault with the reason and the cure.
    """
    if cell.kind == "error":
        raise CellFault(
            "error_value",
            _("The cell shows the error %(value)s.") % {"value": shown(cell.value)},
            _("Type the value itself into the cell."),
        )
    if cell.kind == "formula":
        raise CellFault(
            "formula",
            _("The cell holds a formula whose result the file does not contain."),
            _("Open the file in Excel or WPS and save it again, or type the value itself into the cell."),
        )
    if cell.kind == "blank":
        return None
    return FORMS[column.form](cell, column)


def clean_text(cell, column):
    """Return one line of text, trimmed."""
    text = clean_long(cell, column)
    if "\n" in text:
        raise CellFault(
            "line_break",
            _("“%(value)s” contains a line break.") % {"value": shown(text)},
            _("Join the lines into one."),
        )
    return text


def clean_long(cell, column):
    """Return text with its paragraphs as they stand, trimmed at both ends."""
    text = tidy(written(cell))
    for character in text:
        if character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cs"):
            raise CellFault(
                "control_character",
                _("“%(value)s” contains the invisible control character U+%(code)04X.")
                % {"value": shown(text.replace(character, "")), "code": ord(character)},
                _("Delete the text and type it, or paste it as plain text."),
            )
    return text


def clean_body(cell, column):
    """Return text like clean_long, but one space for leading ones: English needs it after the title."""
    text = clean_long(cell, column)
    return " " + text if text and written(cell)[0].isspace() else text


def written(cell):
    """Return the text of a cell, if it is certain that nothing was lost when it was typed."""
    if cell.kind == "text":
        return cell.value
    if cell.kind == "date":
        raise CellFault(
            "date_for_text",
            _("The spreadsheet program turned the text into the date %(value)s.")
            % {"value": shown(str(cell.value).removesuffix(" 00:00:00"))},
            _("Format the cell as text, then type it as printed."),
        )
    plain = cell.number_format in PLAIN_FORMATS and cell.kind == "number"
    if plain and isinstance(cell.value, int) and abs(cell.value) < LARGEST_PLAIN:
        return str(cell.value)
    raise CellFault(
        "number_for_text",
        _("The spreadsheet program keeps this as the number %(value)s, which may not be what was typed.")
        % {"value": shown(cell.value)},
        _("Format the cell as text, then type it as printed, such as 7.0%."),
    )


def clean_code(cell, column):
    """Return a code of three digits."""
    text = digits(cell)
    if re.fullmatch(r"[1-9][0-9]{2}", text, re.ASCII):
        return text
    message = _("“%(value)s” is not a code of three digits.") % {"value": shown(text)}
    cure = _("Write three digits, the first that of the category, such as 201.")
    if cell.kind == "number" and len(text) < 3:
        cure = sentences(cure, _("A number cell loses zeros at its front: format it as text."))
    raise CellFault("bad_code", message, cure)


def clean_digit(cell, column):
    """Return the digit of a category."""
    text = digits(cell)
    if re.fullmatch(r"[1-9]", text, re.ASCII):
        return text
    raise CellFault(
        "bad_digit",
        _("“%(value)s” is not one digit from 1 to 9.") % {"value": shown(text)},
        _("Write one digit, such as 2."),
    )


def digits(cell):
    """Return the text of a code: full-width digits are understood, what a program made of it is not."""
    if cell.kind == "number" and float(cell.value).is_integer():
        return str(int(cell.value))
    if cell.kind == "date":
        return written(cell)
    text = unicodedata.normalize("NFKC", tidy(str(cell.value)))
    if re.fullmatch(r"[0-9]+\.0*|[0-9.]+[eE][+-]?[0-9]+", text):
        raise CellFault(
            "code_as_number",
            _("“%(value)s” was rewritten by a spreadsheet program as a number.") % {"value": shown(text)},
            _("Format the cell as text, then type the digits alone, such as 201."),
        )
    return text


def clean_count(cell, column):
    """Return a whole number from 0 to 32767."""
    text = str(cell.value)
    if cell.kind == "text":
        text = unicodedata.normalize("NFKC", tidy(text))
    elif cell.kind == "number" and float(cell.value).is_integer():
        text = str(int(cell.value))
    if re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) and int(text) <= LARGEST_COUNT:
        return int(text)
    raise CellFault(
        "bad_count",
        _("“%(value)s” is not a whole number from 0 to 32767.") % {"value": shown(text)},
        _("Write digits only, such as 10, or leave the cell empty."),
    )


def clean_flag(cell, column):
    """Return yes or no."""
    return one_of(cell, FLAGS)


def clean_choice(cell, column):
    """Return the value that a word of the column stands for."""
    return one_of(cell, column.words)


def one_of(cell, words):
    text = tidy(str(cell.value))
    known = {folded(word): value for value, names in words.items() for word in names}
    if folded(text) in known:
        return known[folded(text)]
    near = get_close_matches(folded(text), known, n=1)
    first = [names[0] for names in words.values()]
    suggestion = next((names[0] for value, names in words.items() if near and value == known[near[0]]), None)
    raise CellFault(
        "unknown_word",
        _("“%(value)s” is not one of the words known here.") % {"value": shown(text)},
        _("Did you mean “%(word)s”? Known are: %(words)s.") % {"word": suggestion, "words": "、".join(first)}
        if suggestion
        else _("Choose one of these: %(words)s.") % {"words": "、".join(first)},
    )


def clean_date(cell, column):
    """Return a day. Understood are date cells, 2019-10-22, 2019/10/22, 2019.10.22 and 2019年10月22日."""
    if cell.kind == "date" and isinstance(cell.value, datetime.datetime):
        return cell.value.date()
    if cell.kind == "date" and isinstance(cell.value, datetime.date):
        return cell.value
    text = unicodedata.normalize("NFKC", tidy(str(cell.value)))
    text = text.removesuffix(" 00:00:00")
    found = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", text)
    try:
        return datetime.date(*map(int, found.groups()))
    except (AttributeError, ValueError):
        raise CellFault(
            "bad_date",
            _("“%(value)s” is not a day of the calendar.") % {"value": shown(text)},
            _("Write year, month and day, such as 2019-10-22, or leave the cell empty."),
        ) from None


FORMS = {
    "text": clean_text,
    "long": clean_long,
    "body": clean_body,
    "code": clean_code,
    "digit": clean_digit,
    "count": clean_count,
    "flag": clean_flag,
    "choice": clean_choice,
    "date": clean_date,
}
