"""A reading: the same hashes as the tree that grew, from one pass over the tiles."""

import pytest

from charlevoix.ledger import merkle
from charlevoix.ledger.log import Log
from charlevoix.ledger.reading import Reading
from charlevoix.ledger.tiles import WIDTH, tiles_of
from ledger.sample import ORIGIN, memory, passage


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700])
def test_a_reading_of_the_leaves_has_every_root_and_tile_of_the_log(size: int) -> None:
    log, reading = Log(ORIGIN), Reading()
    with memory() as conn:
        log.append(conn, [passage(n) for n in range(size)])
        hashes = [merkle.leaf_hash(leaf) for leaf in log.leaves(conn, 0, size)]
        for at in range(0, size, WIDTH):
            reading.add(at // WIDTH, b"".join(hashes[at : at + WIDTH]), keep=True)
        files = dict(log.public_files(conn, size))
        assert all(reading.root(n) == log.root(conn, n) for n in range(0, size + 1, 51))
        assert all(reading.tile(t) == files[t.path] for t in tiles_of(size) if t.level is not None)


def test_a_reading_that_lacks_a_tile_has_no_root() -> None:
    reading = Reading()
    reading.add(0, None, keep=False)
    assert reading.root(256) is None
