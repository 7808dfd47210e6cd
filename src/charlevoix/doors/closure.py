"""Closure: nothing that leaves dangles, and nothing that leaves tells the id of what stays."""

from collections.abc import Iterable, Iterator, Mapping

from charlevoix.stix.identifier import Property, Ref, is_id

KNOWN_TO_ALL = ("identity--", "extension-definition--", "marking-definition--")
"""Ids of these types stand for themselves: the roster and the official markings resolve them, or a decision refuses what they bind."""


def references(members: Mapping[Property, object]) -> Iterator[tuple[Property, Ref]]:
    """Every id that a property holds, at any depth, with the top-level property that holds it; the object's own id left out."""
    own = members.get(Property("id"))
    for name, value in members.items():
        if name != "id":
            yield from ((name, ref) for ref in _ids(value) if ref != own)


def dangling(objects: Iterable[Mapping[Property, object]], known: frozenset[Ref]) -> tuple[tuple[Property, Ref], ...]:
    """References of `*_ref` and `*_refs` properties to nothing among these objects, what is known, or what stands for itself."""
    objects = list(objects)
    here = known | {Ref(str(o.get(Property("id")))) for o in objects}
    return tuple(
        (name, ref)
        for members in objects
        for name, ref in references(members)
        if name.endswith(("_ref", "_refs")) and ref not in here and not ref.startswith(KNOWN_TO_ALL)
    )


def tells(members: Mapping[Property, object], hidden: frozenset[Ref]) -> frozenset[Property]:
    """The properties that hold an id which is kept from this reader: they are withheld with it."""
    return frozenset(name for name, ref in references(members) if ref in hidden) if hidden else frozenset()


def _ids(value: object) -> Iterator[Ref]:
    if isinstance(value, str):
        if is_id(value):
            yield Ref(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _ids(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _ids(item)
