"""How fast the ledger grows and proves: `python benchmarks/ledger.py [--json] [--leaves 10000000]`.

Appends are measured against a bare `sqlite3` insert of the same bytes in the same transactions (`synchronous=FULL` both).
On a machine that does other things too, wall time says little: the `cpu` figures are of this process alone, and `load` says how
many others wanted the processor. The tree for the proofs is grown from random leaf hashes: what a proof costs depends on the tree, not on what its leaves say.
"""

import argparse
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert

from charlevoix.acts.act import Digest
from charlevoix.errors import Answer
from charlevoix.ledger import merkle
from charlevoix.ledger.entry import Door, NewEntry
from charlevoix.ledger.log import Log
from charlevoix.ledger.tiles import HASH, WIDTH
from charlevoix.stix.identifier import Ref
from charlevoix.store import ledger_tables
from charlevoix.store.database import Database
from charlevoix.store.schema import metadata

CHUNK = 1_000
BARS = {"append_chunks_per_s": 150_000, "append_single_per_s": 1_000, "inclusion_p95_ms": 0.7, "inclusion_p99_ms": 1.0}


def passages(count: int) -> list[NewEntry]:
    """Entries as a release of `count` objects to one partner makes them."""
    audience, now = Ref("identity--b6d6b2e0-6e0c-4d0a-9d3a-1f5d0a6c2a11"), datetime.now(UTC)
    acts = [Digest(os.urandom(32)) for _ in range(count)]
    return [NewEntry(Door.RELEASE, act, n, Answer.YES, "marking.releasable", audience, "analyst", now) for n, act in enumerate(acts)]


def rate(entries: int, times: int, write: Callable[[], object]) -> tuple[float, float]:
    """Entries per second of `times` calls, by the wall and by the processor: the median of three rounds each."""
    wall, cpu = [], []
    for _ in range(3):
        start, started = time.perf_counter(), time.process_time()
        for _ in range(times):
            write()
        wall.append(entries * times / (time.perf_counter() - start))
        cpu.append(entries * times / (time.process_time() - started))
    return sorted(wall)[1], sorted(cpu)[1]


def appended(database: Database, log: Log, entries: list[NewEntry]) -> None:
    with database.write() as conn:
        log.append(conn, entries)


def bare(path: Path, blob: bytes) -> Callable[[], object]:
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB)")

    def write() -> None:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("INSERT INTO rows (body) VALUES (?)", (blob,))
        conn.execute("COMMIT")

    return write


def grow(conn: Connection, log: Log, leaves: int) -> None:
    """A tree of random leaf hashes without entries."""
    step = WIDTH * 4096
    edge = b""
    for first in range(0, leaves, step):
        edge = log._grow(conn, 0, first // WIDTH, os.urandom(HASH * min(step, leaves - first)))
    conn.execute(insert(ledger_tables.head), {"id": 1, "origin": log.origin, "size": leaves, "edge": edge})


def proofs(conn: Connection, log: Log, leaves: int, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds (wall, processor) of `count` inclusion proofs of leaves at random, sorted; each is verified outside the clock."""
    wall: list[float] = []
    cpu: list[float] = []
    root, draw = log.root(conn, leaves), random.Random(1)
    for _ in range(count):
        index = draw.randrange(leaves)
        start, started = time.perf_counter(), time.thread_time()
        path = log.inclusion(conn, index, leaves)
        cpu.append((time.thread_time() - started) * 1000)
        wall.append((time.perf_counter() - start) * 1000)
        tile = log._stored(conn, 0, index // WIDTH) if index < leaves - leaves % WIDTH else log._head(conn).edge
        at = index % WIDTH * HASH
        merkle.verify_inclusion(tile[at : at + HASH], index, leaves, path, root)
    return sorted(wall), sorted(cpu)


def measure(folder: Path, leaves: int) -> dict[str, float]:
    found: dict[str, float] = {}
    small, log = Database(f"sqlite:///{folder / 'append.sqlite'}"), Log("bench.example/log")
    with small.write() as conn:
        metadata.create_all(conn)
    entries = passages(CHUNK)
    found["append_chunks_per_s"], found["append_chunks_cpu_per_s"] = rate(CHUNK, 50, lambda: appended(small, log, entries))
    found["append_single_per_s"], found["append_single_cpu_per_s"] = rate(1, 500, lambda: appended(small, log, entries[:1]))
    with small.read() as conn:
        row = conn.execute(ledger_tables.chunks.select().limit(1)).one()
    kept = bytes(row.leaves) + bytes(row.entries)
    found["bytes_per_entry"] = len(kept) / row[1] + HASH * WIDTH / (WIDTH - 1)
    found["bare_chunks_per_s"], _ = rate(CHUNK, 50, bare(folder / "bare.sqlite", kept))
    found["bare_single_per_s"], _ = rate(1, 500, bare(folder / "bare1.sqlite", kept[: len(kept) // CHUNK]))
    found["chunks_share_of_bare"] = found["append_chunks_per_s"] / found["bare_chunks_per_s"]
    found["single_share_of_bare"] = found["append_single_per_s"] / found["bare_single_per_s"]
    small.close()

    big = Database(f"sqlite:///{folder / 'proofs.sqlite'}")
    start = time.perf_counter()
    with big.write() as conn:
        metadata.create_all(conn)
        grow(conn, log, leaves)
    found["grow_s"] = time.perf_counter() - start
    with big.read() as conn:
        wall, cpu = proofs(conn, log, leaves, 4_000)
    big.close()
    for share in (50, 95, 99):
        found[f"inclusion_p{share}_ms"] = wall[len(wall) * share // 100]
        found[f"inclusion_cpu_p{share}_ms"] = cpu[len(cpu) * share // 100]
    found["load"] = os.getloadavg()[0]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--leaves", type=int, default=10_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), asked.leaves)
    kept = {name: found[name] <= bar if name.endswith("_ms") else found[name] >= bar for name, bar in BARS.items()}
    if asked.json:
        print(json.dumps({"leaves": asked.leaves, "found": found, "bars": BARS, "kept": kept}, indent=2))
    else:
        for name, value in found.items():
            bar = f"   bar {BARS[name]:,}: {'kept' if kept[name] else 'MISSED'}" if name in BARS else ""
            print(f"{name:24} {value:14,.2f}{bar}")
    return 0 if all(kept.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
