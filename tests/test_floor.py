"""The oldest browser that is served: Chrome and Android WebView 61 (September 2017).

Styles are checked by what is allowed: a property, function, selector or rule that stands in none of
the lists below fails. What is younger than the floor may only be an enhancement, which an older
browser leaves out without harm; each stands here with its version. Scripts are checked by what is
forbidden: syntax and calls that came after the floor. Versions are those of MDN's compatibility data.
"""

import re
from pathlib import Path
from unittest import TestCase

from django.conf import settings

from tests.homes import at_home

load_tests = at_home("postgresql", __name__)

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "static" / "ballot"
FLOOR = 61


def words(text):
    return set(text.split())


KNOWN = words(
    """
    align-content align-items align-self background background-color background-image
    background-position background-repeat background-size border border-bottom border-bottom-color
    border-bottom-left-radius border-bottom-right-radius border-bottom-style border-bottom-width
    border-collapse border-color border-left border-left-color border-left-style border-left-width
    border-radius border-right border-right-color border-right-style border-right-width
    border-spacing border-style border-top border-top-color border-top-left-radius
    border-top-right-radius border-top-style border-top-width border-width bottom box-shadow
    box-sizing break-after break-before break-inside caption-side clip clip-path color column-count
    columns content counter-increment counter-reset cursor direction display dominant-baseline
    empty-cells fill filter flex flex-basis flex-direction flex-flow flex-grow flex-wrap float font
    font-family font-size font-style font-variant-numeric font-weight grid-area grid-auto-rows
    grid-column grid-gap grid-row grid-template-areas grid-template-columns height hyphens
    justify-content justify-items justify-self left letter-spacing line-break line-height list-style
    list-style-type margin margin-bottom margin-left margin-right margin-top max-height max-width
    min-height min-width object-fit object-position opacity order orphans outline outline-color
    outline-offset overflow overflow-wrap overflow-x overflow-y padding padding-bottom padding-left
    padding-right padding-top page-break-after page-break-before page-break-inside pointer-events
    position quotes resize right scroll-behavior shape-rendering size stroke stroke-dasharray
    stroke-linecap stroke-linejoin stroke-width table-layout text-align text-align-last text-anchor
    text-decoration text-decoration-color text-indent text-overflow text-size-adjust text-transform
    top touch-action transform transition transition-duration user-select vertical-align visibility
    white-space widows width word-break word-spacing word-wrap writing-mode z-index
    """
)
# Younger than the floor: (Chrome since, what an older browser shows instead).
ENHANCEMENTS = {
    "accent-color": (93, "the system's own tick"),
    "color-scheme": (81, "light scroll bars on a dark page"),
    "font-variant-east-asian": (63, "quotation marks as wide as a letter in English pages"),
    "forced-color-adjust": (89, "the system's colours"),
    "print-color-adjust": (136, "what the printer's settings say"),
    "scroll-margin-bottom": (69, "a target nearer to the edge"),
    "scroll-margin-top": (69, "a target nearer to the edge"),
    "text-autospace": (140, "no thin space between digits and Chinese"),
    "text-decoration-thickness": (89, "the usual line"),
    "text-spacing-trim": (123, "a blank before an opening mark"),
    "text-underline-offset": (87, "the usual line"),
    "text-wrap": (114, "lines as they come"),
}
FUNCTIONS = words(
    """
    attr calc counter inset linear-gradient minmax not nth-child nth-of-type rect repeat rgba rotate
    translate url var
    """
)
PSEUDO = words(
    """
    :active :checked :disabled :empty :enabled :first-child :first-of-type :focus :hover :lang
    :last-child :last-of-type :not :nth-child :nth-of-type :only-child :root :target ::after
    ::backdrop ::before ::first-letter ::-webkit-details-marker ::placeholder
    """
)
RULES = ("@media", "@page", "@supports")
MEDIA = words(
    """
    min-width max-width min-height max-height orientation prefers-color-scheme
    prefers-reduced-motion prefers-contrast
    """
)
# Drops the ring that a mouse does not need; where the selector is unknown the ring stays.
RING = re.compile(r"(^|[\w-]):focus:not\(:focus-visible\)$")

FORBIDDEN = {
    r"\?\.(?!\d)": "optional chaining (80)",
    r"\?\?": "nullish coalescing (80)",
    r"\bcatch\s*\{": "catch without a name (66)",
    r"\.(?:flat|flatMap)\(": "flat (69)",
    r"\.matchAll\(": "matchAll (73)",
    r"\bObject\.fromEntries\b": "fromEntries (73)",
    r"\.replaceAll\(": "replaceAll (85)",
    r"\.at\(": "at (92)",
    r"\.(?:trimStart|trimEnd)\(": "trimStart (66)",
    r"\.finally\(": "finally (63)",
    r"\.(?:replaceChildren|toggleAttribute)\(": "replaceChildren (86), toggleAttribute (69)",
    r"\bPromise\.(?:allSettled|any)\b": "allSettled (76), any (85)",
    r"\b(?:globalThis|structuredClone|queueMicrotask|ResizeObserver|AbortController|BigInt)\b": "after 61",
    r"\bcrypto\.randomUUID\b|\bnavigator\.clipboard\b": "randomUUID (92), clipboard (66)",
    r"\bfor\s+await\b|\bimport\.meta\b|\bimport\(": "for await (63), import.meta (64), import() (63)",
    r"\(\?<": "look-behind (62), named groups (64)",
    r"(?<![\w$'\"`#(\[.-])#[a-z]\w*\s*[=;(]": "private fields (74)",
    r"\|\|=|&&=": "logical assignment (85)",
    r"\b\d+_\d+\b|\b\d+n\b": "separators in numbers (75), big integers (67)",
}


