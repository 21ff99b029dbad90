"""Files that staff add to a candidate: what they are is told by their content, never by their name."""

import hashlib
from pathlib import PurePath
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

LARGEST = 10 * 1024 * 1024  # bytes
PICTURES = {"PNG": ("image/png", ".png"), "JPEG": ("image/jpeg", ".jpg"), "WEBP": ("image/webp", ".webp")}
PDF = ("application/pdf", ".pdf")


class FileFacts(NamedTuple):
    """What is kept of an uploaded file beside its content. `name` carries the suffix of its type."""

    name: str
    media_type: str
    size: int
    sha256: str


def examine_file(file) -> FileFacts:
    """Tell type, size and SHA-256 of an uploaded file; ValidationError if it is not allowed.

    Allowed are PNG, JPEG and WebP pictures and PDF documents of at most 10 MB.
    Codes: empty, too_large, wrong_type.
    """
    if not file.size:
        raise ValidationError(_("This file is empty. Choose another one."), code="empty")
    if file.size > LARGEST:
        raise ValidationError(
            _("This file has %(size)s MB; at most 10 MB are allowed. Make it smaller, then choose it again."),
            code="too_large",
            params={"size": f"{file.size / 1024 / 1024:.1f}"},
        )
    media_type, suffix = _type_of(file)
    file.seek(0)
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    stem = PurePath(file.name).stem[:60] or "file"
    return FileFacts(stem + suffix, media_type, file.size, digest.hexdigest())


def _type_of(file):
    """Return media type and suffix by what stands in the file."""
    file.seek(0)
    if file.read(5) == b"%PDF-":
        return PDF
    file.seek(0)
    try:
        with Image.open(file, formats=list(PICTURES)) as picture:
            picture.verify()
            return PICTURES[picture.format]
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise ValidationError(
            _("Only PNG, JPEG and WebP pictures and PDF documents are taken, and this file is none of them."),
            code="wrong_type",
        ) from None
