"""Acts as they came, the places they speak of, and what they came after or rest on."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, or_, select, update

from charlevoix.acts.act import Act, Digest, Gone, Place, Redacted, Shown, Whole
from charlevoix.stix.identifier import Property, Ref
from charlevoix.store.objects import CHUNK, drop_unspoken
from charlevoix.store.schema import acts, links, objects, places


@dataclass(frozen=True, slots=True)
class StoredAct:
    """An act as it lies here: `source` brought it; a void one was said with a stolen key and no longer counts."""

    seq: int
    digest: Digest
    jwt: bytes
    author: Ref
    kind: str
    case: Ref
    source: Ref
    void: bool
    admitted_at: str


@dataclass(frozen=True, slots=True)
class StoredPlace:
    """An object of an act as it lies here: shown as far as it was disclosed, or gone and why."""

    at: Place
    ref: Ref | None
    shown: Shown
    gone: Gone | None
    sha: bytes | None = None


def holds(conn: Connection, digests: Iterable[Digest]) -> frozenset[Digest]:
    """Which of these acts are here."""
    wanted, found = sorted(set(digests)), set()
    for i in range(0, len(wanted), CHUNK):
        some = conn.execute(select(acts.c.digest).where(acts.c.digest.in_(wanted[i : i + CHUNK])))
        found |= {Digest(d) for d in some.scalars()}
    return frozenset(found)


def keep(conn: Connection, act: Act, jwt: bytes, source: Ref, void: bool, at: str) -> StoredAct:
    """Stores an act and its edges."""
    row = {
        "digest": act.digest, "jwt": jwt, "author": act.author, "kid": act.key, "kind": act.kind,
        "case_ref": act.case, "source": source, "void": void, "admitted_at": at,
    }  # fmt: skip
    seq = conn.execute(insert(acts).returning(acts.c.seq), row).scalar_one()
    edges = [{"act": act.digest, "of": d, "how": "after"} for d in act.after]
    edges += [{"act": act.digest, "of": d, "how": "rests"} for d in act.rests]
    if edges:
        conn.execute(insert(links), edges)
    return StoredAct(int(seq), act.digest, jwt, act.author, act.kind, act.case, source, void, at)


def keep_places(conn: Connection, some: Sequence[StoredPlace]) -> None:
    if some:
        conn.execute(insert(places), [_row(p) for p in some])


def replace_place(conn: Connection, place: StoredPlace) -> None:
    """More of a place was shown, or it goes: the row says so, and bytes that nobody speaks of any more are removed."""
    where = (places.c.act == place.at.act) & (places.c.idx == place.at.index)
    before = conn.execute(select(places.c.sha).where(where)).scalar()
    conn.execute(update(places).where(where), {k: v for k, v in _row(place).items() if k not in ("act", "idx")})
    if before is not None and before != place.sha:
        drop_unspoken(conn, [before])


def find(conn: Connection, digests: Iterable[Digest]) -> Mapping[Digest, StoredAct]:
    wanted = sorted(set(digests))
    found: dict[Digest, StoredAct] = {}
    for i in range(0, len(wanted), CHUNK):
        rows = conn.execute(_FIND, {"digests": wanted[i : i + CHUNK]})
        found |= {Digest(r.digest): _stored(r) for r in rows}
    return found


def of_case(conn: Connection, case: Ref, *, after: int = 0, void: bool = False) -> Iterator[StoredAct]:
    """The acts of a case in the order they came, without those that no longer count unless asked for."""
    query = select(acts).where(acts.c.case_ref == case, acts.c.seq > after).order_by(acts.c.seq)
    rows = conn.execute(query if void else query.where(acts.c.void.is_(False)))
    return (_stored(r) for r in rows.all())


def set_void(conn: Connection, author: Ref, kid: str, kept: Collection[Digest]) -> frozenset[Ref]:
    """Of the acts signed with one key only those `kept` count; returns the cases in which that changes anything, to be folded again."""
    signed = select(acts.c.digest, acts.c.case_ref, acts.c.void).where(acts.c.author == author, acts.c.kid == kid)
    wrong = [r for r in conn.execute(signed) if r.void == (r.digest in kept)]
    for r in wrong:
        conn.execute(update(acts).where(acts.c.digest == r.digest).values(void=not r.void))
    return frozenset(Ref(r.case_ref) for r in wrong)


def places_of(conn: Connection, digests: Iterable[Digest], most: int | None = None) -> Mapping[Digest, tuple[StoredPlace, ...]]:
    """The places of these acts (of each the first `most`), in the order of their objects."""
    query = _PLACES if most is None else _PLACES.where(places.c.idx < most)
    wanted = sorted(set(digests))
    found: dict[Digest, list[StoredPlace]] = {d: [] for d in wanted}
    for i in range(0, len(wanted), CHUNK):
        for r in conn.execute(query, {"acts": wanted[i : i + CHUNK]}):
            found[Digest(r.act)].append(_place(r))
    return {d: tuple(some) for d, some in found.items()}


def place(conn: Connection, at: Place) -> StoredPlace | None:
    row = conn.execute(_PLACES.where(places.c.idx == at.index), {"acts": [at.act]}).first()
    return _place(row) if row else None


@dataclass(frozen=True, slots=True)
class Spoken:
    """An object that an act of a case speaks of, whole."""

    seq: int  # of the act
    act: Digest
    index: int
    kind: str
    ref: Ref
    type: str
    body: bytes


def spoken_in(conn: Connection, case: Ref, kind: str, type_: str, after: tuple[int, int], limit: int) -> tuple[Spoken, ...]:
    """Objects after the first of the acts of this kind in a case, in the order of acts and places, from behind (sequence number, place) on."""
    seq, index = after
    beyond = or_(acts.c.seq > seq, and_(acts.c.seq == seq, places.c.idx > index))
    columns = (acts.c.seq, places.c.act, places.c.idx, acts.c.kind, places.c.ref, objects.c.type, objects.c.body)
    query = _spoken(select(*columns), case, kind, type_).where(beyond).order_by(acts.c.seq, places.c.idx).limit(limit)
    return tuple(Spoken(r.seq, Digest(r.act), r.idx, r.kind, Ref(r.ref), r.type, r.body) for r in conn.execute(query))


def types_spoken_in(conn: Connection, case: Ref, kind: str) -> Mapping[str, int]:
    """How many such objects there are of each type."""
    query = _spoken(select(objects.c.type, func.count()), case, kind, "").group_by(objects.c.type).order_by(objects.c.type)
    return {type_: int(n) for type_, n in conn.execute(query)}


def _spoken(query: Select[Any], case: Ref, kind: str, type_: str) -> Select[Any]:
    joined = query.select_from(acts).join(places, places.c.act == acts.c.digest).join(objects, objects.c.sha == places.c.sha)
    found = joined.where(acts.c.case_ref == case, acts.c.kind == kind, acts.c.void.is_(False), places.c.idx > 0)
    return found.where(objects.c.type == type_) if type_ else found


def speaking(conn: Connection, refs: Iterable[Ref]) -> Mapping[Ref, frozenset[tuple[Digest, int, Ref, str]]]:
    """For each object id the (act, place, case, kind of act) that speak of it."""
    wanted = sorted(set(refs))
    found: dict[Ref, set[tuple[Digest, int, Ref, str]]] = {r: set() for r in wanted}
    for i in range(0, len(wanted), CHUNK):
        for r in conn.execute(_SPEAKING, {"refs": wanted[i : i + CHUNK]}):
            found[Ref(r.ref)].add((Digest(r.act), r.idx, Ref(r.case_ref), r.kind))
    return {ref: frozenset(some) for ref, some in found.items()}


def definitions(conn: Connection, ref: Ref) -> tuple[tuple[Ref, Ref, bytes], ...]:
    """Every whole wording of an object that an act gives: the author of the act, its case, and the bytes."""
    return tuple((Ref(r.author), Ref(r.case_ref), r.body) for r in conn.execute(_DEFINITIONS, {"ref": ref}))


def earlier(conn: Connection, digest: Digest) -> frozenset[Digest]:
    """All that an act came after or rests on, and what these did, as far as the edges are here."""
    seen: set[Digest] = set()
    left = {digest}
    while left:
        some = conn.execute(select(links.c.of).where(links.c.act.in_(sorted(left)[:CHUNK]))).scalars()
        left -= set(sorted(left)[:CHUNK])
        new = {Digest(d) for d in some} - seen
        seen |= new
        left |= new
    return frozenset(seen)


def count(conn: Connection, author: Ref | None = None) -> int:
    query = select(func.count()).select_from(acts)
    return int(conn.execute(query if author is None else query.where(acts.c.author == author)).scalar_one())


_PLACES = (
    select(places, objects.c.body.label("whole"))
    .outerjoin(objects, objects.c.sha == places.c.sha)
    .where(places.c.act.in_(bindparam("acts", expanding=True)))
    .order_by(places.c.act, places.c.idx)
)
_FIND = select(acts).where(acts.c.digest.in_(bindparam("digests", expanding=True)))


def _stored(r: Row[tuple[object, ...]]) -> StoredAct:
    return StoredAct(r.seq, Digest(r.digest), r.jwt, Ref(r.author), r.kind, Ref(r.case_ref), Ref(r.source), r.void, r.admitted_at)


def _row(p: StoredPlace) -> dict[str, object]:
    row: dict[str, object] = {
        "act": p.at.act,
        "idx": p.at.index,
        "ref": p.ref,
        "sha": None,
        "key": None,
        "body": None,
        "salts": None,
    }
    if isinstance(p.shown, Whole):
        return {**row, "form": "entire" if p.shown.entire else "whole", "sha": p.sha, "key": p.shown.key}
    if isinstance(p.shown, Redacted):
        return {**row, "form": "redacted", "body": p.shown.object, "salts": msgspec.msgpack.encode(dict(p.shown.salts))}
    return {**row, "form": (p.gone or Gone.NOT_RELEASED).name.lower()}


def _place(r: Row[tuple[object, ...]]) -> StoredPlace:
    at = Place(Digest(r.act), r.idx)
    ref = None if r.ref is None else Ref(r.ref)
    if r.form in ("entire", "whole"):
        return StoredPlace(at, ref, Whole(r.whole, r.key, r.form == "entire"), None, r.sha)
    if r.form == "redacted":
        salts = {Property(k): v for k, v in msgspec.msgpack.decode(r.salts, type=dict[str, bytes]).items()}
        return StoredPlace(at, ref, Redacted(r.body, salts), None)
    return StoredPlace(at, ref, None, Gone[r.form.upper()])


def rested_cases(conn: Connection, case: Ref) -> frozenset[Ref]:
    """The cases whose acts the acts of this one rest on."""
    return frozenset(Ref(r) for r in conn.execute(_RESTED, {"case": case}).scalars())


def cases_resting_on(conn: Connection, case: Ref) -> frozenset[Ref]:
    """The cases whose acts rest on acts of this one."""
    return frozenset(Ref(r) for r in conn.execute(_RESTING, {"case": case}).scalars())


def cases_speaking_too(conn: Connection, case: Ref, but: Collection[str]) -> frozenset[Ref]:
    """The other cases that speak of an object of which this one speaks; ids that begin with one of `but` are no matter."""
    query = _SPEAKING_TOO.where(*(places.c.ref.not_like(f"{prefix}%") for prefix in but))
    return frozenset(Ref(r) for r in conn.execute(query, {"case": case}).scalars())


_SPEAKING = (
    select(places.c.ref, places.c.act, places.c.idx, acts.c.case_ref, acts.c.kind)
    .join(acts, acts.c.digest == places.c.act)
    .where(places.c.ref.in_(bindparam("refs", expanding=True)), acts.c.void.is_(False))
)
_DEFINITIONS = (
    select(acts.c.author, acts.c.case_ref, objects.c.body)
    .select_from(places.join(acts, acts.c.digest == places.c.act).join(objects, objects.c.sha == places.c.sha))
    .where(places.c.ref == bindparam("ref"), acts.c.void.is_(False))
    .order_by(acts.c.digest, places.c.idx)
)
_there, _theirs = acts.alias("there"), places.alias("theirs")
_RESTING = (
    select(_there.c.case_ref)
    .select_from(acts.join(links, links.c.of == acts.c.digest).join(_there, _there.c.digest == links.c.act))
    .where(acts.c.case_ref == bindparam("case"), links.c.how == "rests", _there.c.case_ref != bindparam("case"))
    .distinct()
)
_RESTED = (
    select(_there.c.case_ref)
    .select_from(acts.join(links, links.c.act == acts.c.digest).join(_there, _there.c.digest == links.c.of))
    .where(acts.c.case_ref == bindparam("case"), links.c.how == "rests", _there.c.case_ref != bindparam("case"))
    .distinct()
)
_SPEAKING_TOO = (
    select(_there.c.case_ref)
    .select_from(
        acts.join(places, places.c.act == acts.c.digest)
        .join(_theirs, _theirs.c.ref == places.c.ref)
        .join(_there, _there.c.digest == _theirs.c.act)
    )
    .where(acts.c.case_ref == bindparam("case"), _there.c.case_ref != bindparam("case"), acts.c.void.is_(False), _there.c.void.is_(False))
    .distinct()
)
