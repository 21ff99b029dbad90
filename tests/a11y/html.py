"""A page as HTML, without a browser: what holds whether or not scripts and styles arrive."""

import re
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
FIELDS = {"input", "select", "textarea"}
REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "for", "headers", "list")
SCOPES = ("col", "row", "colgroup", "rowgroup")
LANGUAGES = {"zh-Hans", "en"}


class Element:
    """An element with its attributes, its parent and what is in it."""

    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.parts = []

    def get(self, name):
        return self.attributes.get(name)

    def all(self, *tags):
        """Yield the elements inside, in the order of the page."""
        for part in self.parts:
            if isinstance(part, Element):
                if not tags or part.tag in tags:
                    yield part
                yield from part.all(*tags)

    def above(self):
        """Yield the elements around this one, from the inside."""
        if self.parent is not None:
            yield self.parent
            yield from self.parent.above()

    @property
    def text(self):
        """Return the words inside, alternatives of pictures included, without what readers skip."""
        if self.get("aria-hidden") == "true":
            return ""
        if self.tag == "img":
            return self.get("alt") or ""
        words = [part.text if isinstance(part, Element) else part for part in self.parts]
        return " ".join("".join(words).split())

    def __str__(self):
        return f"{self.tag} {self.attributes} “{self.text[:30]}”"


class Page(HTMLParser):
    """A parsed page; `root` holds all of it, and `torn` names end tags that closed nothing."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("page", {}, None)
        self.torn = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        element = Element(tag, dict(attributes), self.here)
        self.here.parts.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag, attributes):
        self.here.parts.append(Element(tag, dict(attributes), self.here))

    def handle_endtag(self, tag):
        if tag == self.here.tag:
            self.here = self.here.parent
        else:
            self.torn.append(tag)

    def handle_data(self, data):
        self.here.parts.append(data)


def faults(html):
    """Return what is wrong with a page, as sentences; none where all is well."""
    page = Page(html)
    checks = (structure, headings, ids, fields, names, pictures, tables, languages)
    return [f"unexpected </{tag}>" for tag in page.torn] + [
        fault for check in checks for fault in check(page.root)
    ]


def structure(root):
    """One main, one title, a zoom that nobody forbids, no order of focus, script or style in the page."""
    if len(list(root.all("main"))) != 1:
        yield "not exactly one main"
    titles = [element.text for element in root.all("title") if element.parent.tag == "head"]
    if len(titles) != 1 or not titles[0]:
        yield "no title, or several"
    for element in root.all("meta"):
        if element.get("name") == "viewport" and re.search(
            "user-scalable|maximum-scale", element.get("content")
        ):
            yield "the viewport forbids to zoom"
    for element in root.all():
        if (element.get("tabindex") or "0").strip() not in ("0", "-1"):
            yield f"an order of focus of its own: {element}"
        if element.get("style") is not None or element.tag == "style":
            yield f"a style in the page: {element}"
        if element.tag == "script" and not element.get("src"):
            yield "a script in the page"
        if any(name.startswith("on") for name in element.attributes):
            yield f"a script in the page: {element}"


def headings(root):
    """One h1, and no level left out on the way down; a closed dialog is no part of the page yet."""
    before = 0
    found = [
        element
        for element in root.all("h1", "h2", "h3", "h4", "h5", "h6")
        if not any(above.tag == "dialog" and above.get("open") is None for above in element.above())
    ]
    if [element.tag for element in found].count("h1") != 1:
        yield f"{[element.tag for element in found].count('h1')} h1"
    for element in found:
        level = int(element.tag[1])
        if level > before + 1:
            yield f"from h{before} to {element}"
        if not element.text:
            yield f"an empty heading: {element}"
        before = level


def ids(root):
    """No id twice, and nothing that points to an id which is not there."""
    known = [element.get("id") for element in root.all() if element.get("id")]
    for name in sorted({name for name in known if known.count(name) > 1}):
        yield f"the id {name} stands twice"
    for element in root.all():
        for attribute in REFERENCES:
            for name in (element.get(attribute) or "").split():
                if name not in known:
                    yield f"{attribute}={name} points nowhere: {element}"
        target = element.get("href") or ""
        if element.tag == "a" and target.startswith("#") and len(target) > 1 and target[1:] not in known:
            yield f"a link to {target}, which is not there"


def fields(root):
    """Every field has a label, every group of choices a legend."""
    labelled = {element.get("for") for element in root.all("label") if element.text}
    for element in root.all(*FIELDS):
        if element.get("type") in ("hidden", "submit"):
            continue
        around = any(above.tag == "label" and above.text for above in element.above())
        if not (
            around
            or element.get("id") in labelled
            or element.get("aria-label")
            or element.get("aria-labelledby")
        ):
            yield f"a field without a label: {element}"
    for element in root.all("fieldset"):
        first = next(element.all(), None)
        if first is None or first.tag != "legend" or not first.text:
            yield f"a group without a legend: {element}"


def names(root):
    """Every link, button and fold that is shown has a name."""
    for element in root.all("a", "button", "summary"):
        if any("hidden" in part.attributes for part in (element, *element.above())):
            continue
        pictures = [part.get("aria-label") for part in element.all("svg") if part.get("role") == "img"]
        if not (element.text or element.get("aria-label") or any(pictures)):
            yield f"nothing to call it by: {element}"


def pictures(root):
    """Every picture has words, or says that it has none to offer."""
    for element in root.all("img"):
        if element.get("alt") is None:
            yield f"a picture without words: {element}"
    for element in root.all("svg"):
        hidden = element.get("aria-hidden") == "true"
        named = element.get("role") == "img" and (element.get("aria-label") or element.get("aria-labelledby"))
        inside = any(above.get("role") == "img" for above in element.above())
        if not (hidden or named or inside):
            yield f"a drawing without words: {element}"


def tables(root):
    """Every table has head cells, each with a scope."""
    for table in root.all("table"):
        heads = list(table.all("th"))
        if not heads or any(head.get("scope") not in SCOPES for head in heads):
            yield f"head cells without a scope: {table}"


def languages(root):
    """The page says its language; where a part has another, that is one that is known."""
    outer = next(root.all("html"), None)
    if outer is None or outer.get("lang") not in LANGUAGES:
        yield "the page does not say its language"
    for element in root.all():
        if element.get("lang") is not None and not re.fullmatch(
            r"[a-z]{2}(-[A-Za-z]+)?", element.get("lang")
        ):
            yield f"an unknown language: {element}"
