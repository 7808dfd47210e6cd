"""Foreign material: objects that others published, vouched for by whoever imports them, never taken as a position."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from charlevoix.acts.act import Digest, Whole
from charlevoix.cases.case import PARTICIPANTS
from charlevoix.doors.admission import Admission, admit_own, quarantine
from charlevoix.doors.comparison import Comparison, Likeness, compare
from charlevoix.doors.orders import Passing
from charlevoix.errors import Answer, Malformed, Reason
from charlevoix.ledger.entry import Door
from charlevoix.safeguards.passage import Seen, Unverified
from charlevoix.stix import timestamp
from charlevoix.stix.canonical import digest_of
from charlevoix.stix.identifier import Ref, is_id
from charlevoix.stix.marking import OFFICIAL, TLP
from charlevoix.stix.object import read_object
from charlevoix.stix.validity import check
from charlevoix.store import objects
from charlevoix.store.objects import Stored

VOUCHER = "report.voucher"
CHUNK = 1_000
"""Objects in one voucher, and in one transaction."""

PENDING = 100_000
"""Objects that may wait, in one import, for a marking that comes later in the file (the ATT&CK bundle has thousands)."""

REMEMBERED = 4 * CHUNK
"""Ids of which an import remembers what is here: asking the store again costs less than 2 kB of memory for each object."""

Object = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Examined:
    """A foreign object that may come in."""

    item: Unverified
    raw: Digest
    members: Object
    body: bytes
    sha: bytes
    repairs: tuple[str, ...]
    likeness: Comparison = field(default=Comparison(Likeness.NEW))

    @property
    def ref(self) -> Ref:
        return Ref(str(self.members["id"]))


@dataclass(slots=True)
class Entrance:
    """One import: what it has seen of markings so far, and what waits for one."""

    markings: set[Ref] = field(default_factory=set)
    waiting: list[Examined] = field(default_factory=list)
    seen: dict[Ref, list[tuple[Stored, Object]]] = field(default_factory=dict)


def admit_foreign(
    passing: Passing, entrance: Entrance, items: Sequence[Unverified], last: bool = False
) -> tuple[list[Admission], list[Seen]]:
    """One chunk of foreign objects, one voucher: repaired, checked, compared with what is here, and vouched for.

    Objects marked by a definition that has not come yet wait in `entrance` until it comes or, with `last`, are quarantined.
    """
    told: list[Admission] = []
    ready: list[Examined] = []
    # 1. read, repair and check each one; a bad one never stops the rest
    for item in items:
        found = _examine(passing, item)
        if isinstance(found, Admission):
            told.append(found)
        else:
            _remember_marking(entrance, found)
            ready.append(found)
    # 2. those whose marking is not here wait for it
    ready, entrance.waiting = _sort(passing, entrance, entrance.waiting + ready)
    if last or len(entrance.waiting) > PENDING:
        told += [quarantine(passing, e.item, (_unmapped(entrance, e),), e.ref) for e in entrance.waiting]
        entrance.waiting = []
    # 3. compare, vouch, and say what became of each
    seen = []
    for start in range(0, len(ready), CHUNK):
        chunk = _compare(passing, entrance, ready[start : start + CHUNK])
        act = _vouch(passing, chunk)
        seen.append(act)
        told += [_outcome(passing, act.act.value.digest, index, one) for index, one in enumerate(chunk, 1)]
    return told, seen


def _examine(passing: Passing, item: Unverified) -> Examined | Admission:
    try:
        members = read_object(item.raw)
    except Malformed as e:
        return quarantine(passing, item, (e.reason,))
    mended, repairs = passing.orders.repair(members)
    if bad := check(mended):
        ref = members.get("id")
        return quarantine(passing, item, bad, Ref(ref) if isinstance(ref, str) and is_id(ref) else None)
    if mended.get("created_by_ref") == passing.orders.me and item.source != passing.orders.me:
        return _pretender(passing, item, Ref(str(mended["id"])))
    body = _encode(mended) if repairs else item.raw
    return Examined(item, Digest(sha256(item.raw).digest()), mended, body, digest_of(mended), repairs)


def _pretender(passing: Passing, item: Unverified, ref: Ref) -> Admission:
    """It says that we made it: only a copy of what we said is let pass (as known), anything else is refused."""
    raw = Digest(sha256(item.raw).digest())
    if any(s.body == item.raw for s in objects.held(passing.conn, [ref]).get(ref, ())):
        return Admission(raw, "known", (Reason("object.ours", (ref,)),), ref)
    entry = passing.record(Door.ADMIT, Answer.NO, "door.our-object")
    return Admission(raw, "refused", (Reason("door.our-object", (ref,), "door.tell-sender"),), ref, entry=entry)


def _remember_marking(entrance: Entrance, found: Examined) -> None:
    if found.members["type"] == "marking-definition":
        entrance.markings.add(found.ref)


def _marks(one: Examined) -> list[str]:
    refs = one.members.get("object_marking_refs", [])
    return [r for r in refs if isinstance(r, str)] if isinstance(refs, list) else []


def _sort(passing: Passing, entrance: Entrance, some: Iterable[Examined]) -> tuple[list[Examined], list[Examined]]:
    some = list(some)
    wanted = {Ref(r) for one in some for r in _marks(one)} - entrance.markings - TLP.keys()
    entrance.markings |= objects.held(passing.conn, wanted).keys()
    known = entrance.markings | TLP.keys()
    ready = [one for one in some if known.issuperset(_marks(one))]
    waits = [one for one in some if not known.issuperset(_marks(one))]
    return ready, waits


def _unmapped(entrance: Entrance, one: Examined) -> Reason:
    unknown = [r for r in _marks(one) if r not in entrance.markings and r not in TLP]
    return Reason("marking.not-here", tuple(unknown[:5]), "marking.import-first")


def _compare(passing: Passing, entrance: Entrance, some: Sequence[Examined]) -> list[Examined]:
    """Each beside what is here of its id, what came earlier in the same file included."""
    asked = {one.ref for one in some} - entrance.seen.keys()
    for ref, stored in objects.held(passing.conn, asked).items():
        entrance.seen[ref] = [(s, _decode(s.body)) for s in stored]
    judged = []
    for one in some:
        here = entrance.seen.setdefault(one.ref, [])
        judged.append(Examined(one.item, one.raw, one.members, one.body, one.sha, one.repairs, compare(one.members, one.sha, here)))
        if all(s.sha != one.sha for s, _ in here):
            here.append((Stored(one.sha, one.ref, str(one.members["type"]), _version(one.members), one.body), one.members))
            here.sort(key=lambda h: (h[0].version or "", h[0].sha))
    if len(entrance.seen) > REMEMBERED:
        entrance.seen.clear()  # what was forgotten is found in the store: its chunk was written
    return judged


def _vouch(passing: Passing, some: Sequence[Examined]) -> Seen:
    """One act of ours that commits to these objects, each entire, and says what we repaired and what marking holds."""
    item = some[0].item
    if item.case is None:
        raise Malformed("door.no-report", item.source)
    orders = passing.orders
    keys = orders.clock.random_bytes(32 * (len(some) + 1))
    stamp, level = timestamp.write(passing.now), item.marking or OFFICIAL["amber+strict"]
    voucher = {
        "type": "note",
        "spec_version": "2.1",
        "id": f"note--{orders.clock.random_id()}",
        "created": stamp,
        "modified": stamp,
        "created_by_ref": orders.me,
        "content": f"Material published by another: {len(some)} objects, vouched for by who imports it.",
        "object_refs": [item.source],
        "object_marking_refs": [level],
        PARTICIPANTS: [orders.me],
        "charlevoix_publisher": item.source,
        "charlevoix_marking": level,
        "charlevoix_count": len(some),
        "charlevoix_repaired": sum(bool(one.repairs) for one in some),
        "charlevoix_repairs": [f"{one.ref}: {r}" for one in some for r in one.repairs],
        "charlevoix_raw": [one.raw.hex() for one in some],
    }
    wholes = [Whole(_encode(voucher), keys[:32], False)]
    wholes += [Whole(one.body, keys[32 * i : 32 * (i + 1)], True) for i, one in enumerate(some, 1)]
    return admit_own(passing, VOUCHER, item.case, wholes, frozenset(), frozenset())


_OUTCOMES = {
    Likeness.NEW: "accepted",
    Likeness.VERSION: "accepted",
    Likeness.KNOWN: "known",
    Likeness.OLDER: "known",
    Likeness.CONFLICT: "conflict",
}


def _outcome(passing: Passing, act: Digest, index: int, one: Examined) -> Admission:
    like = one.likeness
    outcome = _OUTCOMES[like.likeness]
    reasons = [Reason("object.repaired", (r,)) for r in one.repairs]
    if like.likeness is Likeness.CONFLICT:
        reasons.append(Reason("object.conflict", (", ".join(like.differs), (like.with_ or b"").hex()[:16]), "object.compare"))
    elif like.likeness is Likeness.OLDER:
        reasons.append(Reason("version.older", (one.ref, ", ".join(like.differs))))
    elif like.likeness is Likeness.VERSION:
        reasons.append(Reason("version.newer", (one.ref, ", ".join(like.differs))))
    if one.repairs and outcome == "accepted":
        outcome = "repaired"
    entry = passing.record(Door.ADMIT, Answer.YES, f"import.{outcome}", act=act, place=index)
    return Admission(one.raw, outcome, tuple(reasons), one.ref, act, index, entry)


def _version(of: Object) -> str | None:
    value = of.get("modified")
    return value if isinstance(value, str) else None


_encode: Any = msgspec.json.Encoder().encode
_decode: Any = msgspec.json.Decoder(dict[str, object]).decode
