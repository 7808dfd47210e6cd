"""Tiles: the tree and its leaves cut into files of 256 that can be fetched one by one (C2SP tlog-tiles, tile height 8)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from charlevoix.errors import Malformed
from charlevoix.ledger.merkle import next_row

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH = 32


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a tile is: `level` None is a bundle of entries; `width` below 256 is a partial one."""

    level: int | None
    number: int
    width: int

    @property
    def path(self) -> str:
        """`tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`; 1234067 prints as `x001/x234/067`."""
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
        level = "entries" if self.level is None else str(self.level)
        return f"tile/{level}/{name}" + (f".p/{self.width}" if self.width < WIDTH else "")


def public_tiles(sizes: Iterable[int]) -> list[Tile]:
    """The tiles to serve for these checkpoints: of each size all, but no partial one whose full tile is there (tlog-tiles)."""
    every = {tile for size in sizes for tile in tiles_of(size)}
    return [t for t in every if t.width == WIDTH or Tile(t.level, t.number, WIDTH) not in every]


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile and bundle that a tree of `size` leaves has; a partial one at the end of each level where one is left over."""
    for level in (None, *range(-(-size.bit_length() // HEIGHT))):
        hashes = size >> (HEIGHT * (level or 0))
        for number in range(hashes // WIDTH):
            yield Tile(level, number, WIDTH)
        if hashes % WIDTH:
            yield Tile(level, hashes // WIDTH, hashes % WIDTH)


@lru_cache(maxsize=64)
def pyramid(hashes: bytes) -> tuple[bytes, ...]:
    """The eight rows of a tile: row r holds the hashes of its complete subtrees of height r.

    Kept by content, not by place: a transaction that is rolled back leaves nothing wrong here.
    """
    rows = [hashes]
    for _ in range(HEIGHT - 1):
        rows.append(next_row(rows[-1]))
    return tuple(rows)


def print_bundle(leaves: list[bytes]) -> bytes:
    """A bundle of entries: each leaf after its length, two bytes, big endian."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def parse_bundle(raw: bytes) -> list[bytes]:
    """The leaves of a bundle. Raises Malformed where a length leads beyond the end, or more than 256 leaves are in it."""
    leaves: list[bytes] = []
    at = 0
    while at < len(raw):
        start = at + 2
        at = start + int.from_bytes(raw[at:start], "big")
        if start > len(raw) or at > len(raw) or len(leaves) == WIDTH:
            raise Malformed("ledger.bundle", len(raw), at)
        leaves.append(raw[start:at])
    return leaves
