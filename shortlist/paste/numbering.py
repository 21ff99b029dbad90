"""Numbers that Word makes itself: they stand in no paragraph and are counted here as Word counts them.

The formats are those of ECMA-376 part 1, 17.18.59 (ST_NumberFormat), as far as lists use them.
"""

from collections import Counter

from docx.oxml.ns import qn

HAN = "〇一二三四五六七八九"
CHINESE = {
    "chineseCounting",
    "chineseCountingThousand",
    "ideographDigital",
    "japaneseCounting",
    "taiwaneseCounting",
    "taiwaneseCountingThousand",
    "ideographTraditional",
}
ENCLOSED = {"decimalEnclosedCircle", "decimalEnclosedCircleChinese", "ideographEnclosedCircle"}
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
MOST_CATEGORIES = 9


class Numbering:
    """The state of all counters of a document, asked paragraph by paragraph in their order."""

    def __init__(self, document):
        self.styles = {
            style.get(qn("w:styleId")): style for style in document.styles.element.findall(qn("w:style"))
        }
        self.lists, self.levels = {}, {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            root = ()
        for abstract in root:
            if abstract.tag == qn("w:abstractNum"):
                self.levels[abstract.get(qn("w:abstractNumId"))] = {
                    int(level.get(qn("w:ilvl"))): level for level in abstract.findall(qn("w:lvl"))
                }
        for number in root:
            if number.tag == qn("w:num"):
                self.lists[number.get(qn("w:numId"))] = number
        self.counts, self.begun = {}, set()
        self.category_level = self.find_category_level(document.element.body)

    def number_of(self, paragraph) -> str:
        """Return the printed number of a paragraph, counting it, or an empty string."""
        name, depth = self.place_of(paragraph)
        number = self.lists.get(name)
        if number is None:
            return ""
        abstract = value(number, "w:abstractNumId")
        levels = self.levels.get(abstract, {})
        if depth not in levels:
            return ""
        counts = self.counts.setdefault(abstract, {})
        if name not in self.begun and self.overrides(number, depth):
            counts.pop(depth, None)  # A list that starts anew although it looks like the one before.
        self.begun.add(name)
        counts[depth] = counts.get(depth, self.start_of(number, levels, depth) - 1) + 1
        for deeper in [key for key in counts if key > depth]:
            del counts[deeper]
        printed = value(levels[depth], "w:lvlText") or ""
        if value(levels[depth], "w:numFmt") == "bullet":
            return "• "
        for at in range(depth + 1):
            if at in levels:
                count = counts.get(at, self.start_of(number, levels, at))
                printed = printed.replace(f"%{at + 1}", written(count, value(levels[at], "w:numFmt")))
        return printed + ("\t" if printed[-1:].isdigit() else "")

    def place_of(self, paragraph):
        """Return list and depth of a paragraph: its own, or those of its style."""
        properties = paragraph.find(qn("w:pPr"))
        own = properties.find(qn("w:numPr")) if properties is not None else None
        style = self.style_of(paragraph)
        name = value(own, "w:numId") if own is not None else None
        depth = value(own, "w:ilvl") if own is not None else None
        for _more in range(10):  # Styles are based on each other; a ring of them ends here.
            if style is None or name is not None:
                break
            of_style = style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
            if of_style is not None:
                name, depth = value(of_style, "w:numId"), depth or value(of_style, "w:ilvl")
            style = self.styles.get(value(style, "w:basedOn"))
        return name, int(depth or 0)

    def style_of(self, paragraph):
        properties = paragraph.find(qn("w:pPr"))
        return self.styles.get(value(properties, "w:pStyle")) if properties is not None else None

    def overrides(self, number, depth):
        """Return where a list says that it starts, or None."""
        for override in number.findall(qn("w:lvlOverride")):
            if override.get(qn("w:ilvl")) == str(depth):
                return value(override, "w:startOverride")
        return None

    def start_of(self, number, levels, depth) -> int:
        return int(self.overrides(number, depth) or value(levels[depth], "w:start") or 1)

    def heading_level(self, paragraph) -> int | None:
        """Return the level of a heading, 1 the highest, None for other paragraphs."""
        style = self.style_of(paragraph)
        name = (value(style, "w:name") or "").lower() if style is not None else ""
        return int(name[-1]) if name.startswith("heading ") and name[-1].isdigit() else None

    def find_category_level(self, body) -> int | None:
        """Return the highest level of headings that stands two to nine times: the categories' level."""
        counts = Counter(
            level
            for paragraph in body.iter(qn("w:p"))
            if (level := self.heading_level(paragraph)) is not None
            and self.place_of(paragraph)[0] in (None, "0")
        )
        return next((level for level in sorted(counts) if 1 < counts[level] <= MOST_CATEGORIES), None)


def value(element, name):
    """Return the w:val of a child, or None."""
    child = element.find(qn(name)) if element is not None else None
    return child.get(qn("w:val")) if child is not None else None


def written(count: int, form: str) -> str:
    """Return a count as a number format prints it; unknown formats print digits."""
    if form in CHINESE and 0 < count < 100:
        tens, ones = divmod(count, 10)
        ten = "" if not tens else "十" if tens == 1 else HAN[tens] + "十"
        return ten + (HAN[ones] if ones else "")
    if form in ENCLOSED and 0 < count <= 20:
        return chr(ord("①") + count - 1)
    if form == "decimalFullWidth":
        return str(count).translate(FULL_WIDTH)
    if form == "decimalZero":
        return f"{count:02}"
    if form in ("lowerLetter", "upperLetter") and 0 < count <= 26:
        return chr(ord("a" if form == "lowerLetter" else "A") + count - 1)
    return "" if form == "none" else str(count)
