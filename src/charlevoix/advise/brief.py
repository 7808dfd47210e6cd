"""A brief: two pages of advice for a leader by a deadline, every sentence of fact resting on an act, cleared by each party or dissented from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from charlevoix.acts.act import Digest, Gone, Place, StixObject
from charlevoix.advise.clearance import Clearance, clearances
from charlevoix.cases import leading, machine
from charlevoix.cases.case import BY, PARTICIPANTS, Case, Course, Due, Row
from charlevoix.cases.form import digests, percents, rows, string
from charlevoix.cases.history import History, Note
from charlevoix.cases.leading import LEAD, Parties
from charlevoix.cases.machine import Kind
from charlevoix.safeguards.grounds import Grounds, Nexus
from charlevoix.stix.identifier import Property, Ref

SECTIONS = ("situation", "judgement", "options", "approach", "requests")
"""What advice holds, in this order (C18)."""

SORTS = ("fact", "judgement", "proposal")
"""A fact rests on acts, a judgement has a range and a confidence, a proposal is an option, a common approach or a request."""

DUE = Property("charlevoix_due")
VERSION = Property("charlevoix_version")
OPENING = "brief.ask"
LEADS_OWN = frozenset({"brief.ask", "brief.draft", "brief.deliver", "brief.withdraw"})


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, in English, French or both, as an object of its own, so that it can be withheld alone."""

    section: str  # one of SECTIONS
    sort: str  # one of SORTS
    words: Mapping[str, str]  # language -> text
    rests: tuple[Digest, ...] = ()
    range: tuple[int, int] | None = None  # per cent
    confidence: str = ""  # low, moderate, high

    def said(self, language: str) -> str:
        """In this language, or in the one there is."""
        return self.words.get(language) or next(iter(self.words.values()), "")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the text. `hidden`: sentences that are not here, or that a reader may not see."""

    act: Digest
    number: int
    title: str
    gender: str
    sentences: tuple[Sentence, ...]
    hidden: int
    by: str  # pseudonym of the person who drafted it


@dataclass(frozen=True, slots=True)
class Delivery:
    act: Digest
    version: Digest
    without: frozenset[Ref]  # who had not cleared it, as the deliverer says
    reasons: str


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief as this node sees it."""

    course: Course
    ref: Ref | None = None
    title: str = ""
    for_whom: str = ""  # an office, never a name
    parties: Parties | None = None
    due: datetime | None = None
    versions: tuple[Version, ...] = ()
    clearances: tuple[Clearance, ...] = ()  # the newest of each party
    delivered: Delivery | None = None
    absent: tuple[tuple[Place, Gone], ...] = ()

    @property
    def phase(self) -> str:
        return self.course.phase

    @property
    def version(self) -> Version | None:
        return self.versions[-1] if self.versions else None

    @property
    def cleared(self) -> tuple[Clearance, ...]:
        """Clearances of the newest version; those of an earlier one say nothing of it."""
        return tuple(c for c in self.clearances if self.version and c.version == self.version.act)

    @property
    def not_cleared(self) -> frozenset[Ref]:
        return (self.parties.all if self.parties else frozenset()) - {c.party for c in self.cleared}

    @property
    def footnotes(self) -> tuple[Clearance, ...]:
        """Clearances with a dissent, in the party's own words."""
        return tuple(c for c in self.cleared if c.footnote)


