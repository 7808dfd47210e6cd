"""A history: the set of acts of one case that a node holds, as far as the case keeps them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from charlevoix.acts.act import Digest, Gone, Missing, Place, StixObject
from charlevoix.safeguards.passage import Seen
from charlevoix.stix.identifier import Property, Ref

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Note:
    """What a case keeps of one act.

    Whatever a partner may have written stands here, of any JSON type: read it through `text`, `texts`, `number` and `time`, which answer
    with nothing where the value is not of that form, so that no partner's act can break a fold.
    """

    digest: Digest
    author: Ref
    kind: str
    after: frozenset[Digest] = frozenset()
    rests: frozenset[Digest] = frozenset()
    objects: tuple[StixObject | Missing, ...] = ()
    main: StixObject | None = field(init=False, repr=False, compare=False)
    """The first object, which says what the act is about; None where it is not here."""

    def __post_init__(self) -> None:  # folds ask for it many times
        first = self.objects[0] if self.objects else None
        object.__setattr__(self, "main", first if isinstance(first, StixObject) else None)

    def value(self, name: str) -> object:
        main = self.main
        return main.known.get(Property(name)) if main else None

    def text(self, name: str) -> str:
        value = self.value(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.value(name)
        return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list | tuple) else ()

    def refs(self, name: str) -> frozenset[Ref]:
        return frozenset(Ref(v) for v in self.texts(name))

    def number(self, name: str) -> float | None:
        value = self.value(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def time(self, name: str) -> datetime | None:
        return as_time(self.value(name))

    def others(self) -> Iterator[StixObject]:
        """The objects after the first, as far as they are here."""
        return (o for o in self.objects[1:] if isinstance(o, StixObject))


def as_time(value: object) -> datetime | None:
    """An aware time, or None where the value is no RFC 3339 time with a zone."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read if read.tzinfo else None


@dataclass(frozen=True, slots=True)
class Order:
    """The acts whose whole past is here, each after its past, and those that wait for a past or a common property."""

    notes: tuple[Note, ...]
    waiting: frozenset[Digest]
    last: Digest | None = None  # an act that is known to come after all others


@dataclass(frozen=True, slots=True)
class History:
    """Notes by digest. Adding is commutative, associative and idempotent, so any order and any repetition give the same history."""

    notes: Mapping[Digest, Note] = field(default_factory=dict)
    order: Order | None = field(default=None, repr=False, compare=False)
    """The causal order of these notes, where the case has found it already: see `charlevoix.cases.causality`."""

    def add(self, note: Note) -> "History":
        old = self.notes.get(note.digest)
        merged = note if old is None else _merge(old, note)
        return self if merged == old else History({**self.notes, note.digest: merged})

    def extend(self, notes: Iterable[Note]) -> "History":
        all_ = dict(self.notes)
        for note in notes:
            old = all_.get(note.digest)
            all_[note.digest] = note if old is None else _merge(old, note)
        return History(all_)

    def absent(self) -> tuple[tuple[Place, Gone], ...]:
        """What is not here, and why; a redacted object is not absent."""
        gone = [(o.at, o.why) for n in self.notes.values() for o in n.objects if isinstance(o, Missing)]
        return tuple(sorted(gone, key=lambda g: g[0]))

    def redacted(self) -> tuple[StixObject, ...]:
        cut = [o for n in self.notes.values() for o in n.objects if isinstance(o, StixObject) and o.withheld]
        return tuple(sorted(cut, key=lambda o: o.at))


def note_of(seen: Seen, keeps: frozenset[Property] | None) -> Note:
    """What a case keeps of an act: all objects (`keeps` is None), or of its first object the properties named."""
    act = seen.act.value
    objects = seen.objects if keeps is None else tuple(_only(o, keeps) for o in seen.objects[:1])
    return Note(act.digest, act.author, act.kind, act.after, act.rests, objects)


def _only(one: StixObject | Missing, keeps: frozenset[Property]) -> StixObject | Missing:
    if isinstance(one, Missing):
        return one
    # what a case doesn't keep is not counted as withheld either: else the sum below would depend on who showed what first
    return replace(one, known={k: v for k, v in one.known.items() if k in keeps}, withheld=0)


_LESS_KNOWN = {Gone.NOT_YET_HERE: 0, Gone.NOT_RELEASED: 1, Gone.RECALLED: 2, Gone.ERASED: 3}


def _merge(a: Note, b: Note) -> Note:
    """Two sights of one act: of each object what either shows. The signature binds both, so they cannot disagree."""
    longer, shorter = (a, b) if len(a.objects) >= len(b.objects) else (b, a)
    both = tuple(_join(x, y) for x, y in zip(longer.objects, shorter.objects, strict=False))
    return replace(longer, objects=both + longer.objects[len(shorter.objects) :])


def _join(a: StixObject | Missing, b: StixObject | Missing) -> StixObject | Missing:
    if isinstance(a, Missing) and isinstance(b, Missing):
        return max(a, b, key=lambda m: _LESS_KNOWN[m.why])
    if isinstance(a, Missing) or isinstance(b, Missing):
        return b if isinstance(a, Missing) else a
    known = {k: (a.known if k in a.known else b.known)[k] for k in sorted({*a.known, *b.known})}
    total = max(len(a.known) + a.withheld, len(b.known) + b.withheld)
    return StixObject(a.at, a.ref or b.ref, a.type or b.type, known, max(0, total - len(known)))
