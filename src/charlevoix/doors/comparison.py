"""A comparison: is an object that comes in new, known, a new version, or in conflict with what is here?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from charlevoix.stix.identifier import CONTRIBUTING
from charlevoix.stix.timestamp import is_timestamp, order
from charlevoix.stix.validity import OBSERVABLES
from charlevoix.store.objects import Stored

Object = Mapping[str, object]


class Likeness(Enum):
    """What an object is beside those of its id that are here. Vouchers never contradict: what differs is shown, nothing is overwritten."""

    NEW = "new"
    KNOWN = "known"  # equal but for what exporters add, whatever its `modified` says; of an observable, the same thing in other words
    VERSION = "version"  # newer, and other
    OLDER = "older"  # history, whenever it comes
    CONFLICT = "conflict"  # the same version in other words, another `created`, another thing under an observable's id: a person must look


@dataclass(frozen=True, slots=True)
class Difference:
    """One property, side by side; None where it is not there."""

    property: str
    held: object
    new: object


@dataclass(frozen=True, slots=True)
class Comparison:
    """The likeness, the stored object it was judged against, and the properties in which they differ."""

    likeness: Likeness
    with_: bytes | None = None
    differs: tuple[str, ...] = ()


def compare(new: Object, sha: bytes, held: Sequence[tuple[Stored, Object]]) -> Comparison:
    """`held`: what is here of this id, each with its members, in any order.

    Equal content with one of them is *known*, whatever the others say. Else a changed `created` with any of them is a *conflict*, and so is
    the same version with other words; else it is compared with the newest.
    """
    if not held:
        return Comparison(Likeness.NEW)
    if any(stored.sha == sha for stored, _ in held):
        return Comparison(Likeness.KNOWN, sha)
    pairs = [(stored, old, _names(differences(old, new))) for stored, old in held]
    for stored, _, differs in pairs:
        if not differs:
            return Comparison(Likeness.KNOWN, stored.sha)
    for stored, old, differs in pairs:
        if _conflict(new, old, differs):
            return Comparison(Likeness.CONFLICT, stored.sha, differs)
    stored, old, differs = max(pairs, key=lambda p: (_version(p[1]), p[0].sha))
    if new.get("type") in OBSERVABLES:
        return Comparison(Likeness.KNOWN, stored.sha, differs)
    return Comparison(Likeness.VERSION if _version(new) > _version(old) else Likeness.OLDER, stored.sha, differs)


def differences(held: Object, new: Object) -> tuple[Difference, ...]:
    """Properties that differ, by name: all but those that say nothing about the object itself."""
    names = sorted({*_telling(held), *_telling(new)})
    return tuple(Difference(n, held.get(n), new.get(n)) for n in names if not _same(n, held.get(n), new.get(n)))


_BOOKKEEPING = frozenset(("modified", "labels", "spec_version"))


def _conflict(new: Object, old: Object, differs: tuple[str, ...]) -> bool:
    if new.get("type") in OBSERVABLES:  # no author and no version: only what its id is made of can contradict
        made_of = CONTRIBUTING.get(str(new["type"]), ())
        return not made_of or not set(made_of).isdisjoint(differs)
    return "created" in differs or _version(old) == _version(new)


def _names(some: tuple[Difference, ...]) -> tuple[str, ...]:
    return tuple(d.property for d in some)


def _telling(of: Object) -> Iterator[str]:
    return (n for n in of if n not in _BOOKKEEPING and not n.startswith("x_opencti_"))


def _same(name: str, a: object, b: object) -> bool:
    if isinstance(a, str) and isinstance(b, str) and a != b and is_timestamp(a) and is_timestamp(b):
        return order(a) == order(b)  # "10:00:00Z" and "10:00:00.000Z" are one moment
    if name.endswith("_refs") and isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return sorted(map(str, a)) == sorted(map(str, b))  # sets, by the specification's use of them
    return type(a) is type(b) and a == b if isinstance(a, bool) or isinstance(b, bool) else a == b


def _version(of: Object) -> str:
    """A string that sorts as `modified` does; empty for what has no version (observables)."""
    modified = of.get("modified")
    return order(modified) if isinstance(modified, str) and is_timestamp(modified) else ""
