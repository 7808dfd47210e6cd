"""Full-text search over what cases and objects are called: FTS5 on SQLite, a plain substring elsewhere."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, text

from charlevoix.stix.identifier import Ref
from charlevoix.store.schema import search

NEWEST = 2_000
"""Only the newest hits of a common word are ranked: a bound on the cost of one question."""


def create(conn: Connection) -> None:
    """The index beside the table of texts, where the database has FTS5."""
    if conn.dialect.name == "sqlite":
        conn.execute(
            text(
                "CREATE VIRTUAL TABLE search_index USING fts5(text, content='search_texts', content_rowid='id', tokenize=\"unicode61 remove_diacritics 2\")"
            )
        )
        conn.execute(
            text(
                "CREATE TRIGGER search_in AFTER INSERT ON search_texts BEGIN INSERT INTO search_index(rowid, text) VALUES (new.id, new.text); END"
            )
        )
        conn.execute(
            text(
                "CREATE TRIGGER search_out AFTER DELETE ON search_texts BEGIN INSERT INTO search_index(search_index, rowid, text) VALUES ('delete', old.id, old.text); END"
            )
        )


def put(conn: Connection, ref: Ref, kind: str, said: str) -> None:
    drop(conn, [ref])
    conn.execute(insert(search), {"ref": ref, "kind": kind, "text": spread(said)[:20_000]})


def drop(conn: Connection, refs: Sequence[Ref]) -> None:
    conn.execute(_DROP, {"refs": list(refs)})


def forget(conn: Connection) -> None:
    """Rebuilds the index, whose segments keep deleted words until they are merged."""
    if conn.dialect.name == "sqlite":
        conn.execute(text("INSERT INTO search_index(search_index) VALUES ('rebuild')"))


def find(conn: Connection, kind: str, words: str) -> tuple[Ref, ...]:
    """Ids whose text holds every word (the last one as a prefix), best first."""
    terms = [w.replace('"', '""') for w in spread(words).split()[:16]]
    if not terms:
        return ()
    if conn.dialect.name != "sqlite":
        query = select(search.c.ref).where(*(search.c.text.icontains(t, autoescape=True) for t in terms))
        return tuple(Ref(r) for r in conn.execute(query.where(search.c.kind == kind).limit(NEWEST)).scalars())
    match = " ".join(f'"{t}"' for t in terms) + "*"
    sql = (
        "SELECT t.ref FROM (SELECT rowid FROM search_index WHERE search_index MATCH :match ORDER BY rowid DESC LIMIT :n) i "
        "JOIN search_texts t ON t.id = i.rowid WHERE t.kind = :kind"
    )
    return tuple(Ref(r) for r in conn.execute(text(sql), {"match": match, "n": NEWEST, "kind": kind}).scalars())


def spread(said: str) -> str:
    """A space on both sides of each CJK character, so that a word of two of them is found as a phrase of two."""
    return "".join(f" {c} " if "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af" else c for c in said)


_DROP = delete(search).where(search.c.ref.in_(bindparam("refs", expanding=True)))
