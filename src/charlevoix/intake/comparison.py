"""Comparison: is an object that comes in new, known, another version, or in conflict with what is held under its id?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from charlevoix.stix.timestamp import is_timestamp, order

Object = Mapping[str, object]


class Outcome(Enum):
    """Vouchers never contradict: what differs is shown to a person, who decides; nothing is overwritten."""

    NEW = "new"  # nothing is held under this id
    KNOWN = "known"  # the same content, apart from `x_opencti_*`, labels and `modified`
    VERSION = "version"  # newer `modified`, other content
    OLDER = "older"  # older `modified`, other content: history, whenever it comes
    CONFLICT = "conflict"  # another `created`, or other content under the same version


@dataclass(frozen=True, slots=True)
class Difference:
    """One property, side by side; None where it is not there."""

    property: str
    held: object
    new: object


@dataclass(frozen=True, slots=True)
class Comparison:
    outcome: Outcome
    against: int | None = None  # which of the held objects decided
    differences: tuple[Difference, ...] = ()


def compare(new: Object, held: Sequence[Object]) -> Comparison:
    """One object against all that is held under its id, in any order.

    Equal content with one of them is *known*, whatever the others say. Else a changed `created` with any of them is a *conflict*, and so is
    the same version with other words; else it is compared with the newest.
    """
    if not held:
        return Comparison(Outcome.NEW)
    pairs = [(i, differences(old, new)) for i, old in enumerate(held)]
    for i, differing in pairs:
        if not differing:
            return Comparison(Outcome.KNOWN, i)
    for i, differing in pairs:
        if any(d.property == "created" for d in differing) or _version(held[i]) == _version(new):
            return Comparison(Outcome.CONFLICT, i, differing)
    newest = max(range(len(held)), key=lambda i: (_version(held[i]), i))
    outcome = Outcome.VERSION if _version(new) > _version(held[newest]) else Outcome.OLDER
    return Comparison(outcome, newest, pairs[newest][1])


def differences(held: Object, new: Object) -> tuple[Difference, ...]:
    """Properties that differ, by name: all but those that say nothing about the object itself."""
    names = sorted({*_telling(held), *_telling(new)})
    return tuple(Difference(n, held.get(n), new.get(n)) for n in names if not _same(n, held.get(n), new.get(n)))


_BOOKKEEPING = frozenset(("modified", "labels", "spec_version"))


def _telling(of: Object) -> Iterable[str]:
    return (n for n in of if n not in _BOOKKEEPING and not n.startswith("x_opencti_"))


def _same(name: str, a: object, b: object) -> bool:
    if isinstance(a, str) and isinstance(b, str) and is_timestamp(a) and is_timestamp(b):
        return order(a) == order(b)  # "10:00:00Z" and "10:00:00.000Z" are one moment
    if name.endswith("_refs") and isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return sorted(map(str, a)) == sorted(map(str, b))  # sets, by the specification's use of them
    return type(a) is type(b) and a == b if isinstance(a, bool) or isinstance(b, bool) else a == b


def _version(of: Object) -> str:
    """A string that sorts as `modified` does; empty for what has no version (observables)."""
    modified = of.get("modified")
    return order(modified) if isinstance(modified, str) and is_timestamp(modified) else ""
