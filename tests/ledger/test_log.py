"""The log in a database: what was appended is provable, what is erased stays provable, what was rolled back is gone."""

import random
from collections.abc import Iterator
from pathlib import Path

import pymerkle  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, event, select

from builders import NOW
from charlevoix.errors import Misconfigured, Unknown
from charlevoix.ledger import merkle
from charlevoix.ledger.checkpoint import Checkpoint, verify_checkpoint
from charlevoix.ledger.entry import Audit, Door, audit, disclose, opens
from charlevoix.ledger.log import Log
from charlevoix.ledger.tiles import parse_bundle
from charlevoix.store import ledger_tables
from charlevoix.store.schema import metadata
from ledger.sample import ORIGIN, TABLES, memory, passage, signer

BATCHES = [1, 255, 1, 300, 1500, 3, 1]


@pytest.fixture
def conn() -> Iterator[Connection]:
    with memory() as conn:
        yield conn


@pytest.fixture
def log() -> Log:
    return Log(ORIGIN, random.Random(1).randbytes)


def fill(log: Log, conn: Connection, *batches: int) -> int:
    for batch in batches:
        start = log.size(conn)
        assert log.append(conn, [passage(start + n) for n in range(batch)]) == range(start, start + batch)
    return log.size(conn)


def peer(log: Log, conn: Connection, size: int) -> pymerkle.InmemoryTree:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    tree.append_entries(list(log.leaves(conn, 0, size)))
    return tree


@given(st.lists(st.integers(1, 600), max_size=5), st.data())
@settings(max_examples=25, deadline=None)
def test_any_batches_make_the_tree_that_pymerkle_makes(batches: list[int], data: st.DataObject) -> None:
    log = Log(ORIGIN)
    with memory() as conn:
        size = fill(log, conn, *batches)
        earlier = data.draw(st.integers(0, size))
        later = data.draw(st.integers(earlier, size))
        other = peer(log, conn, size)
        before, after = other.get_root(earlier), other.get_root(later)
        assert (log.root(conn, earlier), log.root(conn, later)) == (before, after)
        merkle.verify_consistency(earlier, later, log.consistency(conn, earlier, later), before, after)
        if later:
            index = data.draw(st.integers(0, later - 1))
            leaf = merkle.leaf_hash(next(log.leaves(conn, index, index + 1)))
            merkle.verify_inclusion(leaf, index, later, log.inclusion(conn, index, later), after)


def test_a_tree_of_three_levels_of_tiles_proves_each_end_of_each_tile(log: Log, conn: Connection) -> None:
    size = fill(log, conn, 65_000, 536, 70)  # 65,536 = 256 x 256
    root = log.root(conn, size)
    assert root == peer(log, conn, size).get_root()
    for index in (0, 255, 256, 65_279, 65_280, 65_535, 65_536, size - 1):
        leaf = merkle.leaf_hash(next(log.leaves(conn, index, index + 1)))
        merkle.verify_inclusion(leaf, index, size, log.inclusion(conn, index, size), root)
    for earlier in (1, 65_535, 65_536, 65_537):
        proof = log.consistency(conn, earlier, size)
        merkle.verify_consistency(earlier, size, proof, log.root(conn, earlier), root)


def test_each_entry_is_given_back_as_it_was_written(log: Log, conn: Connection) -> None:
    size = fill(log, conn, *BATCHES)
    entries = list(log.entries(conn, 0, size))
    assert [entry.index for entry in entries] == list(range(size))
    for n in (0, 1, 256, 1279, 1280, 1300, size - 1):
        new, entry = passage(n), log.entry(conn, n)
        assert entry == entries[n]
        assert (entry.door, entry.act, entry.place, entry.answer) == (new.door, new.act, new.place, new.answer)
        assert (entry.rule, entry.audience, entry.role, entry.at) == (new.rule, new.audience, new.role, new.at)
    assert [e.index for e in log.entries(conn, 254, 259)] == [254, 255, 256, 257, 258]
    assert [e.index for e in log.entries(conn, size - 1, size + 99)] == [size - 1]
    leaves = list(log.leaves(conn, 0, size))
    assert all(audit(entry, leaf) is Audit.HOLDS for entry, leaf in zip(entries, leaves, strict=True))
    assert len({key for entry in entries for key in entry.keys}) == 2 * size


def test_what_is_beyond_the_end_is_unknown(log: Log, conn: Connection) -> None:
    fill(log, conn, 3)
    for ask in (
        lambda: log.entry(conn, 3),
        lambda: log.root(conn, 4),
        lambda: log.inclusion(conn, 0, 4),
        lambda: log.consistency(conn, 1, 4),
        lambda: log.erase_keys(conn, 3),
        lambda: list(log.public_files(conn, 4)),
    ):
        with pytest.raises(Unknown):
            ask()


def test_an_empty_log_has_the_root_of_the_standard_and_no_entries(log: Log, conn: Connection) -> None:
    assert log.append(conn, []) == range(0)
    assert log.size(conn) == 0
    assert log.root(conn, 0) == merkle.EMPTY_ROOT
    assert list(log.entries(conn, 0, 9)) == []
    assert log.pad(conn, NOW) == range(0)


