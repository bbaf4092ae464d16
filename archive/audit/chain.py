"""The Merkle tree of RFC 6962 §2.1 over the log's lines, with its proofs. Pure.

The digest of a line is its leaf hash, SHA-256(0x00 ‖ line); each line names the one before it, so the same digest
makes the chain. A tree of any size is held as its peaks: the roots of the perfect subtrees, largest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
BLOCK_LEVEL = 6
BLOCK = 1 << BLOCK_LEVEL


def leaf(line: bytes) -> bytes:
    return sha256(b"\0" + line).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


class Tree:
    """A growing tree: its size and its peaks."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)

    def append(self, digest: bytes) -> None:
        """Add a leaf hash."""
        self._push(digest, 0)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaf hashes: whole blocks level by level, which takes half the time."""
        place, end = 0, len(leaves)
        while place < end:
            if self.size % BLOCK == 0 and end - place >= BLOCK:
                self._push(_perfect(leaves[place : place + BLOCK]), BLOCK_LEVEL)
                place += BLOCK
            else:
                self._push(leaves[place], 0)
                place += 1

    def _push(self, digest: bytes, level: int) -> None:
        """Add a perfect subtree. As in counting, a peak goes for each power of two that is carried."""
        peaks, size = self.peaks, self.size >> level
        while size & 1:
            digest = sha256(b"\1" + peaks.pop() + digest).digest()
            size >>= 1
        peaks.append(digest)
        self.size += 1 << level

    def root(self) -> bytes:
        return _bag(self.peaks)


def _perfect(nodes: Sequence[bytes]) -> bytes:
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2], strict=True)
        nodes = [sha256(b"\1" + left + right).digest() for left, right in pairs]
    return nodes[0]


def _bag(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY
    top = peaks[-1]
    for peak in reversed(peaks[:-1]):
        top = node(peak, top)
    return top


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    tree = Tree()
    tree.extend(leaves)
    return tree.root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (RFC 6962's k)."""
    return 1 << (size - 1).bit_length() - 1


class Layers:
    """The whole tree over leaf hashes, for many proofs: each layer holds the roots of pairs of the one below."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.layers = [list(leaves)]
        while len(below := self.layers[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)
            odd = below[-1:] if len(below) % 2 else []
            self.layers.append([*(node(left, right) for left, right in pairs), *odd])

    def path(self, index: int) -> list[bytes]:
        """The audit path of leaf `index` (from 0), nearest first (RFC 6962 §2.1.1)."""
        steps = []
        for layer in self.layers[:-1]:
            if index ^ 1 < len(layer):  # else it is odd and rises alone
                steps.append(layer[index ^ 1])
            index >>= 1
        return steps


def consistency(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """The proof that the tree of the first `size` leaves is a beginning of this one (RFC 6962 §2.1.2)."""
    if not 0 < size < len(leaves):
        return []
    return _sub_proof(leaves, size, True)


def _sub_proof(leaves: Sequence[bytes], size: int, whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    k = _split(len(leaves))
    if size <= k:
        return [*_sub_proof(leaves[:k], size, whole), root(leaves[k:])]
    return [*_sub_proof(leaves[k:], size - k, False), root(leaves[:k])]


def includes(digest: bytes, index: int, size: int, path: Sequence[bytes], top: bytes) -> bool:
    """Does the audit path lead from this leaf to the root `top` of a tree of `size`? (RFC 9162 §2.1.3.2)"""
    if not 0 <= index < size:
        return False
    last = size - 1
    for step in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            digest = node(step, digest)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            digest = node(digest, step)
        index, last = index >> 1, last >> 1
    return last == 0 and digest == top


def extends(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Does the proof show that the tree of `first` leaves begins the tree of `second`? (RFC 9162 §2.1.4.2)"""
    if first == second:
        return first_root == second_root and not proof
    if not 0 < first < second or not proof:
        return False
    steps = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node(step, old), node(step, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node(new, step)
        here, last = here >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
