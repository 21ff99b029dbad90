"""What the walk looks for: how many voted for a candidate, and the marks of a ballot.

`VOTES` are numbers that no page has for another reason: above every size of a QR code, day or limit.
"""

import base64
import io
import re
import zipfile

CANDIDATES = (3, 2, 43)
CAST = 83
VOTES = {"101": 79, "102": 71, "103": 67, "201": 74, "202": 62}
# Tiles of a ledger: in their hashes any short number comes up.
HASHES = re.compile(r"tile/\d")
WORDS = re.compile(r"word/(?:document|header\d*|footer\d*)\.xml")
TAGS = re.compile(rb"<[^>]+>")
# Primary keys that lists, choices and filters of the desk carry; looked past there. PostgreSQL counts
# them on through the whole run, so that sooner or later a poll or list has one of the numbers looked for.
KEYS_OF_ROWS = re.compile(
    rb'value="\d+"|/\d+/(?:change|delete|history)/|[?;](?:(?:\w+__)?id__exact|candidate)=\d+'
)


def codes_of(number):
    """Return the picks of one ballot: 83 of them make `VOTES`, each with a pair of its own third kind."""
    pair = [f"3{1 + number % 20:02}", f"3{22 + number * 7 % 20:02}"]
    return [code for code, votes in VOTES.items() if (number * 5) % CAST < votes] + pair


def telling():
    """Return what to look for: patterns over text, and the marks of whole ballots in bytes."""
    from voting.marks import marks_from_codes

    numbers = "|".join(
        [str(votes) for votes in VOTES.values()]
        + [re.escape(f"{votes * 100 / CAST:.2f}") for votes in VOTES.values()]
    )
    pairs = "|".join(
        rf"{first}\W{{1,8}}{last}" for first, last in {tuple(codes_of(n)[-2:]) for n in range(CAST)}
    )
    text = re.compile(
        rf"(?<![\w.+/-])(?<!\d:)(?:{numbers})(?!\w)(?![.:]\d)(?![/+-]\w)|(?<!\d)(?:{pairs})(?!\d)"
    )

    def marks(plan):
        found = set()
        for number in range(CAST):
            data = marks_from_codes(plan, codes_of(number))
            found |= {data, data.hex().encode(), base64.b64encode(data)}
        return found

    return text, marks


class Finder:
    """Says whether some bytes tell a count or a selection; looks into workbooks too."""

    def __init__(self, plan):
        self.text, marks = telling()
        self.seen = []
        self.bytes = re.compile(b"|".join(re.escape(data) for data in marks(plan)))

    def finds(self, data):
        if data[:4] == b"PK\3\4":
            with zipfile.ZipFile(io.BytesIO(data)) as book:
                names = [name for name in book.namelist() if not HASHES.match(name)]
                if any(self.finds(book.read(name)) for name in names if name.endswith(".docx")):
                    return True
                names = [name for name in names if not name.endswith(".docx")]
                if "word/document.xml" in names:
                    # Styles and sizes are numbers too; what a Word file says stands between its tags.
                    names = [name for name in names if WORDS.fullmatch(name)]
                data = b"\n".join(book.read(name) for name in names)
                if "word/document.xml" in names:
                    data = TAGS.sub(b"\n", data)
        text = data.decode("utf-8", "replace")
        hit = self.text.search(text)
        if hit:
            # What failed must be readable: chance, in some random digits, looks like a leak otherwise.
            self.seen.append(text[max(0, hit.start() - 60) : hit.end() + 60])
        return bool(hit or self.bytes.search(data))
