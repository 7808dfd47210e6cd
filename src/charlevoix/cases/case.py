"""A case: a fold over acts. Its state is a function of the set of acts that a node holds, in whatever order they came."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from charlevoix.acts.act import Digest, Place, StixObject
from charlevoix.cases import causality, machine
from charlevoix.cases.history import History, Note, Order, note_of
from charlevoix.cases.machine import Kind
from charlevoix.errors import Refused
from charlevoix.safeguards.grounds import Actor, Grounds, Nexus
from charlevoix.safeguards.passage import Seen
from charlevoix.stix.identifier import Property, Ref

Row = Mapping[str, str | int | None]
"""What lists show, filter and sort by."""

PARTICIPANTS = Property("charlevoix_participants")
BY = Property("charlevoix_by")
"""The pseudonym, other for each case, of the person who did the act: the node adds it to the first object of every act."""


SALT = Property("charlevoix_salt")
"""Of an opening act: with its author, what the id of the case is made of (`doors.admission.case_of_opener`)."""


@dataclass(frozen=True, slots=True)
class Local:
    """In a proposal: the id that the node will give to the object of this local name."""

    name: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a verb wants said. The node gives ids and times, signs and admits.

    `objects`: local name -> object, in order; the first says what the act is about. An object without `id` gets one (a deterministic one if it
    is an observable), without `created`/`modified` the node's time; a `Local` anywhere in a value is replaced. An object with `id` is a new version
    of one's own object, or a foreign one spoken of again.
    """

    kind: str
    objects: Mapping[str, Mapping[str, object]]
    rests: frozenset[Digest] = frozenset()
    restate: tuple[Place, ...] = ()  # objects known from other acts that this act speaks of again, property by property
    withdraw: tuple[Place, ...] = ()  # content that goes from this node when the act is admitted (a recall confirmed)
    evidence: tuple[bytes, ...] = ()  # kept by their SHA-256 before the act is signed


@dataclass(frozen=True, slots=True)
class Due:
    """Something waits: time proposes, only an act decides."""

    at: datetime
    what: str  # message key, "incident.review-waits"
    whom: str  # role, or the identity of a partner


@dataclass(frozen=True, slots=True)
class Course:
    """A history put in order: what a view reads."""

    history: History = field(default_factory=History)
    phase: str = machine.START
    notes: tuple[Note, ...] = ()  # in causal order, those that wait left out
    waiting: frozenset[Digest] = frozenset()

    def of(self, *kinds: str) -> tuple[Note, ...]:
        return tuple(n for n in self.notes if n.kind in kinds)

    def first(self, kind: str) -> Note | None:
        return next((n for n in self.notes if n.kind == kind), None)

    def last(self, *kinds: str) -> Note | None:
        return next((n for n in reversed(self.notes) if n.kind in kinds), None)

    def participants(self) -> frozenset[Ref]:
        named = [n for n in self.notes if n.main is not None and PARTICIPANTS in n.main.known]
        return frozenset(r for n in named for r in n.refs(PARTICIPANTS))

    def persons(self, *kinds: str) -> frozenset[Ref]:
        """The pseudonyms of who did acts of these kinds."""
        return frozenset(Ref(n.text(BY)) for n in self.of(*kinds) if n.text(BY))


class Folded(Protocol):
    """Every state keeps the course it was read from."""

    @property
    def course(self) -> Course: ...


S = TypeVar("S", bound=Folded)
S_contra = TypeVar("S_contra", contravariant=True)
F_contra = TypeVar("F_contra", contravariant=True)


class Verb(Protocol[S_contra, F_contra]):
    """Every act of every room has this shape, and is pure."""

    def __call__(self, state: S_contra, actor: Actor, now: datetime, form: F_contra, /) -> Proposal | Refused: ...


