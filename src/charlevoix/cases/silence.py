"""Silence and closing: a deadline passes only when the lead's signed closing act says what it had heard by then."""

from collections.abc import Iterable
from dataclasses import dataclass

from charlevoix.acts.act import Digest
from charlevoix.cases.case import Course
from charlevoix.cases.causality import past
from charlevoix.stix.identifier import Property, Ref

HEARD = Property("charlevoix_heard")
"""Digests (hex) of the acts that a closing act says it had at the deadline."""


@dataclass(frozen=True, slots=True)
class Closing:
    """What was heard when a deadline was closed, who was silent, and who was left out although the lead had their act."""

    act: Digest
    heard: frozenset[Digest]
    silent: frozenset[Ref]
    left_out: frozenset[Digest]


def closing(course: Course, by: str, asked: Iterable[Ref], answers: Iterable[str]) -> Closing | None:
    """The last closing act of the kind `by`, read against the answers (kinds of acts) of those who were asked; None while it is awaited."""
    note = course.last(by)
    if note is None:
        return None
    before = past(course.history, note.digest)
    heard = frozenset(n.digest for n in course.notes if n.digest.hex() in note.texts(HEARD))
    answered = [n for n in course.of(*answers) if n.digest in before]
    silent = frozenset(asked) - {n.author for n in answered}
    return Closing(note.digest, heard, silent, frozenset(n.digest for n in answered) - heard)
