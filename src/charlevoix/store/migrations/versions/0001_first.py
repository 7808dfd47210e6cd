"""The first schema: objects, acts, cases, releases, the office, the search and the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "acts",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("jwt", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.String(100), nullable=False),
        sa.Column("kid", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("case_ref", sa.String(100), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("admitted_at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_acts"),
        sa.UniqueConstraint("digest", name="uq_acts_digest"),
    )
    op.create_index("ix_acts_author_kid", "acts", ["author", "kid"])
    op.create_index("ix_acts_case_ref_seq", "acts", ["case_ref", "seq"])
    op.create_table(
        "cases",
        sa.Column("ref", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(40), nullable=False),
        sa.Column("nexus", sa.String(12), nullable=False),
        sa.Column("due_at", sa.String(40), nullable=True),
        sa.Column("due_what", sa.String(100), nullable=True),
        sa.Column("due_whom", sa.String(100), nullable=True),
        sa.Column("opened_at", sa.String(40), nullable=False),
        sa.Column("changed_at", sa.String(40), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("grounds", sa.LargeBinary(), nullable=False),
        sa.Column("history", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_cases"),
    )
    op.create_index("ix_cases_due_at", "cases", ["due_at"])
    op.create_index("ix_cases_kind_changed_at", "cases", ["kind", "changed_at"])
    op.create_index("ix_cases_kind_phase", "cases", ["kind", "phase"])
    op.create_table(
        "cursors",
        sa.Column("peer", sa.String(100), nullable=False),
        sa.Column("collection", sa.String(100), nullable=False),
        sa.Column("added_after", sa.String(40), nullable=True),
        sa.Column("heard_at", sa.String(40), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("peer", "collection", name="pk_cursors"),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column("leased_until", sa.Float(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("kind", "subject", name="uq_jobs_kind_subject"),
    )
    op.create_index("ix_jobs_due_at", "jobs", ["due_at"])
    op.create_table(
        "ledger_checkpoints",
        sa.Column("size", SERIAL, autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_ledger_checkpoints"),
    )
    op.create_table(
        "ledger_chunks",
        sa.Column("first", SERIAL, autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("first", name="pk_ledger_chunks"),
    )
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("edge", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_head"),
    )
    op.create_table(
        "ledger_tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tile", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "tile", name="pk_ledger_tiles"),
    )
    op.create_table(
        "links",
        sa.Column("act", sa.LargeBinary(32), nullable=False),
        sa.Column("of", sa.LargeBinary(32), nullable=False),
        sa.Column("how", sa.String(5), nullable=False),
        sa.PrimaryKeyConstraint("act", "of", "how", name="pk_links"),
    )
    op.create_index("ix_links_of", "links", ["of"])
    op.create_table(
        "nonces",
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("value", name="pk_nonces"),
    )
    op.create_index("ix_nonces_expires_at", "nonces", ["expires_at"])
    op.create_table(
        "objects",
        sa.Column("sha", sa.LargeBinary(32), nullable=False),
        sa.Column("ref", sa.String(200), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("version", sa.String(40), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha", name="pk_objects"),
    )
    op.create_index("ix_objects_ref", "objects", ["ref"])
    op.create_table(
        "people",
        sa.Column("ref", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_people"),
        sa.UniqueConstraint("name", name="uq_people_name"),
    )
    op.create_table(
        "places",
        sa.Column("act", sa.LargeBinary(32), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(12), nullable=False),
        sa.Column("ref", sa.String(200), nullable=True),
        sa.Column("sha", sa.LargeBinary(32), nullable=True),
        sa.Column("key", sa.LargeBinary(32), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("salts", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("act", "idx", name="pk_places"),
    )
    op.create_index("ix_places_ref", "places", ["ref"])
    op.create_index("ix_places_sha", "places", ["sha"])
    op.create_table(
        "quarantine",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("raw", sa.LargeBinary(32), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("case_ref", sa.String(100), nullable=True),
        sa.Column("marking", sa.String(100), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
    )
    op.create_index("ix_quarantine_raw", "quarantine", ["raw"])
    op.create_table(
        "releases",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("audience", sa.String(100), nullable=False),
        sa.Column("collection", sa.String(8), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("date_added", sa.String(27), nullable=False),
        sa.Column("act", sa.LargeBinary(32), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=True),
        sa.Column("ref", sa.String(200), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("version", sa.String(40), nullable=True),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("forms", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.String(40), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_releases"),
        sa.UniqueConstraint("audience", "collection", "seq", name="uq_releases_audience_collection_seq"),
    )
    op.create_index("ix_releases_act", "releases", ["act"])
    op.create_index("ix_releases_audience_act", "releases", ["audience", "act"])
    op.create_index("ix_releases_audience_collection_date_added", "releases", ["audience", "collection", "date_added"])
    op.create_index("ix_releases_audience_collection_ref", "releases", ["audience", "collection", "ref"])
    op.create_index("ix_releases_until", "releases", ["until"])
    op.create_table(
        "search_texts",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("ref", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_texts"),
        sa.UniqueConstraint("ref", name="uq_search_texts_ref"),
    )
    op.create_table(
        "sessions",
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("selector", sa.String(64), nullable=False),
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "selector", name="pk_sessions"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    if op.get_bind().dialect.name == "sqlite":
        _index_texts()


def _index_texts() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5(text, content='search_texts', content_rowid='id', "
        'tokenize="unicode61 remove_diacritics 2")'
    )
    op.execute(
        "CREATE TRIGGER search_in AFTER INSERT ON search_texts BEGIN INSERT INTO search_index(rowid, text) VALUES (new.id, new.text); END"
    )
    op.execute(
        "CREATE TRIGGER search_out AFTER DELETE ON search_texts BEGIN "
        "INSERT INTO search_index(search_index, rowid, text) VALUES ('delete', old.id, old.text); END"
    )
