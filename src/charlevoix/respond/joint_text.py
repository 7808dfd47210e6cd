"""A joint text: paragraphs that several parties want to say together, who agrees with which, and each reservation in its own words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from charlevoix.acts.act import Digest, Gone, Place
from charlevoix.cases import leading, machine
from charlevoix.cases.case import PARTICIPANTS, Case, Course, Due, Proposal, Row
from charlevoix.cases.form import Handling, digests, marked, missing, refused, unless, wrong_handling
from charlevoix.cases.history import History, Note
from charlevoix.cases.leading import LEAD, Parties
from charlevoix.cases.machine import Kind
from charlevoix.cases.obstacle import obstacles
from charlevoix.errors import Reason, Refused
from charlevoix.safeguards.grounds import Actor, Grounds, Nexus
from charlevoix.stix import timestamp
from charlevoix.stix.identifier import Property, Ref

NEXUS = Property("charlevoix_nexus")
PARAGRAPH = Property("charlevoix_paragraph")  # its number, as text: "1"
ON = Property("charlevoix_on")  # digests (hex) of the wordings that an act speaks of
DUE = Property("charlevoix_due")
OPENING = "text.open"
BASES = "measure.decide attribution.found"
LEADS_OWN = frozenset({"text.adopt", "text.withdraw"})


@dataclass(frozen=True, slots=True)
class Stance:
    """What one party says to one wording: agreed, or a reservation in its own words."""

    party: Ref
    agreed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The newest wording of one paragraph. What was said to an earlier wording does not count for this one."""

    number: str
    act: Digest
    proposer: Ref
    text: str
    earlier: tuple[Digest, ...]
    stances: tuple[Stance, ...]  # one for each party that spoke, its proposer among them

    @property
    def reservations(self) -> tuple[Stance, ...]:
        return tuple(s for s in self.stances if not s.agreed)


@dataclass(frozen=True, slots=True)
class JointText:
    """A text as this node sees it."""

    course: Course
    ref: Ref | None = None
    title: str = ""
    parties: Parties | None = None
    nexus: Nexus = Nexus.UNSTATED
    due: datetime | None = None
    paragraphs: tuple[Paragraph, ...] = ()  # by number
    adopted: tuple[Digest, ...] = ()  # the wordings that were adopted
    signatories: frozenset[Ref] = frozenset()  # who signed exactly those
    signed_earlier: frozenset[Ref] = frozenset()  # who signed other wordings
    absent: tuple[tuple[Place, Gone], ...] = ()

    @property
    def phase(self) -> str:
        return self.course.phase

    @property
    def wordings(self) -> tuple[Digest, ...]:
        return tuple(p.act for p in self.paragraphs)

    @property
    def waiting(self) -> tuple[tuple[str, Ref], ...]:
        """(paragraph, party) pairs of which nothing is known."""
        everybody = sorted(self.parties.all) if self.parties else []
        return tuple((p.number, r) for p in self.paragraphs for r in everybody if r not in {s.party for s in p.stances})


