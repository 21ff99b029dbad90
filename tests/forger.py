"""A bundle taken apart, changed, and signed anew, as an organiser could who holds every key of the poll."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from voting.ledger.canonical import canonical, parse_canonical
from voting.ledger.checkpoint import Checkpoint
from voting.ledger.head import open_head, sign_head
from voting.ledger.tile import ENTRIES, WIDTH, extend, format_bundle, format_tile_path, parse_bundle, tiles_of
from voting.ledger.tree import leaf_hash, root_of
from voting.ledger.verify import FORMAT, LISTING


class HeadAt(NamedTuple):
    """When a head over so many leaves was signed."""

    size: int
    at: object


class Forger:
    """The parts of a bundle: `manifest`, `leaves`, `heads`, `documents`; `write` makes a bundle of them."""

    def __init__(self, folder: Path):
        self.manifest = (folder / "manifest.json").read_bytes()
        content = json.loads(self.manifest)
        self.uid, self.origin = content["poll"], content["origin"]
        self.key = Ed25519PrivateKey.from_private_bytes(
            bytes.fromhex((settings.KEY_DIR / self.uid / "ledger.key").read_text())
        )
        public = self.key.public_key().public_bytes_raw()
        self.heads = []
        for line in (folder / "heads.jsonl").read_bytes().splitlines():
            head = open_head(json.loads(line)["note"], self.origin, public)
            self.heads.append(HeadAt(head.checkpoint.size, head.at))
        self.leaves = []
        for tile in tiles_of(self.heads[-1].size):
            if tile.level == ENTRIES:
                self.leaves += parse_bundle((folder / format_tile_path(tile)).read_bytes())
        self.documents = {path.name: path.read_bytes() for path in (folder / "documents").iterdir()}
        self.notes = {}

    def acts(self, kind):
        """Return the indexes of all entries of a type."""
        return [at for at, leaf in enumerate(self.leaves) if parse_canonical(leaf)["type"] == kind]

    def change(self, kind, **content):
        """Change members of the only entry of a type."""
        (at,) = self.acts(kind)
        self.leaves[at] = canonical({**parse_canonical(self.leaves[at]), **content})

    def enter_documents(self):
        """Let the entries name the documents as they are now."""
        for kind in ("reveals", "tally"):
            (at,) = self.acts(kind)
            names = [document["name"] for document in parse_canonical(self.leaves[at])["documents"]]
            self.change(kind, documents=[self.described(name) for name in names])

    def described(self, name):
        """Return what an entry says of a document."""
        data = self.documents[name]
        return {"name": name, "length": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def insert(self, at, leaf):
        """Put a leaf in and let the heads behind it grow."""
        self.leaves.insert(at, leaf)
        self.heads = [head._replace(size=head.size + (head.size > at)) for head in self.heads]

    def remove(self, at):
        """Take a leaf out and let the heads behind it shrink."""
        del self.leaves[at]
        self.heads = [head._replace(size=head.size - (head.size > at)) for head in self.heads]

    def delay(self, **time):
        """Let every head be signed later."""
        self.heads = [head._replace(at=head.at + timedelta(**time)) for head in self.heads]

    def write(self, folder: Path):
        """Write the bundle, everything signed anew."""
        hashes = [leaf_hash(leaf) for leaf in self.leaves]
        size = self.heads[-1].size
        files = {"manifest.json": self.manifest}
        tiles = extend(0, hashes[:size], lambda level, index: b"")
        for tile in tiles_of(size):
            if tile.level == ENTRIES:
                data = format_bundle(self.leaves[tile.index * WIDTH : tile.index * WIDTH + tile.width])
            else:
                data = tiles[tile.level, tile.index]
            files[format_tile_path(tile)] = data
        notes = [
            self.notes.get(head.size)
            or sign_head(Checkpoint(self.origin, head.size, root_of(hashes[: head.size])), self.key, head.at)
            for head in self.heads
        ]
        files["heads.jsonl"] = b"".join(canonical({"note": note}) + b"\n" for note in notes)
        files["checkpoint"] = notes[-1].encode()
        files |= {f"documents/{name}": data for name, data in self.documents.items()}
        write_files(folder, self.uid, files)
        return folder


def write_files(folder, uid, files):
    """Write files and the listing that goes with them."""
    rows = [
        {"name": name, "length": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
        for name in sorted(files)
    ]
    listing = canonical({"format": FORMAT, "audience": "auditor", "poll": uid, "files": rows})
    for name, data in {**files, LISTING: listing}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
