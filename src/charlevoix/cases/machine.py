"""The moves of a case: a declared table, checked when the module loads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from charlevoix.stix.identifier import Property

START = "none"
"""The phase of a case of which no opening act is here."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of act of a case: who may do it, what it moves, what it must rest on, and what every participant sees of it."""

    roles: frozenset[str]
    moves: tuple[frozenset[str], str] | None = None  # (from, to); None: it is possible in every phase but START, and moves nothing
    rests: frozenset[str] = frozenset()  # it must rest on at least one act of one of these kinds, of another case
    common: frozenset[Property] = frozenset()  # of its first object; the act always states them
    keeps: frozenset[Property] | None = None  # what the fold keeps of the first object; None: everything of all objects


def kind(
    roles: str,
    *,
    moves: tuple[str, str] | None = None,
    rests: str = "",
    common: str = "",
    keeps: str | None = None,
) -> Kind:
    """A `Kind` from words separated by blanks: `kind("analyst", moves=("none", "open"), common="charlevoix_participants")`."""
    return Kind(
        frozenset(roles.split()),
        (frozenset(moves[0].split()), moves[1]) if moves else None,
        frozenset(rests.split()),
        frozenset(Property(p) for p in common.split()),
        None if keeps is None else frozenset(Property(p) for p in (keeps + " " + common).split()),
    )


def check(name: str, kinds: Mapping[str, Kind], terminal: frozenset[str]) -> None:
    """Raises TypeError when a table has no opening, a phase that can't be reached, or one with no way out that is not terminal."""
    moves = [k.moves for k in kinds.values() if k.moves]
    if wrong := [k for k in kinds if not k.startswith(name + ".")]:
        raise TypeError(f"acts of {name} are named {name}.something: {wrong}")
    if not any(START in sources for sources, _ in moves) or any(to == START for _, to in moves):
        raise TypeError(f"{name}: one move must lead out of {START!r}, and none into it")
    reached = _reachable(moves)
    if lost := ({p for sources, _ in moves for p in sources} | terminal) - reached:
        raise TypeError(f"{name}: no move leads to {sorted(lost)}")
    if stuck := {p for p in reached if not any(p in sources for sources, _ in moves)} - terminal:
        raise TypeError(f"{name}: no way out of {sorted(stuck)}, and they are not declared terminal")


def _reachable(moves: Iterable[tuple[frozenset[str], str]]) -> set[str]:
    moves, reached = list(moves), {START}
    while more := {to for sources, to in moves if sources & reached} - reached:
        reached |= more
    return reached


def allows(of: Kind, phase: str) -> bool:
    """May an act of this kind be done in this phase?"""
    return phase != START if of.moves is None else phase in of.moves[0]


def run(kinds: Mapping[str, Kind], order: Iterable[str]) -> str:
    """The phase after these kinds of acts; a move that its phase does not allow moves nothing (its act stays in the history)."""
    phase = START
    for name in order:
        moves = kinds[name].moves if name in kinds else None
        if moves and phase in moves[0]:
            phase = moves[1]
    return phase
