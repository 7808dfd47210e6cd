"""A measure: what is to be done about an incident, decided yes or no with reasons, and only after law, rights and gender were reviewed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from charlevoix.acts.act import Digest, Gone, Place
from charlevoix.cases import leading, machine
from charlevoix.cases.case import BY, PARTICIPANTS, Case, Course, Due, Proposal, Row
from charlevoix.cases.form import Handling, filled, marked, missing, refused, unless, wrong_handling
from charlevoix.cases.history import History
from charlevoix.cases.leading import LEAD, Parties
from charlevoix.cases.machine import Kind
from charlevoix.cases.obstacle import obstacles
from charlevoix.errors import Reason, Refused
from charlevoix.respond.menu import MENU
from charlevoix.respond.review import Review, Test, answers, lacking, passed, sort_of, standing, unanswered
from charlevoix.safeguards.authority import another_person
from charlevoix.safeguards.grounds import Actor, Grounds, Nexus
from charlevoix.safeguards.rights import Balance
from charlevoix.stix import timestamp
from charlevoix.stix.identifier import Property, Ref

NEXUS = Property("charlevoix_nexus")
PROTECTED = Property("charlevoix_protected")
OPENING = "measure.propose"
BASES = ("incident.nexus-passed", "attribution.found", "attribution.position")
"""Kinds of acts that a measure may rest on; the later ones also name an actor."""

LEADS_OWN = frozenset({"measure.decide", "measure.done", "measure.refuse", "measure.withdraw"})


@dataclass(frozen=True, slots=True)
class Decided:
    """A yes or a no, and why (S4b)."""

    act: Digest
    yes: bool
    reasons: str
    person: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as this node sees it."""

    course: Course
    ref: Ref | None = None
    title: str = ""
    dish: str = ""  # key of the menu
    description: str = ""
    legal_basis: str = ""
    proportionality: str = ""
    gender: str = ""
    parties: Parties | None = None
    nexus: Nexus = Nexus.UNSTATED
    protected: bool = False
    proposers: frozenset[Ref] = frozenset()  # pseudonyms
    reviews: tuple[Review, ...] = ()
    due: datetime | None = None  # when a decision is wanted
    decided: Decided | None = None
    effect: str = ""  # what became of it, once it is done
    rests: frozenset[Digest] = frozenset()
    absent: tuple[tuple[Place, Gone], ...] = ()

    @property
    def phase(self) -> str:
        return self.course.phase

    @property
    def passed(self) -> frozenset[str]:
        """Reviews that the lead passed and no participant failed."""
        return passed(self.reviews, self.parties.lead if self.parties else None)

    @property
    def lacking(self) -> list[Reason]:
        """What stands between the reviews and a yes."""
        return lacking(self.reviews, self.parties.lead if self.parties else None)


class MeasureCase(Case[Measure]):
    """proposed -> decided -> done; a no and a withdrawal end it. A no needs no reviews: only doing does."""

    kind: ClassVar[str] = "measure"
    terminal: ClassVar[frozenset[str]] = frozenset({"done", "refused", "withdrawn"})
    kinds: ClassVar[Mapping[str, Kind]] = {
        "measure.propose": machine.kind(
            "policy", moves=("none", "proposed"), rests=" ".join(BASES), common=f"{PARTICIPANTS} {LEAD} {NEXUS}"
        ),
        "measure.review": machine.kind("reviewer"),
        "measure.decide": machine.kind("policy", moves=("proposed", "decided")),
        "measure.done": machine.kind("policy", moves=("decided", "done")),
        "measure.refuse": machine.kind("policy", moves=("proposed", "refused")),
        "measure.withdraw": machine.kind("policy", moves=("proposed decided", "withdrawn")),
    }

    def course(self, history: History) -> Course:
        return leading.led(super().course(history), self.kinds, OPENING, LEADS_OWN)

    def view(self, course: Course, /) -> Measure:
        opened, who = course.first(OPENING), leading.parties(course, OPENING)
        if opened is None or who is None:
            return Measure(course, absent=course.history.absent())
        done = leading.own_acts(course, who, "measure.done")
        return Measure(
            course=course,
            ref=opened.main.ref if opened.main else None,
            title=opened.text("name"),
            dish=opened.text("charlevoix_measure"),
            description=opened.text("description"),
            legal_basis=opened.text("charlevoix_legal_basis"),
            proportionality=opened.text("charlevoix_proportionality"),
            gender=opened.text("charlevoix_gender"),
            parties=who,
            nexus=_nexus(opened.text(NEXUS)),
            protected=opened.value(PROTECTED) is True,
            proposers=frozenset({Ref(opened.text(BY))} - {Ref("")}),
            reviews=standing(course, leading.inside(course, who, "measure.review")),
            due=opened.time("charlevoix_due"),
            decided=_decided(course, who),
            effect=done[-1].text("content") if done else "",
            rests=opened.rests,
            absent=course.history.absent(),
        )

    def row(self, state: Measure, /) -> Row:
        return {
            "title": state.title,
            "phase": state.phase,
            "measure": state.dish,
            "reviews": " ".join(sorted(state.passed)),
            "lead": state.parties.lead if state.parties else None,
            "due": state.due.isoformat() if state.due else None,
        }

    def grounds(self, state: Measure, /) -> Grounds:
        everybody = state.parties.all if state.parties else frozenset()
        return Grounds(state.nexus, state.passed, state.protected, everybody)

    def due(self, state: Measure, /) -> Iterable[Due]:
        if state.phase == "proposed" and state.due:
            wanted = state.lacking
            yield from (Due(state.due, "measure.review-waits", f"reviewer-{r.values[0]}") for r in wanted)
            yield Due(state.due, "measure.decision-waits", "policy")

    def shared(self, state: Measure, /) -> Row:
        return {
            "lead": state.parties.lead if state.parties else None,
            "participants": " ".join(sorted(state.parties.all)) if state.parties else "",
            "nexus": state.nexus.value,
        }


