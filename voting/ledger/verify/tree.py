"""One pass over all leaves: tiles, roots at every head, the entries' grammar, the batches' order."""

from itertools import chain

from ..tile import ENTRIES, WIDTH, Tile, format_tile_path, parse_bundle, tile_root, tiles_of
from ..tree import Frontier, leaf_hash
from .entries import History
from .report import Fault

MOST_BALLOTS = 500


def tile_names(size: int) -> set[str]:
    """Return the paths of every tile that belongs to a tree of this size."""
    return {format_tile_path(tile) for tile in tiles_of(size)}


def read_leaves(bundle, size):
    """Yield every leaf in order; Fault where a bundle of leaves is damaged."""
    for tile in tiles_of(size):
        if tile.level != ENTRIES:
            return
        yield from _read_tile(bundle, tile)


def read_leaf(bundle, size, index) -> bytes:
    """Return one leaf of a tree of this size."""
    place, at = divmod(index, WIDTH)
    return _read_tile(bundle, Tile(ENTRIES, place, min(WIDTH, size - place * WIDTH)))[at]


def _read_tile(bundle, tile):
    name = format_tile_path(tile)
    try:
        leaves = parse_bundle(bundle.read(name))
    except ValueError as error:
        raise Fault(f"{name} is damaged: {error}", f"{name} 已损坏。") from None
    if len(leaves) != tile.width:
        raise Fault(f"{name} holds {len(leaves)} leaves.", f"{name} 中的条目数不对。")
    return leaves


def walk(bundle, plan, marks, take_ballot, progress) -> History:
    """Check the whole tree and return its History.

    Each ballot goes to `take_ballot(index, category, commitment)`. `marks` are sizes with their roots
    in order, the last one of the whole tree.
    """
    size = marks[-1].size
    tree, tiles, history, order = Frontier(), Tiles(bundle), History(plan), Order(plan)
    waiting = iter(marks)
    mark = next(waiting)
    for index, leaf in enumerate(chain(read_leaves(bundle, size), [None])):
        while mark and mark.size == index:
            if tree.root() != mark.root:
                raise Fault(f"The entries do not lead to {mark.en}.", f"登记条目与{mark.zh}不符。")
            order.head(index)
            mark = next(waiting, None)
        if leaf is None:
            break
        value = leaf_hash(leaf)
        tree.append(value)
        tiles.add(0, value)
        ballot = history.take(leaf)
        if history.tallied == index + 1:
            history.tally_root = tree.root()
        if ballot:
            order.ballot(index, leaf, "close" in history.seen)
            take_ballot(index, *ballot)
        if not index & 0xFFF:
            progress(index, size)
    tiles.finish()
    history.finish()
    order.finish(history)
    return history


class Tiles:
    """Hashes as they come, compared with the tiles that they must fill."""

    def __init__(self, bundle):
        self.bundle, self.levels, self.counts = bundle, [], []

    def add(self, level, value):
        """Take the next hash of a level; a full tile is compared and gives a hash to the level above."""
        if level == len(self.levels):
            self.levels.append(bytearray())
            self.counts.append(0)
        data = self.levels[level]
        data += value
        if len(data) == 32 * WIDTH:
            self._compare(Tile(level, self.counts[level]), data)
            self.counts[level] += 1
            self.levels[level] = bytearray()
            self.add(level + 1, tile_root(data))

    def finish(self):
        """Compare the tiles that are not full."""
        for level, data in enumerate(self.levels):
            if data:
                self._compare(Tile(level, self.counts[level], len(data) // 32), data)

    def _compare(self, tile, data):
        name = format_tile_path(tile)
        if self.bundle.read(name) != bytes(data):
            raise Fault(f"{name} does not hold the hashes of the entries.", f"{name} 与登记条目不符。")


class Order:
    """The order of ballots: between two heads lies at most one batch, whose leaves are sorted."""

    def __init__(self, plan):
        self.most = MOST_BALLOTS * len(plan.sections)
        self.last, self.count, self.wrong = b"", 0, []

    def head(self, index):
        """Begin a new interval at a head."""
        self.last, self.count = b"", 0

    def ballot(self, index, leaf, closed):
        """Take a ballot's leaf. Other channels' files come after the close, in batches of their own."""
        if closed:
            return
        self.count += 1
        if leaf < self.last or self.count > self.most:
            self.wrong.append(index)
        self.last = leaf

    def finish(self, history):
        """Raise Fault where an order is wrong that neither a repair nor a rehearsal's files explain."""
        if history.plan.rehearsal and history.channels:
            return
        for index in self.wrong:
            if not any(index in repaired for repaired in history.repaired):
                number = index + 1
                raise Fault(
                    f"Entry {number} breaks the order of its batch: ballots of a batch stand sorted.",
                    f"第 {number} 号条目打乱了本批次的次序：同一批选票应按序排列。",
                )
