"""An enquiry: lists of what a node holds, each row only if the one who asks may see it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from sqlalchemy import Connection, func, select

from charlevoix.acts.act import Digest
from charlevoix.cases.case import Row
from charlevoix.doors.release import Exit
from charlevoix.errors import Malformed
from charlevoix.ledger.entry import Entry
from charlevoix.partners.people import ADMINISTRATOR, HOUSE, PROTECTED, held
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Ref
from charlevoix.store import acts, cases, jobs, objects, office, releases, search
from charlevoix.store.schema import objects as objects_table

T_co = TypeVar("T_co", covariant=True)

PEER = "peer"
"""The role of a partner's node, whose requests were signed with its pinned key."""

VOUCHER = "report.voucher"
PLACE_DIGITS = 6
"""Digits of a place in a cursor."""

MOST = 1_000
"""The most rows that one page may ask for."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. `kind`: a kind of case ("" for all), or one of `KINDS`; `where`: (column, comparison, value)."""

    kind: str
    where: tuple[tuple[str, str, str | int], ...] = ()
    text: str = ""
    sort: str = "-changed_at"
    after: str = ""
    limit: int = 50

    def value(self, name: str) -> str:
        """The value that a column must equal, or empty."""
        return next((str(v) for n, how, v in self.where if n == name and how == "="), "")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T_co]):
    """A page of what was found: `total` counts what this actor may see, `next` is the cursor of the next page or empty."""

    rows: tuple[T_co, ...]
    total: int
    next: str = ""


Found = tuple[list[Row], int, str]


def find(exit_: Exit, who: Actor, query: Query) -> Found:
    """Rows, their number in all, and the cursor of the next page. Raises Malformed for a query that can't be asked."""
    if not 1 <= query.limit <= MOST:
        raise Malformed("query.limit", query.limit, MOST)
    roles = held(who.roles)
    asked = _SPECIAL.get(query.kind)
    if asked is not None:
        allowed, answer = asked
        return answer(exit_, who, query) if roles & allowed else ([], 0, "")
    if query.kind and query.kind not in exit_.orders.cases:
        raise Malformed("query.kind", query.kind[:80], ", ".join(sorted({*exit_.orders.cases, *KINDS})))
    if not roles & (HOUSE | {ADMINISTRATOR}):
        return [], 0, ""
    return _cases(exit_.conn, roles, query)


def _cases(conn: Connection, roles: frozenset[str], query: Query) -> Found:
    refs = frozenset(search.find(conn, query.kind, query.text)) if query.text.strip() else None
    found, total, more = cases.page(conn, query.kind, query.where, refs, query.sort or "-changed_at", query.after, query.limit)
    return [_case_row(c, roles) for c in found], total, more


def _case_row(stored: cases.StoredCase, roles: frozenset[str]) -> Row:
    """A case as a row: its columns and what its room shows; without words for who may not read it."""
    columns: dict[str, str | int | None] = {name: getattr(stored, name) for name in cases.COLUMNS}
    protected = msgspec.msgpack.decode(stored.grounds)[2]
    if not roles & (PROTECTED if protected else HOUSE):
        return {**columns, "title": "", "protected": 1}
    return {**json.loads(stored.row), **columns, "process": stored.process, "protected": int(protected)}


def _objects(exit_: Exit, who: Actor, query: Query) -> Found:
    """Objects by id (`ref`, or several in `refs`), or by type: one row for each wording."""
    conn, ref, type_ = exit_.conn, query.value("ref"), query.value("type")
    after = _after(query)
    where = [objects_table.c.ref > after] if after else []
    if ref:
        where.append(objects_table.c.ref == ref)
    if refs := _words(query.value("refs")):
        where.append(objects_table.c.ref.in_(refs[:MOST]))
    if type_:
        where.append(objects_table.c.type == type_)
    total = conn.execute(select(func.count()).select_from(objects_table).where(*where)).scalar_one()
    rows = conn.execute(select(objects_table).where(*where).order_by(objects_table.c.ref).limit(query.limit + 1)).all()
    told: list[Row] = [
        {"ref": r.ref, "type": r.type, "version": r.version, "sha": r.sha.hex(), "body": r.body.decode()} for r in rows[: query.limit]
    ]
    return told, int(total), str(told[-1]["ref"]) if len(rows) > query.limit else ""


