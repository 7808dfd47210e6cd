"""The Merkle tree of RFC 9162 section 2.1: hashes, roots, and proofs that an entry is in and that a log only grew."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from charlevoix.errors import Forged

Node = Callable[[int, int], bytes]
"""`node(height, position)`: the hash over the complete subtree of leaves [position * 2**height, (position + 1) * 2**height)."""

EMPTY_ROOT = sha256(b"").digest()
_LONGEST = 64  # no tree here has 2**64 leaves, so no honest proof is longer


def leaf_hash(leaf: bytes) -> bytes:
    """RFC 9162 section 2.1.1: 0x00 before a leaf."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 section 2.1.1: 0x01 before two hashes."""
    return sha256(b"\x01" + left + right).digest()


def next_row(row: bytes) -> bytes:
    """The hashes one level up: of each complete pair of the 32-byte hashes in `row`; an odd last one stays behind."""
    hashing = sha256
    return b"".join([hashing(b"\x01" + row[at : at + 64]).digest() for at in range(0, len(row) - 63, 64)])


def root(size: int, node: Node) -> bytes:
    """The root of the tree over the first `size` leaves."""
    return _hash_of(0, size, node) if size else EMPTY_ROOT


def inclusion(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree of `size`, from the leaf up (RFC 9162 section 2.1.3.1).

    Raises ValueError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    start, stop, path = 0, size, []
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append((middle, stop))
            stop = middle
        else:
            path.append((start, middle))
            start = middle
    return tuple(_hash_of(a, b, node) for a, b in reversed(path))


def consistency(earlier: int, later: int, node: Node) -> tuple[bytes, ...]:
    """The proof that the tree of `earlier` leaves is the start of that of `later` (RFC 9162 section 2.1.4.1).

    Raises ValueError unless 0 <= earlier <= later. Empty for `earlier` 0 or equal to `later`.
    """
    if not 0 <= earlier <= later:
        raise ValueError(f"no proof from {earlier} to {later}")
    if earlier in (0, later):
        return ()
    start, stop, path, whole = 0, later, [], True
    while earlier != stop:
        middle = start + _split(stop - start)
        if earlier <= middle:
            path.append((middle, stop))
            stop = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    if not whole:  # else the verifier has this hash: it is the earlier root
        path.append((start, stop))
    return tuple(_hash_of(a, b, node) for a, b in reversed(path))


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> None:
    """RFC 9162 section 2.1.3.2, `leaf` being the leaf's hash. Raises Forged where the path does not lead to the root."""
    if not 0 <= index < size or len(path) > _LONGEST or any(len(step) != 32 for step in path):
        raise Forged("ledger.inclusion", index, size)
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise Forged("ledger.inclusion", index, size)
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    if last or found != expected:
        raise Forged("ledger.inclusion", index, size)


def verify_consistency(earlier: int, later: int, path: Sequence[bytes], earlier_root: bytes, later_root: bytes) -> None:
    """RFC 9162 section 2.1.4.2. Raises Forged where the later tree does not start with the earlier one."""
    wrong = Forged("ledger.consistency", earlier, later)
    if not 0 <= earlier <= later or len(path) > 2 * _LONGEST or any(len(step) != 32 for step in path):
        raise wrong
    if earlier in (0, later):
        if path or (earlier_root != later_root if earlier == later else earlier_root != EMPTY_ROOT):
            raise wrong
        return
    steps = iter((earlier_root, *path) if earlier & (earlier - 1) == 0 else path)
    at, last = earlier - 1, later - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = next(steps, b"")
    for step in steps:
        if last == 0:
            raise wrong
        if at & 1 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    if last or (old, new) != (earlier_root, later_root):
        raise wrong


def _split(width: int) -> int:
    """The largest power of two smaller than `width` (> 1)."""
    return 1 << ((width - 1).bit_length() - 1)


def _hash_of(start: int, stop: int, node: Node) -> bytes:
    """The hash over leaves [start, stop), `start` being where a subtree begins: its complete subtrees, joined from the right."""
    hashes = list(_complete(start, stop, node))
    found = hashes.pop()
    while hashes:
        found = node_hash(hashes.pop(), found)
    return found


def _complete(start: int, stop: int, node: Node) -> Iterator[bytes]:
    while start < stop:
        height = (stop - start).bit_length() - 1
        yield node(height, start >> height)
        start += 1 << height
