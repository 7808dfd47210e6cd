"""The release log: what each audience was given, in commit order; append-only but for what is withdrawn."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, insert, or_, select, update

from charlevoix.acts.act import Digest
from charlevoix.stix.identifier import Ref
from charlevoix.stix.timestamp import is_timestamp, order
from charlevoix.store.objects import CHUNK
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


@dataclass(frozen=True, slots=True)
class Last:
    """The last row of a collection: its number (0 where there is none), and when it was added."""

    seq: int = 0
    date_added: str = ""


def last(conn: Connection, audience: Ref, collection: str) -> Last:
    row = conn.execute(_LAST, {"audience": audience, "collection": collection}).first()
    return Last(row.seq, row.date_added) if row else Last()


def append(conn: Connection, audience: Ref, collection: str, new: Sequence[NewRelease], now: datetime) -> None:
    """Adds rows; `date_added` never goes back and never repeats within the collection."""
    if not new:
        return
    mine = (releases.c.audience == audience) & (releases.c.collection == collection)
    before = last(conn, audience, collection)
    at = max(now, datetime.fromisoformat(before.date_added) + STEP) if before.seq else now
    seq, rows = before.seq + 1, []
    shown = _shown(conn, audience, collection, {r.ref for r in new})
    known = frozenset(shown)
    for i, r in enumerate(new):
        latest = r.ref not in shown or _replaces(r, *shown[r.ref])
        if latest:
            shown[r.ref] = (r.version, r.body)
        rows.append({
            "audience": audience, "collection": collection, "seq": seq + i, "date_added": stamp(at + i * STEP), "act": r.act, "idx": r.idx,
            "ref": r.ref, "type": r.type, "version": r.version, "latest": latest, "body": r.body, "forms": r.forms, "until": r.until,
        })  # fmt: skip
    last_of = {Ref(str(row["ref"])): row["seq"] for row in rows if row["latest"]}
    for row in rows:
        row["latest"] = last_of.get(Ref(str(row["ref"]))) == row["seq"]
    for refs in _chunks(ref for ref in last_of if ref in known):
        conn.execute(update(releases).where(mine, releases.c.ref.in_(refs), releases.c.latest).values(latest=False))
    conn.execute(insert(releases), rows)


def _shown(conn: Connection, audience: Ref, collection: str, refs: Iterable[Ref]) -> dict[Ref, tuple[str | None, bytes]]:
    """Version and bytes of what is the latest of each of these ids now."""
    found: dict[Ref, tuple[str | None, bytes]] = {}
    for some in _chunks(refs):
        query = select(releases.c.ref, releases.c.version, releases.c.body).where(
            releases.c.audience == audience, releases.c.collection == collection, releases.c.ref.in_(some), releases.c.latest
        )
        found |= {Ref(r.ref): (r.version, r.body) for r in conn.execute(query)}
    return found


def _replaces(new: NewRelease, version: str | None, body: bytes) -> bool:
    """Is it newer than what is shown? What is said again in the same words is no news, and an older version is history whenever it comes."""
    if new.version is None or version is None or not (is_timestamp(new.version) and is_timestamp(version)):
        return new.body != body
    return order(new.version) > order(version) or (order(new.version) == order(version) and new.body != body)


def _chunks(refs: Iterable[Ref]) -> Iterator[list[Ref]]:
    every = sorted(refs)
    return (every[i : i + CHUNK] for i in range(0, len(every), CHUNK))


def stamp(at: datetime) -> str:
    """RFC 3339 with six digits, of which three are used (TAXII 2.1 section 2 wants microseconds)."""
    at = at.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}000Z"


def last_forms(conn: Connection, audience: Ref, acts: Sequence[Digest]) -> dict[Digest, tuple[bytes, str | None]]:
    """What this audience was last given of each act, and until when."""
    found: dict[Digest, tuple[bytes, str | None]] = {}
    for i in range(0, len(acts), CHUNK):
        rows = conn.execute(_FORMS, {"audience": audience, "acts": acts[i : i + CHUNK]})
        found |= {Digest(r.act): (r.forms, r.until) for r in rows}
    return found


def served(conn: Connection, audience: Ref, collection: str, acts: Sequence[Digest]) -> dict[tuple[Digest, int | None], str | None]:
    """The act and place of what is served of these acts, with the time until which it is."""
    found: dict[tuple[Digest, int | None], str | None] = {}
    for i in range(0, len(acts), CHUNK):
        known = {"audience": audience, "collection": collection, "acts": acts[i : i + CHUNK]}
        found |= {(Digest(r.act), r.idx): r.until for r in conn.execute(_SERVED, known)}
    return found


def shown(conn: Connection, audience: Ref, collection: str, refs: Iterable[Ref], but: Iterable[Digest]) -> frozenset[Ref]:
    """Which of these ids are served, by other acts than those of `but`."""
    left_out, found = frozenset(but), set()
    for some in _chunks(refs):
        known = {"audience": audience, "collection": collection, "refs": some}
        found |= {Ref(r.ref) for r in conn.execute(_SHOWN, known) if r.act not in left_out}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a collection is asked for (TAXII 2.1 section 3.4.1): fields hold all at once, of a field's values one is enough; empty: any.

    `versions`: "all", "first", "last" or moments as `stamp` writes them; an object without versions has that of its `date_added`.
    """

    ids: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    versions: frozenset[str] = frozenset({"last"})
    acts: frozenset[bytes] = frozenset()


