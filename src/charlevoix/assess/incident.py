"""An incident: an analyst's word that a democracy was interfered with, with its sources, and whether a foreign actor is behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from charlevoix.acts.act import Digest, Gone, Place, StixObject
from charlevoix.cases import machine
from charlevoix.cases.case import PARTICIPANTS, Case, Course, Due, Row
from charlevoix.cases.causality import Equivocation, equivocations, past
from charlevoix.cases.form import percents
from charlevoix.cases.history import Note
from charlevoix.cases.leading import led, moved, parties
from charlevoix.cases.machine import Kind
from charlevoix.safeguards.grounds import Grounds, Nexus
from charlevoix.safeguards.marking import Marking, combine, read_marking
from charlevoix.stix.identifier import Property, Ref

MEANS = ("coercive", "corrupt", "covert", "malicious")
"""What makes interference of influence (Charlevoix commitment, first paragraph; C02)."""

CONFIDENCE = ("low", "moderate", "high")
"""How well founded a judgement is; told apart from how probable it is."""

REVIEWS = ("legal", "rights", "gender", "protected")
"""Reviews that an incident can have beside that of its foreign nexus (C01, C06, C13)."""

THREATS_P, MEANS_P, REVIEW_DUE = "charlevoix_threats", "charlevoix_means", "charlevoix_review_due"
ASSESSMENT, PROBABILITY, CONFIDENCE_P = "charlevoix_assessment", "charlevoix_probability", "charlevoix_confidence"
FIRST_SEEN, LAST_SEEN, PROTECTED = "charlevoix_first_seen", "charlevoix_last_seen", "charlevoix_protected"
REVIEW, RESULT, TEST, ROLE = "charlevoix_review", "charlevoix_result", "charlevoix_test", "charlevoix_role"
EVIDENCE = "charlevoix_evidence"
SOURCES = "report.open report.voucher"

OPENINGS = ("incident.open", "incident.record")
"""How an incident begins: suspected of foreign origin, or recorded while nobody has said so (it then leaves for nobody)."""

LEADS = frozenset({"incident.suspect", "incident.nexus-passed", "incident.close", "incident.reopen"})
"""What only the author of an incident can do to it; any participant of the opening act can exclude, since that is stricter."""

_NEXUS = {
    "incident.record": Nexus.UNSTATED,
    "incident.open": Nexus.SUSPECTED,
    "incident.suspect": Nexus.SUSPECTED,
    "incident.reopen": Nexus.SUSPECTED,
    "incident.nexus-passed": Nexus.REVIEWED,
    "incident.nexus-excluded": Nexus.EXCLUDED,
}
_NO_OBSERVABLES = frozenset({"incident", "marking-definition", "relationship", "note", "opinion", "attack-pattern"})


@dataclass(frozen=True, slots=True, order=True)
class Review:
    """One review by one organisation: what was tested and how it came out."""

    act: Digest
    author: Ref
    kind: str  # one of REVIEWS
    passed: bool
    test: str
    role: str


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident as this node sees it: what is said in the latest version of its author, and what others added."""

    course: Course
    ref: Ref | None = None
    author: Ref | None = None
    title: str = ""
    summary: str = ""
    assessment: str = ""
    probability: tuple[int, int] | None = None  # lower and upper bound, in whole per cent
    confidence: str = ""  # one of CONFIDENCE
    threats: tuple[str, ...] = ()  # "D2.2"
    means: tuple[str, ...] = ()
    marking: Marking | None = None  # of the incident object, as far as its definitions are here
    marking_refs: frozenset[Ref] = frozenset()
    nexus: Nexus = Nexus.UNSTATED
    participants: frozenset[Ref] = frozenset()
    openers: frozenset[Ref] = frozenset()  # pseudonyms: a reviewer is none of them
    reviews: tuple[Review, ...] = ()  # those that no later one of the same kind replaced
    observables: tuple[StixObject, ...] = ()
    techniques: tuple[StixObject, ...] = ()
    sources: frozenset[Digest] = frozenset()
    protected: bool = False
    first_seen: str = ""
    last_seen: str = ""
    review_due: datetime | None = None
    known: frozenset[Property] = frozenset()  # names of the properties that the latest version states
    equivocations: tuple[Equivocation, ...] = ()
    absent: tuple[tuple[Place, Gone], ...] = ()
    redacted: tuple[StixObject, ...] = ()

    @property
    def passed(self) -> frozenset[str]:
        """Kinds of review that the author of the incident passed and that no participant has failed since."""
        return frozenset(r.kind for r in self.reviews if r.author == self.author) - self.failed

    @property
    def failed(self) -> frozenset[str]:
        return frozenset(r.kind for r in self.reviews if not r.passed and r.author in self.participants)

    @property
    def domains(self) -> tuple[str, ...]:
        names = (o.known.get(Property("value")) for o in self.observables if o.type == "domain-name")
        return tuple(sorted({n for n in names if isinstance(n, str)}))


