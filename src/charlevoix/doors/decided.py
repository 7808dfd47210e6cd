"""What was decided on one act for one audience, and the forms in which it is given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from charlevoix.acts import disclosure
from charlevoix.acts.act import Act, Digest, Presentation, Redacted, Shown, Whole
from charlevoix.doors.closure import KNOWN_TO_ALL, references
from charlevoix.errors import Answer
from charlevoix.safeguards.decision import Decision
from charlevoix.stix.identifier import Property, Ref
from charlevoix.store import releases
from charlevoix.store.acts import StoredAct, StoredPlace
from charlevoix.store.releases import NewRelease

Spot = tuple[Digest, int | None]
Members = Mapping[Property, object]


@dataclass(frozen=True, slots=True)
class Decided:
    """One act for one audience: a decision and a form for each of its objects."""

    stored: StoredAct
    act: Act
    decisions: tuple[Decision, ...]
    shown: tuple[Shown, ...]

    @property
    def presentation(self) -> Presentation:
        return Presentation(self.stored.jwt, self.shown)

    @property
    def visible(self) -> bool:
        return any(s is not None for s in self.shown)


def form(place: StoredPlace, decision: Decision) -> Shown:
    """How an object is given: as it lies here, without what is withheld, or not at all."""
    if decision.answer is Answer.NO or place.shown is None:
        return None
    if decision.answer is Answer.YES:
        return place.shown
    if isinstance(place.shown, Whole):
        return disclosure.redact(place.shown, decision.withheld)
    left = {k: v for k, v in _decode(place.shown.object).items() if k not in decision.withheld}
    return Redacted(_encode(left), {Property(k): place.shown.salts[Property(k)] for k in left})


def forms(d: Decided) -> bytes:
    """What is remembered of a release: by object the answer, the deciding rule and what was withheld."""
    return _pack([[x.answer.value, x.reasons[0].rule if x.reasons else "", sorted(x.withheld)] for x in d.decisions])


def until(d: Decided) -> str | None:
    """When the first of these decisions is to be taken again."""
    first = min((x.until for x in d.decisions if x.until), default=None)
    return releases.stamp(first) if first else None


def plain(d: Decided) -> Iterator[tuple[NewRelease, Members]]:
    """The whole objects of an act, and what they hold."""
    for index, (shown, decision) in enumerate(zip(d.shown, d.decisions, strict=True)):
        if isinstance(shown, Whole):
            members = _decode(shown.object)
            limit = releases.stamp(decision.until) if decision.until else None
            version = members.get("modified")
            version = version if isinstance(version, str) else None
            yield (
                NewRelease(d.stored.digest, index, Ref(members["id"]), str(members["type"]), version, shown.object, b"", limit),
                members,
            )


def ends(members: Members) -> frozenset[Ref]:
    """What an object refers to and must not be without."""
    return frozenset(ref for name, ref in references(members) if name.endswith(("_ref", "_refs")) and not ref.startswith(KNOWN_TO_ALL))


_pack = msgspec.msgpack.Encoder().encode
_encode = msgspec.json.Encoder().encode
_decode: Any = msgspec.json.Decoder(dict[str, object]).decode