EVERYTHING = Wanted(versions=frozenset({"all"}))


def page(
    conn: Connection,
    audience: Ref,
    collection: str,
    *,
    added_after: str = "",
    seq_after: int = 0,
    limit: int = 100,
    now: str = "",
    wanted: Wanted = EVERYTHING,
) -> list[Release]:
    """Rows that hold at `now`, ascending."""
    query = select(releases).where(
        releases.c.audience == audience,
        releases.c.collection == collection,
        releases.c.seq > seq_after,
        releases.c.date_added > added_after,
        or_(releases.c.until.is_(None), releases.c.until > now),
    )
    if wanted.ids:
        query = query.where(releases.c.ref.in_(sorted(wanted.ids)))
    if wanted.acts:
        query = query.where(releases.c.act.in_(sorted(wanted.acts)))
    if wanted.types:
        query = query.where(releases.c.type.in_(sorted(wanted.types)))
    query = query.where(or_(*(_of_version(v, now) for v in sorted(wanted.versions))))
    rows = conn.execute(query.order_by(releases.c.seq).limit(limit))
    return [Release(r.seq, r.date_added, Digest(r.act), Ref(r.ref), r.type, r.version, r.body, r.forms, r.until) for r in rows]


def _of_version(version: str, now: str) -> ColumnElement[bool]:
    """What a value of `match[version]` asks of a row."""
    if version == "last":
        return releases.c.latest
    other = releases.alias("other")
    before = and_(
        other.c.audience == releases.c.audience,
        other.c.collection == releases.c.collection,
        other.c.ref == releases.c.ref,
        or_(other.c.until.is_(None), other.c.until > now),
    )
    if version == "all":  # each version once, however many acts speak of it
        same = func.coalesce(other.c.version, other.c.date_added) == func.coalesce(releases.c.version, releases.c.date_added)
        return ~exists().where(before, same, other.c.seq + 0 < releases.c.seq)  # + 0: the index of `seq` would read all that came before
    if version == "first":
        return ~exists().where(
            before, or_(other.c.version < releases.c.version, and_(releases.c.version.is_(None), other.c.seq + 0 < releases.c.seq))
        )
    spelt = {version, version[:23] + "Z", version[:19] + "Z"} if version.endswith("000Z") else {version}
    return func.coalesce(releases.c.version, releases.c.date_added).in_(sorted(spelt))


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
    """What was served is served no more: the row stays, its body goes. What another act gives of the same object is shown instead."""
    mine = (releases.c.audience == audience) & (releases.c.act == act)
    if idx is not None:
        mine &= releases.c.idx == idx
    gone = conn.execute(select(releases.c.collection, releases.c.ref).where(mine, releases.c.latest)).all()
    conn.execute(update(releases).where(mine).values(latest=False, body=b"", until="0"))
    for row in gone:
        of_ref = (releases.c.audience == audience) & (releases.c.collection == row.collection) & (releases.c.ref == row.ref)
        left = conn.execute(select(releases.c.id, releases.c.version, releases.c.seq).where(of_ref, releases.c.body != b"")).all()
        if left:
            last = max(left, key=lambda r: (r.version or "", r.seq))
            conn.execute(update(releases).where(releases.c.id == last.id).values(latest=True))


_GIVEN = select(releases.c.audience).join(acts, acts.c.digest == releases.c.act).where(acts.c.case_ref == bindparam("case")).distinct()
_FORMS = (
    select(releases.c.act, releases.c.forms, releases.c.until)
    .where(releases.c.audience == bindparam("audience"), releases.c.collection == "acts")
    .where(releases.c.act.in_(bindparam("acts", expanding=True)))
    .order_by(releases.c.seq)
)
_LAST = (
    select(releases.c.seq, releases.c.date_added)
    .where(releases.c.audience == bindparam("audience"), releases.c.collection == bindparam("collection"))
    .order_by(releases.c.seq.desc())
    .limit(1)
)
_MINE = (releases.c.audience == bindparam("audience"), releases.c.collection == bindparam("collection"), releases.c.body != b"")
_SERVED = select(releases.c.act, releases.c.idx, releases.c.until).where(*_MINE, releases.c.act.in_(bindparam("acts", expanding=True)))
_SHOWN = select(releases.c.act, releases.c.ref).where(*_MINE, releases.c.ref.in_(bindparam("refs", expanding=True)))