class IncidentCase(Case[Incident]):
    """From suspicion to a reviewed or excluded nexus; excluded holds over everything that is concurrent to it.

    What is excluded is not closed: closing and opening again would turn it into a suspicion without evidence.
    """

    kind: ClassVar[str] = "incident"
    version: ClassVar[int] = 2
    kinds: ClassVar[Mapping[str, Kind]] = {
        "incident.record": machine.kind("analyst", moves=("none", "recorded"), rests=SOURCES, common=str(PARTICIPANTS)),
        "incident.open": machine.kind("analyst", moves=("none", "suspected"), rests=SOURCES, common=f"{PARTICIPANTS} {REVIEW_DUE}"),
        "incident.revise": machine.kind("analyst"),
        "incident.add": machine.kind("analyst"),
        "incident.note": machine.kind("analyst policy reviewer contributor guest"),
        "incident.invite": machine.kind("analyst policy", common=str(PARTICIPANTS)),
        "incident.review": machine.kind("reviewer duty"),
        "incident.suspect": machine.kind("analyst", moves=("recorded", "suspected"), common=REVIEW_DUE),
        "incident.reopen": machine.kind("analyst", moves=("closed", "suspected")),
        "incident.nexus-passed": machine.kind("reviewer", moves=("suspected excluded", "reviewed"), rests=SOURCES),
        "incident.close": machine.kind("analyst policy", moves=("recorded suspected reviewed", "closed")),
        "incident.nexus-excluded": machine.kind("reviewer", moves=("recorded suspected reviewed closed", "excluded")),
    }

    def view(self, course: Course, /) -> Incident:
        opening = opening_of(course)
        course = led(course, self.kinds, opening, LEADS)
        opened = course.first(opening)
        if opened is None:
            return Incident(course, absent=course.history.absent(), redacted=course.history.redacted())
        said = [n for n in course.of(*OPENINGS, "incident.revise") if n.author == opened.author and n.main]
        latest, others = said[-1] if said else opened, _others(course)
        return Incident(
            course,
            ref=latest.main.ref if latest.main else None,
            author=opened.author,
            title=latest.text("name"),
            summary=latest.text("description"),
            assessment=latest.text(ASSESSMENT),
            probability=_range(latest.value(PROBABILITY)),
            confidence=latest.text(CONFIDENCE_P),
            threats=tuple(sorted(set(latest.texts(THREATS_P)))),
            means=tuple(sorted(set(latest.texts(MEANS_P)))),
            marking=_marking(latest, others),
            marking_refs=latest.refs("object_marking_refs"),
            nexus=_nexus(self.kinds, course),
            participants=course.participants(),
            openers=course.persons(*OPENINGS),
            reviews=tuple(_standing(course)),
            observables=tuple(o for o in others if o.type not in _NO_OBSERVABLES),
            techniques=tuple(o for o in others if o.type == "attack-pattern"),
            sources=frozenset[Digest]().union(*(n.rests for n in course.of(*OPENINGS, "incident.add"))),
            protected=any(n.value(PROTECTED) is True for n in said) or any(_protects(o) for o in others),
            first_seen=latest.text(FIRST_SEEN),
            last_seen=latest.text(LAST_SEEN),
            review_due=_review_due(course),
            known=frozenset(latest.main.known) if latest.main else frozenset(),
            equivocations=equivocations(course.history),
            absent=course.history.absent(),
            redacted=course.history.redacted(),
        )

    def row(self, state: Incident, /) -> Row:
        return {
            "title": state.title,
            "author": state.author,
            "phase": state.course.phase,
            "nexus": state.nexus.value,
            "threats": " ".join(state.threats),
            "tlp": state.marking.tlp if state.marking else None,
            "domains": len(state.domains),
            "participants": len(state.participants),
            "review_due": state.review_due.isoformat() if state.review_due else None,
        }

    def grounds(self, state: Incident, /) -> Grounds:
        return Grounds(state.nexus, state.passed, state.protected, state.participants)

    def due(self, state: Incident, /) -> Iterable[Due]:
        if state.course.phase == "suspected" and state.review_due:
            yield Due(state.review_due, "incident.review-waits", "reviewer")

    def shared(self, state: Incident, /) -> Row:
        due = state.review_due
        return {
            "nexus": state.nexus.value,
            "participants": " ".join(sorted(state.participants)),
            "review_due": due.isoformat() if due else None,
        }


