"""What a journalist can try who has a receipt and all that is public, but no database and no reveals."""

import base64
import hashlib

from voting.ledger.canonical import parse_canonical


def receipt_by_rank(play, category):
    """Yield (name, {commitment: line}) from public files alone: leaves by an order, lines by theirs."""
    leaves = []
    for at, leaf in enumerate(play.entries):
        content = parse_canonical(leaf)
        if content["type"] == "ballot" and content["category"] == category:
            leaves.append((at, base64.b64decode(content["commitment"])))
    lines = play.published[category]
    orders = {
        "place in the ledger": lambda item: item[0],
        "commitment": lambda item: item[1],
        "hash of the commitment": lambda item: hashlib.sha256(item[1]).digest(),
        "commitment's end": lambda item: item[1][::-1],
    }
    for name, key in orders.items():
        for turned in (False, True):
            ranked = [value for _at, value in sorted(leaves, key=key, reverse=turned)]
            yield f"{name}{' reversed' if turned else ''}", dict(zip(ranked, lines, strict=True))
