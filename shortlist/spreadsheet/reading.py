"""Tell what kind of file a list comes in, and read it into tables."""

import zipfile
from io import BytesIO

from django.utils.translation import gettext as _

from .delimited import read_delimited
from .workbook import read_workbook

MAX_FILE = 20 * 1024 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Old Office files, and new ones behind a password ([MS-CFB]).
# Beginnings of files of other kinds, in small letters.
FOREIGN = (b"%pdf", b"<html", b"<!doctype", b"<?xml", b"{\\rtf", b"\x89png", b"\xff\xd8\xff")
SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".et", ".ods")


def read_tables(data, name, report, encoding=None):
    """Return the tables in the bytes of a file by their key; its content decides, hardly ever its name.

    Raises Unreadable when nothing can be read; the report says why.
    """
    if len(data) > MAX_FILE:
        report.stop(
            "too_large",
            _("The file is larger than %(size)d MB.") % {"size": MAX_FILE // 1024**2},
            _("Copy the rows alone into a fresh copy of the template, without pictures."),
        )
    if not data.strip():
        report.stop("empty_file", _("The file is empty."), _("Take a fresh copy of the template."))
    if data.startswith(OLE):
        refuse_ole(data, report)
    if data.startswith(b"PK"):
        check_package(data, report)
        return read_workbook(data, report)
    if data.lstrip()[:9].lower().startswith(FOREIGN) or name.lower().endswith(SPREADSHEETS):
        refuse_type(report)
    return read_delimited(data, report, encoding)


def refuse_ole(data, report):
    """Tell an encrypted workbook from one in the format of before 2007."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        report.stop(
            "password",
            _("The file is protected by a password."),
            _("Open it, remove the password, and save it again."),
        )
    report.stop(
        "old_format",
        _("The file is in the old format .xls."),
        _("Open it in Excel or WPS, choose “Save as” and the type .xlsx."),
    )


def check_package(data, report):
    """Stop unless the bytes are a zip package that holds a workbook."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            names = {part.filename for part in package.infolist()}
            locked = any(part.flag_bits & 1 for part in package.infolist())
    except Exception as error:  # Beside BadZipFile, damaged packages raise ValueError, struct.error and more.
        report.stop(
            "damaged",
            _("The file cannot be read as a workbook (%(error)s).") % {"error": type(error).__name__},
            _("Open it in Excel or WPS, save it as a new .xlsx file and use that one."),
        )
    if locked:
        report.stop(
            "password",
            _("The file is protected by a password."),
            _("Open it, remove the password, and save it again."),
        )
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        refuse_type(report)
    if "xl/workbook.bin" in names:
        refuse_type(report)


def refuse_type(report):
    report.stop(
        "wrong_type",
        _("The file is neither an .xlsx workbook nor a CSV text."),
        _("Open it in Excel or WPS, choose “Save as” and the type .xlsx."),
    )
