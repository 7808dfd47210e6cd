"""A case played without a node: verbs are done in turn, and each act comes after what was there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from builders import CASE, NOW, A, an_act, digest, verified
from charlevoix.acts.act import Digest, Place, StixObject
from charlevoix.cases.case import BY, Case, Folded, Local, Proposal, Verb
from charlevoix.cases.causality import heads
from charlevoix.errors import Refused
from charlevoix.safeguards.grounds import Actor
from charlevoix.safeguards.passage import Seen
from charlevoix.stix.identifier import Property, Ref

S = TypeVar("S", bound=Folded)
F = TypeVar("F")


def an_actor(name: str, *roles: str, of: Ref = A) -> Actor:
    return Actor(Ref(f"person--{name}"), of, frozenset(roles))


@dataclass
class Play(Generic[S]):
    """What a node would do with a proposal: ids for locals, the pseudonym on the first object, `after` and `rests`."""

    case: Case[S]
    elsewhere: Mapping[Place, StixObject] = field(default_factory=dict)  # what may be restated
    acts: list[Seen] = field(default_factory=list)

    @property
    def state(self) -> S:
        return self.case.fold(self.acts)

    def do(self, actor: Actor, verb: Verb[S, F], form: F) -> Refused | None:
        """The refusal, or None when the act was admitted."""
        said = verb(self.state, actor, NOW, form)
        if isinstance(said, Refused):
            return said
        self.acts.append(self._admit(actor, said))
        return None

    def _admit(self, actor: Actor, said: Proposal) -> Seen:
        name = f"{said.kind} {len(self.acts)}"
        ids = {k: str(o.get("id") or _id(str(o["type"]), f"{name} {k}")) for k, o in said.objects.items()}
        whole = [{**_filled(o, ids), "id": ids[k]} for k, o in said.objects.items()]
        whole[0][BY] = actor.person
        whole += [{str(k): v for k, v in self.elsewhere[place].known.items()} for place in said.restate]
        act = an_act(name, said.kind, author=actor.organisation, case=CASE, objects=len(whole))
        act = replace(act, after=heads(self.state.course.history), rests=said.rests)
        return Seen(verified(act, act.author), tuple(_object(act.digest, i, o) for i, o in enumerate(whole)))


def _object(act: Digest, index: int, known: Mapping[str, object]) -> StixObject:
    return StixObject(Place(act, index), Ref(str(known["id"])), str(known["type"]), {Property(k): v for k, v in known.items()})


def _id(type_: str, name: str) -> str:
    h = digest(name).hex()
    return f"{type_}--{h[:8]}-{h[8:12]}-4{h[13:16]}-8{h[17:20]}-{h[20:32]}"


def _filled(value: Mapping[str, object], ids: Mapping[str, str]) -> dict[str, object]:
    return {k: _fill(v, ids) for k, v in value.items()}


def _fill(value: object, ids: Mapping[str, str]) -> object:
    if isinstance(value, Local):
        return ids[value.name]
    if isinstance(value, list | tuple):
        return [_fill(v, ids) for v in value]
    return _filled(value, ids) if isinstance(value, Mapping) else value
