"""A projection: what a case looks like after new acts, stored in their transaction and derived from nothing else."""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from charlevoix.acts.act import Digest
from charlevoix.cases.case import AnyCase, Due, Row
from charlevoix.cases.history import History, Note
from charlevoix.doors import admission
from charlevoix.doors.orders import Orders, Passing
from charlevoix.safeguards.grounds import Grounds, Nexus
from charlevoix.safeguards.passage import Seen
from charlevoix.stix.identifier import Ref
from charlevoix.store import acts, cases, search
from charlevoix.store.cases import Head, StoredCase

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder().decode


class Warm:
    """States folded lately, by case and by what its row says of itself: another process may have folded it anew. Bounded."""

    def __init__(self, most: int = 128) -> None:
        self._most = most
        self._states: OrderedDict[Ref, tuple[Head, Any]] = OrderedDict()

    def get(self, ref: Ref, head: Head) -> Any | None:
        known, state = self._states.get(ref, (None, None))
        return state if known == head else None

    def put(self, ref: Ref, head: Head, state: Any) -> None:
        self._states[ref] = (head, state)
        self._states.move_to_end(ref)
        while len(self._states) > self._most:
            self._states.popitem(last=False)


def state(conn: Connection, orders: Orders, warm: Warm, ref: Ref) -> Any | None:
    """The folded state of a case as it lies here, or None where there is no such case."""
    head = cases.head(conn, ref)
    if head is None:
        return None
    case = orders.case(ref)
    if head.version != case.version:
        return case.fold(admission.held(conn, orders, acts.of_case(conn, ref)))
    found = warm.get(ref, head)
    if found is None:
        stored = cases.get(conn, ref)
        found = case.of(thaw(stored.history)) if stored else None
    return found


def fold_in(passing: Passing, warm: Warm, ref: Ref, new: Iterable[Seen], seq: int) -> bool:
    """Stores the state after new acts as the row of its case; returns whether its grounds changed, so that all is to be decided again."""
    case, head = passing.orders.case(ref), cases.head(passing.conn, ref)
    if head is None or head.version != case.version:
        refold(passing, warm, ref)
        return True
    known: Any = state(passing.conn, passing.orders, warm, ref)
    after = case.of(known.course.history.extend(case.note(s) for s in new))
    _store(passing, warm, case, ref, after, seq, cases.opened_at(passing.conn, ref) or "")
    return case.grounds(after) != case.grounds(known)


def refold(passing: Passing, warm: Warm, ref: Ref) -> Any:
    """The state from all acts of the case that count, stored: what `doctor --refold` does for every case."""
    case = passing.orders.case(ref)
    rows = list(acts.of_case(passing.conn, ref))
    after = case.fold(admission.held(passing.conn, passing.orders, rows))
    opened = cases.opened_at(passing.conn, ref) or _stamp(passing.now)
    _store(passing, warm, case, ref, after, max((r.seq for r in rows), default=0), opened)
    return after


def grounds(conn: Connection, orders: Orders, refs: Iterable[Ref]) -> Mapping[Ref, Grounds]:
    """The grounds of these cases, as far as they are here."""
    return {ref: melt(frozen) for ref, frozen in cases.grounds(conn, refs).items()}


def _store(passing: Passing, warm: Warm, case: AnyCase, ref: Ref, after: Any, seq: int, opened: str) -> None:
    row = case.row(after)
    due = min(case.due(after), key=lambda d: d.at, default=None)
    found = case.grounds(after)
    cases.put(passing.conn, _stored(passing, case, ref, after, seq, opened, row, due, found))
    search.put(passing.conn, ref, case.kind, " ".join(str(v) for v in row.values() if isinstance(v, str)))
    warm.put(ref, Head(seq, case.version, _stamp(passing.now)), after)


def _stored(
    passing: Passing,
    case: AnyCase,
    ref: Ref,
    after: Any,
    seq: int,
    opened: str,
    row: Row,
    due: Due | None,
    found: Grounds,
) -> StoredCase:
    return StoredCase(
        ref=ref,
        kind=case.kind,
        title=str(row.get("title") or ""),
        phase=after.course.phase,
        nexus=found.nexus.value,
        due_at=_stamp(due.at) if due else None,
        due_what=due.what if due else None,
        due_whom=due.whom if due else None,
        opened_at=opened,
        changed_at=_stamp(passing.now),
        seq=seq,
        version=case.version,
        row=json.dumps(row, sort_keys=True, ensure_ascii=False),
        process=json.dumps(case.process(after), sort_keys=True, ensure_ascii=False),
        grounds=freeze_grounds(found),
        history=freeze(after.course.history),
    )


def freeze(history: History) -> bytes:
    """MessagePack of the notes, in the order of their digests: equal histories give equal bytes."""
    return _pack(
        [[n.digest, n.author, n.kind, sorted(n.after), sorted(n.rests), cases.freeze(n.objects)] for _, n in sorted(history.notes.items())]
    )


def thaw(frozen: bytes) -> History:
    notes = (_note(f) for f in _unpack(frozen))
    return History({n.digest: n for n in notes})


def freeze_grounds(found: Grounds) -> bytes:
    return _pack([found.nexus.name, sorted(found.reviews), found.protected, sorted(found.participants)])


def melt(frozen: bytes) -> Grounds:
    nexus, reviews, protected, participants = _unpack(frozen)
    return Grounds(Nexus[nexus], frozenset(reviews), protected, frozenset(participants))


def _note(f: Sequence[Any]) -> Note:
    digest, author, kind, after, rests, objects = f
    return Note(
        Digest(digest),
        Ref(author),
        kind,
        frozenset(Digest(d) for d in after),
        frozenset(Digest(d) for d in rests),
        cases.thaw(objects),
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