class BriefCase(Case[Brief]):
    """asked -> drafting -> delivered; a new draft after delivery is a new version. Whose interference it is about, its facts' own cases say."""

    kind: ClassVar[str] = "brief"
    terminal: ClassVar[frozenset[str]] = frozenset({"withdrawn"})
    kinds: ClassVar[Mapping[str, Kind]] = {
        "brief.ask": machine.kind("policy", moves=("none", "asked"), common=f"{PARTICIPANTS} {LEAD} {DUE}"),
        "brief.draft": machine.kind("policy", moves=("asked drafting delivered", "drafting"), common=str(VERSION)),
        "brief.clear": machine.kind("policy"),
        "brief.deliver": machine.kind("policy", moves=("drafting", "delivered")),
        "brief.withdraw": machine.kind("policy", moves=("asked drafting delivered", "withdrawn")),
    }

    def course(self, history: History) -> Course:
        return leading.led(super().course(history), self.kinds, OPENING, LEADS_OWN)

    def view(self, course: Course, /) -> Brief:
        asked, who = course.first(OPENING), leading.parties(course, OPENING)
        if asked is None or who is None:
            return Brief(course, absent=course.history.absent())
        return Brief(
            course=course,
            ref=asked.main.ref if asked.main else None,
            title=asked.text("name"),
            for_whom=asked.text("charlevoix_for"),
            parties=who,
            due=asked.time(DUE),
            versions=tuple(_version(n) for n in leading.own_acts(course, who, "brief.draft")),
            clearances=clearances(leading.inside(course, who, "brief.clear")),
            delivered=_delivery(course, who),
            absent=course.history.absent(),
        )

    def row(self, state: Brief, /) -> Row:
        return {
            "title": state.title,
            "phase": state.phase,
            "version": state.version.number if state.version else None,
            "cleared": len(state.cleared),
            "not_cleared": len(state.not_cleared),
            "due": state.due.isoformat() if state.due else None,
        }

    def grounds(self, state: Brief, /) -> Grounds:
        return Grounds(Nexus.NOT_NEEDED, participants=state.parties.all if state.parties else frozenset())

    def due(self, state: Brief, /) -> Iterable[Due]:
        if state.phase in ("asked", "drafting") and state.due and state.parties:
            if state.version:
                yield from (Due(state.due, "brief.clearance-waits", r) for r in sorted(state.not_cleared))
            yield Due(state.due, "brief.delivery-waits", state.parties.lead)

    def shared(self, state: Brief, /) -> Row:
        return {
            "lead": state.parties.lead if state.parties else None,
            "participants": " ".join(sorted(state.parties.all)) if state.parties else "",
            "due": state.due.isoformat() if state.due else None,
            "versions": len(state.versions),
        }


def _version(note: Note) -> Version:
    of_text = [o for o in note.objects[1:] if not (isinstance(o, StixObject) and o.type == "marking-definition")]
    sentences = [s for o in of_text if isinstance(o, StixObject) and (s := _sentence(o))]
    number = note.value(VERSION)
    return Version(
        act=note.digest,
        number=number if type(number) is int else 0,
        title=note.text("name"),
        gender=note.text("charlevoix_gender"),
        sentences=tuple(sentences),
        hidden=len(of_text) - len(sentences),
        by=note.text(BY),
    )


def _sentence(one: StixObject) -> Sentence | None:
    told = next(iter(rows([one.known.get(Property("charlevoix_words"))])), {})
    words = {language: string(told.get(language)) for language in ("en", "fr") if string(told.get(language))}
    section, sort = (string(one.known.get(Property(f"charlevoix_{p}"))) for p in ("section", "sort"))
    rests = one.known.get(Property("charlevoix_rests"))
    if not words or section not in SECTIONS or sort not in SORTS:
        return None
    return Sentence(
        section,
        sort,
        words,
        digests(r for r in (rests if isinstance(rests, list) else ()) if isinstance(r, str)),
        percents(one.known.get(Property("charlevoix_lowest")), one.known.get(Property("charlevoix_highest"))),
        string(one.known.get(Property("charlevoix_confidence"))),
    )


def _delivery(course: Course, who: Parties) -> Delivery | None:
    done = [n for n in leading.moved(course, BriefCase.kinds, who, LEADS_OWN) if n.kind == "brief.deliver"]
    versions = digests([done[-1].text("charlevoix_draft")]) if done else ()
    if not versions:
        return None
    last = done[-1]
    return Delivery(last.digest, versions[0], last.refs("charlevoix_without"), last.text("charlevoix_reasons"))


def for_reader(version: Version, may_see: Callable[[Digest], bool]) -> Version:
    """What this reader may see: a sentence that rests on any act closed to the reader is left out, and counted."""
    shown = tuple(s for s in version.sentences if all(may_see(d) for d in s.rests))
    return replace(version, sentences=shown, hidden=version.hidden + len(version.sentences) - len(shown))
