"""The formats by the suffix of their files, and how a file is named and sent."""

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, override

from . import csv_file, json_file, xlsx_file

FORMATS = {"csv": csv_file, "xlsx": xlsx_file, "json": json_file}


def file_name(table, suffix) -> str:
    """Return a name that any system can store, and that tells a demo's or rehearsal's file apart."""
    mark = "-demo" if table.demo else "-rehearsal" if table.rehearsal else ""
    return f"{table.slug}-result{mark}.{suffix}"


def file_response(table, suffix) -> StreamingHttpResponse:
    """Return the file as a download, streamed."""
    pieces = _in_language(FORMATS[suffix].write(table), get_language())
    response = StreamingHttpResponse(pieces, content_type=FORMATS[suffix].CONTENT_TYPE)
    response.headers["Content-Disposition"] = content_disposition_header(True, file_name(table, suffix))
    return response


def _in_language(pieces, language):
    """Write each piece in the language of the request, which has ended when the pieces are made."""
    while True:
        with override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
