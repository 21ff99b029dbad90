"""Tiles: how the tree and its leaves are cut into files (c2sp.org/tlog-tiles)."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .tree import HASH_BYTES, Node, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = "entries"
MOST_LEAF_BYTES = 65_535
DEEPEST = 63
PATH = re.compile(
    r"tile/(0|[1-9][0-9]?|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)

Read = Callable[[int, int], bytes]


class Tile(NamedTuple):
    """A file of the tree: level (a number, or `entries`), place, and how many hashes or leaves it holds."""

    level: int | str
    index: int
    width: int = WIDTH


def format_tile_path(tile: Tile) -> str:
    """Return the path of a tile, such as `tile/0/x001/x234/067` or `tile/entries/000.p/8`."""
    digits = str(tile.index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    partial = f".p/{tile.width}" if tile.width < WIDTH else ""
    return f"tile/{tile.level}/{path}{partial}"


def parse_tile_path(path: str) -> Tile:
    """Read what `format_tile_path` writes and nothing else; ValueError otherwise."""
    found = PATH.fullmatch(path)
    if not found:
        raise ValueError("This is no path of a tile.")
    level, place, width = found.groups()
    tile = Tile(
        level if level == ENTRIES else int(level),
        int(place.replace("x", "").replace("/", "")),
        int(width) if width else WIDTH,
    )
    if format_tile_path(tile) != path or (level != ENTRIES and int(level) > DEEPEST):
        raise ValueError("This is no path of a tile.")
    return tile


def extend(size: int, hashes: list[bytes], read: Read) -> dict[tuple[int, int], bytes]:
    """Return the whole content of every tile that changes when leaves come behind the first `size`.

    `read(level, index)` returns what is stored of a tile that is not full yet. Keys are (level, index).
    """
    changed: dict[tuple[int, int], bytearray] = {}
    level, start, values = 0, size, hashes
    while values:
        for at, value in enumerate(values, start):
            place = level, at // WIDTH
            if place not in changed:
                changed[place] = bytearray(read(*place) if at % WIDTH else b"")
                if len(changed[place]) != at % WIDTH * HASH_BYTES:
                    raise ValueError(f"Tile {place} does not hold the tree of {size} leaves.")
            changed[place] += value
        end = start + len(values)
        above = range(start // WIDTH, end // WIDTH)
        values = [tile_root(changed[level, index]) for index in above]
        level, start = level + 1, start // WIDTH
    return {place: bytes(data) for place, data in changed.items()}


def tile_root(data: bytes) -> bytes:
    """Return the hash over the hashes of a full tile: one hash of the tile above."""
    level = [bytes(data[at : at + HASH_BYTES]) for at in range(0, len(data), HASH_BYTES)]
    if len(level) != WIDTH:
        raise ValueError("Only a full tile has a place in the tile above.")
    while len(level) > 1:
        level = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def node_reader(read: Read) -> Node:
    """Return the function that gives the hash of any complete subtree, from tiles."""

    def node(level, index):
        above, inner = divmod(level, HEIGHT)
        first = index << inner
        data = read(above, first // WIDTH)
        start = first % WIDTH * HASH_BYTES
        part = data[start : start + (HASH_BYTES << inner)]
        if len(part) != HASH_BYTES << inner:
            raise ValueError(f"A tile lacks hashes: level {above}, index {first // WIDTH}.")
        hashes = [part[at : at + HASH_BYTES] for at in range(0, len(part), HASH_BYTES)]
        while len(hashes) > 1:
            hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
        return bytes(hashes[0])

    return node


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield every tile of hashes that a tree of `size` leaves has, and the bundles of its leaves."""
    for level in [ENTRIES, *range(DEEPEST)]:
        count = size if level == ENTRIES else size >> (HEIGHT * level)
        if not count:
            return
        for index in range(count // WIDTH):
            yield Tile(level, index)
        if count % WIDTH:
            yield Tile(level, count // WIDTH, count % WIDTH)


def format_bundle(leaves: list[bytes]) -> bytes:
    """Join leaves: each its length in two bytes, big-endian, then itself."""
    if not 0 < len(leaves) <= WIDTH:
        raise ValueError(f"A bundle holds 1 to {WIDTH} leaves.")
    if any(len(leaf) > MOST_LEAF_BYTES for leaf in leaves):
        raise ValueError(f"A leaf has at most {MOST_LEAF_BYTES} bytes.")
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def parse_bundle(data: bytes) -> list[bytes]:
    """Read what `format_bundle` writes; ValueError otherwise."""
    leaves, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        leaf = data[at + 2 : at + 2 + length]
        if at + 2 > len(data) or len(leaf) != length:
            raise ValueError("The bundle is cut off.")
        leaves.append(bytes(leaf))
        at += 2 + length
    if not 0 < len(leaves) <= WIDTH:
        raise ValueError(f"A bundle holds 1 to {WIDTH} leaves.")
    return leaves
