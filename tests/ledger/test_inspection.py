"""An inspection finds what somebody with the database, but without the log's key, has changed."""

import random
from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import Connection, Row, delete, select, update

from charlevoix.errors import Answer
from charlevoix.ledger.entry import Chunk
from charlevoix.ledger.inspection import inspect
from charlevoix.ledger.log import Log
from charlevoix.store.ledger_tables import checkpoints, chunks, head, tiles
from ledger.sample import ORIGIN, memory, passage, signer

LOG = Log(ORIGIN, random.Random(1).randbytes)


@pytest.fixture
def conn() -> Iterator[Connection]:
    with memory() as conn:
        for batch in (40, 300, 260):
            start = LOG.size(conn)
            LOG.append(conn, [passage(start + n) for n in range(batch)])
            LOG.checkpoint(conn, signer())
        yield conn


def found(conn: Connection) -> list[tuple[str, tuple[str, ...]]]:
    return [(reason.rule, reason.values) for reason in inspect(LOG, conn)]


def chunk(conn: Connection, first: int) -> Row[tuple[int, int, bytes, bytes]]:
    return conn.execute(select(chunks).where(chunks.c.first == first)).one()


def test_nothing_is_found_where_all_is_well_nor_after_an_erasure(conn: Connection) -> None:
    assert found(conn) == []
    LOG.erase_keys(conn, 41)
    LOG.erase_keys(conn, 42, disclosed=True)
    assert found(conn) == []


def test_an_empty_log_is_well() -> None:
    with memory() as conn:
        assert found(conn) == []


def test_an_entry_that_was_rewritten_is_named(conn: Connection) -> None:
    kept = msgspec.msgpack.decode(chunk(conn, 40).entries, type=Chunk)
    entries = list(kept.entries)
    entries[2] = msgspec.structs.replace(entries[2], answer=Answer.REDACT)
    raw = msgspec.msgpack.encode(Chunk(entries, kept.keys))
    conn.execute(update(chunks).where(chunks.c.first == 40).values(entries=raw))
    assert found(conn) == [("ledger.leaf", ("42",))]


def test_a_leaf_that_was_rewritten_is_found_in_the_tree(conn: Connection) -> None:
    leaves = bytes(64) + chunk(conn, 340).leaves[64:]
    conn.execute(update(chunks).where(chunks.c.first == 340).values(leaves=leaves))
    assert found(conn) == [("ledger.leaf", ("340",)), ("ledger.root", ("600",))]


def test_a_tile_that_was_rewritten_is_found(conn: Connection) -> None:
    conn.execute(update(tiles).where(tiles.c.level == 1).values(hashes=bytes(64)))
    assert found(conn) == [("ledger.root", ("600",))]


def test_a_tail_that_was_cut_off_contradicts_what_was_signed(conn: Connection) -> None:
    with memory() as shorter:
        LOG.append(shorter, [passage(n) for n in range(40)])
        for row in conn.execute(select(checkpoints)):
            shorter.execute(checkpoints.insert(), {"size": row.size, "note": row.note})
        rules = found(shorter)
    assert ("ledger.consistency", ("600", "40")) in rules
    assert ("ledger.consistency", ("40", "40")) in rules  # other keys, so other leaves


def test_entries_that_are_gone_are_found(conn: Connection) -> None:
    conn.execute(delete(chunks).where(chunks.c.first == 340))
    assert found(conn) == [("ledger.root", ("600",))]
    conn.execute(update(head).values(size=700))
    assert ("ledger.root", ("700",)) in found(conn)