def plain(text):
    """Return styles or a script without comments."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"(?m)(^|\s)//.*$", "", text)


def young_styles(text):
    """List what a stylesheet needs that the floor does not have."""
    text = re.sub(r"""(["']).*?\1""", '""', plain(text))
    found = []
    for rule in re.findall(r"@[\w-]+[^{;]*", text):
        features = set(re.findall(r"\(\s*([\w-]+)", rule))
        if (
            not rule.startswith(RULES)
            or (rule.startswith("@media") and features - MEDIA)
            or re.search("[<>=]", rule)
        ):
            found.append(rule.strip())
    for selectors, body in re.findall(r"([^{};]+)\{([^{}]*)\}", text):
        if re.search(r":not\([^)]*[\s,>+]", selectors):
            found.append(selectors.strip())
        for selector in selectors.split(","):
            unknown = set(re.findall(r"::?-?[a-z][\w-]*", selector)) - PSEUDO
            if unknown and not (RING.search(selector.strip()) and "," not in selectors):
                found.append(selector.strip())
        for declaration in filter(str.strip, body.split(";")):
            name, _, value = (part.strip() for part in declaration.partition(":"))
            if not (name in KNOWN or name in ENHANCEMENTS or name.startswith(("--", "-webkit-"))):
                found.append(declaration.strip())
            if set(re.findall(r"([\w-]+)\(", value)) - FUNCTIONS or re.search(
                r"#[0-9a-f]{8}\b|#[0-9a-f]{4}\b", value
            ):
                found.append(declaration.strip())
    depth = 0
    for brace in re.findall(r"@(?:media|supports)[^{]*\{|[{}]", text):
        depth += {"}": -1, "{": 1}.get(brace, 0)
        if depth > 1:
            found.append("nested rules")
            break
        if depth < 0:
            depth = 0
    return found


def young_script(text):
    """List what a script needs that the floor does not have."""
    text = plain(text)
    found = [
        f"{said}: {match[0]}" for wanted, said in FORBIDDEN.items() for match in re.finditer(wanted, text)
    ]
    return found + [f"await outside of a function (89): {line}" for line in awaits_outside(text)]


def awaits_outside(text):
    """List the lines that wait while no function around them is asynchronous."""
    around, found, last = [], [], 0
    for part in re.finditer(r"[{};]|\bawait\b", text):
        if part[0] == "{":
            around.append("async" in text[last : part.start()])
        elif part[0] == "}" and around:
            around.pop()
        elif part[0] == "await" and not any(around):
            found.append(text[last : part.end()].strip())
        if part[0] != "await":
            last = part.end()
    return found


class Floor(TestCase):
    def test_every_stylesheet_works_at_the_floor(self):
        for path in FOLDER.glob("*.css"):
            self.assertEqual(young_styles(path.read_text()), [], path.name)

    def test_every_script_works_at_the_floor(self):
        for path in FOLDER.glob("*.js"):
            self.assertEqual(young_script(path.read_text()), [], path.name)

    def test_every_enhancement_is_younger_than_the_floor_and_in_the_document(self):
        document = (ROOT / "docs" / "design.md").read_text()
        self.assertIn(f"Chrome and Android WebView {FLOOR}", document)
        for name, (since, _instead) in ENHANCEMENTS.items():
            self.assertGreater(since, FLOOR)
            self.assertNotIn(name, KNOWN)

    def test_young_styles_would_be_found(self):
        for style in (
            "a { gap: 1rem }",
            "a { inset: 0 }",
            "a { width: min(10rem, 100%) }",
            "a { color: color-mix(in srgb, red, blue) }",
            "a { color: #11223344 }",
            "a:has(b) { color: red }",
            "a:is(b, c) { color: red }",
            "a:focus-visible { color: red }",
            "b, a:focus:not(:focus-visible) { outline: none }",
            "a:not(b, c) { color: red }",
            "a { color: red; & b { color: blue } }",
            "@layer base { a { color: red } }",
            "@media (width >= 40em) { a { color: red } }",
            "@container (min-width: 4em) { a { color: red } }",
        ):
            self.assertNotEqual(young_styles(style), [], style)

    def test_young_scripts_would_be_found(self):
        for script in (
            "a?.b();",
            "a ?? b;",
            "try { a(); } catch { b(); }",
            "a.matchAll(/b/g);",
            "Object.fromEntries(a);",
            "a.replaceAll('b', 'c');",
            "[1].at(-1);",
            "await a();",
            "try {\n  if (a) await b();\n} catch (error) {}",
            "const a = await b();",
            "navigator.clipboard.writeText(a);",
            "class A { #b = 1; }",
            "a ||= b;",
            "/(?<=a)b/.test(c);",
        ):
            self.assertNotEqual(young_script(script), [], script)

    def test_old_styles_and_scripts_are_let_through(self):
        self.assertEqual(
            young_styles("@media print { a:hover > b:not(.c) { color: #fff; width: calc(1px + 2em) } }"), []
        )
        self.assertEqual(young_styles("a:focus:not(:focus-visible) { outline: none }"), [])
        self.assertEqual(
            young_script(
                "async function a() {\n  const [b] = await c();\n  return b ? .5 : `${b}`;\n}\n// a?.b"
            ),
            [],
        )
