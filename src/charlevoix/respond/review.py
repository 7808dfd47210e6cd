"""A review of a measure: law, human rights and gender, each a test of questions with written answers, by somebody who did not propose it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from charlevoix.acts.act import Digest
from charlevoix.cases.case import BY, Course
from charlevoix.cases.causality import past
from charlevoix.cases.history import Note
from charlevoix.errors import Reason, Refused
from charlevoix.safeguards.rights import LEAST, Balance, assess
from charlevoix.stix.identifier import Ref

NEEDED = ("legal", "rights", "gender")
"""Reviews without which nothing is decided (C01, C06, C13)."""


@dataclass(frozen=True, slots=True)
class LegalTest:
    """Whether we may at all."""

    basis: str  # in our own law: accessible, precise
    competence: str  # who may order it
    international: str  # what international law says of it
    prohibitions: str  # what forbids it, or why nothing does


@dataclass(frozen=True, slots=True)
class GenderTest:
    """Whom it touches, and whom differently (C13)."""

    affected: str  # who is affected, women and vulnerable groups apart
    differently: str  # whether it falls on some more than on others, and how that is known
    heard: str  # who of them was heard
    mitigation: str  # what is done about it


Test = LegalTest | Balance | GenderTest
"""The test of a legal, a rights and a gender review, in this order."""

_SORTS: Mapping[type, str] = {LegalTest: "legal", Balance: "rights", GenderTest: "gender"}


def sort_of(test: Test) -> str:
    return _SORTS[type(test)]


def unanswered(test: Test) -> Iterable[Reason]:
    """Every question without a written answer."""
    if isinstance(test, Balance):
        told = assess(test)
        return told.reasons if isinstance(told, Refused) else ()
    return tuple(
        Reason("review.unanswered", (f"{sort_of(test)}.{name}",), "review.answer")
        for name, answer in asdict(test).items()
        if len(answer.strip()) < LEAST
    )


def answers(test: Test) -> Mapping[str, str]:
    """Question -> answer; articles are not among them."""
    return {k: v for k, v in asdict(test).items() if isinstance(v, str) and v}


@dataclass(frozen=True, slots=True, order=True)
class Review:
    """A review as an act says it."""

    act: Digest
    author: Ref
    sort: str  # one of NEEDED
    passed: bool
    person: str  # pseudonym, "" where it is not shown


def standing(course: Course, notes: Iterable[Note]) -> tuple[Review, ...]:
    """The reviews that no later one of the same sort and party replaced: of two that did not know each other both stand, so the stricter holds."""
    made = [r for n in notes if (r := _read(n))]
    behind = {r.act: past(course.history, r.act) for r in made}
    replaced = {r.act for r in made for o in made if (r.sort, r.author) == (o.sort, o.author) and r.act in behind[o.act]}
    return tuple(sorted(r for r in made if r.act not in replaced))


def _read(note: Note) -> Review | None:
    sort = note.text("charlevoix_review")
    if sort not in NEEDED:
        return None
    return Review(note.digest, note.author, sort, note.text("charlevoix_result") == "passed", note.text(BY))


def lacking(reviews: Iterable[Review], lead: Ref | None) -> list[Reason]:
    """What stands between these reviews and a decision of the lead: each sort it has not passed itself, each that any participant failed."""
    of = tuple(reviews)
    failed = {r.sort for r in of if not r.passed}
    found = []
    for sort in NEEDED:
        if sort in failed:
            found.append(Reason("review.failed", (sort,), "review.change"))
        elif sort not in passed(of, lead):
            found.append(Reason("review.missing", (sort,), "review.ask"))
    return found


def passed(reviews: Iterable[Review], lead: Ref | None) -> frozenset[str]:
    """Sorts of review that the lead passed and no participant failed."""
    of = tuple(reviews)
    return frozenset(r.sort for r in of if r.passed and r.author == lead) - {r.sort for r in of if not r.passed}
