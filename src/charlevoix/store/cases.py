"""Cases as lists show them: one row each, derived from acts and written with them; folding all acts again gives the same."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Executable, Select, and_, bindparam, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from charlevoix.acts.act import Digest, Gone, Missing, Place, StixObject
from charlevoix.errors import Malformed
from charlevoix.stix.identifier import Ref
from charlevoix.store.objects import CHUNK
from charlevoix.store.schema import cases


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One row: `row`, `process` are JSON texts; `grounds`, `history` are what `charlevoix.doors.projection` froze."""

    ref: Ref
    kind: str
    title: str
    phase: str
    nexus: str
    due_at: str | None
    due_what: str | None
    due_whom: str | None
    opened_at: str
    changed_at: str
    seq: int
    version: int
    row: str
    process: str
    grounds: bytes
    history: bytes


COLUMNS = ("ref", "kind", "title", "phase", "nexus", "due_at", "due_what", "due_whom", "opened_at", "changed_at")
SORTS = ("title", "phase", "nexus", "due_at", "opened_at", "changed_at")


def get(conn: Connection, ref: Ref) -> StoredCase | None:
    row = conn.execute(select(cases).where(cases.c.ref == ref)).first()
    return StoredCase(**row._mapping) if row else None


@dataclass(frozen=True, slots=True)
class Head:
    """What tells one fold of a case from another: the last act in it, the version of the fold, and when it was stored."""

    seq: int
    version: int
    changed_at: str


def head(conn: Connection, ref: Ref) -> Head | None:
    """None where there is no such case."""
    row = conn.execute(_HEAD, {"ref": ref}).first()
    return Head(row.seq, row.version, row.changed_at) if row else None


def opened_at(conn: Connection, ref: Ref) -> str | None:
    return conn.execute(select(cases.c.opened_at).where(cases.c.ref == ref)).scalar()


def grounds(conn: Connection, refs: Iterable[Ref]) -> Mapping[Ref, bytes]:
    """The frozen grounds of these cases, as far as they are here."""
    wanted = sorted(set(refs))
    found: dict[Ref, bytes] = {}
    for i in range(0, len(wanted), CHUNK):
        found |= {Ref(r.ref): r.grounds for r in conn.execute(_GROUNDS, {"refs": wanted[i : i + CHUNK]})}
    return found


def put(conn: Connection, case: StoredCase) -> None:
    conn.execute(_PUT[conn.dialect.name], {f: getattr(case, f) for f in case.__slots__})


def every(conn: Connection, kind: str = "") -> Iterator[Ref]:
    query = select(cases.c.ref).order_by(cases.c.ref)
    return (Ref(r) for r in conn.execute(query.where(cases.c.kind == kind) if kind else query).scalars().all())


def page(
    conn: Connection,
    kind: str,
    where: Iterable[tuple[str, str, str | int]] = (),
    refs: frozenset[Ref] | None = None,
    sort: str = "-changed_at",
    after: str = "",
    limit: int = 50,
) -> tuple[list[StoredCase], int, str]:
    """Rows, how many there are in all, and the cursor of the next page ("" when this is the last).

    `where`: (column of `COLUMNS`, "=", "!=", "<", ">" or "like", value). Raises Malformed for a column, sort or cursor that does not exist.
    """
    query = select(cases)
    if kind:
        query = query.where(cases.c.kind == kind)
    for name, how, value in where:
        query = query.where(_condition(name, how, value))
    if refs is not None:
        query = query.where(cases.c.ref.in_(sorted(refs)[:10_000]))
    total = conn.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = conn.execute(_sorted(query, sort, after).limit(limit + 1)).all()
    found = [StoredCase(**r._mapping) for r in rows[:limit]]
    column = sort.removeprefix("-")
    more = msgspec.json.encode([getattr(found[-1], column), found[-1].ref]).hex() if len(rows) > limit else ""
    return found, int(total), more


def _condition(name: str, how: str, value: str | int):  # type: ignore[no-untyped-def]  # SQLAlchemy's own type is an internal one
    if name not in COLUMNS:
        raise Malformed("query.column", name, ", ".join(COLUMNS))
    column = cases.c[name]
    match how:
        case "=":
            return column == value
        case "!=":
            return column != value
        case "<":
            return column < value
        case ">":
            return column > value
        case "like":
            return column.icontains(str(value), autoescape=True)
    raise Malformed("query.comparison", how)


def _sorted(query: Select[tuple[object, ...]], sort: str, after: str) -> Select[tuple[object, ...]]:
    name, down = sort.removeprefix("-"), sort.startswith("-")
    if name not in SORTS:
        raise Malformed("query.sort", name, ", ".join(SORTS))
    column = func.coalesce(cases.c[name], "")
    if after:
        try:
            value, ref = msgspec.json.decode(bytes.fromhex(after), type=tuple[str | None, str])
        except (ValueError, msgspec.DecodeError):
            raise Malformed("query.cursor", after[:40], advice="query.first-page") from None
        value = value or ""
        beyond = column < value if down else column > value
        query = query.where(or_(beyond, and_(column == value, cases.c.ref > ref)))
    return query.order_by(column.desc() if down else column, cases.c.ref)


def _upsert(insert: Callable[..., Any]) -> Executable:
    kept = [c.name for c in cases.c if c.name not in ("ref", "opened_at")]
    new = insert(cases)
    done: Executable = new.on_conflict_do_update(index_elements=["ref"], set_={name: new.excluded[name] for name in kept})
    return done


_PUT = {"sqlite": _upsert(sqlite.insert), "postgresql": _upsert(postgresql.insert)}  # built once: building costs more than running
_HEAD = select(cases.c.seq, cases.c.version, cases.c.changed_at).where(cases.c.ref == bindparam("ref"))
_GROUNDS = select(cases.c.ref, cases.c.grounds).where(cases.c.ref.in_(bindparam("refs", expanding=True)))


# --- how a history is frozen: sums of dataclasses need a tag, and lists are smaller than maps ----------------------


def freeze(objects: Iterable[StixObject | Missing]) -> list[list[object]]:
    return [
        [o.at.act, o.at.index, o.why.name] if isinstance(o, Missing) else [o.at.act, o.at.index, o.ref, o.type, dict(o.known), o.withheld]
        for o in objects
    ]


def thaw(frozen: Iterable[Sequence[Any]]) -> tuple[StixObject | Missing, ...]:
    return tuple(_thaw(f) for f in frozen)


def _thaw(frozen: Sequence[Any]) -> StixObject | Missing:
    at = Place(Digest(frozen[0]), frozen[1])
    if len(frozen) == 3:
        return Missing(at, Gone[frozen[2]])
    ref, type_, known, withheld = frozen[2:]
    return StixObject(at, None if ref is None else Ref(ref), type_, known, withheld)
