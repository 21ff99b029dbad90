"""RFC 6962's own recursive definitions, slow and plain, to compare the ledger's tree with."""

import hashlib


def tree_hash(leaves):
    """Return MTH(D[n]) of RFC 6962, section 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def audit_path(index, leaves):
    """Return PATH(m, D[n]) of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*audit_path(index, leaves[:k]), tree_hash(leaves[k:])]
    return [*audit_path(index - k, leaves[k:]), tree_hash(leaves[:k])]


def extension_proof(old, leaves):
    """Return PROOF(m, D[n]) of RFC 6962, section 2.1.2."""
    return sub_proof(old, leaves, True)


def sub_proof(old, leaves, whole):
    """Return SUBPROOF(m, D[n], b)."""
    if old == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*sub_proof(old, leaves[:k], whole), tree_hash(leaves[k:])]
    return [*sub_proof(old - k, leaves[k:], False), tree_hash(leaves[:k])]


def split(count):
    """Return the largest power of two smaller than `count`."""
    k = 1
    while 2 * k < count:
        k *= 2
    return k


def node_of(leaves):
    """Return the function that gives the hash of the complete subtree at (level, index)."""

    def node(level, index):
        part = leaves[index << level : (index + 1) << level]
        if len(part) != 1 << level:
            raise AssertionError(f"There is no complete subtree at level {level}, index {index}.")
        return tree_hash(part)

    return node
