"""Objects, kept by the SHA-256 of their canonical form: two acts may speak of one domain in other words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from charlevoix.stix.identifier import Ref
from charlevoix.store.schema import objects, places

CHUNK = 500
"""How many values one `IN` asks for."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One object as it came: `version` is its `modified`, or None for what has none."""

    sha: bytes
    ref: Ref
    type: str
    version: str | None
    body: bytes


def keep(conn: Connection, new: Sequence[Stored]) -> None:
    """Stores what is not stored yet."""
    if not new:
        return
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    rows = [{"sha": o.sha, "ref": o.ref, "type": o.type, "version": o.version, "body": o.body} for o in new]
    conn.execute(insert(objects).on_conflict_do_nothing(index_elements=["sha"]), rows)


def held(conn: Connection, refs: Iterable[Ref]) -> Mapping[Ref, tuple[Stored, ...]]:
    """Every version and wording of these ids that is here."""
    found: dict[Ref, list[Stored]] = defaultdict(list)
    wanted = sorted(set(refs))
    for i in range(0, len(wanted), CHUNK):
        for row in conn.execute(_BY_REF, {"refs": wanted[i : i + CHUNK]}):
            found[Ref(row.ref)].append(Stored(row.sha, Ref(row.ref), row.type, row.version, row.body))
    return {ref: tuple(sorted(some, key=lambda o: (o.version or "", o.sha))) for ref, some in found.items()}


def drop_unspoken(conn: Connection, shas: Iterable[bytes]) -> None:
    """Removes the bytes that no place speaks of any more (erasure, recall)."""
    for sha in set(shas):
        if conn.execute(select(places.c.idx).where(places.c.sha == sha).limit(1)).first() is None:
            conn.execute(delete(objects).where(objects.c.sha == sha))


_BY_REF = select(objects).where(objects.c.ref.in_(bindparam("refs", expanding=True)))