def opening_of(course: Course) -> str:
    """The kind of act that opened this incident."""
    return next((n.kind for n in course.notes if n.kind in OPENINGS), OPENINGS[0])


def _review_due(course: Course) -> datetime | None:
    """By when somebody must have looked at the suspicion: as it was stated first."""
    return next((due for n in course.of("incident.open", "incident.suspect") if (due := n.time(REVIEW_DUE))), None)


def _nexus(kinds: Mapping[str, Kind], course: Course) -> Nexus:
    """What the moves that counted say; closing says nothing about it, and opening again makes it a suspicion."""
    who = parties(course, opening_of(course))
    nexus = Nexus.UNSTATED
    for note in moved(course, kinds, who, LEADS) if who else ():
        nexus = _NEXUS.get(note.kind, nexus)
    return nexus


def _others(course: Course) -> tuple[StixObject, ...]:
    """What the acts speak of beside the incident itself, the same object once, as far as anybody shows it."""
    found: dict[object, StixObject] = {}
    for note in course.of(*OPENINGS, "incident.revise", "incident.add"):
        for one in note.others():
            name = one.ref or one.at
            if name not in found or len(one.known) > len(found[name].known):
                found[name] = one
    return tuple(sorted(found.values(), key=lambda o: (o.type or "", o.ref or "", o.at)))


def _marking(latest: Note, others: Iterable[StixObject]) -> Marking | None:
    refs = latest.refs("object_marking_refs")
    rules = [read_marking({str(k): v for k, v in o.known.items()}) for o in others if o.type == "marking-definition" and o.ref in refs]
    return combine(tuple(rules)) if rules else None


def _protects(one: StixObject) -> bool:
    return one.type == "marking-definition" and one.known.get(Property(PROTECTED)) is True


def _standing(course: Course) -> Iterable[Review]:
    """Reviews that no later one of their kind replaced: of two that did not know each other both stand, so the stricter holds."""
    made = [r for n in course.of("incident.review") if (r := _review(n))]
    before = {r.act: past(course.history, r.act) for r in made}
    return sorted(r for r in made if not any(r.act in before[o.act] for o in made if o.kind == r.kind))


def _review(note: Note) -> Review | None:
    kind, result = note.text(REVIEW), note.text(RESULT)
    if kind not in REVIEWS:
        return None
    return Review(note.digest, note.author, kind, result == "passed", note.text(TEST), note.text(ROLE))


def _range(value: object) -> tuple[int, int] | None:
    return percents(value[0], value[1]) if isinstance(value, list | tuple) and len(value) == 2 else None