class Case(ABC, Generic[S]):
    """A kind of case. A room writes `view` and `row`; order, repetition, gaps and what participants share are settled here, once for all."""

    kind: ClassVar[str]
    kinds: ClassVar[Mapping[str, Kind]]
    terminal: ClassVar[frozenset[str]] = frozenset()
    version: ClassVar[int] = 1  # of the fold: raise it when `view` or `row` changes, and stored rows are folded again
    material: ClassVar[bool] = False  # a case of vouchers only (a report): it speaks of objects for others, never for itself

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        machine.check(cls.kind, cls.kinds, cls.terminal)

    @abstractmethod
    def view(self, course: Course, /) -> S:
        """The state as this node sees it. Must take any value in any property, and any property absent."""

    @abstractmethod
    def row(self, state: S, /) -> Row:
        """What lists show; always with `title`."""

    def grounds(self, state: S, /) -> Grounds:
        return Grounds(Nexus.NOT_NEEDED, participants=state.course.participants())

    def due(self, state: S, /) -> Iterable[Due]:
        return ()

    def shared(self, state: S, /) -> Row:
        """The part of a state that is equal at every participant; `process` calls it on a state folded from common properties alone."""
        return {}

    # --- given -----------------------------------------------------------------------------------

    def fold(self, acts: Iterable[Seen], /) -> S:
        return self.of(History().extend(self.note(a) for a in acts))

    def step(self, state: S, new: Seen, /) -> S:
        return self.grow(state, [self.note(new)])

    def grow(self, state: S, new: Iterable[Note], /) -> S:
        """`of` the history with these notes; cheap for what comes after all that is here."""
        history = state.course.history
        for note in new:
            found = causality.extended(history, self._order(history), note, self._complete(note))
            history = history.extend([note]) if found is None else found
        return self.of(history)

    def of(self, history: History, /) -> S:
        return self.view(self.course(history))

    def note(self, seen: Seen, /) -> Note:
        declared = self.kinds.get(seen.act.value.kind)
        return note_of(seen, declared.keeps if declared else frozenset())

    def course(self, history: History, /) -> Course:
        ordered = self._order(history)
        return Course(history, machine.run(self.kinds, (n.kind for n in ordered.notes)), ordered.notes, ordered.waiting)

    def process(self, state: S, /) -> Row:
        """Equal at every participant, whatever content each holds: from kinds, `after` and common properties alone."""
        return self.told(self.bare(state))

    def bare(self, state: S, /) -> S:
        """The state folded from what every participant holds. `grow` it with `common` notes, and it is the bare state of the grown one."""
        notes = {d: self.common(n) for d, n in state.course.history.notes.items()}
        known = self._order(state.course.history)  # it looks at nothing else either
        return self.of(History(notes, Order(tuple(notes[n.digest] for n in known.notes), known.waiting)))

    def told(self, bare: S, /) -> Row:
        """The process of a bare state."""
        told: Row = {"phase": bare.course.phase, "acts": len(bare.course.history.notes), "waiting": len(bare.course.waiting)}
        return {**self.shared(bare), **told}

    def _order(self, history: History) -> Order:
        if history.order is not None:
            return history.order
        ready = {d: self._complete(n) for d, n in history.notes.items()}
        return causality.order(history, {name: i for i, name in enumerate(self.kinds)}, ready)

    def _complete(self, note: Note) -> bool:
        declared = self.kinds.get(note.kind)
        if declared is None or not declared.common:
            return True
        return note.main is not None and declared.common <= note.main.known.keys()

    def common(self, note: Note, /) -> Note:
        """The note without what only some participants hold: what it rests on, ids, and all but the common properties."""
        declared = self.kinds.get(note.kind)
        main = note.main
        if declared is None or not declared.common or main is None:
            return Note(note.digest, note.author, note.kind, note.after, note.rests)
        known = {k: main.known[k] for k in sorted(declared.common & main.known.keys())}
        return Note(note.digest, note.author, note.kind, note.after, note.rests, (StixObject(main.at, None, None, known),))


AnyCase = Case[Any]
