"""A citizen's steps through the pages, for tests."""

import re

from django.urls import reverse
from django.utils.translation import override

FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def address(name, poll, *arguments, language="zh-hans"):
    """Return the address of one of a poll's pages, by default the Chinese one."""
    with override(language):
        return reverse(f"voting:{name}", args=[poll.slug, *arguments])


def english(name, poll, *arguments):
    """Return the address of one of a poll's pages in English."""
    return address(name, poll, *arguments, language="en")


def hidden_fields(response):
    """Return the hidden fields of the page to confirm."""
    return dict(FIELD.findall(response.content.decode()))


def post_ballot(client, poll, *codes, language="en"):
    """Post the ballot and return the answer of review."""
    picks = {}
    for code in codes:
        picks.setdefault(f"picks-{code[0]}", []).append(code)
    return client.post(address("review", poll, language=language), picks)


def confirm(client, poll, fields):
    """Post the page to confirm."""
    return client.post(english("cast", poll), fields)


def vote(client, poll, *codes):
    """Go the whole way and return the answer of cast."""
    return confirm(client, poll, hidden_fields(post_ballot(client, poll, *codes)))
