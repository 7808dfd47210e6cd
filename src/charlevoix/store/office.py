"""What runs the office and is never exchanged: people, sign-in, quarantine, cursors, nonces, and what the node knows of itself."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from charlevoix.errors import Malformed, Reason, Unknown
from charlevoix.stix.identifier import Ref
from charlevoix.store.schema import cursors, facts, nonces, people, quarantine, sessions


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works at this node."""

    ref: Ref
    name: str
    roles: frozenset[str]
    active: bool = True


@dataclass(frozen=True, slots=True)
class Ticket:
    """A sign-in link or a session: whose it is, until when (seconds since 1970), and the hash of its secret."""

    person: Ref
    digest: bytes
    expires_at: float


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes that did not get in, with every reason; `raw` names them among the blobs."""

    id: int
    raw: bytes
    source: Ref
    case: Ref | None
    marking: Ref | None
    reasons: tuple[Reason, ...]
    at: str
    state: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a collection of a peer was read, and when the peer was last heard."""

    peer: Ref
    collection: str
    added_after: str | None
    heard_at: str | None
    failure: str | None


def fact(conn: Connection, name: str) -> str | None:
    return conn.execute(select(facts.c.value).where(facts.c.name == name)).scalar()


def set_fact(conn: Connection, name: str, value: str) -> None:
    _upsert(conn, facts, {"name": name, "value": value}, ["name"])


# --- people -----------------------------------------------------------------------------------


def add_person(conn: Connection, person: Person, at: str) -> None:
    """Raises Malformed where the name is taken."""
    row = {
        "ref": person.ref,
        "name": person.name,
        "roles": " ".join(sorted(person.roles)),
        "active": True,
        "created_at": at,
    }
    try:
        conn.execute(insert(people), row)
    except IntegrityError:
        raise Malformed("person.name-taken", person.name) from None


def person(conn: Connection, name_or_ref: str) -> Person:
    """Raises Unknown for somebody who is not here or no longer works here."""
    query = select(people).where((people.c.name == name_or_ref) | (people.c.ref == name_or_ref), people.c.active)
    row = conn.execute(query).first()
    if row is None:
        raise Unknown("person.unknown", name_or_ref, advice="person.list")
    return Person(Ref(row.ref), row.name, frozenset(row.roles.split()), row.active)


def everybody(conn: Connection) -> tuple[Person, ...]:
    rows = conn.execute(select(people).order_by(people.c.name))
    return tuple(Person(Ref(r.ref), r.name, frozenset(r.roles.split()), r.active) for r in rows)


def dismiss_person(conn: Connection, ref: Ref) -> None:
    conn.execute(update(people).where(people.c.ref == ref).values(active=False))
    conn.execute(delete(sessions).where(sessions.c.person == ref))


# --- sign-in ----------------------------------------------------------------------------------


def put_ticket(conn: Connection, kind: str, selector: str, new: Ticket, now: float) -> None:
    """Keeps a ticket; those past their time go."""
    conn.execute(delete(sessions).where(sessions.c.expires_at <= now))
    row = {"kind": kind, "selector": selector, "person": new.person, "digest": new.digest, "expires_at": new.expires_at}
    conn.execute(insert(sessions), row)


def ticket(conn: Connection, kind: str, selector: str) -> Ticket | None:
    row = conn.execute(select(sessions).where(sessions.c.kind == kind, sessions.c.selector == selector)).first()
    return Ticket(Ref(row.person), row.digest, row.expires_at) if row else None


def take_ticket(conn: Connection, kind: str, selector: str) -> bool:
    """Removes a ticket: of two who come at once one gets True."""
    return conn.execute(delete(sessions).where(sessions.c.kind == kind, sessions.c.selector == selector)).rowcount == 1


def fresh_nonce(conn: Connection, value: str, now: float, keep_seconds: float) -> bool:
    """Was this nonce never seen while it mattered? Remembers it."""
    conn.execute(delete(nonces).where(nonces.c.expires_at < now))
    if conn.execute(select(nonces.c.value).where(nonces.c.value == value)).first():
        return False
    conn.execute(insert(nonces), {"value": value, "expires_at": now + keep_seconds})
    return True


# --- quarantine -------------------------------------------------------------------------------


def hold(conn: Connection, raw: bytes, source: Ref, case: Ref | None, marking: Ref | None, reasons: Iterable[Reason], at: str) -> int:
    """Keeps the name of bytes that did not get in; the same bytes for the same case wait once."""
    again = select(quarantine.c.id).where(quarantine.c.raw == raw, quarantine.c.case_ref == case, quarantine.c.state == "waits")
    told = json.dumps([[r.rule, list(r.values), r.advice] for r in reasons])
    if (found := conn.execute(again).scalar()) is not None:
        conn.execute(update(quarantine).where(quarantine.c.id == found).values(reasons=told, at=at))
        return int(found)
    row = {
        "raw": raw,
        "source": source,
        "case_ref": case,
        "marking": marking,
        "reasons": told,
        "at": at,
        "state": "waits",
    }
    return int(conn.execute(insert(quarantine).returning(quarantine.c.id), row).scalar_one())


def held(conn: Connection, *, state: str = "waits", after: int = 0, limit: int = 50) -> tuple[Held, ...]:
    query = select(quarantine).where(quarantine.c.state == state, quarantine.c.id > after).order_by(quarantine.c.id).limit(limit)
    return tuple(
        Held(
            r.id,
            r.raw,
            Ref(r.source),
            Ref(r.case_ref) if r.case_ref else None,
            Ref(r.marking) if r.marking else None,
            tuple(Reason(rule, tuple(values), advice) for rule, values, advice in json.loads(r.reasons)),
            r.at,
            r.state,
        )
        for r in conn.execute(query)
    )


def count_held(conn: Connection, state: str = "waits") -> int:
    return int(conn.execute(select(func.count()).select_from(quarantine).where(quarantine.c.state == state)).scalar_one())


def settle(conn: Connection, id_: int, state: str) -> None:
    """`admitted` or `dismissed`."""
    conn.execute(update(quarantine).where(quarantine.c.id == id_).values(state=state))


# --- cursors ----------------------------------------------------------------------------------


def cursor(conn: Connection, peer: Ref, collection: str) -> Cursor:
    row = conn.execute(select(cursors).where(cursors.c.peer == peer, cursors.c.collection == collection)).first()
    return Cursor(peer, collection, row.added_after, row.heard_at, row.failure) if row else Cursor(peer, collection, None, None, None)


def set_cursor(conn: Connection, new: Cursor) -> None:
    values = {f: getattr(new, f) for f in new.__slots__}
    _upsert(conn, cursors, values, ["peer", "collection"])


def all_cursors(conn: Connection) -> tuple[Cursor, ...]:
    rows = conn.execute(select(cursors).order_by(cursors.c.peer))
    return tuple(Cursor(Ref(r.peer), r.collection, r.added_after, r.heard_at, r.failure) for r in rows)


def _upsert(conn: Connection, table, values: dict[str, object], key: list[str]) -> None:  # type: ignore[no-untyped-def]
    new = (sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert)(table).values(values)
    conn.execute(new.on_conflict_do_update(index_elements=key, set_={k: v for k, v in values.items() if k not in key}))