class TextCase(Case[JointText]):
    """drafting -> adopted -> withdrawn. Adopting needs a word of every party on every paragraph; a reservation is such a word."""

    kind: ClassVar[str] = "text"
    terminal: ClassVar[frozenset[str]] = frozenset({"withdrawn"})
    kinds: ClassVar[Mapping[str, Kind]] = {
        "text.open": machine.kind("policy", moves=("none", "drafting"), rests=BASES, common=f"{PARTICIPANTS} {LEAD} {NEXUS}"),
        "text.paragraph": machine.kind("policy"),
        "text.agree": machine.kind("policy"),
        "text.reserve": machine.kind("policy"),
        "text.sign": machine.kind("policy"),
        "text.adopt": machine.kind("policy", moves=("drafting", "adopted")),
        "text.withdraw": machine.kind("policy", moves=("drafting adopted", "withdrawn")),
    }

    def course(self, history: History) -> Course:
        return leading.led(super().course(history), self.kinds, OPENING, LEADS_OWN)

    def view(self, course: Course, /) -> JointText:
        opened, who = course.first(OPENING), leading.parties(course, OPENING)
        if opened is None or who is None:
            return JointText(course, absent=course.history.absent())
        adopted = [n for n in leading.moved(course, self.kinds, who, LEADS_OWN) if n.kind == "text.adopt"]
        wordings = _on(adopted[-1]) if adopted else ()
        signed = {n.author: set(_on(n)) for n in leading.inside(course, who, "text.sign")}
        return JointText(
            course=course,
            ref=opened.main.ref if opened.main else None,
            title=opened.text("name"),
            parties=who,
            nexus=next((n for n in Nexus if n.value == opened.text(NEXUS) and n is not Nexus.NOT_NEEDED), Nexus.UNSTATED),
            due=opened.time(DUE),
            paragraphs=_paragraphs(course, who),
            adopted=wordings,
            signatories=frozenset(r for r, on in signed.items() if wordings and on == set(wordings)),
            signed_earlier=frozenset(r for r, on in signed.items() if not wordings or on != set(wordings)),
            absent=course.history.absent(),
        )

    def row(self, state: JointText, /) -> Row:
        return {
            "title": state.title,
            "phase": state.phase,
            "paragraphs": len(state.paragraphs),
            "reservations": sum(len(p.reservations) for p in state.paragraphs),
            "signatories": len(state.signatories),
            "due": state.due.isoformat() if state.due else None,
        }

    def grounds(self, state: JointText, /) -> Grounds:
        return Grounds(state.nexus, participants=state.parties.all if state.parties else frozenset())

    def due(self, state: JointText, /) -> Iterable[Due]:
        if state.phase == "drafting" and state.due:
            yield from (Due(state.due, "text.word-waits", r) for r in sorted({r for _, r in state.waiting}))

    def shared(self, state: JointText, /) -> Row:
        return {
            "lead": state.parties.lead if state.parties else None,
            "participants": " ".join(sorted(state.parties.all)) if state.parties else "",
            "nexus": state.nexus.value,
        }


def _on(note: Note) -> tuple[Digest, ...]:
    return digests(note.texts(ON))


def _paragraphs(course: Course, who: Parties) -> tuple[Paragraph, ...]:
    wordings: dict[str, list[Note]] = {}
    for note in leading.inside(course, who, "text.paragraph"):
        if note.text(PARAGRAPH):
            wordings.setdefault(note.text(PARAGRAPH), []).append(note)
    said = leading.inside(course, who, "text.agree", "text.reserve")
    return tuple(_paragraph(n, w, said) for n, w in sorted(wordings.items(), key=lambda i: (len(i[0]), i[0])))


def _paragraph(number: str, wordings: list[Note], said: Iterable[Note]) -> Paragraph:
    newest = wordings[-1]
    stances = {newest.author: Stance(newest.author, True, "")}
    for note in said:
        if newest.digest in _on(note):
            stances[note.author] = Stance(note.author, note.kind == "text.agree", note.text("content"))
    earlier = tuple(n.digest for n in wordings[:-1])
    return Paragraph(number, newest.digest, newest.author, newest.text("content"), earlier, tuple(stances.values()))


# --- what is said about it -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpeningForm:
    """What a text is for, and what it rests on; `grounds` are those of that case now, given by the caller, and the opening act restates them."""

    title: str
    rests: Digest  # the decision or the finding
    grounds: Grounds
    participants: frozenset[Ref]  # without us
    due: datetime
    handling: Handling | None = None


def open_text(state: JointText, actor: Actor, now: datetime, form: OpeningForm, /) -> Proposal | Refused:
    everybody = form.participants | {actor.organisation}
    how = form.handling or Handling("amber", everybody)
    no = refused(
        _barred("text.open", state, actor),
        missing(title=form.title),
        unless(form.grounds.nexus is Nexus.REVIEWED, "measure.nexus", form.grounds.nexus.value, advice="nexus.ask-review"),
        unless(form.due > now, "form.past", timestamp.write(form.due), advice="form.later"),
        wrong_handling(how),
    )
    first = {
        "type": "report",
        "name": form.title,
        "published": timestamp.write(form.due),
        "object_refs": sorted(everybody),
        PARTICIPANTS: sorted(everybody),
        LEAD: actor.organisation,
        NEXUS: form.grounds.nexus.value,
        DUE: timestamp.write(form.due),
    }
    return no or Proposal("text.open", marked({"text": first}, how), frozenset({form.rests}))


def _barred(kind: str, state: JointText, actor: Actor) -> list[Reason]:
    everybody = state.parties.all if state.parties else frozenset({actor.organisation})
    return obstacles(TextCase.kinds, kind, state.phase, actor) + unless(
        actor.organisation in everybody, "text.outsider", actor.organisation, advice="text.ask-lead"
    )


