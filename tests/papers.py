"""What tests of the papers share: polls at the states that matter, and what a Word file says."""

import io
import zipfile

from django.contrib.auth import get_user_model
from docx import Document
from docx.oxml.ns import qn

from tests.approvers import do
from tests.factories import cast, make_list, make_open_poll
from tests.tallies import count, settle
from voting.papers import PAPERS, make_paper

BASE = "https://vote.example"
# Two places. 101 has 3 votes of 4 ballots; 102 and 103 have 2 each and share the place left; 104 has 1.
BALLOTS = (["101", "102"], ["101", "103"], ["101", "102"], ["103", "104"])


def counted_poll(ballots=BALLOTS, **rules):
    """Return a counted poll with one category of five candidates."""
    poll = make_open_poll(**{"shortlist": make_list(candidates=(5,)), **rules})
    for codes in ballots:
        cast(poll, codes=codes)
    return count(settle(poll))


def certified_poll(decisions=None, lot_number="", **rules):
    """Return a poll whose result is certified."""
    poll = counted_poll(**rules)
    return do(poll, "certify", {"decisions": decisions or {}, "lot_number": lot_number})


def somebody():
    """Return a superuser, who may print and see everything."""
    return get_user_model().objects.filter(is_superuser=True).first() or (
        get_user_model().objects.create_superuser("printer", password="a long password")
    )


def paper_words(name, poll, language="en", user=None):
    """Return the text of one paper, its tables' cells too, in the order of the page."""
    paper = next(each for each in PAPERS if each.name == name)
    _name, data = make_paper(paper, poll, user or somebody(), BASE, language=language)
    return words_of(data)


def words_of(data):
    """Return the text of a Word file line by line."""
    body = Document(io.BytesIO(data)).element.body
    return "\n".join(
        "".join(node.text or "" for node in line.iter(qn("w:t"))) for line in body.iter(qn("w:p"))
    )


def headers_of(data):
    """Return the text of the headers of odd and of even pages."""
    section = Document(io.BytesIO(data)).sections[0]
    return [
        "".join(line.text for line in header.paragraphs)
        for header in (section.header, section.even_page_header)
    ]


def files_of(data):
    """Return the files of a ZIP by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
