"""A log in memory with entries of every kind, and keys that sign its checkpoints."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, create_engine

from builders import NOW, A, B
from charlevoix.acts.act import Digest
from charlevoix.errors import Answer
from charlevoix.ledger.checkpoint import ED25519, Signer, VerifierKey
from charlevoix.ledger.entry import Door, NewEntry
from charlevoix.store import ledger_tables
from charlevoix.store.schema import metadata

ORIGIN = "demo-a.example/log"
TABLES = [ledger_tables.head, ledger_tables.chunks, ledger_tables.tiles, ledger_tables.checkpoints]
RULES = ("marking.releasable", "nexus.unstated", "override", "purpose")


def signer(name: str = ORIGIN, seed: int = 1, kind: int = ED25519) -> Signer:
    """A signer whose key is made from `seed`."""
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return Signer(VerifierKey(name, private.public_key().public_bytes_raw(), kind), private.sign)


def passage(n: int = 0, door: Door | None = None, rule: str | None = None) -> NewEntry:
    """The n-th of a row of entries that differ in every field."""
    return NewEntry(
        door=door or (Door.ADMIT, Door.RELEASE, Door.REFUSE, Door.RECALL, Door.READ)[n % 5],
        act=Digest(sha256(str(n).encode()).digest()),
        place=n % 3 or None,
        answer=(Answer.YES, Answer.REDACT, Answer.NO)[n % 3],
        rule=rule or RULES[n % 4],
        audience=(A, B, None)[n % 3],
        role=("analyst", "reviewer")[n % 2],
        at=NOW + timedelta(microseconds=n),
    )


@contextmanager
def memory() -> Iterator[Connection]:
    """A connection to an empty database in memory, in one transaction."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine, tables=TABLES)
    with engine.begin() as conn:
        yield conn
    engine.dispose()
