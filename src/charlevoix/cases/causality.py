"""Causality: what came before what, told by `after` alone; what waits for its past; who spoke with two tongues."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import combinations

from charlevoix.acts.act import Digest
from charlevoix.cases.history import History, Note, Order
from charlevoix.stix.identifier import Property, Ref

_MODIFIED = Property("modified")


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


def extended(history: History, before: Order, note: Note, ready: bool) -> History | None:
    """The history with one more act and its order, which is cheap where all that is here is in its past; else None.

    `before` is the order of `history`. Such an act comes last in every topological order, so the result equals `order`.
    """
    if before.waiting or not ready or note.digest in history.notes or note.after != heads(history):
        return None
    return History({**history.notes, note.digest: note}, Order((*before.notes, note), frozenset(), note.digest))


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
    if history.order is not None and history.order.last is not None:
        return frozenset({history.order.last})
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
        main = note.main
        if main is not None and main.ref is not None and _MODIFIED in main.known:
            claims[note.author, main.ref, str(main.known[_MODIFIED])].append(note.digest)
    found = []
    for (author, ref, _), digests in claims.items():
        if len(digests) > 1:
            found += [Equivocation(author, ref, (a, b)) for a, b in _concurrent(history, digests)]
    return tuple(sorted(found))


def _concurrent(history: History, digests: list[Digest]) -> Iterable[tuple[Digest, Digest]]:
    pasts = {d: past(history, d) for d in digests}
    return ((a, b) for a, b in combinations(sorted(digests), 2) if a not in pasts[b] and b not in pasts[a])
