"""Waiting work: a row with a due time and a lease, so that one worker does it and a dead worker's is done by another."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from charlevoix.store.schema import jobs

TRIES = 8
"""After so many failures a job stays, shown with its failure, and is not tried again by itself."""


@dataclass(frozen=True, slots=True)
class Job:
    id: int
    kind: str
    subject: str
    tries: int
    failure: str | None
    due_at: float


def put(conn: Connection, kind: str, subject: str, due_at: float) -> None:
    """Work to be done at a time (seconds since 1970); the earlier of two times for the same work holds."""
    new = (sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert)(jobs)
    new = new.values(kind=kind, subject=subject, due_at=due_at, tries=0)
    sooner = jobs.c.due_at > due_at
    conn.execute(new.on_conflict_do_update(index_elements=["kind", "subject"], set_={"due_at": due_at, "tries": 0}, where=sooner))


def lease(conn: Connection, now: float, seconds: float) -> Job | None:
    """The next piece of work that is due and that nobody holds; it is ours for so many seconds."""
    free = or_(jobs.c.leased_until.is_(None), jobs.c.leased_until < now)
    query = select(jobs).where(jobs.c.due_at <= now, free, jobs.c.tries < TRIES).order_by(jobs.c.due_at, jobs.c.id).limit(1)
    row = conn.execute(query).first()
    if row is None:
        return None
    conn.execute(update(jobs).where(jobs.c.id == row.id).values(leased_until=now + seconds, tries=row.tries + 1))
    return Job(row.id, row.kind, row.subject, row.tries + 1, row.failure, row.due_at)


def done(conn: Connection, id_: int, again_at: float | None = None) -> None:
    """The work is done; `again_at` puts it up again for then."""
    if again_at is None:
        conn.execute(delete(jobs).where(jobs.c.id == id_))
    else:
        conn.execute(update(jobs).where(jobs.c.id == id_).values(due_at=again_at, leased_until=None, tries=0, failure=None))


def failed(conn: Connection, id_: int, failure: str, again_at: float) -> None:
    conn.execute(update(jobs).where(jobs.c.id == id_).values(failure=failure[:2000], leased_until=None, due_at=again_at))


def every(conn: Connection) -> tuple[Job, ...]:
    rows = conn.execute(select(jobs).order_by(jobs.c.due_at))
    return tuple(Job(r.id, r.kind, r.subject, r.tries, r.failure, r.due_at) for r in rows)
