"""What a first visit costs: every byte that the list page needs, and that all of them come from here."""

import gzip
import re
from urllib.parse import urljoin, urlsplit

from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import TestCase

from shortlist.models import Shortlist

from .factories import make_open_poll, temporary_keys
from .pages import address, english

MOST = 100_000  # bytes, over the wire
LOADED = re.compile(
    r'<(?:link|script|img|source|iframe|use|image|object|embed)\b[^>]*?\b(?:href|src|srcset|data)="([^"]*)"'
)
NAMED_BY_FILE = re.compile(
    r"""url\(['"]?([^'")]+)|@import\s+['"]([^'"]+)|(?:from|import)\s*\(?['"]([^'"]+)['"]"""
)


def loaded_by(page, html):
    """Return the addresses that a browser loads with this page, those named by its files included."""
    waiting, found = [urljoin(page, name) for name in LOADED.findall(html)], []
    while waiting:
        name = waiting.pop()
        if name in found or name.startswith("data:"):
            continue
        found.append(name)
        if urlsplit(name).path.endswith((".css", ".js")) and not urlsplit(name).netloc:
            matches = NAMED_BY_FILE.findall(content_of(name).decode())
            waiting += [urljoin(name, next(filter(None, match))) for match in matches]
    return found


def content_of(name):
    """Return the bytes of one of our files."""
    path = finders.find(urlsplit(name).path.removeprefix("/static/"))
    if path is None:
        raise AssertionError(f"{name} is none of our files")
    with open(path, "rb") as file:
        return file.read()


@temporary_keys
class FirstVisit(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("loaddata", "fixtures/shanxi.json", verbosity=0)

    def setUp(self):
        self.poll = make_open_poll(shortlist=Shortlist.objects.get())

    def test_the_list_costs_less_than_100_kilobytes_even_where_nothing_is_compressed(self):
        for page in (address("list", self.poll), english("list", self.poll)):
            html = self.client.get(page).content
            files = [content_of(name) for name in loaded_by(page, html.decode())]
            self.assertGreaterEqual(len(files), 3)  # style, icon, script
            self.assertLess(sum(map(len, [html, *files])), MOST)
            packed = sum(len(gzip.compress(part, 6)) for part in [html, *files])
            self.assertLess(packed, MOST / 3)

    def test_no_page_loads_anything_from_another_host(self):
        for page in (
            address("list", self.poll),
            address("candidate", self.poll, "301"),
            address("ballot", self.poll),
            address("find", self.poll),
            address("result", self.poll),
        ):
            for name in loaded_by(page, self.client.get(page).content.decode()):
                self.assertEqual(urlsplit(name).netloc, "", page)

    def test_a_file_from_another_host_would_be_found(self):
        html = (
            '<script src="https://elsewhere.example/a.js"></script><img alt="" src="//other.example/b.png">'
        )
        hosts = {urlsplit(name).netloc for name in loaded_by("/", html)}
        self.assertEqual(hosts, {"elsewhere.example", "other.example"})

    def test_a_second_visit_costs_a_headline(self):
        page = address("list", self.poll)
        first = self.client.get(page)
        second = self.client.get(page, HTTP_IF_NONE_MATCH=first["ETag"])
        self.assertEqual((second.status_code, second.content), (304, b""))
