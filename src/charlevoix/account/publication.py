"""A publication: what is said to the public, in both languages, on what it rests, who said otherwise, and what was wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from charlevoix.acts.act import Digest, Gone, Place
from charlevoix.cases import leading, machine
from charlevoix.cases.case import BY, Case, Course, Row
from charlevoix.cases.causality import past
from charlevoix.cases.form import rows, string
from charlevoix.cases.history import History, Note
from charlevoix.cases.machine import Kind
from charlevoix.safeguards.grounds import Grounds, Nexus
from charlevoix.stix.identifier import Ref

LANGUAGES = ("en", "fr")
REVIEWS = ("legal", "rights", "gender")
"""Reviews without which nothing is published (C01, C06, C13)."""

BASES = "incident.nexus-passed attribution.found attribution.not-found attribution.position measure.decide measure.refuse measure.done text.adopt"
"""Kinds of acts that a publication may rest on: judgements that passed a review, never a suspicion."""

TITLES, PARAGRAPHS, DISSENTS = "charlevoix_titles", "charlevoix_paragraphs", "charlevoix_dissents"
SINCE, TO = "charlevoix_since", "charlevoix_to"
ON = "charlevoix_on"
REVIEW, RESULT, TEST, ROLE = "charlevoix_review", "charlevoix_result", "charlevoix_test", "charlevoix_role"
OPENING = "publication.open"

Words = Mapping[str, str]
"""Language -> text."""


@dataclass(frozen=True, slots=True)
class Text:
    """What is said, in each language."""

    act: Digest
    titles: Words
    paragraphs: tuple[Words, ...]
    dissents: Words  # what others say otherwise, or that nobody does
    since: str  # the period it covers: days, ISO 8601
    to: str


@dataclass(frozen=True, slots=True, order=True)
class Review:
    """One review by somebody who did not write the text."""

    act: Digest
    sort: str  # one of REVIEWS
    passed: bool
    person: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What was wrong and what is right; in force once another person published it."""

    act: Digest
    words: Words
    person: str
    published: bool


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication as this node, or as the public, sees it."""

    course: Course
    ref: Ref | None = None
    author: Ref | None = None
    text: Text | None = None  # None: not here, or not for this reader
    writers: frozenset[Ref] = frozenset()  # pseudonyms of who opened it
    reviews: tuple[Review, ...] = ()
    corrections: tuple[Correction, ...] = ()
    withdrawn: Words | None = None  # why
    titles: Words | None = None  # as the withdrawal repeats them
    rests: frozenset[Digest] = frozenset()
    published: frozenset[Digest] = frozenset()  # acts that two persons decided the public is to have
    absent: tuple[tuple[Place, Gone], ...] = ()

    @property
    def phase(self) -> str:
        return self.course.phase

    @property
    def title(self) -> str:
        return said(self.text.titles if self.text else self.titles or {}, "en")

    @property
    def day(self) -> str:
        """When it was last published or withdrawn, as the acts say: a day, ISO 8601."""
        last = self.course.last("publication.publish", "publication.withdraw")
        return last.text("created")[:10] if last else ""

    @property
    def passed(self) -> frozenset[str]:
        return frozenset(r.sort for r in self.reviews if r.passed) - self.failed

    @property
    def failed(self) -> frozenset[str]:
        return frozenset(r.sort for r in self.reviews if not r.passed)

    @property
    def waiting(self) -> Correction | None:
        """The correction that nobody has published yet."""
        return next((c for c in self.corrections if not c.published), None)


class PublicationCase(Case[Publication]):
    """open -> published; a correction waits until another person publishes it. Whose interference it is about, what it rests on says."""

    kind: ClassVar[str] = "publication"
    terminal: ClassVar[frozenset[str]] = frozenset({"withdrawn"})
    kinds: ClassVar[Mapping[str, Kind]] = {
        "publication.open": machine.kind("policy", moves=("none", "open"), rests=BASES),
        "publication.review": machine.kind("reviewer"),
        "publication.publish": machine.kind("policy", moves=("open correcting", "published")),
        "publication.correct": machine.kind("policy", moves=("published", "correcting")),
        "publication.withdraw": machine.kind("policy", moves=("open published correcting", "withdrawn")),
    }

    def course(self, history: History) -> Course:
        return leading.led(super().course(history), self.kinds, OPENING, frozenset(self.kinds))

    def view(self, course: Course, /) -> Publication:
        opened, who = course.first(OPENING), leading.parties(course, OPENING)
        if opened is None or who is None:
            return Publication(course, absent=course.history.absent())
        moved = leading.moved(course, self.kinds, who, frozenset(self.kinds))
        gone = [n for n in moved if n.kind == "publication.withdraw"]
        return Publication(
            course=course,
            ref=opened.main.ref if opened.main else None,
            author=opened.author,
            text=_text(opened),
            writers=course.persons(OPENING),
            reviews=tuple(_standing(course, leading.own_acts(course, who, "publication.review"))),
            corrections=tuple(_corrections(moved)),
            withdrawn=_words(gone[-1].value(PARAGRAPHS)) if gone else None,
            titles=_titles(gone[-1]) if gone else None,
            rests=opened.rests,
            published=_published(moved),
            absent=course.history.absent(),
        )

    def row(self, state: Publication, /) -> Row:
        return {
            "title": state.title,
            "phase": state.phase,
            "reviews": " ".join(sorted(state.passed)),
            "corrections": len(state.corrections),
            "since": state.text.since if state.text else "",
            "to": state.text.to if state.text else "",
        }

    def grounds(self, state: Publication, /) -> Grounds:
        return Grounds(Nexus.NOT_NEEDED, state.passed)


def said(words: Words, language: str) -> str:
    """In this language, or in the one there is."""
    return words.get(language) or next(iter(words.values()), "")


def _text(opened: Note) -> Text | None:
    if opened.main is None:
        return None
    paragraphs = tuple(_language(row) for row in rows(opened.value(PARAGRAPHS)))
    return Text(opened.digest, _titles(opened), paragraphs, _record(opened, DISSENTS), opened.text(SINCE)[:10], opened.text(TO)[:10])


def _titles(note: Note) -> Words:
    return _record(note, TITLES)


def _record(note: Note, name: str) -> Words:
    return next((_language(row) for row in rows([note.value(name)])), {})


def _words(value: object) -> Words:
    return next((_language(row) for row in rows(value)), {})


def _language(row: Mapping[str, object]) -> Words:
    return {language: string(row.get(language)) for language in LANGUAGES if string(row.get(language))}


def _standing(course: Course, notes: Iterable[Note]) -> Iterable[Review]:
    """Reviews that no later one of their sort replaced: of two that did not know each other both stand, so the stricter holds."""
    made = [Review(n.digest, n.text(REVIEW), n.text(RESULT) == "passed", n.text(BY)) for n in notes if n.text(REVIEW) in REVIEWS]
    before = {r.act: past(course.history, r.act) for r in made}
    return sorted(r for r in made if not any(r.act in before[o.act] for o in made if o.sort == r.sort))


def _corrections(moved: Iterable[Note]) -> Iterable[Correction]:
    order = list(moved)
    for at, note in enumerate(order):
        if note.kind == "publication.correct":
            out = any(n.kind == "publication.publish" for n in order[at:])
            yield Correction(note.digest, _words(note.value(PARAGRAPHS)), note.text(BY), out)


def _published(moved: Iterable[Note]) -> frozenset[Digest]:
    """Everything that moved the case up to the last act that published it; once it is withdrawn, the withdrawal alone."""
    order = list(moved)
    out = [at for at, note in enumerate(order) if note.kind == "publication.publish"]
    if not out:
        return frozenset()
    if order[-1].kind == "publication.withdraw":
        return frozenset({order[-1].digest})
    return frozenset(n.digest for n in order[: out[-1] + 1])
