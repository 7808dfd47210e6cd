"""Builders with defaults for what tests need most: name only what matters to the test."""

import importlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from charlevoix.acts.act import Act, Digest, Gone, Missing, Place, StixObject
from charlevoix.safeguards import passage
from charlevoix.safeguards.decision import Decision
from charlevoix.safeguards.grounds import Audience, Grounds, Nexus, Subject
from charlevoix.safeguards.marking import Marking
from charlevoix.safeguards.passage import Released, Seen, Verified
from charlevoix.stix.identifier import Property, Ref

T = TypeVar("T")

A, B, C = (Ref(f"identity--00000000-0000-4000-8000-00000000000{n}") for n in "abc")
"""Three organisations: Demo A, Demo B, Demo C."""

CASE = Ref("incident--00000000-0000-4000-8000-000000000001")
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def seal(door: str) -> object:
    """The seal of a door, from the door where it is built and else claimed for the tests."""
    if door not in passage._SEALS:
        try:
            importlib.import_module(f"charlevoix.doors.{door}")
        except ModuleNotFoundError as error:
            if error.name != f"charlevoix.doors.{door}":
                raise
    return passage._SEALS.get(door) or passage.claim(door)


def verified(value: T, by: Ref = A) -> Verified[T]:
    """As if it had come through `doors.admission`."""
    return Verified(value, by, seal("admission"))


def released(value: T, decision: Decision) -> Released[T]:
    """As if it had gone through `doors.release`."""
    return Released(value, decision, seal("release"))


def digest(name: str) -> Digest:
    """A digest by name, so that tests can say which act comes after which."""
    return Digest(sha256(name.encode()).digest())


def an_act(
    name: str = "1",
    kind: str = "incident.open",
    *,
    author: Ref = A,
    case: Ref = CASE,
    after: Iterable[str] = (),
    rests: Iterable[str] = (),
    objects: int = 1,
    claimed: datetime = NOW,
) -> Act:
    """An act called `name`; `after` and `rests` name others, whose digests are `digest(name)`."""
    shown = tuple(frozenset({digest(f"{name}/{n}")}) for n in range(objects))
    return Act(
        digest(name),
        author,
        "k1",
        kind,
        case,
        frozenset(map(digest, after)),
        frozenset(map(digest, rests)),
        shown,
        claimed,
    )


def a_stix_object(
    type_: str = "incident",
    act: str = "1",
    index: int = 0,
    *,
    ref: Ref | None = None,
    withheld: int = 0,
    **known: object,
) -> StixObject:
    """An object of the act called `act`, with the properties given as keywords; `type` and, if `ref` is given, `id` are added."""
    properties: dict[Property, object] = {Property("type"): type_, **({Property("id"): ref} if ref else {})}
    properties.update({Property(name): value for name, value in known.items()})
    return StixObject(Place(digest(act), index), ref, type_, properties, withheld)


def missing(act: str = "1", index: int = 0, why: Gone = Gone.NOT_RELEASED) -> Missing:
    return Missing(Place(digest(act), index), why)


def seen(act: Act | None = None, *objects: StixObject | Missing, by: Ref | None = None) -> Seen:
    """The act as a node holds it, admitted from its author unless `by` says otherwise."""
    act = act or an_act()
    return Seen(verified(act, by or act.author), objects)


def a_marking(tlp: str | None = "amber", **rules: object) -> Marking:
    """A marking by its level; keywords are the fields of `Marking`."""
    ref = rules.pop("ref", Ref("marking-definition--00000000-0000-4000-8000-000000000001"))
    return Marking(ref, tlp, **rules)  # type: ignore[arg-type]  # a builder takes what the dataclass takes


def a_subject(
    *markings: Marking,
    known: Mapping[str, object] | None = None,
    author: Ref | None = A,
    whole: bool = False,
    common: Iterable[str] = (),
    recalled: Iterable[Ref] = (),
) -> Verified[Subject]:
    """What `decide` is asked about: an object marked as given, TLP:AMBER if nothing is, by A."""
    thing = a_stix_object(**(known or {"name": "Copied newspapers"}))  # type: ignore[arg-type]  # likewise
    properties = frozenset(map(Property, common))
    return verified(Subject(thing, markings or (a_marking(),), whole, properties, frozenset(recalled), author))


def grounds(nexus: Nexus = Nexus.REVIEWED, *reviews: str, protected: bool = False, participants: Iterable[Ref] = ()) -> Grounds:
    return Grounds(nexus, frozenset(reviews), protected, frozenset(participants))


def a_role(role: str = "analyst", house: Ref | None = A) -> Audience:
    return Audience(Ref(f"role--{role}"), "role", house=house)
