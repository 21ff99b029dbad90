"""Write an auditors' bundle of a counted poll that never was, in the shape of the real list.

python3 benchmarks/make_bundle.py 100000 FOLDER
/usr/bin/time -v python3 -m voting.ledger verify FOLDER

Needs no database: nonces, keys and picks come from a seed, so that the same number of ballots always
gives the same bytes. 500 ballots a batch, one head a batch.
"""

import base64
import hashlib
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402

from voting.ledger.canonical import canonical  # noqa: E402
from voting.ledger.checkpoint import Checkpoint  # noqa: E402
from voting.ledger.commitment import commitment  # noqa: E402
from voting.ledger.head import sign_head  # noqa: E402
from voting.ledger.tile import ENTRIES, WIDTH, extend, format_bundle, format_tile_path, tiles_of  # noqa: E402
from voting.ledger.tree import Frontier, leaf_hash  # noqa: E402
from voting.ledger.verify import FORMAT, LISTING, plan  # noqa: E402
from voting.ledger.verify.ballots import counted_section  # noqa: E402
from voting.ledger.verify.selections import BLANK, Selections  # noqa: E402

UID = "benchmark0000000"
ORIGIN = f"ledger.example/benchmark/{UID}"
CATEGORIES = {"2": 13, "3": 12}
MOST = 10
BATCH = 500
OPENS, CLOSES = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 1, 15, 1, tzinfo=UTC)


class Sink:
    """A folder that remembers length and hash of each file written to it."""

    def __init__(self, folder):
        self.folder, self.files = folder, {}

    def write(self, name, pieces):
        """Write a file; return what a ledger entry says of it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, length = hashlib.sha256(), 0
        with open(path, "xb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                length += len(piece)
        row = {"name": name, "length": length, "sha256": digest.hexdigest()}
        self.files[name] = row
        return {**row, "name": name.removeprefix("documents/")}


class Ledger:
    """Leaves with the hashes of their tree, and the heads signed over them."""

    def __init__(self, key):
        self.key, self.leaves, self.hashes, self.notes, self.tree = key, [], [], [], Frontier()

    def append(self, leaves, at):
        """Take leaves and sign a head over all so far."""
        for leaf in leaves:
            self.leaves.append(leaf)
            self.hashes.append(leaf_hash(leaf))
            self.tree.append(self.hashes[-1])
        self.notes.append(sign_head(Checkpoint(ORIGIN, self.tree.size, self.tree.root()), self.key, at))

    def enter(self, kind, signed, /, **content):
        """Enter an act and sign a head over it at that time."""
        self.append([canonical({"type": kind, **content})], signed)

    def write(self, sink):
        """Write tiles, entries and heads."""
        size = self.tree.size
        tiles = extend(0, self.hashes, lambda level, index: b"")
        for tile in tiles_of(size):
            if tile.level == ENTRIES:
                start = tile.index * WIDTH
                data = format_bundle(self.leaves[start : start + tile.width])
            else:
                data = tiles[tile.level, tile.index]
            sink.write(format_tile_path(tile), [data])
        sink.write("heads.jsonl", (canonical({"note": note}) + b"\n" for note in self.notes))
        sink.write("checkpoint", [self.notes[-1].encode()])


def manifest_of(key):
    """Return the bytes of a manifest with all that a verifier reads of one."""
    public = key.public_key().public_bytes_raw().hex()
    categories = [
        {
            "code": digit,
            "on_ballot": True,
            "places": MOST,
            "min_choices": 0,
            "max_choices": MOST,
            "candidates": [{"code": f"{digit}{at:02}"} for at in range(1, count + 1)],
        }
        for digit, count in CATEGORIES.items()
    ]
    document = {
        "format": plan.FORMAT,
        "poll": UID,
        "origin": ORIGIN,
        "opens_at": _time(OPENS),
        "closes_at": _time(CLOSES),
        "rehearsal": False,
        "rules": {
            "approvals": 1,
            "daily": False,
            "least_votes": 1,
            "lot_source": "",
            "reveals": "auditors",
            "tie_rule": "all_in",
        },
        "keys": {"ledger": public, "pledge": public},
        "list": {"categories": categories},
    }
    return canonical(document)


def main(count, folder):
    """Write the bundle of a poll with `count` ballots."""
    chance, sink = random.Random(count), Sink(Path(folder))
    key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    manifest = manifest_of(key)
    rules = plan.read_plan(manifest)
    described = sink.write("manifest.json", [manifest])
    ledger, reveals = Ledger(key), {digit: [] for digit in CATEGORIES}
    ledger.enter("manifest", OPENS - timedelta(days=1), **described, by=["Ann"])
    ledger.enter("open", OPENS, at=_time(OPENS), manifest=rules.sha256, ballots=0)
    for start in range(0, count, BATCH):
        leaves = []
        for _ballot in range(start, min(count, start + BATCH)):
            for section in rules.sections:
                codes, nonce = (
                    sorted(chance.sample(section.codes, chance.randint(0, MOST))),
                    chance.randbytes(32),
                )
                value = commitment(UID, section.code, codes, nonce)
                reveals[section.code].append((value, codes, nonce))
                text = base64.b64encode(value).decode()
                leaves.append(canonical({"type": "ballot", "category": section.code, "commitment": text}))
        ledger.append(sorted(leaves), OPENS + (CLOSES - OPENS) * start // max(count, 1))
    ledger.enter("close", CLOSES, at=_time(CLOSES), ballots=count, participations=count, reason="", by=[])
    documents = [
        sink.write(f"documents/reveals-{digit}.jsonl", _reveal_lines(reveals[digit])) for digit in CATEGORIES
    ]
    ledger.enter("reveals", CLOSES, to=rules.reveals, documents=documents)
    ledger.enter("tally", CLOSES, documents=count_documents(sink, rules, reveals, count))
    ledger.write(sink)
    files = [sink.files[name] for name in sorted(sink.files)]
    sink.write(LISTING, [canonical({"format": FORMAT, "poll": UID, "audience": "auditor", "files": files})])


def count_documents(sink, rules, reveals, count):
    """Write published marks and tally; return what the tally's entry says of them."""
    categories, documents = [], []
    for section in rules.sections:
        lines = sorted(" ".join(codes) or BLANK for _value, codes, _nonce in reveals[section.code])
        pieces = (f"{line}\n".encode() for line in lines)
        documents.append(sink.write(f"documents/marks-{section.code}.txt", pieces))
        categories.append(counted_section(rules, section, Selections(lines)))
    tally = {
        "format": "shortlist/tally/v1",
        "poll": UID,
        "manifest": rules.sha256,
        "ballots": count,
        "not_counted": {},
        "channels": {"web": count},
        "categories": categories,
    }
    return [sink.write("documents/tally.json", [canonical(tally)]), *documents]


def _reveal_lines(reveals):
    for value, codes, nonce in sorted(reveals):
        text = base64.b64encode(value).decode()
        yield canonical({"commitment": text, "codes": codes, "nonce": nonce.hex()}) + b"\n"


def _time(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