def test_erased_keys_leave_every_proof_and_the_disclosed_half_valid(log: Log, conn: Connection) -> None:
    size = fill(log, conn, 300)
    before, leaf = log.checkpoint(conn, signer()), next(log.leaves(conn, 7, 8))
    log.erase_keys(conn, 7)
    entry = log.entry(conn, 7)
    assert (entry.act, entry.audience, entry.role, entry.at) == (None, None, "", None)
    assert audit(entry, leaf) is Audit.PART
    assert opens(disclose(entry), leaf)
    log.erase_keys(conn, 7, disclosed=True)
    assert audit(log.entry(conn, 7), leaf) is Audit.ERASED
    assert next(log.leaves(conn, 7, 8)) == leaf
    assert log.root(conn, size) == verify_checkpoint(before, signer().key).root
    assert all(audit(log.entry(conn, n), next(log.leaves(conn, n, n + 1))) is Audit.HOLDS for n in (6, 8))


def test_erased_bytes_are_nowhere_in_the_tables(log: Log, conn: Connection) -> None:
    fill(log, conn, 300)
    entry = log.entry(conn, 7)
    assert entry.act is not None
    log.erase_keys(conn, 7, disclosed=True)
    held = b"".join(bytes(part) for row in conn.execute(select(ledger_tables.chunks)) for part in (row[2], row[3]))
    for secret in (*entry.keys, entry.act):
        assert secret not in held


def test_a_day_is_padded_to_a_full_tile_with_leaves_that_look_like_any_other(log: Log, conn: Connection) -> None:
    fill(log, conn, 300)
    assert log.pad(conn, NOW) == range(300, 512)
    assert log.pad(conn, NOW) == range(512, 512)
    assert {entry.door for entry in log.entries(conn, 300, 512)} == {Door.PADDING}
    leaves = list(log.leaves(conn, 0, 512))
    assert {len(leaf) for leaf in leaves} == {64}
    assert len(set(leaves)) == 512


def test_a_checkpoint_signs_what_is_there_and_is_kept(log: Log, conn: Connection) -> None:
    fill(log, conn, 3)
    first = log.checkpoint(conn, signer())
    assert verify_checkpoint(first, signer().key) == Checkpoint(ORIGIN, 3, log.root(conn, 3))
    assert log.checkpoint(conn, signer()) == first
    fill(log, conn, 2)
    second = log.checkpoint(conn, signer())
    assert list(log.checkpoints(conn)) == [(3, first), (5, second)]
    with pytest.raises(Misconfigured):
        log.checkpoint(conn, signer("other.example/log"))


def test_the_log_of_somebody_else_is_not_continued(log: Log, conn: Connection) -> None:
    fill(log, conn, 3)
    with pytest.raises(Misconfigured, match=r"other\.example"):
        Log("other.example/log").append(conn, [passage()])


def test_the_public_files_are_the_tree_and_nothing_else(log: Log, conn: Connection) -> None:
    size = fill(log, conn, *BATCHES)
    files = dict(log.public_files(conn, size))
    leaves = [leaf for n in range(8) for leaf in parse_bundle(files[f"tile/entries/00{n}"])]
    assert leaves == list(log.leaves(conn, 0, 2048))
    assert files["tile/0/007"] == b"".join(map(merkle.leaf_hash, leaves[1792:]))
    assert {path for path in files if ".p" in path} == {"tile/entries/008.p/13", "tile/0/008.p/13", "tile/1/000.p/8"}
    assert len(files) == 2 * 9 + 1
    entry = log.entry(conn, 0)
    assert entry.act is not None
    for secret in (bytes(entry.act), *entry.keys):
        assert not any(secret in content for content in files.values())


def test_a_directory_follows_the_log_and_loses_what_became_full(tmp_path: Path, log: Log, conn: Connection) -> None:
    for batch in (3, 250, 300):
        size = fill(log, conn, batch)
        log.checkpoint(conn, signer())
        log.write_public(conn, tmp_path, size)
        log.write_public(conn, tmp_path, size)
        found = {p.relative_to(tmp_path).as_posix(): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
        assert found == dict(log.public_files(conn, size))
    assert sorted(path for path in found if path.startswith("tile/0")) == [
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/41",
    ]


def test_what_was_rolled_back_never_was(tmp_path: Path, log: Log) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'log.sqlite'}")
    metadata.create_all(engine, tables=TABLES)
    with engine.begin() as conn:
        fill(log, conn, 250)
        root = log.root(conn, 250)
    with engine.connect() as conn:
        fill(log, conn, 300)
        other = log.root(conn, 550)  # read inside the transaction: nothing of it may stay in a cache
        conn.rollback()
        assert (log.size(conn), log.root(conn, 250)) == (250, root)
    with engine.begin() as conn:
        fill(log, conn, 300)
        assert log.root(conn, 550) == peer(log, conn, 550).get_root() != other
    engine.dispose()


class DiedError(Exception):
    """The machine stops here."""


def test_an_append_that_dies_before_any_of_its_statements_leaves_the_log_as_it_was(tmp_path: Path, log: Log) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'log.sqlite'}")
    metadata.create_all(engine, tables=TABLES)
    with engine.begin() as conn:
        fill(log, conn, 300)
        root = log.root(conn, 300)
    left = 0

    def die(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise DiedError

    event.listen(engine, "before_cursor_execute", die)
    deaths = 0
    while True:
        left = deaths + 1
        try:
            with engine.begin() as conn:
                log.append(conn, [passage(n) for n in range(600)])
        except DiedError:
            deaths += 1
        else:
            break
        left = 0
        with engine.begin() as conn:
            assert (log.size(conn), log.root(conn, 300)) == (300, root)
    assert deaths >= 5  # head, entries, tiles, the tile above, head
    left = 0
    with engine.begin() as conn:
        assert log.root(conn, 900) == peer(log, conn, 900).get_root()
    engine.dispose()
