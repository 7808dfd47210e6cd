"""An attribution: rival hypotheses about who did it, the evidence, each party's position and dissent, and a finding if there is one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from charlevoix.acts.act import Digest, Gone, Place
from charlevoix.attribute import evidence
from charlevoix.attribute.evidence_grid import NO_GRID, Grid
from charlevoix.attribute.hypothesis import Hypothesis, hypotheses
from charlevoix.attribute.inference import Range
from charlevoix.attribute.position import Position, Room, Transcribed, current, positions, room, transcripts
from charlevoix.cases import leading, machine
from charlevoix.cases.case import BY, PARTICIPANTS, Case, Course, Due, Row
from charlevoix.cases.form import digests, percents
from charlevoix.cases.history import History, Note
from charlevoix.cases.leading import LEAD, Parties
from charlevoix.cases.machine import Kind
from charlevoix.cases.silence import HEARD, Closing, closing
from charlevoix.safeguards.grounds import Grounds, Nexus
from charlevoix.stix.identifier import Property, Ref

POSITIONS_DUE = Property("charlevoix_positions_due")
SILENCE_DUE = Property("charlevoix_silence_due")
NEXUS = Property("charlevoix_nexus")
PROTECTED = Property("charlevoix_protected")
INCIDENT = Property("charlevoix_incident")
DRAFT = Property("charlevoix_draft")
ENDORSES = Property("charlevoix_endorses")

OPENING = "attribution.open"
OUTCOMES = ("attribution.not-found", "attribution.found", "attribution.withdrawn")
ANSWERS = ("attribution.position", "attribution.objection")
LEADS_OWN = frozenset(f"attribution.{k}" for k in ["open", "draft", "silence", "closing", "found", "not-found", "reopen", "withdrawn"])
"""Acts that only the lead's signature makes move."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A wording of the finding: which hypothesis, as what range, with what confidence. STIX `report`."""

    act: Digest
    title: str
    text: str
    hypothesis: Ref | None
    range: Range | None
    confidence: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the lead declared at last."""

    act: Digest
    kind: str  # one of OUTCOMES
    reasons: str
    draft: Draft | None  # what was found, restated


@dataclass(frozen=True, slots=True)
class Attribution:
    """An attribution as this node sees it."""

    course: Course
    ref: Ref | None = None  # of the note that opened it
    title: str = ""
    question: str = ""
    incident: Ref | None = None
    parties: Parties | None = None
    nexus: Nexus = Nexus.UNSTATED
    protected: bool = False
    positions_due: datetime | None = None
    silence_due: datetime | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    grid: Grid = NO_GRID
    said: tuple[Position, ...] = ()  # every position ever signed, in causal order
    endorsed: frozenset[Digest] = frozenset()  # public positions that a second person of the same party stood up for
    transcribed: tuple[Transcribed, ...] = ()
    drafts: tuple[Draft, ...] = ()
    objections: tuple[Note, ...] = ()
    silence: Closing | None = None
    outcome: Outcome | None = None
    absent: tuple[tuple[Place, Gone], ...] = ()

    @property
    def phase(self) -> str:
        return self.course.phase

    @property
    def positions(self) -> tuple[Position, ...]:
        """The newest of each party on each hypothesis."""
        return current(self.said)

    @property
    def draft(self) -> Draft | None:
        return self.drafts[-1] if self.drafts else None

    @property
    def measure(self) -> tuple[Ref, Range | None, int] | None:
        """What dissent is measured against: what was found, else the draft, else the lead's own leaning (1 for, -1 against)."""
        drafted = self.outcome.draft if self.outcome else None
        drafted = drafted or self.draft
        if drafted is not None and drafted.hypothesis is not None:
            return drafted.hypothesis, drafted.range, 1
        lead = self.parties.lead if self.parties else None
        own = [p for p in self.positions if p.party == lead and p.leans]
        return (own[-1].hypothesis, own[-1].range, own[-1].leans) if own else None

    @property
    def joined(self) -> tuple[Position, ...]:
        """Positions that lean the same way, with a range that meets it."""
        return tuple(p for p in self._on_it() if p.leans == self._way() and not self._apart(p))

    @property
    def dissent(self) -> tuple[Position, ...]:
        """Positions that lean the other way, or whose range does not meet it: each in its own words."""
        return tuple(p for p in self._on_it() if p.leans == -self._way() or self._apart(p))

    @property
    def abstaining(self) -> tuple[Position, ...]:
        return tuple(p for p in self._on_it() if not p.leans and not self._apart(p))

    @property
    def silent(self) -> frozenset[Ref]:
        """Participants without any position: silence is recorded as silence, not as consent to the content."""
        return (self.parties.all if self.parties else frozenset()) - {p.party for p in self.said}

    def _on_it(self) -> tuple[Position, ...]:
        against = self.measure
        return tuple(p for p in self.positions if against and p.hypothesis == against[0])

    def _way(self) -> int:
        return self.measure[2] if self.measure else 0

    def _apart(self, one: Position) -> bool:
        held = self.measure[1] if self.measure else None
        return held is not None and one.range is not None and not held.meets(one.range)