def _drafting(state: JointText) -> list[Reason]:
    return unless(state.phase in ("drafting", "none"), "text.not-drafting", advice="text.open-another")


def _handling(state: JointText, form: Handling | None) -> Handling:
    return form or Handling("amber", state.parties.all if state.parties else None)


def _note(state: JointText, content: str, **more: object) -> Mapping[str, object]:
    about = [state.ref] if state.ref else []
    return {"type": "note", "content": content, **({"object_refs": about} if about else {}), **more}


@dataclass(frozen=True, slots=True)
class ParagraphForm:
    number: int  # 1 and up; an existing one gets a new wording
    text: str
    handling: Handling | None = None


def word(state: JointText, actor: Actor, now: datetime, form: ParagraphForm, /) -> Proposal | Refused:
    """A paragraph, or another wording of one; whoever words it agrees with it, and nobody else does yet."""
    how = _handling(state, form.handling)
    no = refused(
        _barred("text.paragraph", state, actor),
        _drafting(state),
        unless(1 <= form.number <= 200, "text.number", form.number, advice="text.give-number"),
        missing(text=form.text),
        wrong_handling(how),
    )
    said = _note(state, form.text, **{PARAGRAPH: str(form.number)})
    return no or Proposal("text.paragraph", marked({"paragraph": said}, how))


@dataclass(frozen=True, slots=True)
class StanceForm:
    """`wording`: the act of the paragraph's wording; `reservation`: "" to agree, else the party's own words."""

    wording: Digest
    reservation: str = ""
    handling: Handling | None = None


def answer(state: JointText, actor: Actor, now: datetime, form: StanceForm, /) -> Proposal | Refused:
    """Agree with a wording, or reserve."""
    how, kind = _handling(state, form.handling), "text.reserve" if form.reservation.strip() else "text.agree"
    no = refused(
        _barred(kind, state, actor),
        _drafting(state),
        unless(form.wording in state.wordings, "text.wording", form.wording.hex(), advice="text.read-newest"),
        missing(reservation=form.reservation or "-"),
        wrong_handling(how),
    )
    said = _note(state, form.reservation.strip() or "Agreed", **{ON: [form.wording.hex()]})
    return no or Proposal(kind, marked({"answer": said}, how))


def adopt(state: JointText, actor: Actor, now: datetime, form: Handling | None, /) -> Proposal | Refused:
    """The lead adopts the wordings as they stand, reservations among them, once every party has spoken to every paragraph."""
    how = _handling(state, form)
    lead = state.parties.lead if state.parties else actor.organisation
    no = refused(
        _barred("text.adopt", state, actor),
        unless(actor.organisation == lead, "text.not-lead", lead, advice="text.ask-lead"),
        unless(bool(state.paragraphs), "text.empty", advice="text.word-one"),
        [Reason("text.unspoken", (number, party), "text.ask-party") for number, party in state.waiting],
        wrong_handling(how),
    )
    said = _note(state, "Adopted", **{ON: [d.hex() for d in state.wordings]})
    return no or Proposal("text.adopt", marked({"adoption": said}, how))


def sign(state: JointText, actor: Actor, now: datetime, form: Handling | None, /) -> Proposal | Refused:
    """A party signs exactly the wordings that were adopted; its reservations stay beside them."""
    how = _handling(state, form)
    no = refused(
        _barred("text.sign", state, actor),
        unless(state.phase == "adopted", "text.not-adopted", advice="text.adopt-first"),
        wrong_handling(how),
    )
    said = _note(state, "Signed", **{ON: [d.hex() for d in state.adopted]})
    return no or Proposal("text.sign", marked({"signature": said}, how))


@dataclass(frozen=True, slots=True)
class Words:
    text: str
    handling: Handling | None = None


def withdraw(state: JointText, actor: Actor, now: datetime, form: Words, /) -> Proposal | Refused:
    how = _handling(state, form.handling)
    lead = state.parties.lead if state.parties else actor.organisation
    no = refused(
        _barred("text.withdraw", state, actor),
        unless(actor.organisation == lead, "text.not-lead", lead, advice="text.ask-lead"),
        missing(reasons=form.text),
        wrong_handling(how),
    )
    return no or Proposal("text.withdraw", marked({"withdrawal": _note(state, form.text)}, how))
