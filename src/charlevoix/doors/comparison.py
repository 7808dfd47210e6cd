"""A comparison: is an object that comes in new, known, a new version, or in conflict with what is here?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from charlevoix.stix.canonical import canonical
from charlevoix.store.objects import Stored

Object = Mapping[str, object]


class Likeness(Enum):
    """What an object is beside those of its id that are here."""

    NEW = "new"
    KNOWN = "known"  # equal but for what exporters add, whatever its `modified` says
    VERSION = "version"  # newer, and other
    OLDER = "older"  # history, whenever it comes
    CONFLICT = "conflict"  # the same version in other words, or another `created`: a person must look


@dataclass(frozen=True, slots=True)
class Comparison:
    """The likeness, the stored object it was judged against, and the properties in which they differ."""

    likeness: Likeness
    with_: bytes | None = None
    differs: tuple[str, ...] = ()


def compare(new: Object, sha: bytes, held: Sequence[tuple[Stored, Object]]) -> Comparison:
    """`held`: what is here of this id, each with its members, oldest version first."""
    if not held:
        return Comparison(Likeness.NEW)
    if any(stored.sha == sha for stored, _ in held):
        return Comparison(Likeness.KNOWN, sha)
    version = _text(new, "modified")
    plain = _content(new)
    for stored, old in held:
        if _content(old) == plain:
            return Comparison(Likeness.KNOWN, stored.sha)
    last, latest = held[-1]
    differs = _differences(new, latest)
    if not version and last.version is None:  # an observable has no version: the same thing in other words
        return Comparison(Likeness.KNOWN, last.sha, differs)
    if "created" in differs:
        return Comparison(Likeness.CONFLICT, last.sha, differs)
    for stored, old in held:
        if (stored.version or "") == version:
            return Comparison(Likeness.CONFLICT, stored.sha, _differences(new, old))
    return Comparison(Likeness.VERSION if version > (last.version or "") else Likeness.OLDER, last.sha, differs)


def _content(of: Object) -> bytes:
    """What an object says: without the version's own date and without what an exporter adds by itself."""
    return canonical({k: v for k, v in of.items() if k not in ("modified", "labels") and not k.startswith("x_opencti_")})


def _differences(a: Object, b: Object) -> tuple[str, ...]:
    names = {k for k in {*a, *b} if not k.startswith("x_opencti_") and k not in ("labels", "modified")}
    return tuple(sorted(k for k in names if a.get(k) != b.get(k)))


def _text(of: Object, name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""