class AttributionCase(Case[Attribution]):
    """open -> drafting -> silence -> heard -> found or not found; an objection within the silence leads back to drafting.

    Of a closing and an objection that did not know each other the closing holds, because without a clock the lead's word on what it had at the
    deadline is the only one there is; an objection in the closing's past stops it, whatever the lead lists.
    """

    kind: ClassVar[str] = "attribution"
    version: ClassVar[int] = 2
    terminal: ClassVar[frozenset[str]] = frozenset({"withdrawn"})
    kinds: ClassVar[Mapping[str, Kind]] = {
        "attribution.open": machine.kind(
            "policy analyst",
            moves=("none", "open"),
            rests="incident.nexus-passed",
            common=f"{PARTICIPANTS} {LEAD} {POSITIONS_DUE} {NEXUS}",
        ),
        "attribution.hypothesis": machine.kind("policy analyst"),
        "attribution.evidence": machine.kind("analyst"),
        "attribution.position": machine.kind("policy"),
        "attribution.endorse": machine.kind("policy"),
        "attribution.transcribed": machine.kind("policy analyst"),
        "attribution.draft": machine.kind("policy", moves=("open drafting", "drafting")),
        "attribution.silence": machine.kind("policy", moves=("drafting", "silence"), common=f"{SILENCE_DUE} {DRAFT}"),
        "attribution.closing": machine.kind("policy", moves=("silence heard", "heard"), common=str(HEARD)),
        "attribution.objection": machine.kind("policy", moves=("silence", "drafting")),
        "attribution.found": machine.kind("policy", moves=("heard", "found")),
        "attribution.not-found": machine.kind("policy", moves=("open drafting heard", "not-found")),
        "attribution.reopen": machine.kind("policy", moves=("found not-found", "open")),
        "attribution.withdrawn": machine.kind("policy", moves=("open drafting silence heard found not-found", "withdrawn")),
    }

    def course(self, history: History) -> Course:
        return leading.led(super().course(history), self.kinds, OPENING, LEADS_OWN)

    def view(self, course: Course, /) -> Attribution:
        opened, who = course.first(OPENING), leading.parties(course, OPENING)
        if opened is None or who is None:
            return Attribution(course, absent=course.history.absent())
        stated = hypotheses(leading.inside(course, who, OPENING, "attribution.hypothesis"))
        found = leading.inside(course, who, "attribution.evidence")
        said = positions(leading.inside(course, who, "attribution.position"))
        drafts = tuple(_draft(n) for n in leading.own_acts(course, who, "attribution.draft"))
        silence = leading.own_acts(course, who, "attribution.silence")
        return Attribution(
            course=course,
            ref=opened.main.ref if opened.main else None,
            title=opened.text("abstract"),
            question=opened.text("content"),
            incident=Ref(opened.text(INCIDENT)) if opened.text(INCIDENT) else None,
            parties=who,
            nexus=_nexus(opened.text(NEXUS)),
            protected=opened.value(PROTECTED) is True,
            positions_due=opened.time(POSITIONS_DUE),
            silence_due=silence[-1].time(SILENCE_DUE) if silence else None,
            hypotheses=stated,
            grid=evidence.grid(tuple(h.ref for h in stated), evidence.items(found), found),
            said=said,
            endorsed=_endorsed(said, leading.inside(course, who, "attribution.endorse")),
            transcribed=transcripts(leading.inside(course, who, "attribution.transcribed")),
            drafts=drafts,
            objections=leading.inside(course, who, "attribution.objection"),
            silence=_closed(course, who),
            outcome=_outcome(course, who),
            absent=course.history.absent(),
        )

    def row(self, state: Attribution, /) -> Row:
        return {
            "title": state.title,
            "phase": state.phase,
            "lead": state.parties.lead if state.parties else None,
            "incident": state.incident,
            "hypotheses": len(state.hypotheses),
            "evidence": len(state.grid.items) + state.grid.hidden,
            "positions": len({p.party for p in state.said}),
            "dissent": len({p.party for p in state.dissent}),
            "due": _text(state.silence_due if state.phase == "silence" else state.positions_due),
        }

    def grounds(self, state: Attribution, /) -> Grounds:
        everybody = state.parties.all if state.parties else frozenset()
        return Grounds(state.nexus, frozenset(), state.protected, everybody)

    def due(self, state: Attribution, /) -> Iterable[Due]:
        if state.phase in ("open", "drafting") and state.positions_due:
            yield from (Due(state.positions_due, "attribution.position-waits", r) for r in sorted(state.silent))
        if state.phase == "silence" and state.silence_due and state.parties:
            yield Due(state.silence_due, "attribution.closing-waits", state.parties.lead)

    def shared(self, state: Attribution, /) -> Row:
        closed = state.silence
        return {
            "lead": state.parties.lead if state.parties else None,
            "participants": " ".join(sorted(state.parties.all)) if state.parties else "",
            "nexus": state.nexus.value,
            "positions_due": _text(state.positions_due),
            "silence_due": _text(state.silence_due),
            "silent": " ".join(sorted(closed.silent)) if closed else None,
            "left_out": len(closed.left_out) if closed else None,
        }


