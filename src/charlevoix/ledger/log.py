"""The log: every passage through a door, appended in the transaction of the act, never changed, checkable by anybody."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from charlevoix.errors import Answer, Misconfigured, Unknown
from charlevoix.ledger import merkle
from charlevoix.ledger.checkpoint import Checkpoint, Signer, sign
from charlevoix.ledger.entry import DESTROYED, KEY, LEAF, Chunk, Door, Entry, NewEntry, blank, commit, settle, unfold
from charlevoix.ledger.tiles import HASH, HEIGHT, WIDTH, Tile, print_bundle, public_tiles, pyramid
from charlevoix.store.ledger_tables import checkpoints, chunks, head, tiles

_CHUNK = 1024  # entries in a row at most: reading one entry decodes its whole row


@dataclass(frozen=True, slots=True)
class _Head:
    size: int
    edge: bytes


@dataclass(frozen=True, slots=True)
class _Row:
    first: int
    count: int
    leaves: bytes
    entries: bytes


class Log:
    """The one log of a node. Holds no state of its own: everything is read from, and written to, the connection it is given.

    Writing calls belong inside the caller's transaction and under the node's write lock (PostgreSQL: the head row is locked here).
    If that transaction is rolled back or the machine dies, nothing of the call is left. Reading calls see what the connection's
    transaction sees. `draw` gives random bytes; it is a parameter so that a test can repeat itself.
    """

    def __init__(self, origin: str, draw: Callable[[int], bytes] = os.urandom) -> None:
        self.origin = origin
        self._draw = draw

    def append(self, conn: Connection, entries: Sequence[NewEntry]) -> range:
        """Writes the entries and returns their indexes. Raises ValueError for a time without a zone."""
        start = self._head(conn, lock=True)
        fresh = [settle(entry) for entry in entries]
        if not fresh:
            return range(start.size, start.size)
        # 1. commit to each entry under keys of its own
        keys = self._draw(LEAF * len(fresh))
        leaves = commit(self.origin, start.size, fresh, keys)
        # 2. keep them, in rows that are cheap to write and not too dear to read
        rows = []
        for at in range(0, len(fresh), _CHUNK):
            part = slice(at * LEAF, (at + _CHUNK) * LEAF)
            kept = _pack(Chunk(fresh[at : at + _CHUNK], keys[part]))
            count = min(_CHUNK, len(fresh) - at)
            rows.append({"first": start.size + at, "count": count, "leaves": leaves[part], "entries": kept})
        conn.execute(insert(chunks), rows)
        # 3. let the tree grow, and move its head
        hashes = [merkle.leaf_hash(leaves[at : at + LEAF]) for at in range(0, len(leaves), LEAF)]
        edge = self._grow(conn, 0, start.size // WIDTH, start.edge + b"".join(hashes))
        conn.execute(_MOVE, {"to": start.size + len(fresh), "behind": edge})
        return range(start.size, start.size + len(fresh))

    def pad(self, conn: Connection, at: datetime, role: str = "node", room: int = 0) -> range:
        """Fills the last tile, but for `room` leaves, with real leaves that stand for nothing: a day's public growth then tells little."""
        filler = NewEntry(Door.PADDING, None, None, Answer.YES, "padding", None, role, at)
        return self.append(conn, [filler] * (-(self.size(conn) + room) % WIDTH))

    def size(self, conn: Connection) -> int:
        """How many entries there are."""
        return self._head(conn).size

    def root(self, conn: Connection, size: int) -> bytes:
        """The root over the first `size` entries. Raises Unknown beyond the end."""
        return merkle.root(size, self._node(conn, size))

    def inclusion(self, conn: Connection, index: int, size: int) -> tuple[bytes, ...]:
        """The proof that entry `index` is in the tree of `size`. Raises Unknown beyond the end, ValueError unless index < size."""
        return merkle.inclusion(index, size, self._node(conn, size))

    def consistency(self, conn: Connection, earlier: int, later: int) -> tuple[bytes, ...]:
        """The proof that the tree of `later` begins with that of `earlier`. Raises Unknown beyond the end, ValueError if it shrinks."""
        return merkle.consistency(earlier, later, self._node(conn, later))

    def checkpoint(self, conn: Connection, signer: Signer) -> bytes:
        """Signs the present size and root, and keeps what was signed. The same size gives the same bytes again.

        Raises Misconfigured for a key that signs under another name than the log's.
        """
        if signer.key.name != self.origin:
            raise Misconfigured("ledger.origin", self.origin, signer.key.name)
        size = self.size(conn)
        known = conn.execute(select(checkpoints.c.note).where(checkpoints.c.size == size)).scalar()
        if known is not None:
            return bytes(known)
        note = bytes(sign(Checkpoint(self.origin, size, self.root(conn, size)), signer))
        conn.execute(insert(checkpoints), {"size": size, "note": note})
        return note

    def checkpoints(self, conn: Connection) -> Iterator[tuple[int, bytes]]:
        """Every checkpoint that was ever signed, by size: what a publication repeats to show that the log only grew."""
        for size, note in conn.execute(select(checkpoints.c.size, checkpoints.c.note).order_by(checkpoints.c.size)):
            yield size, bytes(note)

    def entry(self, conn: Connection, index: int) -> Entry:
        """One entry. Raises Unknown where there is none."""
        for entry in self.entries(conn, index, index + 1):
            return entry
        raise Unknown("ledger.entry", index)

    def entries(self, conn: Connection, start: int, stop: int) -> Iterator[Entry]:
        """The entries in [start, stop) that there are, in order; one row of up to 1,024 is in memory at a time."""
        for row in self._rows(conn, start, stop):
            chunk = _unpack(row.entries)
            for at in range(max(start - row.first, 0), min(stop - row.first, row.count)):
                keys = chunk.keys[at * LEAF : (at + 1) * LEAF]
                yield unfold(self.origin, row.first + at, chunk.entries[at], keys)

    def leaves(self, conn: Connection, start: int, stop: int) -> Iterator[bytes]:
        """The public leaves in [start, stop) that there are: 64 bytes each."""
        for row in self._rows(conn, start, stop):
            for at in range(max(start - row.first, 0), min(stop - row.first, row.count)):
                yield row.leaves[at * LEAF : (at + 1) * LEAF]

    def erase_keys(self, conn: Connection, index: int, *, disclosed: bool = False) -> None:
        """Destroys the second key of an entry and what it hid, and with `disclosed` the first key and the rule too.

        The public leaf stays, so every proof and checkpoint stays valid. The store is what makes the old bytes unreadable
        (`secure_delete`, a truncated write-ahead log). Raises Unknown where there is no entry.
        """
        for row in self._rows(conn, index, index + 1):
            chunk, at = _unpack(row.entries), index - row.first
            entries = [*chunk.entries]
            entries[at] = blank(entries[at], disclosed)
            first = DESTROYED if disclosed else chunk.keys[at * LEAF : at * LEAF + KEY]
            keys = chunk.keys[: at * LEAF] + first + DESTROYED + chunk.keys[(at + 1) * LEAF :]
            conn.execute(update(chunks).where(chunks.c.first == row.first).values(entries=_pack(Chunk(entries, keys))))
            return
        raise Unknown("ledger.entry", index)

    def public_files(self, conn: Connection, size: int) -> Iterator[tuple[str, bytes]]:
        """Path and bytes of each tile and bundle that the checkpoints up to `size` need. Raises Unknown beyond the end."""
        known = self._known(conn, size)
        for tile in public_tiles(self._published(conn, size)):
            yield tile.path, self._file(conn, tile, known)

    def write_public(self, conn: Connection, directory: Path, size: int) -> None:
        """Brings the tiles in a directory up to `size`: writes what is missing, removes partial ones that became full.

        A full tile never changes, so one that is there is left alone. Each file is complete or absent whenever the machine dies;
        running it again mends the rest.
        """
        known, wanted = self._known(conn, size), public_tiles(self._published(conn, size))
        for tile in wanted:
            target = directory / tile.path
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                unfinished = target.with_name(target.name + ".unfinished")
                with unfinished.open("wb") as file:
                    file.write(self._file(conn, tile, known))
                    file.flush()
                    os.fsync(file.fileno())  # or a power cut could leave the name without the bytes, and it would never be mended
                unfinished.replace(target)
        paths = {directory / tile.path for tile in wanted}
        for old in [path for path in directory.glob("tile/**/*") if path.is_file() and path not in paths]:
            old.unlink()
            if not any(old.parent.iterdir()):
                old.parent.rmdir()

    def _published(self, conn: Connection, size: int) -> set[int]:
        return {size, *conn.execute(select(checkpoints.c.size).where(checkpoints.c.size < size)).scalars()}

    def _file(self, conn: Connection, tile: Tile, known: _Head) -> bytes:
        if tile.level is None:
            start = tile.number * WIDTH
            return print_bundle(list(self.leaves(conn, start, start + tile.width)))
        return self._hashes(conn, tile.level, tile.number, known)[: tile.width * HASH]

    def _grow(self, conn: Connection, level: int, number: int, hashes: bytes) -> bytes:
        """Cuts full tiles of a level off `hashes`, hands their roots to the level above, returns what is left over."""
        whole = len(hashes) - len(hashes) % (WIDTH * HASH)
        full = [hashes[at : at + WIDTH * HASH] for at in range(0, whole, WIDTH * HASH)]
        hashes = hashes[whole:]
        if level == 0 and full:
            conn.execute(insert(tiles), [_tile(level, number + n, tile) for n, tile in enumerate(full)])
        elif level:  # the first of them may be there already, as far as it was filled
            for n, tile in enumerate([*full, hashes] if hashes else full):
                row = _tile(level, number + n, tile)
                if n or not conn.execute(_WIDEN, {"l": level, "t": number, "h": tile}).rowcount:
                    conn.execute(insert(tiles), row)
        if full:
            roots = b"".join([merkle.next_row(pyramid(tile)[-1]) for tile in full])
            above = number // WIDTH
            known = self._stored(conn, level + 1, above) if number % WIDTH else b""
            self._grow(conn, level + 1, above, known + roots)
        return hashes

    def _node(self, conn: Connection, size: int) -> merkle.Node:
        known = self._known(conn, size)
        seen: dict[tuple[int, int], tuple[bytes, ...]] = {}

        def node(height: int, position: int) -> bytes:
            level, row = divmod(height, HEIGHT)
            number, at = divmod(position, WIDTH >> row)
            if (level, number) not in seen:
                seen[level, number] = pyramid(self._hashes(conn, level, number, known))
            return seen[level, number][row][at * HASH : (at + 1) * HASH]

        return node

    def _hashes(self, conn: Connection, level: int, number: int, known: _Head) -> bytes:
        if level == 0 and number == known.size // WIDTH:
            return known.edge
        return self._stored(conn, level, number)

    def _stored(self, conn: Connection, level: int, number: int) -> bytes:
        return bytes(conn.execute(_TILE, {"l": level, "t": number}).scalar_one())

    def _known(self, conn: Connection, size: int) -> _Head:
        known = self._head(conn)
        if not 0 <= size <= known.size:
            raise Unknown("ledger.size", size, known.size)
        return known

    def _head(self, conn: Connection, lock: bool = False) -> _Head:
        found = conn.execute(_HEAD_LOCKED if lock else _HEAD).one_or_none()
        if found is None:
            if lock:
                conn.execute(insert(head), {"id": 1, "origin": self.origin, "size": 0, "edge": b""})
            return _Head(0, b"")
        if found.origin != self.origin:
            raise Misconfigured("ledger.origin", self.origin, found.origin)
        return _Head(found.size, bytes(found.edge))

    def _rows(self, conn: Connection, start: int, stop: int) -> Iterator[_Row]:
        """The rows that hold [start, stop): the last one that begins at or before `start`, and those that begin in it."""
        if not 0 <= start < stop:
            return
        begins = select(chunks.c.first).where(chunks.c.first <= start).order_by(chunks.c.first.desc()).limit(1)
        wanted = select(chunks).where(chunks.c.first >= begins.scalar_subquery(), chunks.c.first < stop).order_by(chunks.c.first)
        for first, count, leaves, entries in conn.execute(wanted):
            if first + count > start:
                yield _Row(first, count, bytes(leaves), bytes(entries))


def _tile(level: int, number: int, hashes: bytes) -> dict[str, int | bytes]:
    return {"level": level, "tile": number, "hashes": hashes}


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Chunk).decode
_HEAD = select(head.c.origin, head.c.size, head.c.edge).where(head.c.id == 1)
_HEAD_LOCKED = _HEAD.with_for_update()
_MOVE = update(head).where(head.c.id == 1).values(size=bindparam("to"), edge=bindparam("behind"))
_TILE = select(tiles.c.hashes).where(tiles.c.level == bindparam("l"), tiles.c.tile == bindparam("t"))
_WIDEN = update(tiles).where(tiles.c.level == bindparam("l"), tiles.c.tile == bindparam("t")).values(hashes=bindparam("h"))
