"""Health: what an operator should know about a node before something goes wrong."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from sqlalchemy import Connection

from charlevoix.acts.key import Purpose
from charlevoix.house import Station
from charlevoix.ledger.entry import Audit, audit
from charlevoix.stix.identifier import Ref
from charlevoix.store import acts, cases, jobs, office

LEAST_FREE = 1024**3
"""Bytes on the disk below which a node should not be left alone."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: well, worth a note, or ill; the sentence is of the reader's language."""

    state: Literal["well", "note", "ill"]
    key: str
    values: tuple[str, ...] = ()


def examine(station: Station, *, refold: bool = False) -> tuple[Check, ...]:
    """Every check in order. With `refold` all cases are folded from their acts again, and what was stored is compared with it."""
    found = [*_database(station), *_ledger(station), *_keys(station), *_waiting(station), *_room(station)]
    if refold:
        found += _cases(station)
    return tuple(found)


def _database(station: Station) -> Iterator[Check]:
    with station.database.read() as conn:
        if conn.dialect.name == "sqlite":
            state = str(conn.exec_driver_sql("PRAGMA quick_check").scalar())
            yield Check("well", "health.database") if state == "ok" else Check("ill", "health.database-ill", (state,))
        yield Check("well", "health.acts", (str(acts.count(conn)), str(sum(1 for _ in cases.every(conn)))))


def _ledger(station: Station) -> Iterator[Check]:
    """Every entry against its public leaf, and the root against the leaves."""
    log = station.orders.log
    with station.database.read() as conn:
        size, wrong = log.size(conn), []
        leaves = log.leaves(conn, 0, size)
        for entry, leaf in zip(log.entries(conn, 0, size), leaves, strict=True):
            if audit(entry, leaf) is Audit.FALSE:
                wrong.append(entry.index)
        root = log.root(conn, size)
    if wrong:
        yield Check("ill", "health.ledger-ill", (", ".join(map(str, wrong[:10])),))
    else:
        yield Check("well", "health.ledger", (str(size), root.hex()[:16]))


def _keys(station: Station) -> Iterator[Check]:
    if station.keyring.unguarded:
        yield Check("note", "health.unlock", (str(station.home / "keys" / "unlock"),))
    if station.keyring.has(Purpose.ROOT):
        yield Check("note", "health.root", (str(station.home / "keys" / "root.pem"),))


def _waiting(station: Station) -> Iterator[Check]:
    with station.database.read() as conn:
        held, failed = office.count_held(conn), [j for j in jobs.every(conn) if j.failure]
        late = [c for c in office.all_cursors(conn) if c.failure]
    yield Check("note" if held else "well", "health.quarantine", (str(held),))
    for job in failed:
        yield Check("note", "health.job", (job.kind, job.failure or "", str(job.tries)))
    for cursor in late:
        yield Check("note", "health.peer", (cursor.peer, cursor.failure or ""))


def _room(station: Station) -> Iterator[Check]:
    free = shutil.disk_usage(station.home).free
    yield Check("well" if free > LEAST_FREE else "ill", "health.disk", (f"{free / 1e9:.1f}",))


def _cases(station: Station) -> Iterator[Check]:
    """What is stored must be what folding all acts gives."""
    with station.database.read() as conn:
        before = {ref: _print(ref, conn) for ref in cases.every(conn)}
    count = station.node.refold()
    with station.database.read() as conn:
        changed = [ref for ref, old in before.items() if old != _print(ref, conn)]
    if changed:
        yield Check("note", "health.refolded", (str(len(changed)), ", ".join(changed[:5])))
    else:
        yield Check("well", "health.cases", (str(count),))


def _print(ref: Ref, conn: Connection) -> bytes:
    stored = cases.get(conn, ref)
    if stored is None:
        return b""
    parts = (stored.row, stored.process, stored.phase, stored.title, str(stored.version))
    return sha256("\0".join(parts).encode() + stored.grounds + stored.history).digest()
