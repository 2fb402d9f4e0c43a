"""The Merkle tree over a batch of entries, as RFC 6962 (2.1) builds it: one hash that stands for all of them.

A leaf's hash begins with 0x00 and a node's with 0x01, so that none passes for the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def leaf_hash(content: bytes) -> bytes:
    """SHA-256 of one leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaves' hashes, in their order. Of none: SHA-256 of nothing."""
    # Whole trees of 1, 2, 4, … leaves, the largest first: two of a size become one.
    trees: list[tuple[int, bytes]] = []
    for leaf in leaves:
        size, top = 1, leaf
        while trees and trees[-1][0] == size:
            _, left = trees.pop()
            size, top = 2 * size, _node(left, top)
        trees.append((size, top))
    if not trees:
        return hashlib.sha256().digest()
    top = trees.pop()[1]
    while trees:
        top = _node(trees.pop()[1], top)
    return top


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
