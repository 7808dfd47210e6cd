"""The tables of a node: one schema for SQLite and PostgreSQL."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts by itself only in a column of the type INTEGER

objects = Table(
    "objects",
    metadata,
    Column("sha", LargeBinary(32), primary_key=True),  # SHA-256 of the RFC 8785 form
    Column("ref", String(200), nullable=False, index=True),
    Column("type", String(100), nullable=False),
    Column("version", String(40)),  # `modified`; null for what has no version
    Column("body", LargeBinary, nullable=False),  # as it came
)

acts = Table(
    "acts",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("jwt", LargeBinary, nullable=False),
    Column("author", String(100), nullable=False),
    Column("kid", String(64), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("case_ref", String(100), nullable=False),
    Column("source", String(100), nullable=False),  # who brought it
    Column("void", Boolean, nullable=False, default=False),  # said with a stolen key, after its last good act
    Column("admitted_at", String(40), nullable=False),
    Index(None, "case_ref", "seq"),
    Index(None, "author", "kid"),
)

links = Table(
    "links",
    metadata,
    Column("act", LargeBinary(32), primary_key=True),
    Column("of", LargeBinary(32), primary_key=True),
    Column("how", String(5), primary_key=True),  # "after" or "rests"
    Index(None, "of"),
)

places = Table(
    "places",
    metadata,
    Column("act", LargeBinary(32), primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("form", String(12), nullable=False),  # whole, entire, redacted, or why it is gone (the name of a `Gone`)
    Column("ref", String(200), index=True),
    Column("sha", LargeBinary(32), index=True),  # of the object, where it is whole
    Column("key", LargeBinary(32)),  # of the object, where it is whole
    Column("body", LargeBinary),  # what is left of a redacted object
    Column("salts", LargeBinary),  # of what is left: msgpack {property: salt}
)

cases = Table(
    "cases",
    metadata,
    Column("ref", String(100), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("title", Text, nullable=False),
    Column("phase", String(40), nullable=False),
    Column("nexus", String(12), nullable=False),
    Column("due_at", String(40)),
    Column("due_what", String(100)),
    Column("due_whom", String(100)),
    Column("opened_at", String(40), nullable=False),
    Column("changed_at", String(40), nullable=False),
    Column("seq", BigInteger, nullable=False),  # of the last act folded
    Column("version", Integer, nullable=False),  # of the fold
    Column("row", Text, nullable=False),  # JSON: what lists show
    Column("process", Text, nullable=False),  # JSON: what every participant sees
    Column("grounds", LargeBinary, nullable=False),
    Column("history", LargeBinary, nullable=False),
    Index(None, "kind", "changed_at"),
    Index(None, "kind", "phase"),
    Index(None, "due_at"),
)

releases = Table(
    "releases",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("audience", String(100), nullable=False),
    Column("collection", String(8), nullable=False),  # acts, stix
    Column("seq", BigInteger, nullable=False),  # per audience and collection, in commit order
    Column("date_added", String(27), nullable=False),  # strictly increasing in steps of a millisecond
    Column("act", LargeBinary(32), nullable=False, index=True),
    Column("idx", Integer),  # the place, in the collection of plain objects
    Column("ref", String(200), nullable=False),  # id of what is served
    Column("type", String(100), nullable=False),
    Column("version", String(40)),
    Column("latest", Boolean, nullable=False, default=True),  # the latest version of its ref in this collection
    Column("body", LargeBinary, nullable=False),  # as it is served
    Column("forms", LargeBinary, nullable=False),  # msgpack: per place the answer, the rule and what is withheld
    Column("until", String(40)),
    UniqueConstraint("audience", "collection", "seq"),
    Index(None, "audience", "collection", "date_added"),
    Index(None, "audience", "collection", "ref"),
    Index(None, "audience", "act"),
    Index(None, "until"),
)

# What runs the office, and is never exchanged.

people = Table(
    "people",
    metadata,
    Column("ref", String(100), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("roles", Text, nullable=False),  # words separated by blanks
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", String(40), nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("kind", String(10), primary_key=True),  # link, session
    Column("selector", String(64), primary_key=True),  # no secret
    Column("person", String(100), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),  # SHA-256 of the secret: the database opens no session
    Column("expires_at", Float, nullable=False, index=True),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("raw", LargeBinary(32), nullable=False, index=True),  # SHA-256; the bytes lie among the blobs
    Column("source", String(100), nullable=False),
    Column("case_ref", String(100)),
    Column("marking", String(100)),
    Column("reasons", Text, nullable=False),  # JSON
    Column("at", String(40), nullable=False),
    Column("state", String(10), nullable=False, default="waits"),  # waits, admitted, dismissed
)

cursors = Table(
    "cursors",
    metadata,
    Column("peer", String(100), primary_key=True),
    Column("collection", String(100), primary_key=True),
    Column("added_after", String(40)),
    Column("heard_at", String(40)),
    Column("failure", Text),
)

nonces = Table(
    "nonces",
    metadata,
    Column("value", String(200), primary_key=True),
    Column("expires_at", Float, nullable=False, index=True),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("kind", String(100), nullable=False),
    Column("subject", String(200), nullable=False, default=""),
    Column("due_at", Float, nullable=False, index=True),
    Column("leased_until", Float),
    Column("tries", Integer, nullable=False, default=0),
    Column("failure", Text),
    UniqueConstraint("kind", "subject"),
)

search = Table(
    "search_texts",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("ref", String(200), nullable=False, unique=True),
    Column("kind", String(100), nullable=False),
    Column("text", Text, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("name", String(100), primary_key=True),  # identity, origin, fold versions: what the node knows of itself
    Column("value", Text, nullable=False),
)
