"""A reading of the tree: all its hashes as they follow from the leaves, tile by tile, with little of it in memory."""

from charlevoix.ledger import merkle
from charlevoix.ledger.tiles import HASH, HEIGHT, WIDTH, Tile, pyramid


class Reading:
    """The hashes of all full tiles and what is above them, and those tiles of leaves that were kept.

    Takes the tiles of level 0 in order, the last one may be partial. Holds 64 bytes for each full tile, and what `keep` says: a
    root of an earlier size needs the tile that this size ends in.
    """

    def __init__(self) -> None:
        self.complete = True
        self._tiles: dict[int, bytes] = {}
        self._roots: list[bytes] = []
        self._rows: list[bytes] = []  # from height 8 up; made when they are first asked for

    def add(self, number: int, hashes: bytes | None, keep: bool) -> None:
        """Takes the leaf hashes of the next tile; None where they can't be had, and the reading is incomplete from then on."""
        if hashes is None:
            self.complete = False
            return
        if len(hashes) == WIDTH * HASH:
            self._roots.append(merkle.next_row(pyramid(hashes)[-1]))
        if keep or len(hashes) < WIDTH * HASH:
            self._tiles[number] = hashes

    def root(self, size: int) -> bytes | None:
        """The root; None where a file is missing for it."""
        return merkle.root(size, self.node) if self.complete else None

    def node(self, height: int, position: int) -> bytes:
        """The hash over a complete subtree (`merkle.Node`); below height 8 only in tiles that were kept."""
        if height < HEIGHT:
            number, at = divmod(position, WIDTH >> height)
            return pyramid(self._tiles[number])[height][at * HASH : (at + 1) * HASH]
        return self._row(height)[position * HASH : (position + 1) * HASH]

    def tile(self, tile: Tile) -> bytes:
        """The bytes that a tile, or the leaf hashes that a bundle, must have."""
        if not tile.level:
            return self._tiles[tile.number][: tile.width * HASH]
        start = tile.number * WIDTH * HASH
        return self._row(tile.level * HEIGHT)[start : start + tile.width * HASH]

    def _row(self, height: int) -> bytes:
        if not self._rows:
            self._rows.append(b"".join(self._roots))
        while len(self._rows) <= height - HEIGHT:
            self._rows.append(merkle.next_row(self._rows[-1]))
        return self._rows[height - HEIGHT]
