"""A rehearsal: what a node does with a proposal, without a node, so that a case can be played through as a conversation."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Generic, TypeVar
from uuid import UUID

import jsonschema  # type: ignore[import-untyped]

from builders import NOW, verified
from charlevoix.acts.act import Act, Digest, Place, StixObject
from charlevoix.cases.case import BY, Case, Folded, Local, Proposal
from charlevoix.cases.causality import heads
from charlevoix.doors.closure import dangling
from charlevoix.errors import Refused
from charlevoix.safeguards.grounds import Actor
from charlevoix.safeguards.passage import Seen
from charlevoix.stix.extension import OWNER
from charlevoix.stix.identifier import Property, Ref
from charlevoix.stix.timestamp import write
from charlevoix.stix.validity import check

S = TypeVar("S", bound=Folded)
F = TypeVar("F")
VerbOf = Callable[[S, Actor, datetime, F], Proposal | Refused]


def somebody(organisation: Ref, name: str, *roles: str) -> Actor:
    """A person of an organisation; the pseudonym is the name."""
    return Actor(Ref(f"person--{UUID(bytes=sha256(name.encode()).digest()[:16], version=4)}"), organisation, frozenset(roles))


class Rehearsal(Generic[S]):
    """One case and the acts done in it so far, each after all that came before."""

    def __init__(self, case: Case[S], at: datetime = NOW) -> None:
        self.case, self.now = case, at
        self.acts: list[Seen] = []
        self.last: Mapping[str, Ref] = {}  # local names of the last act -> ids made for them

    @property
    def state(self) -> S:
        return self.case.fold(self.acts)

    def later(self, by: timedelta) -> None:
        self.now += by

    def does(self, who: Actor, verb: VerbOf[S, F], form: F) -> Digest:
        """The act, admitted; the refusal's rules fail the test."""
        said = verb(self.state, who, self.now, form)
        assert isinstance(said, Proposal), [(r.rule, r.values) for r in said.reasons]
        kind = self.case.kinds[said.kind]
        assert not kind.rests or said.rests, f"{said.kind} must rest on {sorted(kind.rests)}"
        seen = self._admitted(who, said)
        main = seen.objects[0]
        assert isinstance(main, StixObject)
        assert kind.common <= main.known.keys()
        self.acts.append(seen)
        return seen.act.value.digest

    def cannot(self, who: Actor, verb: VerbOf[S, F], form: F) -> list[str]:
        """The rules of the refusal."""
        said = verb(self.state, who, self.now, form)
        assert isinstance(said, Refused), said
        assert said.reasons
        return [r.rule for r in said.reasons]

    def _admitted(self, who: Actor, said: Proposal) -> Seen:
        number = len(self.acts)
        digest = Digest(sha256(f"{self.case.kind}/{number}".encode()).digest())
        ids = {
            name: Ref(str(o.get("id") or f"{o['type']}--{UUID(bytes=sha256(f'{number}/{name}'.encode()).digest()[:16], version=4)}"))
            for name, o in said.objects.items()
        }
        objects = []
        for index, (name, one) in enumerate(said.objects.items()):
            stamp = write(self.now)
            body: Mapping[str, object] = {
                "spec_version": "2.1",
                "id": ids[name],
                "created": stamp,
                "modified": stamp,
                **one,
                **({BY: who.person} if index == 0 else {}),
            }
            known = json.loads(json.dumps(body, default=partial(_id, ids)))
            _assert_sound(known)
            objects.append(StixObject(Place(digest, index), ids[name], str(one["type"]), {Property(k): v for k, v in known.items()}))
        self.last = ids
        here = {o.ref for n in self.state.course.history.notes.values() for o in n.objects if isinstance(o, StixObject)}
        assert not dangling((o.known for o in objects), frozenset(r for r in here if r))
        after = heads(self.state.course.history)
        act = Act(digest, who.organisation, "k1", said.kind, Ref(f"{self.case.kind}--1"), after, said.rests, (), self.now)
        return Seen(verified(act, who.organisation), tuple(objects))


def _id(ids: Mapping[str, Ref], value: object) -> Ref:
    if isinstance(value, Local):
        return ids[value.name]
    raise TypeError(f"{value!r} is no JSON value")


def _assert_sound(one: Mapping[str, object]) -> None:
    """Every rule of STIX that we know, and the schema of every property of ours."""
    assert check(one) == (), one
    for name, value in one.items():
        if name.startswith("charlevoix_"):
            jsonschema.validate(value, OWNER[name].properties[name])