def _places(exit_: Exit, who: Actor, query: Query) -> Found:
    """Every place that speaks of an object (`ref`), with its act and case; or every place of an act (`act`, hex) or a case (`case`)."""
    conn = exit_.conn
    if ref := query.value("ref"):
        some = sorted(acts.speaking(conn, [Ref(ref)])[Ref(ref)])
        rows: list[Row] = [{"act": d.hex(), "place": i, "case": c, "kind": k, "ref": ref} for d, i, c, k in some]
    else:
        wanted = (
            [Digest(_hex(query.value("act")))] if query.value("act") else [a.digest for a in acts.of_case(conn, Ref(query.value("case")))]
        )
        found, spoken = acts.places_of(conn, wanted), acts.find(conn, wanted)
        rows = [
            {"act": p.at.act.hex(), "place": p.at.index, "case": spoken[d].case, "kind": spoken[d].kind, "ref": p.ref, "gone": p.gone and p.gone.name}
            for d in wanted
            if d in spoken
            for p in found[d]
        ]  # fmt: skip
    start = int(_after(query) or 0)
    page = rows[start : start + query.limit]
    return page, len(rows), str(start + query.limit) if start + query.limit < len(rows) else ""


def _material(exit_: Exit, who: Actor, query: Query) -> Found:
    """What a report holds (`case`), of one `type` or all, each object with its place and its body."""
    case, type_ = _of_material(exit_, query), query.value("type")
    after = _after(query)
    begin = (int(after[:-PLACE_DIGITS] or 0), int(after[-PLACE_DIGITS:])) if after else (0, 0)
    page = acts.spoken_in(exit_.conn, case, VOUCHER, type_, begin, query.limit + 1)
    rows: list[Row] = [
        {"act": s.act.hex(), "place": s.index, "kind": s.kind, "ref": s.ref, "type": s.type, "body": s.body.decode()}
        for s in page[: query.limit]
    ]  # fmt: skip
    types = acts.types_spoken_in(exit_.conn, case, VOUCHER)
    last = page[query.limit - 1] if len(page) > query.limit else None
    return rows, types.get(type_, 0) if type_ else sum(types.values()), f"{last.seq}{last.index:0{PLACE_DIGITS}d}" if last else ""


def _material_types(exit_: Exit, who: Actor, query: Query) -> Found:
    """How many objects of each type a report holds (`case`)."""
    rows: list[Row] = [{"type": t, "count": n} for t, n in acts.types_spoken_in(exit_.conn, _of_material(exit_, query), VOUCHER).items()]
    return rows, len(rows), ""


def _of_material(exit_: Exit, query: Query) -> Ref:
    """The case asked about. Raises Malformed unless it is one of material: what is said of itself is read through its state."""
    case = Ref(query.value("case"))
    if not exit_.orders.case(case).material:
        raise Malformed("query.kind", case[:80], "report")
    return case


def _acts(exit_: Exit, who: Actor, query: Query) -> Found:
    """The acts of a case (`case`), in the order they came."""
    conn, after = exit_.conn, int(_after(query) or 0)
    every = list(acts.of_case(conn, Ref(query.value("case")), void=True))
    page = [a for a in every if a.seq > after][: query.limit]
    rows: list[Row] = [
        {
            "seq": a.seq, "act": a.digest.hex(), "kind": a.kind, "author": a.author, "source": a.source, "case": a.case,
            "admitted_at": a.admitted_at, "void": int(a.void), "audiences": " ".join(sorted(releases.to_whom(conn, a.digest))),
        }
        for a in page
    ]  # fmt: skip
    return rows, len(every), str(page[-1].seq) if page and every[-1].seq > page[-1].seq else ""


def _quarantine(exit_: Exit, who: Actor, query: Query) -> Found:
    state = query.value("state") or "waits"
    page = office.held(exit_.conn, state=state, after=int(_after(query) or 0), limit=query.limit + 1)
    rows: list[Row] = [
        {
            "id": h.id, "raw": h.raw.hex(), "source": h.source, "case": h.case, "at": h.at, "state": h.state,
            "reasons": json.dumps([[r.rule, list(r.values), r.advice] for r in h.reasons]),
        }
        for h in page[: query.limit]
    ]  # fmt: skip
    return rows, office.count_held(exit_.conn, state), str(page[query.limit - 1].id) if len(page) > query.limit else ""


def _releases(exit_: Exit, who: Actor, query: Query) -> Found:
    """The release log of one audience: a partner's node sees its own only, and nothing while it is suspended.

    `ids`, `types` and `versions` ("all", "first", "last", moments) are lists separated by commas, as in TAXII 2.1 section 3.4.1.
    `acts` are digests in hex; `withdrawn` asks, in our own house, for what is served no more too.
    """
    peer = PEER in who.roles
    audience = who.organisation if peer else Ref(query.value("audience"))
    if peer and (audience not in exit_.passing.roster or exit_.passing.roster[audience].suspended):
        return [], 0, ""
    collection = query.value("collection") or "acts"
    page = releases.page(
        exit_.conn,
        audience,
        collection,
        added_after=query.value("added_after"),
        seq_after=int(_after(query) or 0),
        limit=query.limit + 1,
        now="" if query.value("withdrawn") and not peer else releases.stamp(exit_.passing.now),
        wanted=releases.Wanted(
            frozenset(_words(query.value("ids"))),
            frozenset(_words(query.value("types"))),
            frozenset(_words(query.value("versions"))) or frozenset({"last"}),
            frozenset(_hex(a) for a in _words(query.value("acts"))),
        ),
    )
    rows: list[Row] = [
        {
            "seq": r.seq, "date_added": r.date_added, "act": r.act.hex(), "ref": r.ref, "type": r.type, "version": r.version,
            "until": r.until, "body": r.body.decode(), "forms": json.dumps(msgspec.msgpack.decode(r.forms)) if r.forms else "",
        }
        for r in page[: query.limit]
    ]  # fmt: skip
    return rows, len(rows), str(rows[-1]["seq"]) if len(page) > query.limit else ""