def _nexus(text: str) -> Nexus:
    return next((n for n in Nexus if n.value == text and n is not Nexus.NOT_NEEDED), Nexus.UNSTATED)


def _decided(course: Course, who: Parties) -> Decided | None:
    moved = leading.moved(course, MeasureCase.kinds, who, LEADS_OWN)
    last = [n for n in moved if n.kind in ("measure.decide", "measure.refuse")]
    if not last:
        return None
    return Decided(last[-1].digest, last[-1].kind == "measure.decide", last[-1].text("content"), last[-1].text(BY))


# --- what is said about it -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProposalForm:
    """What a policy officer proposes.

    A pure verb can't look up what the measure rests on: the caller gives the act, its kind and the `grounds` of its case now, and the opening act
    restates the nexus, so that every participant and every later decision knows it.
    """

    title: str
    dish: str  # key of MENU
    description: str
    legal_basis: str
    proportionality: str  # to the harm, and to the confidence there is
    gender: str  # gender analysis
    rests: Digest
    basis: str  # kind of the act it rests on, one of BASES
    grounds: Grounds
    participants: frozenset[Ref] = frozenset()  # without us
    due: datetime | None = None
    handling: Handling | None = None


def propose(state: Measure, actor: Actor, now: datetime, form: ProposalForm, /) -> Proposal | Refused:
    """Something on the menu, with its basis in law, its proportionality and its gender analysis."""
    everybody = form.participants | {actor.organisation}
    how = form.handling or Handling("amber", everybody)
    no = refused(
        barred("measure.propose", state, actor),
        missing(
            title=form.title,
            description=form.description,
            legal_basis=form.legal_basis,
            proportionality=form.proportionality,
            gender=form.gender,
        ),
        _carried(form),
        unless(form.due is None or form.due > now, "form.past", _when(form.due or now), advice="form.later"),
        wrong_handling(how),
    )
    if no:
        return no
    first = {
        "type": "course-of-action",
        "name": form.title,
        "description": form.description,
        "charlevoix_measure": form.dish,
        "charlevoix_legal_basis": form.legal_basis,
        "charlevoix_proportionality": form.proportionality,
        "charlevoix_gender": form.gender,
        "charlevoix_due": timestamp.write(form.due) if form.due else None,
        PROTECTED: form.grounds.protected or None,
        PARTICIPANTS: sorted(everybody),
        LEAD: actor.organisation,
        NEXUS: form.grounds.nexus.value,
    }
    return Proposal("measure.propose", marked({"measure": filled(first)}, how), frozenset({form.rests}))


def _when(moment: datetime) -> str:
    return timestamp.write(moment)


def _carried(form: ProposalForm) -> list[Reason]:
    """Whether the measure is on the menu, and whether what it rests on carries it."""
    dish = MENU.get(form.dish)
    names_somebody = form.basis != "incident.nexus-passed"
    return [
        *unless(dish is not None, "measure.not-on-menu", form.dish, advice="measure.choose"),
        *unless(form.basis in BASES, "measure.basis", form.basis, ", ".join(BASES), advice="measure.choose-basis"),
        *unless(form.grounds.nexus is Nexus.REVIEWED, "measure.nexus", form.grounds.nexus.value, advice="nexus.ask-review"),
        *unless(
            dish is None or names_somebody or not dish.addresses_somebody,
            "measure.needs-attribution",
            form.dish,
            advice="measure.attribute-first",
        ),
    ]


