"""The worked example of voting/ledger/SPEC.md: one category, two candidates, one ballot, three leaves.

The specification marks each block of the example by a name behind its fence; a test compares all of
them with what this module computes. `python -m tests.spec_example` writes them anew.
"""

import base64
import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.ledger.canonical import canonical
from voting.ledger.checkpoint import Checkpoint
from voting.ledger.code import format_code, receipt_code
from voting.ledger.commitment import commitment
from voting.ledger.head import sign_head
from voting.ledger.headline import format_headline
from voting.ledger.note import COSIGNATURE, format_vkey
from voting.ledger.pledge import Pledge, sign_pledge
from voting.ledger.proof import Proof, format_proof
from voting.ledger.tile import ENTRIES, extend, format_bundle, format_tile_path, tiles_of
from voting.ledger.tree import leaf_hash, node_hash
from voting.ledger.verify import FORMAT, LISTING

SPEC = Path(__file__).resolve().parent.parent / "voting" / "ledger" / "SPEC.md"
BLOCK = re.compile(r"^```text ([a-z0-9-]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)

UID = "0123456789abcdef0123"
ORIGIN = f"ledger.example/lunch/{UID}"
LEDGER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(0x20)))
PLEDGE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(0x20, 0x40)))
NONCE = bytes(range(0xA0, 0xC0))
PICKS = ["102"]


def moment(minute, second):
    """Return a moment of the example's hour."""
    return datetime(2026, 11, 24, 1, minute, second, tzinfo=UTC)


MANIFEST = canonical(
    {
        "format": "shortlist/manifest/v1",
        "poll": UID,
        "origin": ORIGIN,
        "opens_at": "2026-11-24T01:00:00Z",
        "closes_at": "2026-11-24T09:00:00Z",
        "rehearsal": False,
        "rules": {
            "approvals": 1,
            "daily": False,
            "least_votes": 1,
            "lot_source": "",
            "reveals": "auditors",
            "tie_rule": "all_in",
        },
        "keys": {
            "ledger": LEDGER_KEY.public_key().public_bytes_raw().hex(),
            "pledge": PLEDGE_KEY.public_key().public_bytes_raw().hex(),
        },
        "list": {
            "categories": [
                {
                    "code": "1",
                    "on_ballot": True,
                    "places": 1,
                    "min_choices": 0,
                    "max_choices": 1,
                    "candidates": [{"code": "101", "title": "Noodles"}, {"code": "102", "title": "Rice"}],
                }
            ]
        },
    }
)
SHA256 = hashlib.sha256(MANIFEST).hexdigest()
COMMITMENT = commitment(UID, "1", PICKS, NONCE)
LEAVES = [
    canonical(
        {
            "type": "manifest",
            "name": "manifest.json",
            "length": len(MANIFEST),
            "sha256": SHA256,
            "by": ["Ann"],
        }
    ),
    canonical({"type": "open", "at": "2026-11-24T01:00:00Z", "manifest": SHA256, "ballots": 0}),
    canonical({"type": "ballot", "category": "1", "commitment": base64.b64encode(COMMITMENT).decode()}),
]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
FIRST_TWO = node_hash(*HASHES[:2])
ROOT = node_hash(FIRST_TWO, HASHES[2])
HEADS = [
    sign_head(Checkpoint(ORIGIN, 2, FIRST_TWO), LEDGER_KEY, moment(0, 5)),
    sign_head(Checkpoint(ORIGIN, 3, ROOT), LEDGER_KEY, moment(2, 5)),
]
HEADLINE = format_headline(Checkpoint(ORIGIN, 3, ROOT))
PLEDGE = sign_pledge(Pledge(UID, SHA256, moment(45, 0), {"1": COMMITMENT}), PLEDGE_KEY)
PROOF = format_proof(Proof(2, [FIRST_TWO], HEADS[1]))


def blocks() -> dict[str, str]:
    """Return the text of each block by its name."""
    public = LEDGER_KEY.public_key().public_bytes_raw()
    lines = {
        "manifest": [MANIFEST.decode()],
        "manifest-hash": [SHA256],
        "commitment-input": ["shortlist/commitment/v1", UID, "1", " ".join(PICKS), NONCE.hex()],
        "commitment": [COMMITMENT.hex()],
        "receipt-code": [format_code(receipt_code({"1": COMMITMENT}))],
        "leaves": [leaf.decode() for leaf in LEAVES],
        "hashes": [
            *(f"leaf {at}  {value.hex()}" for at, value in enumerate(HASHES)),
            f"node    {FIRST_TWO.hex()}",
            f"root    {ROOT.hex()}",
        ],
        "vkeys": [format_vkey(ORIGIN, public), format_vkey(ORIGIN, public, COSIGNATURE)],
        "consistency": [base64.b64encode(HASHES[2]).decode()],
        "entries": [f"{len(leaf):04x} {leaf.decode()}" for leaf in LEAVES],
        "headline": [HEADLINE],
    }
    notes = {"pledge": PLEDGE, "head-2": HEADS[0], "head-3": HEADS[1], "proof": PROOF}
    return {name: "".join(f"{line}\n" for line in content) for name, content in lines.items()} | notes


def bundle_files() -> dict[str, bytes]:
    """Return the files of the example's bundle by their names."""
    tiles = extend(0, HASHES, lambda level, index: b"")
    files = {
        "manifest.json": MANIFEST,
        "checkpoint": HEADS[1].encode(),
        "heads.jsonl": b"".join(canonical({"note": note}) + b"\n" for note in HEADS),
    }
    for tile in tiles_of(len(LEAVES)):
        data = format_bundle(LEAVES) if tile.level == ENTRIES else tiles[tile.level, tile.index]
        files[format_tile_path(tile)] = data
    rows = [
        {"name": name, "length": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in sorted(files.items())
    ]
    listing = {"format": FORMAT, "poll": UID, "audience": "public", "files": rows}
    return {LISTING: canonical(listing), **files}


def read_blocks(text: str) -> dict[str, str]:
    """Return the named blocks of a specification's text."""
    return dict(BLOCK.findall(text))


def main():
    """Write every block of the specification anew."""
    computed = blocks()
    text = BLOCK.sub(lambda found: f"```text {found[1]}\n{computed[found[1]]}```", SPEC.read_text())
    SPEC.write_text(text, newline="")


if __name__ == "__main__":
    main()