def room_on(state: Attribution, day: date) -> Room:
    """Who held what on a day, by dates of validity and publication. `day`: its end, in UTC."""
    return room(state.said, state.transcribed, day)


def _nexus(text: str) -> Nexus:
    return next((n for n in Nexus if n.value == text and n is not Nexus.NOT_NEEDED), Nexus.UNSTATED)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _draft(note: Note) -> Draft:
    ends = percents(note.value("charlevoix_lowest"), note.value("charlevoix_highest"))
    about = note.texts("object_refs")
    return Draft(
        act=note.digest,
        title=note.text("name"),
        text=note.text("description"),
        hypothesis=Ref(about[0]) if about else None,
        range=Range(ends[0] / 100, ends[1] / 100) if ends else None,
        confidence=note.text("charlevoix_confidence"),
    )


def _outcome(course: Course, who: Parties) -> Outcome | None:
    """The act that led to the phase the case is in; none while it is open, or open again."""
    moved = leading.moved(course, AttributionCase.kinds, who, LEADS_OWN)
    if not moved or moved[-1].kind not in OUTCOMES:
        return None
    note = moved[-1]
    found = _draft(note) if note.kind == "attribution.found" else None
    return Outcome(note.digest, note.kind, note.text("charlevoix_reasons"), found)


def _closed(course: Course, who: Parties) -> Closing | None:
    """The last silence that was closed, read with the lead's acts and the participants' answers only."""
    answers = {n.digest for n in leading.inside(course, who, *ANSWERS)}
    closings = {n.digest for n in leading.own_acts(course, who, "attribution.closing")}
    read = Course(course.history, course.phase, tuple(n for n in course.notes if n.digest in answers | closings))
    return closing(read, "attribution.closing", who.all - {who.lead}, ANSWERS)


def _endorsed(said: Iterable[Position], notes: Iterable[Note]) -> frozenset[Digest]:
    """Public positions that another person of the same party endorsed."""
    by = {(p.act, p.party): p.by for p in said if p.public and p.by}
    found = set()
    for note in notes:
        for act in digests([note.text(ENDORSES)]):
            first, second = by.get((act, note.author)), note.text(BY)
            if first and second and first != second:
                found.add(act)
    return frozenset(found)
