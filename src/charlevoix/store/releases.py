"""The release log: what each audience was given, in commit order; append-only but for what is withdrawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from charlevoix.acts.act import Digest
from charlevoix.stix.identifier import Ref
from charlevoix.store.schema import acts, releases

STEP = timedelta(milliseconds=1)
"""OpenCTI keeps milliseconds only: two rows of one millisecond would repeat for ever, so rows are a millisecond apart, and a burst runs ahead."""


@dataclass(frozen=True, slots=True)
class NewRelease:
    """One thing for one audience: `body` is served as it is; `forms` is msgpack of what was decided for each place."""

    act: Digest
    idx: int | None
    ref: Ref
    type: str
    version: str | None
    body: bytes
    forms: bytes
    until: str | None


@dataclass(frozen=True, slots=True)
class Release:
    """One row of the log."""

    seq: int
    date_added: str
    act: Digest
    ref: Ref
    type: str
    version: str | None
    body: bytes
    forms: bytes
    until: str | None


def next_seq(conn: Connection, audience: Ref, collection: str) -> int:
    last = select(func.max(releases.c.seq)).where(releases.c.audience == audience, releases.c.collection == collection)
    return int(conn.execute(last).scalar() or 0) + 1


def append(conn: Connection, audience: Ref, collection: str, new: Sequence[NewRelease], now: datetime) -> None:
    """Adds rows; `date_added` never goes back and never repeats within the collection."""
    if not new:
        return
    mine = (releases.c.audience == audience) & (releases.c.collection == collection)
    last = conn.execute(select(func.max(releases.c.date_added)).where(mine)).scalar()
    at = max(now, datetime.fromisoformat(last) + STEP) if last else now
    seq, rows = next_seq(conn, audience, collection), []
    for i, r in enumerate(new):
        rows.append({
            "audience": audience, "collection": collection, "seq": seq + i, "date_added": stamp(at + i * STEP), "act": r.act, "idx": r.idx,
            "ref": r.ref, "type": r.type, "version": r.version, "latest": True, "body": r.body, "forms": r.forms, "until": r.until,
        })  # fmt: skip
    for r in new:
        conn.execute(update(releases).where(mine, releases.c.ref == r.ref, releases.c.latest).values(latest=False))
    conn.execute(insert(releases), rows)


def stamp(at: datetime) -> str:
    """RFC 3339 with six digits, of which three are used (TAXII 2.1 section 2 wants microseconds)."""
    at = at.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}000Z"


def last_forms(conn: Connection, audience: Ref, acts: Sequence[Digest]) -> dict[Digest, bytes]:
    """What this audience was last given of each act."""
    query = select(releases.c.act, releases.c.forms).where(
        releases.c.audience == audience, releases.c.collection == "acts", releases.c.act.in_(acts)
    )
    return {Digest(r.act): r.forms for r in conn.execute(query.order_by(releases.c.seq))}


def page(
    conn: Connection,
    audience: Ref,
    collection: str,
    *,
    added_after: str = "",
    seq_after: int = 0,
    limit: int = 100,
    now: str = "",
    latest: bool = True,
) -> list[Release]:
    """Rows that hold at `now`, ascending; with `latest` only the last version of each id (TAXII 2.1 section 3.4.1)."""
    query = select(releases).where(
        releases.c.audience == audience,
        releases.c.collection == collection,
        releases.c.seq > seq_after,
        releases.c.date_added > added_after,
        or_(releases.c.until.is_(None), releases.c.until > now),
    )
    if latest:
        query = query.where(releases.c.latest)
    rows = conn.execute(query.order_by(releases.c.seq).limit(limit))
    return [Release(r.seq, r.date_added, Digest(r.act), Ref(r.ref), r.type, r.version, r.body, r.forms, r.until) for r in rows]


def to_whom(conn: Connection, act: Digest) -> frozenset[Ref]:
    """Every audience that was ever given something of this act."""
    return frozenset(Ref(a) for a in conn.execute(select(releases.c.audience).where(releases.c.act == act).distinct()).scalars())


def given(conn: Connection, case: Ref) -> frozenset[Ref]:
    """Every audience that was ever given something of this case."""
    return frozenset(Ref(a) for a in conn.execute(_GIVEN, {"case": case}).scalars())


def expiring(conn: Connection, now: str) -> Iterator[tuple[Ref, Digest]]:
    """Releases that no longer hold and are to be decided again."""
    query = select(releases.c.audience, releases.c.act).where(releases.c.until <= now, releases.c.latest).distinct()
    return ((Ref(r.audience), Digest(r.act)) for r in conn.execute(query).all())


def withdraw(conn: Connection, audience: Ref, act: Digest, idx: int | None = None) -> None:
    """What was served is served no more: the row stays, its body goes."""
    mine = (releases.c.audience == audience) & (releases.c.act == act)
    if idx is not None:
        mine &= releases.c.idx == idx
    conn.execute(update(releases).where(mine).values(latest=False, body=b"", until="0"))


_GIVEN = select(releases.c.audience).join(acts, acts.c.digest == releases.c.act).where(acts.c.case_ref == bindparam("case")).distinct()
