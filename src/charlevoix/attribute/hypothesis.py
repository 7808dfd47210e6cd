"""A hypothesis: one answer to "who did it", rival to the others; "somebody else" is always among them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from charlevoix.acts.act import StixObject
from charlevoix.cases.case import Local
from charlevoix.cases.form import filled
from charlevoix.cases.history import Note
from charlevoix.stix.identifier import Property, Ref

SOMEBODY_ELSE = "somebody-else"
"""The `charlevoix_hypothesis` of the one that opening a case adds: an actor whom no other hypothesis names."""

_MARK = Property("charlevoix_hypothesis")


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """STIX `note` with `charlevoix_hypothesis`: "named", "false-flag" or "somebody-else"."""

    ref: Ref
    name: str
    sort: str
    author: Ref


def written(name: str, about: tuple[Ref | Local, ...], sort: str = "named") -> Mapping[str, object]:
    """The STIX note of a hypothesis. `about`: the attribution it belongs to, and the actor if there is an object for it."""
    return filled({"type": "note", "content": name, "object_refs": list(about), _MARK: sort})


def hypotheses(notes: Iterable[Note]) -> tuple[Hypothesis, ...]:
    """In the order in which they were stated. Its author may restate one in other words; nobody else may."""
    found: dict[Ref, Hypothesis] = {}
    for note in notes:
        for one in note.objects:
            stated = _read(one, note.author) if isinstance(one, StixObject) else None
            if stated and (stated.ref not in found or found[stated.ref].author == stated.author):
                found[stated.ref] = stated
    return tuple(found.values())


def _read(one: StixObject, author: Ref) -> Hypothesis | None:
    sort, name = one.known.get(_MARK), one.known.get(Property("content"))
    if one.ref is None or not isinstance(sort, str):
        return None
    return Hypothesis(one.ref, name if isinstance(name, str) else "", sort, author)
