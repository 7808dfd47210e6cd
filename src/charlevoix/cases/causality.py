"""Causality: what came before what, told by `after` alone; what waits for its past; who spoke with two tongues."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import combinations

from charlevoix.acts.act import Digest
from charlevoix.cases.history import History, Note
from charlevoix.stix.identifier import Ref


@dataclass(frozen=True, slots=True)
class Order:
    """The acts whose whole past is here, each after its past, and those that wait for a past or a common property."""

    notes: tuple[Note, ...]
    waiting: frozenset[Digest]


def order(history: History, rank: Mapping[str, int], ready: Mapping[Digest, bool]) -> Order:
    """A topological order that is a function of the set alone.

    Of acts that wait for nothing more, the one of the lowest `rank` (by kind), then of the lowest digest, comes first: so of two concurrent
    moves the stricter comes last and holds. An act for which `ready` says no waits, and so does all that came after it.
    """
    notes = history.notes
    open_ = {d: sum(p != d for p in n.after) for d, n in notes.items()}
    then: dict[Digest, list[Digest]] = defaultdict(list)
    for d, n in notes.items():
        for past in n.after:
            then[past].append(d)
    heap = [(rank.get(n.kind, -1), d) for d, n in notes.items() if not open_[d] and ready.get(d, True)]
    heapify(heap)
    done: list[Note] = []
    while heap:
        _, digest = heappop(heap)
        done.append(notes[digest])
        for later in then[digest]:
            open_[later] -= 1
            if not open_[later] and ready.get(later, True):
                heappush(heap, (rank.get(notes[later].kind, -1), later))
    return Order(tuple(done), frozenset(notes) - {n.digest for n in done})


def past(history: History, of: Digest) -> frozenset[Digest]:
    """All acts of this case that came before one, as far as they are here."""
    seen: set[Digest] = set()
    left = list(history.notes[of].after) if of in history.notes else []
    while left:
        one = left.pop()
        if one not in seen:
            seen.add(one)
            left += history.notes[one].after if one in history.notes else ()
    return frozenset(seen)


def heads(history: History) -> frozenset[Digest]:
    """The acts that no other act of the case came after: what the next act says it has seen."""
    behind = {p for n in history.notes.values() for p in n.after}
    return frozenset(history.notes) - behind


@dataclass(frozen=True, slots=True, order=True)
class Equivocation:
    """Two acts of one author, neither in the other's past, that claim the same version of the same object: both are kept and shown."""

    author: Ref
    ref: Ref
    acts: tuple[Digest, Digest]


def equivocations(history: History) -> tuple[Equivocation, ...]:
    claims: dict[tuple[Ref, Ref, str], list[Digest]] = defaultdict(list)
    for note in history.notes.values():
        if note.main is not None and note.main.ref is not None and "modified" in note.main.known:
            claims[note.author, note.main.ref, str(note.main.known.get("modified"))].append(note.digest)  # type: ignore[call-overload]
    found = []
    for (author, ref, _), digests in claims.items():
        found += [Equivocation(author, ref, (a, b)) for a, b in _concurrent(history, digests)]
    return tuple(sorted(found))


def _concurrent(history: History, digests: list[Digest]) -> Iterable[tuple[Digest, Digest]]:
    pasts = {d: past(history, d) for d in digests} if len(digests) > 1 else {}
    return ((a, b) for a, b in combinations(sorted(digests), 2) if a not in pasts[b] and b not in pasts[a])