def barred(kind: str, state: Measure, actor: Actor) -> list[Reason]:
    """Role, phase, and being no participant."""
    everybody = state.parties.all if state.parties else frozenset({actor.organisation})
    return obstacles(MeasureCase.kinds, kind, state.phase, actor) + unless(
        actor.organisation in everybody, "measure.outsider", actor.organisation, advice="measure.ask-lead"
    )


def _lead_only(kind: str, state: Measure, actor: Actor) -> list[Reason]:
    lead = state.parties.lead if state.parties else actor.organisation
    return barred(kind, state, actor) + unless(actor.organisation == lead, "measure.not-lead", lead, advice="measure.ask-lead")


def among_participants(state: Measure) -> Handling:
    return Handling("amber", state.parties.all if state.parties else None)


@dataclass(frozen=True, slots=True)
class ReviewForm:
    test: Test
    passed: bool
    conclusion: str
    handling: Handling | None = None


def review(state: Measure, actor: Actor, now: datetime, form: ReviewForm, /) -> Proposal | Refused:
    """One review, in the role that belongs to it, by a person who did not propose the measure; a failed one needs its answers too."""
    how, sort = form.handling or among_participants(state), sort_of(form.test)
    same = another_person(actor, state.proposers)
    role = f"reviewer-{sort}"
    no = refused(
        barred("measure.review", state, actor),
        unless(state.phase == "proposed", "measure.reviewed-too-late", advice="measure.propose-again"),
        unless(role in actor.roles, "review.role", sort, advice="authority.ask-role"),
        [same] if same else [],
        unanswered(form.test),
        missing(conclusion=form.conclusion),
        wrong_handling(how),
    )
    said = {
        "type": "note",
        "content": form.conclusion,
        "object_refs": [state.ref] if state.ref else [],
        "charlevoix_review": sort,
        "charlevoix_result": "passed" if form.passed else "failed",
        "charlevoix_role": role,
        "charlevoix_answers": answers(form.test),
        "charlevoix_rights": sorted(map(str, form.test.articles)) if isinstance(form.test, Balance) else None,
    }
    return no or Proposal("measure.review", marked({"review": filled(said)}, how))


@dataclass(frozen=True, slots=True)
class DecisionForm:
    yes: bool
    reasons: str
    handling: Handling | None = None


def decide(state: Measure, actor: Actor, now: datetime, form: DecisionForm, /) -> Proposal | Refused:
    """Yes or no, with reasons, by somebody else than who proposed it. A yes waits for every review; all that is lacking is said at once."""
    how, kind = form.handling or among_participants(state), "measure.decide" if form.yes else "measure.refuse"
    same = another_person(actor, state.proposers)
    no = refused(
        _lead_only(kind, state, actor),
        state.lacking if form.yes else [],
        [same] if same else [],
        unless(not form.yes or state.nexus is Nexus.REVIEWED, "measure.nexus", state.nexus.value, advice="nexus.ask-review"),
        missing(reasons=form.reasons),
        wrong_handling(how),
    )
    return no or Proposal(kind, marked({"decision": _note(state, form.reasons)}, how))


def _note(state: Measure, content: str) -> Mapping[str, object]:
    return filled({"type": "note", "content": content, "object_refs": [state.ref] if state.ref else []})


@dataclass(frozen=True, slots=True)
class Words:
    """A form of one text: what became of it, or why it is taken back."""

    text: str
    handling: Handling | None = None


def carry_out(state: Measure, actor: Actor, now: datetime, form: Words, /) -> Proposal | Refused:
    """It was done, with what effect."""
    return _declare("measure.done", state, actor, form)


def withdraw(state: Measure, actor: Actor, now: datetime, form: Words, /) -> Proposal | Refused:
    """It is taken back, with reasons; a changed measure is proposed anew, so that no review is carried over."""
    return _declare("measure.withdraw", state, actor, form)


def _declare(kind: str, state: Measure, actor: Actor, form: Words) -> Proposal | Refused:
    how = form.handling or among_participants(state)
    no = refused(_lead_only(kind, state, actor), missing(text=form.text), wrong_handling(how))
    return no or Proposal(kind, marked({"declaration": _note(state, form.text)}, how))
