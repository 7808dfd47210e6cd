"""Leading: whose acts move a case. Those of its participants do, and of one party alone where a kind of act is the lead's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from charlevoix.cases import machine
from charlevoix.cases.case import PARTICIPANTS, Course
from charlevoix.cases.history import Note
from charlevoix.cases.machine import Kind
from charlevoix.stix.identifier import Property, Ref

LEAD = Property("charlevoix_lead")


@dataclass(frozen=True, slots=True)
class Parties:
    """Who takes part, as the opening act says: a name in a later act adds nobody."""

    lead: Ref
    all: frozenset[Ref]


def parties(course: Course, opening: str) -> Parties | None:
    """Lead (the opener, unless the opening act names another) and participants; None while there is no opening act."""
    first = course.first(opening)
    if first is None:
        return None
    lead = Ref(first.text(LEAD)) if first.text(LEAD) else first.author
    return Parties(lead, first.refs(PARTICIPANTS) | {lead, first.author})


def led(course: Course, kinds: Mapping[str, Kind], opening: str, own: frozenset[str]) -> Course:
    """The course with the phase that acts of those entitled lead to. `own`: kinds of acts that only the lead's author moves.

    Both names stand in common properties, so every participant finds the same phase. An act that does not count stays in the history.
    """
    who = parties(course, opening)
    if who is None:
        return course
    last = moved(course, kinds, who, own)
    moves = kinds[last[-1].kind].moves if last else None
    return replace(course, phase=moves[1] if moves else machine.START)


def moved(course: Course, kinds: Mapping[str, Kind], who: Parties, own: frozenset[str]) -> tuple[Note, ...]:
    """The acts that moved the case, in order: of those entitled, in a phase that allows it."""
    phase, found = machine.START, []
    for note in course.notes:
        moves = kinds[note.kind].moves if note.kind in kinds and _counts(note, who, own) else None
        if moves and phase in moves[0]:
            phase = moves[1]
            found.append(note)
    return tuple(found)


def _counts(note: Note, who: Parties, own: frozenset[str]) -> bool:
    return note.author in who.all and (note.kind not in own or note.author == who.lead)


def own_acts(course: Course, who: Parties | None, *kinds: str) -> tuple[Note, ...]:
    """The lead's acts of these kinds."""
    return tuple(n for n in course.of(*kinds) if who is not None and n.author == who.lead)


def inside(course: Course, who: Parties | None, *kinds: str) -> tuple[Note, ...]:
    """The participants' acts of these kinds."""
    return tuple(n for n in course.of(*kinds) if who is not None and n.author in who.all)
