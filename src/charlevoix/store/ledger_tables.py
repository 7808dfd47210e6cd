"""The ledger at rest: its head, the entries in chunks, the full and partial tiles of the tree, and each checkpoint that was signed."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from charlevoix.store.schema import Serial, metadata

head = Table(
    "ledger_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1: one log for each node
    Column("origin", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("edge", LargeBinary, nullable=False),  # hashes of the leaves behind the last full tile: 32 bytes x (size % 256)
)

chunks = Table(
    "ledger_chunks",
    metadata,
    Column("first", Serial, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("leaves", LargeBinary, nullable=False),  # what the public gets: 64 bytes x count; stays when keys are destroyed
    Column("entries", LargeBinary, nullable=False),  # what we keep: MessagePack of `ledger.entry.Chunk`
)

tiles = Table(
    "ledger_tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("tile", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),  # 32 bytes x width; level 0 holds full tiles only, the rest is in `head.edge`
)

checkpoints = Table(
    "ledger_checkpoints",
    metadata,
    Column("size", Serial, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
)
