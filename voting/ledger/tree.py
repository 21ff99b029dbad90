"""The Merkle tree of RFC 6962 (section 2.1): roots, proofs, and how they are checked.

`node(level, index)` is the hash of the complete subtree over the leaves from `index * 2**level` up to
`(index + 1) * 2**level`; level 0 are the leaves' own hashes.
"""

import hashlib
from collections.abc import Callable, Iterable

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Node = Callable[[int, int], bytes]


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256 over a zero byte and the leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees: SHA-256 over a one byte and both hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that only grows: the roots of its complete subtrees, from the largest to the smallest."""

    def __init__(self):
        self.size = 0
        self.peaks = []

    def append(self, value: bytes):
        """Add the hash of the next leaf."""
        self.peaks.append(value)
        self.size += 1
        rest = self.size
        while rest & 1 == 0:
            right = self.peaks.pop()
            self.peaks[-1] = node_hash(self.peaks[-1], right)
            rest >>= 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        return _fold(self.peaks)


def root_of(hashes: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes, level by level: faster than a Frontier, but all are in memory."""
    level, sha256 = list(hashes), hashlib.sha256
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        pairs = iter(level)
        above = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
        if len(level) % 2:
            # A lone subtree at the end goes up as it is until it finds its left sister.
            above.append(level[-1])
        level = above
    return level[0]


def root_at(size: int, node: Node) -> bytes:
    """Return the root over the first `size` leaves."""
    return _fold([node(level, index) for level, index in _subtrees(0, size)])


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return the audit path of leaf `index` in the tree of `size` leaves (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"There is no leaf {index} in a tree of {size}.")
    return _path(index, 0, size, node)


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Return the proof that the tree of `new` leaves extends that of `old` (RFC 6962, 2.1.2)."""
    if not 0 < old <= new:
        raise ValueError(f"There is no proof from {old} to {new} leaves.")
    return _consistency(old, 0, new, True, node)


def verify_inclusion(value: bytes, index: int, size: int, proof: list[bytes], root: bytes):
    """Raise ValueError unless `proof` leads from a leaf's hash at `index` to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise ValueError(f"There is no leaf {index} in a tree of {size}.")
    _check_hashes([value, *proof])
    position, last, found = index, size - 1, value
    for step in proof:
        if last == 0:
            raise ValueError("The proof is too long.")
        if position & 1 or position == last:
            found = node_hash(step, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, step)
        position, last = position >> 1, last >> 1
    if last:
        raise ValueError("The proof is too short.")
    if found != root:
        raise ValueError("The proof leads to another root.")


def verify_consistency(old: int, new: int, proof: list[bytes], old_root: bytes, new_root: bytes):
    """Raise ValueError unless `proof` shows that the new tree extends the old one (RFC 9162, 2.1.4.2).

    A tree without leaves proves nothing of what follows, so `old` is at least 1.
    """
    if not 0 < old <= new:
        raise ValueError(f"No proof leads from {old} to {new} leaves.")
    _check_hashes(proof)
    if old == new:
        if proof:
            raise ValueError("The proof is too long.")
        if old_root != new_root:
            raise ValueError("Two trees of one size have different roots.")
        return
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise ValueError("The proof is too short.")
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    found_old = found_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ValueError("The proof is too long.")
        if position & 1 or position == last:
            found_old, found_new = node_hash(step, found_old), node_hash(step, found_new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found_new = node_hash(found_new, step)
        position, last = position >> 1, last >> 1
    if last:
        raise ValueError("The proof is too short.")
    if found_old != old_root:
        raise ValueError("The proof leads to another old root.")
    if found_new != new_root:
        raise ValueError("The proof leads to another new root.")


def _check_hashes(hashes):
    if any(len(value) != HASH_BYTES for value in hashes):
        raise ValueError(f"Every hash has {HASH_BYTES} bytes.")


def _fold(peaks):
    """Return the root over complete subtrees, largest first."""
    if not peaks:
        return EMPTY_ROOT
    found = peaks[-1]
    for peak in reversed(peaks[:-1]):
        found = node_hash(peak, found)
    return found


def _subtrees(start, end):
    """Return the complete subtrees, (level, index) each, that make up the leaves from start to end.

    `start` is a multiple of the largest of them.
    """
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def _range(start, end, node):
    return _fold([node(level, index) for level, index in _subtrees(start, end)])


def _split(count):
    """Return the largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _path(index, start, end, node):
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(index, start, middle, node), _range(middle, end, node)]
    return [*_path(index, middle, end, node), _range(start, middle, node)]


def _consistency(old, start, end, whole, node):
    if old == end:
        return [] if whole else [_range(start, end, node)]
    middle = start + _split(end - start)
    if old <= middle:
        return [*_consistency(old, start, middle, whole, node), _range(middle, end, node)]
    return [*_consistency(old, middle, end, False, node), _range(start, middle, node)]
