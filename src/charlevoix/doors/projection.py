"""A projection: what a case looks like after new acts, stored in their transaction and derived from nothing else."""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import msgspec
from sqlalchemy import Connection

from charlevoix.acts.act import Digest
from charlevoix.cases.case import AnyCase
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


Frozen = dict[Digest, tuple[Note, msgspec.Raw]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A state folded lately: what its row says of itself, the state that every participant has, and its notes as they were frozen."""

    head: Head
    state: Any
    bare: Any = None
    frozen: Frozen = field(default_factory=dict)
    said: str | None = None  # what the search knows of it


class Warm:
    """States folded lately, by case and by what its row says of itself: another process may have folded it anew. Bounded; for all threads."""

    def __init__(self, most: int = 128) -> None:
        self._most, self._lock = most, Lock()
        self._kept: OrderedDict[Ref, Kept] = OrderedDict()

    def get(self, ref: Ref, head: Head) -> Kept | None:
        known = self._kept.get(ref)
        return known if known is not None and known.head == head else None

    def put(self, ref: Ref, new: Kept) -> Kept:
        with self._lock:
            self._kept[ref] = new
            self._kept.move_to_end(ref)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return new


def state(conn: Connection, orders: Orders, warm: Warm, ref: Ref) -> Any | None:
    """The folded state of a case as it lies here, or None where there is no such case."""
    head = cases.head(conn, ref)
    return None if head is None else _at(conn, orders, warm, ref, head).state


def _at(conn: Connection, orders: Orders, warm: Warm, ref: Ref, head: Head) -> Kept:
    """The state of a case at a head: from memory, from its row, or from its acts where the fold is another by now."""
    if (found := warm.get(ref, head)) is not None:
        return found
    case, stored = orders.case(ref), cases.get(conn, ref)
    if stored is None or head.version != case.version:
        return warm.put(ref, Kept(head, case.fold(admission.held(conn, orders, acts.of_case(conn, ref)))))
    return warm.put(ref, Kept(head, case.of(thaw(stored.history))))


def fold_in(passing: Passing, warm: Warm, ref: Ref, new: Sequence[Seen], seq: int) -> bool:
    """Stores the state after new acts as the row of its case; returns whether its grounds changed, so that all is to be decided again."""
    case, head = passing.orders.case(ref), cases.head(passing.conn, ref)
    if head is None or head.version != case.version:
        refold(passing, warm, ref)
        return True
    known = _at(passing.conn, passing.orders, warm, ref, head)
    after = case.grow(known.state, [case.note(s) for s in new])
    notes = after.course.history.notes
    bare = case.grow(known.bare or case.bare(known.state), [case.common(notes[s.act.value.digest]) for s in new])
    _store(passing, warm, case, ref, Kept(known.head, after, bare, known.frozen, known.said), max(seq, head.seq))
    return case.grounds(after) != case.grounds(known.state)


def refold(passing: Passing, warm: Warm, ref: Ref) -> Any:
    """The state from all acts of the case that count, stored: what `doctor --refold` does for every case."""
    case = passing.orders.case(ref)
    rows = list(acts.of_case(passing.conn, ref))
    after = case.fold(admission.held(passing.conn, passing.orders, rows))
    _store(passing, warm, case, ref, Kept(Head(0, 0, ""), after, case.bare(after)), max((r.seq for r in rows), default=0))
    return after


def grounds(conn: Connection, orders: Orders, refs: Iterable[Ref]) -> Mapping[Ref, Grounds]:
    """The grounds of these cases, as far as they are here."""
    return {ref: melt(frozen) for ref, frozen in cases.grounds(conn, refs).items()}


def _store(passing: Passing, warm: Warm, case: AnyCase, ref: Ref, new: Kept, seq: int) -> None:
    row, found = case.row(new.state), case.grounds(new.state)
    due = min(case.due(new.state), key=lambda d: d.at, default=None)
    frozen, history = _freeze(new.state.course.history, new.frozen)
    stored = StoredCase(
        ref=ref,
        kind=case.kind,
        title=str(row.get("title") or ""),
        phase=new.state.course.phase,
        nexus=found.nexus.value,
        due_at=_stamp(due.at) if due else None,
        due_what=due.what if due else None,
        due_whom=due.whom if due else None,
        opened_at=_stamp(passing.now),  # of a new row: that of a known one stays
        changed_at=_stamp(passing.now),
        seq=seq,
        version=case.version,
        row=json.dumps(row, sort_keys=True, ensure_ascii=False),
        process=json.dumps(case.told(new.bare), sort_keys=True, ensure_ascii=False),
        grounds=freeze_grounds(found),
        history=history,
    )
    cases.put(passing.conn, stored)
    said = " ".join(str(v) for v in row.values() if isinstance(v, str))
    if said != new.said:
        search.put(passing.conn, ref, case.kind, said)
    warm.put(ref, Kept(Head(seq, case.version, stored.changed_at), new.state, new.bare, frozen, said))


def _freeze(history: History, known: Frozen) -> tuple[Frozen, bytes]:
    """MessagePack of the notes, in the order of their digests: equal histories give equal bytes. What was frozen before is not again."""
    frozen = {d: known[d] if d in known and known[d][0] is n else (n, msgspec.Raw(_pack(_plain(n)))) for d, n in history.notes.items()}
    return frozen, _pack([frozen[d][1] for d in sorted(frozen)])


def _plain(n: Note) -> list[object]:
    return [n.digest, n.author, n.kind, sorted(n.after), sorted(n.rests), cases.freeze(n.objects)]


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