def _entries(exit_: Exit, who: Actor, query: Query) -> Found:
    """Leaves of the ledger, newest first: outcomes and rules, never content."""
    size = exit_.orders.log.size(exit_.conn)
    stop = int(_after(query) or size)
    wanted, unwanted = ({n: str(v) for n, how, v in query.where if how == sign} for sign in ("=", "!="))
    found: list[Entry] = []
    low = stop
    while low > 0 and len(found) < query.limit:
        low, high = max(0, low - 1024), low
        some = [
            e for e in exit_.orders.log.entries(exit_.conn, low, high) if _matches(e, wanted) and not (unwanted and _matches(e, unwanted))
        ]
        found = [*found, *reversed(some)]
    page = found[: query.limit]
    rows: list[Row] = [
        {
            "index": e.index, "door": e.door.value, "act": e.act.hex() if e.act else None, "place": e.place, "answer": e.answer.value,
            "rule": e.rule, "audience": e.audience, "role": e.role, "at": e.at.isoformat() if e.at else None,
        }
        for e in page
    ]  # fmt: skip
    return rows, size, str(page[-1].index) if len(page) == query.limit and page[-1].index > 0 else ""


def _matches(e: Entry, wanted: Mapping[str, str]) -> bool:
    shown = {
        "door": e.door.value,
        "answer": e.answer.value,
        "rule": e.rule,
        "audience": e.audience or "",
        "act": e.act.hex() if e.act else "",
    }
    return all(shown.get(name) == value for name, value in wanted.items())


def _partners(exit_: Exit, who: Actor, query: Query) -> Found:
    heard = {c.peer: c for c in office.all_cursors(exit_.conn)}
    rows: list[Row] = []
    for o in sorted(exit_.passing.roster, key=lambda o: o.name):
        cursor = heard.get(o.ref)
        rows.append({
            "ref": o.ref, "name": o.name, "standing": o.standing, "url": o.url, "suspended": int(o.suspended),
            "own": int(o.ref == exit_.orders.me), "heard_at": cursor.heard_at if cursor else None, "failure": cursor.failure if cursor else None,
        })  # fmt: skip
    return rows, len(rows), ""


def _jobs(exit_: Exit, who: Actor, query: Query) -> Found:
    rows: list[Row] = [
        {
            "id": j.id,
            "kind": j.kind,
            "subject": j.subject,
            "tries": j.tries,
            "failure": j.failure,
            "due_at": int(j.due_at),
        }
        for j in jobs.every(exit_.conn)
    ]
    return rows, len(rows), ""


def _wordings(exit_: Exit, who: Actor, query: Query) -> Found:
    """Every wording of one object (`ref`), side by side: what a conflict is judged by."""
    some = objects.held(exit_.conn, [Ref(query.value("ref"))]).get(Ref(query.value("ref")), ())
    rows: list[Row] = [{"ref": s.ref, "type": s.type, "version": s.version, "sha": s.sha.hex(), "body": s.body.decode()} for s in some]
    return rows, len(rows), ""


def _after(query: Query) -> str:
    if query.after and not query.after.isalnum() and "--" not in query.after:
        raise Malformed("query.cursor", query.after[:40], advice="query.first-page")
    if query.kind not in ("object",) and query.after and not query.after.isdigit():
        raise Malformed("query.cursor", query.after[:40], advice="query.first-page")
    return query.after


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Malformed("query.digest", text[:80]) from None


Answerer = Callable[[Exit, Actor, Query], Found]
_OFFICE = frozenset(HOUSE | {ADMINISTRATOR})
_SPECIAL: Mapping[str, tuple[frozenset[str], Answerer]] = {
    "object": (HOUSE, _objects),
    "wording": (HOUSE, _wordings),
    "place": (HOUSE, _places),
    "material": (HOUSE, _material),
    "material-type": (HOUSE, _material_types),
    "act": (_OFFICE, _acts),
    "quarantine": (_OFFICE, _quarantine),
    "release": (_OFFICE | {PEER}, _releases),
    "entry": (_OFFICE, _entries),
    "partner": (_OFFICE, _partners),
    "job": (_OFFICE, _jobs),
}
KINDS = tuple(_SPECIAL)
"""What can be looked for beside kinds of case."""
