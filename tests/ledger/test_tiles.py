"""Tiles as C2SP tlog-tiles lays them out: paths, partial tiles, bundles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.errors import Malformed
from charlevoix.ledger import merkle
from charlevoix.ledger.tiles import Tile, parse_bundle, print_bundle, public_tiles, pyramid, tiles_of


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067, 256), "tile/0/x001/x234/067"),  # the example of the specification
        (Tile(0, 0, 256), "tile/0/000"),
        (Tile(2, 999, 1), "tile/2/999.p/1"),
        (Tile(1, 1000, 255), "tile/1/x001/000.p/255"),
        (Tile(None, 17, 256), "tile/entries/017"),
    ],
)
def test_a_tile_is_where_the_specification_puts_it(tile: Tile, path: str) -> None:
    assert tile.path == path


def test_a_tree_of_70000_has_the_tiles_that_the_specification_lists() -> None:
    tiles = [tile for tile in tiles_of(70_000) if tile.level is not None]
    full = [(tile.level, tile.width) for tile in tiles if tile.width == 256]
    partial = [(tile.level, tile.width) for tile in tiles if tile.width < 256]
    assert (full.count((0, 256)), full.count((1, 256)), len(full)) == (273, 1, 274)
    assert partial == [(0, 112), (1, 17), (2, 1)]


def test_a_tree_of_256_has_one_full_tile_and_one_hash_above_it() -> None:
    assert [tile.path for tile in tiles_of(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    assert list(tiles_of(0)) == []


def test_a_partial_tile_of_an_earlier_checkpoint_is_served_until_the_full_one_is_there() -> None:
    assert {t.path for t in public_tiles([3, 5])} == {
        "tile/entries/000.p/3",
        "tile/0/000.p/3",
        "tile/entries/000.p/5",
        "tile/0/000.p/5",
    }
    assert {t.path for t in public_tiles([3, 256])} == {"tile/entries/000", "tile/0/000", "tile/1/000.p/1"}


@given(st.lists(st.binary(max_size=80), max_size=256))
@settings(max_examples=50, deadline=None)
def test_a_bundle_reads_back_as_it_was_printed(leaves: list[bytes]) -> None:
    assert parse_bundle(print_bundle(leaves)) == leaves


@pytest.mark.parametrize("raw", [b"\x00", b"\x00\x02a", b"\x00\x01ab", b"\x00\x00" * 257])
def test_a_bundle_that_ends_too_early_or_never_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_bundle(raw)


def test_a_pyramid_holds_the_root_of_each_complete_subtree() -> None:
    leaves = [b"%d" % n for n in range(5)]
    rows = pyramid(b"".join(map(merkle.leaf_hash, leaves)))
    assert [len(row) // 32 for row in rows] == [5, 2, 1, 0, 0, 0, 0, 0]
    assert rows[2] == merkle.root(4, lambda height, at: rows[height][at * 32 : at * 32 + 32])
