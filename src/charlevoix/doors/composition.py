"""Composition: from what a verb wants said to the objects of an act, with ids, times, authors and markings."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from charlevoix.acts.act import Place, StixObject, Whole
from charlevoix.cases.case import BY, SALT, AnyCase, Course, Local, Proposal
from charlevoix.doors.closure import dangling
from charlevoix.doors.orders import Passing
from charlevoix.errors import Malformed, Reason
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix import timestamp
from charlevoix.stix.extension import OWNER, declarations
from charlevoix.stix.identifier import CONTRIBUTING, Property, Ref, observable_id
from charlevoix.stix.marking import OFFICIAL
from charlevoix.stix.validity import check
from charlevoix.store import acts, objects

Object = dict[str, object]


def compose(
    passing: Passing, case: AnyCase, ref: Ref, course: Course, actor: Actor, proposal: Proposal, salt: str = ""
) -> list[Whole] | tuple[Reason, ...]:
    """The objects of the act, ready to be signed; or everything that stands in the way.

    Each object gets what it lacks: an id (deterministic for observables; the case's own for the object that opens it and has its type), the
    times, the author, the extensions it uses. The first object also gets the pseudonym of who did it, and the marking of the case where the
    verb gives none.
    """
    # 1. name them, so that they can speak of each other
    drafts: dict[str, Object] = {name: dict(o) for name, o in proposal.objects.items()}
    ids = {name: _identify(passing, case, ref, o, first=not i) for i, (name, o) in enumerate(drafts.items())}
    # 2. fill in
    said = [_fill(passing, ids, name, o) for name, o in drafts.items()]
    said[0][BY] = actor.person
    if salt:
        said[0][SALT] = salt
    if "object_marking_refs" not in said[0]:
        said[0]["object_marking_refs"] = _inherited(course)
    for o in said:
        _declare(o)
    # 3. what is spoken of again
    restated = [_restate(passing, place) for place in proposal.restate]
    bad = [r for r in restated if isinstance(r, Reason)]
    said += _distinct([r for r in restated if not isinstance(r, Reason)], {str(o["id"]) for o in said})
    # 4. all obstacles at once
    bad += [reason for o in said for reason in check(o)]
    bad += _missing_common(case, proposal.kind, said[0])
    bad += _dangling(course, said)
    if bad:
        return tuple(dict.fromkeys(bad))
    keys = passing.orders.clock.random_bytes(32 * len(said))
    return [Whole(_encode(o), keys[32 * i : 32 * (i + 1)], False) for i, o in enumerate(said)]


def _identify(passing: Passing, case: AnyCase, ref: Ref, o: Object, first: bool) -> str:
    if "id" in o:
        return str(o["id"])
    type_ = str(o.get("type"))
    if first and type_ == case.kind and ref.startswith(type_ + "--"):
        return ref
    if CONTRIBUTING.get(type_):
        return observable_id(type_, o)
    return f"{type_}--{passing.orders.clock.random_id()}"


def _fill(passing: Passing, ids: Mapping[str, str], name: str, draft: Object) -> Object:
    o: Object = {k: _localise(v, ids) for k, v in draft.items() if v is not None}
    stamp = timestamp.write(passing.now)
    o = {"type": o.pop("type"), "spec_version": "2.1", "id": ids[name], **o}
    if o["type"] in CONTRIBUTING:
        return o
    o.setdefault("created", (_first_said(passing, Ref(str(draft["id"]))) if "id" in draft else None) or stamp)
    if o["type"] != "marking-definition":
        o.setdefault("modified", stamp)
    o.setdefault("created_by_ref", passing.orders.me)
    return o


def _first_said(passing: Passing, ref: Ref) -> object:
    """When an object of ours was created, of which this is a new version (STIX 2.1 section 3.6: `created` never changes)."""
    ours = [_decode(s.body) for s in objects.held(passing.conn, [ref]).get(ref, ())]
    return next((o.get("created") for o in ours if o.get("created_by_ref") == passing.orders.me), None)


def _localise(value: object, ids: Mapping[str, str]) -> object:
    if isinstance(value, Local):
        if value.name not in ids:
            raise Malformed("proposal.local", value.name)
        return ids[value.name]
    if isinstance(value, Mapping):
        return {k: _localise(v, ids) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [_localise(v, ids) for v in items]
    return value


def _declare(o: Object) -> None:
    ours = declarations(name for name in o if name in OWNER)
    if ours:
        given = o.get("extensions")
        o["extensions"] = {**(given if isinstance(given, Mapping) else {}), **ours}


def _inherited(course: Course) -> list[str]:
    """An act is marked as its case was opened, unless it says otherwise."""
    opened = course.notes[0].main if course.notes else None
    refs = opened.known.get(Property("object_marking_refs")) if opened else None
    return [str(r) for r in refs] if isinstance(refs, list | tuple) and refs else [OFFICIAL["amber+strict"]]


def _restate(passing: Passing, place: Place) -> Object | Reason:
    """An object of another act, said again property by property, under the marking that it came with."""
    found = acts.place(passing.conn, place)
    if found is None or found.shown is None:
        return Reason("restate.not-here", (place.act.hex()[:16], str(place.index)), "restate.choose-another")
    said: Object = {k: v for k, v in _decode(found.shown.object).items() if not k.startswith("x_opencti_")}
    if "object_marking_refs" not in said:
        voucher = acts.places_of(passing.conn, [place.act])[place.act][0]
        refs = _decode(voucher.shown.object).get("object_marking_refs") if voucher.shown else None
        said["object_marking_refs"] = refs or [OFFICIAL["amber+strict"]]
    return said


def _distinct(some: Iterable[Object], taken: set[str]) -> list[Object]:
    found = []
    for o in some:
        if str(o["id"]) not in taken:
            taken.add(str(o["id"]))
            found.append(o)
    return found


def _missing_common(case: AnyCase, kind: str, first: Object) -> list[Reason]:
    return [Reason("act.common", (p, kind), "act.state-it") for p in sorted(case.kinds[kind].common) if p not in first]


def _dangling(course: Course, objects: list[Object]) -> list[Reason]:
    members = [{Property(k): v for k, v in o.items()} for o in objects]
    loose = dangling(members, frozenset())
    known = _held(course, {ref for _, ref in loose})
    return [Reason("closure.dangling", (name, ref), "closure.restate") for name, ref in loose if ref not in known]


def _held(course: Course, wanted: set[Ref]) -> set[Ref]:
    """Which of these ids an act of the case speaks of: most are said in its first acts, so the search ends early."""
    found: set[Ref] = set()
    for note in course.history.notes.values():
        if found == wanted:
            break
        found |= {o.ref for o in note.objects if isinstance(o, StixObject) and o.ref} & wanted
    return found


_encode = msgspec.json.Encoder().encode
_decode: Any = msgspec.json.Decoder(dict[str, object]).decode
__all__ = ["compose"]
